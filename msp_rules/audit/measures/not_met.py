"""Counts the outcomes that were not met, or in part, by the reason that the record gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from msp_rules.audit.national_return.enquiries import sure
from msp_rules.casework.case import Event
from msp_rules.casework.visibility import CaseView

RESULTS: Final = ("not_achieved", "partial")
"""The results of an outcome for which a reason is asked, as in Q8 of the audit."""
NO_REASON: Final = "no reason recorded"
"""Stands for a reason that is not on record."""


class OutcomeNotMet(NamedTuple):
    """An outcome whose newest result is that it was not met, or in part only."""

    case: str
    """The id of its case."""
    result: str
    """The result, of `RESULTS`."""
    reason: str
    """The code of the reason, or `NO_REASON`."""
    capacity: str
    """The adult's capacity, as the measures divide by it."""


def outcomes_not_met(view: CaseView, capacity: str) -> Iterator[OutcomeNotMet]:
    """Gives the outcomes of a case that were not met when each was last looked at."""
    newest: dict[object, Event] = {}
    for one in sure(view, "outcome_reviewed"):
        newest[one.fields.get("outcome")] = one
    for one in newest.values():
        result, reason = one.fields.get("achieved"), one.fields.get("reason_code")
        if result in RESULTS:
            said = reason if isinstance(reason, str) else NO_REASON
            yield OutcomeNotMet(view.case.id, str(result), said, capacity)
