"""What a rule answers, and the one table by which its marks become a verdict."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from msp_rules.casework.case import Fault
from msp_rules.casework.moment import Cutoff
from msp_rules.casework.workdays import Due


class Verdict(StrEnum):
    """The eight answers of a rule (contract, "Verdicts")."""

    MET = "met"
    EXPLAINED = "explained"
    MET_LATE = "met_late"
    PARTLY_MET = "partly_met"
    NOT_MET = "not_met"
    NOT_YET_DUE = "not_yet_due"
    NOT_APPLICABLE = "not_applicable"
    CANNOT_TELL = "cannot_tell"


class Missing(NamedTuple):
    """A record that would settle a rule, or what the source did not supply."""

    event: str
    fields: tuple[str, ...] = ()


class Answer(NamedTuple):
    """One rule's verdict on one subject (None: the case as a whole).

    `due` is the limit where it is known; `evidence` the ids of the events that the verdict rests
    on; `missing` the smallest record that would settle it; `colour` the audit colour that it gives
    ("red", "amber", "green", "grey" or "none"). `changes_at` is the first instant (microseconds
    since the Unix epoch) at which the verdict may change with no new record, or None.
    """

    rule: str
    subject: str | None
    verdict: Verdict
    due: Due | None
    evidence: tuple[str, ...]
    missing: tuple[Missing, ...]
    severity: str
    colour: str
    changes_at: int | None


class Evaluation(NamedTuple):
    """All answers on one case at one moment, by rule id and then by subject in order of time.

    `faults` names rules that gave no answer for a subject. `changes_at` is the earliest of the
    answers', and of records dated later than `as_of`.
    """

    case: str
    as_of: Cutoff
    answers: tuple[Answer, ...]
    faults: tuple[Fault, ...]
    changes_at: int | None
