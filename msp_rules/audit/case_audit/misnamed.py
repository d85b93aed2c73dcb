"""Finds explanations that name no rule of the ruleset, or no event of the case.

Such an explanation counts for nothing; where another rule was meant by a slip, the fault names it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msp_rules.casework.case import WITHHELD, Event, Fault
from msp_rules.casework.visibility import CaseView
from msp_rules.errors import did_you_mean

_EXPLANATION: Final = "explanation"


class ExplanationReader:
    """Reads what explanations name, by the rules of one ruleset."""

    def __init__(self, rule_ids: frozenset[str]) -> None:
        self._rule_ids = rule_ids

    def faults(self, view: CaseView) -> tuple[Fault, ...]:
        """Gives a fault for each name that names nothing; texts that are withheld may name any."""
        explanations = view.by_type.get(_EXPLANATION, ())
        if not explanations:
            return ()
        return tuple([fault for one in explanations for fault in self._faults_of(one, view)])

    def _faults_of(self, event: Event, view: CaseView) -> Iterator[Fault]:
        rule = _named(event, "rule")
        if rule is not None and rule not in self._rule_ids:
            hint = did_you_mean(rule, self._rule_ids)
            yield _fault(f"rule of explanation names no rule of the ruleset{hint}", event, view)
        subject = _named(event, "subject")
        if subject is not None and all(subject != one.id for one in view.case.events):
            # No id stands in a reason: pseudonyms could not reach it there.
            yield _fault("subject of explanation names no event of the case", event, view)


def _named(event: Event, field: str) -> str | None:
    value = event.fields.get(field)
    return None if value is None or value == WITHHELD else str(value).strip()


def _fault(reason: str, event: Event, view: CaseView) -> Fault:
    return Fault(reason=reason, case=view.case.id, event=event.id)
