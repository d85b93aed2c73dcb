"""Decides a rule by the one table that turns its marks into a verdict, and defines answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum, StrEnum
from typing import Final, NamedTuple

from msp_rules.casework.case import Fault
from msp_rules.casework.moments import Cutoff
from msp_rules.casework.workdays import Due
from msp_rules.engine.truth import FALSE, TRUE, UNKNOWN


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
"""The verdicts that say what the record lacks: the only ones that a waiver can set aside."""


class Missing(NamedTuple):
    """A record that would settle a rule, or what the source did not supply.

    `values` holds for each of the fields the codes that would do, none where any value would; it is
    empty where that is so for all of them.
    """

    event: str
    fields: tuple[str, ...] = ()
    values: tuple[tuple[str, ...], ...] = ()

    def with_fields(self, names: Iterable[str]) -> Missing:
        """Gives the same record with more fields, of which any value would do."""
        more = [name for name in dict.fromkeys(names) if name not in self.fields]
        values = (*self.values, *(() for _ in more)) if self.values else ()
        return Missing(self.event, (*self.fields, *more), values)

    def codes(self) -> Mapping[str, tuple[str, ...]]:
        """Gives the codes that would do, by field, where not any value would."""
        pairs = zip(self.fields, self.values, strict=True) if self.values else ()
        return {name: codes for name, codes in pairs if codes}


class LimitNumber(NamedTuple):
    """The number that decided a limit: the parameter's name, its value in force, and its basis.

    `unit` and `basis` are words of the rule language ("working_days", "assumed").
    """

    parameter: str
    number: int
    unit: str
    basis: str


class Answer(NamedTuple):
    """One rule's verdict on one subject (None: the case as a whole).

    `due` is the limit where it is known; `evidence` the ids of the events that the verdict rests
    on; `missing` the smallest record that would settle it; `colour` the audit colour that it gives
    ("red", "amber", "green", "grey" or "none"). `changes_at` is the first instant (microseconds
    since the Unix epoch) at which the verdict may change with no new record, or None. `waived` is
    the layer and name of the waiver that sets a finding aside: never given by the engine itself.
    `number` is what decided `due`; None where no number did (an event's day, a date in the record).
    `questions` are the audit questions that it colours; None: all that its rule feeds.
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
    number: LimitNumber | None = None
    questions: tuple[str, ...] | None = None


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
    """The state of one rule on one subject, each mark TRUE, FALSE or UNKNOWN.

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


class Row(IntEnum):
    """The rows of the table in docs/readings.md (section 3), by their numbers there."""

    NOT_APPLICABLE = 1
    MAY_NOT_APPLY = 2
    IN_TIME = 3
    LATE_EXCUSED = 4
    LATE = 5
    TIME_UNKNOWN = 6
    EXPLAINED = 7
    EVIDENCE_UNKNOWN = 8
    NOT_BEGUN = 9
    LIMIT_UNKNOWN = 10
    LIMIT_AHEAD = 11
    RECORD_CANNOT_TELL = 12
    IN_PART = 13
    NOTHING = 14


class Decision(NamedTuple):
    """A verdict, and the row of the table that gave it."""

    verdict: Verdict
    row: Row


def decide(marks: Marks) -> Decision:
    """Gives the verdict of the first row that holds: docs/readings.md, sections 3 and 11."""
    if marks.applies == FALSE or marks.suspended == TRUE:
        return Decision(Verdict.NOT_APPLICABLE, Row.NOT_APPLICABLE)
    if marks.applies == UNKNOWN or marks.suspended == UNKNOWN:
        return Decision(Verdict.CANNOT_TELL, Row.MAY_NOT_APPLY)
    if marks.evidence == TRUE:
        return _with_evidence(marks)
    if marks.explained == TRUE:
        return Decision(Verdict.EXPLAINED, Row.EXPLAINED)
    if marks.explained == UNKNOWN:
        return Decision(Verdict.CANNOT_TELL, Row.EXPLAINED)
    if marks.evidence == UNKNOWN:
        return Decision(Verdict.CANNOT_TELL, Row.EVIDENCE_UNKNOWN)
    if marks.has_begun == FALSE:
        return Decision(Verdict.NOT_YET_DUE, Row.NOT_BEGUN)
    if marks.has_begun == UNKNOWN:
        return Decision(Verdict.CANNOT_TELL, Row.LIMIT_UNKNOWN)
    if marks.is_past == FALSE:
        return Decision(Verdict.NOT_YET_DUE, Row.LIMIT_AHEAD)
    return _past_without_evidence(marks)


def _with_evidence(marks: Marks) -> Decision:
    if marks.in_time == TRUE:
        return Decision(Verdict.MET, Row.IN_TIME)
    if marks.in_time == UNKNOWN:
        return Decision(Verdict.CANNOT_TELL, Row.TIME_UNKNOWN)
    if marks.excused == TRUE:
        return Decision(Verdict.EXPLAINED, Row.LATE_EXCUSED)
    if marks.excused == UNKNOWN:
        return Decision(Verdict.CANNOT_TELL, Row.LATE_EXCUSED)
    return Decision(Verdict.MET_LATE, Row.LATE)


def _past_without_evidence(marks: Marks) -> Decision:
    if marks.cannot_tell != FALSE:
        return Decision(Verdict.CANNOT_TELL, Row.RECORD_CANNOT_TELL)
    if marks.partly == TRUE or marks.lapsed == TRUE:
        return Decision(Verdict.PARTLY_MET, Row.IN_PART)
    if marks.partly == UNKNOWN or marks.lapsed == UNKNOWN:
        return Decision(Verdict.CANNOT_TELL, Row.IN_PART)
    return Decision(Verdict.NOT_MET, Row.NOTHING)
