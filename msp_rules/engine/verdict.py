"""What a rule answers, and the one table by which its marks become a verdict."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

from msp_rules.casework.case import Fault
from msp_rules.casework.moments import Cutoff
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

    __hash__ = str.__hash__  # that of Enum is a call in Python, and answers are counted by verdict


FINDINGS: Final = frozenset({Verdict.NOT_MET, Verdict.PARTLY_MET, Verdict.MET_LATE})
"""The verdicts that say what the record lacks: a waiver can set these aside, and only these."""


class Missing(NamedTuple):
    """A record that would settle a rule, or what the source did not supply."""

    event: str
    fields: tuple[str, ...] = ()


class Answer(NamedTuple):
    """One rule's verdict on one subject (None: the case as a whole).

    `due` is the limit where it is known; `evidence` the ids of the events that the verdict rests
    on; `missing` the smallest record that would settle it; `colour` the audit colour that it gives
    ("red", "amber", "green", "grey" or "none"). `changes_at` is the first instant (microseconds
    since the Unix epoch) at which the verdict may change with no new record, or None. `waived` is
    the layer and name of the waiver that sets a finding aside: never given by the engine itself.
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
    waived: tuple[str, str] | None = None


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


class Marks(NamedTuple):
    """The state of one rule on one subject: 1 true, 0 false, 2 unknown.

    `evidence` is the full expectation now, `in_time` the same by the due moment. `has_begun` is
    unknown where the limit is. `excused` is row 4's explanation, `explained` row 7's; `lapsed` one
    that passes all but its standing or its text.
    """

    applies: int
    suspended: int
    evidence: int
    in_time: int
    excused: int
    explained: int
    has_begun: int
    is_past: int
    cannot_tell: int
    partly: int
    lapsed: int


class Decision(NamedTuple):
    """A verdict, and the row of the table in docs/readings.md (section 3) that gave it."""

    verdict: Verdict
    row: int


def decide(marks: Marks) -> Decision:
    """The verdict of the first row that holds: docs/readings.md, sections 3 and 9."""
    if marks.applies == 0 or marks.suspended == 1:
        return Decision(Verdict.NOT_APPLICABLE, 1)
    if marks.applies == 2 or marks.suspended == 2:
        return Decision(Verdict.CANNOT_TELL, 2)
    if marks.evidence == 1:
        return _with_evidence(marks)
    if marks.explained == 1:
        return Decision(Verdict.EXPLAINED, 7)
    if marks.explained == 2:
        return Decision(Verdict.CANNOT_TELL, 7)
    if marks.evidence == 2:
        return Decision(Verdict.CANNOT_TELL, 8)
    if marks.has_begun == 0:
        return Decision(Verdict.NOT_YET_DUE, 9)
    if marks.has_begun == 2:
        return Decision(Verdict.CANNOT_TELL, 10)
    if marks.is_past == 0:
        return Decision(Verdict.NOT_YET_DUE, 11)
    return _past_without_evidence(marks)


def _with_evidence(marks: Marks) -> Decision:
    if marks.in_time == 1:
        return Decision(Verdict.MET, 3)
    if marks.in_time == 2:
        return Decision(Verdict.CANNOT_TELL, 6)
    if marks.excused == 1:
        return Decision(Verdict.EXPLAINED, 4)
    if marks.excused == 2:
        return Decision(Verdict.CANNOT_TELL, 4)
    return Decision(Verdict.MET_LATE, 5)


def _past_without_evidence(marks: Marks) -> Decision:
    if marks.cannot_tell != 0:
        return Decision(Verdict.CANNOT_TELL, 12)
    if marks.partly == 1 or marks.lapsed == 1:
        return Decision(Verdict.PARTLY_MET, 13)
    if marks.partly == 2 or marks.lapsed == 2:
        return Decision(Verdict.CANNOT_TELL, 13)
    return Decision(Verdict.NOT_MET, 14)
