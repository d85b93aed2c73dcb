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
    """A record that would settle a rule, or what the source did not supply."""

    event: str
    """The event type."""
    fields: tuple[str, ...] = ()
    """The fields that are wanted or in doubt; empty where no field in particular is."""
    values: tuple[tuple[str, ...], ...] = ()
    """For each of the fields the codes that would do, none where any value would.

    Empty where that is so for all of them.
    """

    def with_fields(self, names: Iterable[str]) -> Missing:
        """Gives the same record with more fields, of which any value would do."""
        more = [name for name in dict.fromkeys(names) if name not in self.fields]
        if not more:
            return self
        values = (*self.values, *(() for _ in more)) if self.values else ()
        return Missing(self.event, (*self.fields, *more), values)

    def codes(self) -> Mapping[str, tuple[str, ...]]:
        """Gives the codes that would do, by field, where not any value would."""
        pairs = zip(self.fields, self.values, strict=True) if self.values else ()
        return {name: codes for name, codes in pairs if codes}


class LimitNumber(NamedTuple):
    """The number that decided a limit: the parameter's name, its value in force, and its basis."""

    parameter: str
    """The name of the parameter."""
    number: int
    """The value in force, in `unit`."""
    unit: str
    """The unit, in a word of the rule language ("working_days")."""
    basis: str
    """The origin of the number, in a word of the rule language ("assumed")."""


class Answer(NamedTuple):
    """One rule's verdict on one subject (None: the case as a whole)."""

    rule: str
    """The id of the rule."""
    subject: str | None
    """The id of the event that it is about; None for the case as a whole."""
    verdict: Verdict
    """The verdict."""
    due: Due | None
    """The limit; None where it is not known, has not begun, or the rule does not apply."""
    evidence: tuple[str, ...]
    """The ids of the events that the verdict rests on, in order of time; empty without any."""
    missing: tuple[Missing, ...]
    """The smallest record that would settle it; empty where there is nothing to name."""
    severity: str
    """The severity of the rule, as its word ("statutory")."""
    colour: str
    """The audit colour that it gives: "red", "amber", "green", "grey" or "none"."""
    changes_at: int | None
    """The first instant at which the verdict may change with no new record, or None.

    It is in microseconds since the Unix epoch.
    """
    waived: tuple[str, str] | None = None
    """The layer and name of the waiver that sets a finding aside, or None.

    The engine itself never gives one.
    """
    number: LimitNumber | None = None
    """The number that decided `due`; None where none did (an event's day, a date in the record)."""
    questions: tuple[str, ...] | None = None
    """The audit questions that it colours; None: all that its rule feeds."""


class Evaluation(NamedTuple):
    """All answers on one case at one moment, by rule id and then by subject in order of time."""

    case: str
    """The id of the case."""
    as_of: Cutoff
    """The last instant that still counts."""
    answers: tuple[Answer, ...]
    """The answers, by rule id and then by subject in order of time."""
    faults: tuple[Fault, ...]
    """The rules that gave no answer for a subject; empty if there are none."""
    changes_at: int | None
    """The first instant at which any answer may change with no new record, or None.

    It is the earliest of the answers', and of records dated later than `as_of`, in microseconds
    since the Unix epoch.
    """


class Marks(NamedTuple):
    """The state of one rule on one subject, each mark TRUE, FALSE or UNKNOWN."""

    applies: int
    """TRUE where the rule applies."""
    suspended: int
    """TRUE where the rule is suspended."""
    evidence: int
    """TRUE where the full expectation is met now."""
    in_time: int
    """TRUE where the full expectation was met by the due moment, if there is one."""
    excused: int
    """TRUE where an explanation excuses late evidence (row 4)."""
    explained: int
    """TRUE where an explanation stands now (row 7)."""
    has_begun: int
    """TRUE where the limit has begun; UNKNOWN where the limit is not known."""
    is_past: int
    """TRUE where the limit has passed."""
    cannot_tell: int
    """TRUE where `cannot_tell_when` holds."""
    partly: int
    """TRUE where `partly_when` holds."""
    lapsed: int
    """TRUE where an explanation passes all but its standing or its text."""


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
    """The verdict that the table gives."""
    row: Row
    """The row of the table that gave it."""


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
