"""The verdict table, suspensions, explanations and colours (readings, sections 3 to 6 and 8)."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tests.oracle.core.record import (
    EACH_RULE,
    FIRST,
    MAX_TEMPORARY_REASON,
    WITHHELD,
    Due,
    Entry,
    Record,
    end_of,
    order,
    working_days,
)

PROMPTS: Final = {"OUT-03", "INV-03", "PAR-02", "CLO-05"}
ADVICE: Final = {
    "OUT-02", "OUT-05", "OUT-06", "PROP-01", "DEC-02", "COM-01", "PLAN-01", "DUR-01", "INV-02",
    "PLAN-03", "DQ-01", "SPC-05",
}  # fmt: skip
AFTER_DEATH: Final = {"SPC-04", "COM-01", "DEC-01", "CON-04", "DQ-01"}
OF_A_DUPLICATE: Final = {"RISK-01", "DEC-01", "DEC-02", "COM-01", "DQ-01"}
TEMPORARY_CODES: Final = {
    "emergency_action", "unsafe", "police_precedence", "adult_requested_pause",
    "hospital_admission", "awaiting_interpreter", "awaiting_advocate", "awaiting_information",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reason:
    """An accepted explanation: when it was given, until when it stands (None: for good)."""

    given: Entry
    until: int | None = None
    has_text: bool = True
    rests_on: str = ""
    """The entry from which on it counts, where that is another than the subject."""


@dataclass(frozen=True, slots=True)
class Finding:
    """All that the table asks of a rule that applies.

    `due` is None where its anchor has not happened, and `has_due` False where the rule has none;
    `is_never_late` where evidence counts whenever it came. `applies` is False where no more than
    the limit is known of a rule that does not apply. `full` is the entry with which the
    evidence became complete.
    """

    due: Due | None = None
    full: Entry | None = None
    reasons: Sequence[Reason] = ()
    is_partly: bool = False
    is_unknown: bool = False
    colour: str | None = None
    partly_colour: str = "amber"
    met_colour: str = "green"
    is_never_late: bool = False
    has_due: bool = True
    applies: bool = True
    shown_by: str = ""
    """Which of two alternatives holds: two that only may hold don't make up a sure answer."""
    misfits: frozenset[str] = frozenset()
    """All that keeps the evidence from being full, where each is a doubt by itself."""
    ways: frozenset[str] = frozenset()
    """All the ways in which it is full, where each is a doubt by itself."""


@dataclass(frozen=True, slots=True)
class Row:
    """One answer."""

    rule: str
    subject: str | None
    verdict: str
    due: str | None = None
    colour: str = "none"
    rests_on: tuple[str, ...] = ()
    """What the limit rests on; of a rule that does not apply, why not."""
    excused_by: frozenset[str] = frozenset()
    """Accepted explanations stand, whether or not they're needed: what each of them rests on."""
    may_fall_after_death: bool = False
    """There was a death, before which the limit lies: whether it does is open if the limit is."""
    misfits: frozenset[str] = frozenset()
    """All that keeps the evidence from being full; that is sure where one of them always does."""
    shown_by: str = ""
    """On what full evidence rests, beyond the entries that it is made of."""
    ways: frozenset[str] = frozenset()
    """All the ways in which evidence is full; that is sure where one of them always is."""


def stands_until(entry: Entry, code: str, temporary: Iterable[str]) -> int | None:
    """The last day of a reason: its `review_by`, else ten working days if it is a passing one."""
    review = entry.date("review_by")
    if review is not None:
        return review
    return working_days(entry, MAX_TEMPORARY_REASON).day if code in temporary else None


def explanations(
    record: Record, rule: str, codes: Iterable[str] = (), subject: Entry | None = None
) -> list[Reason]:
    """The explanations given for a rule, and for a subject if it has one."""
    accepted = set(codes)
    if rule in PROMPTS | ADVICE:
        accepted.add("other")
    found = []
    for one in record.all("explanation"):
        named_rule = str(one.get("rule") or "").strip()
        if named_rule not in (rule, EACH_RULE) or not one.says("code", *accepted):
            continue
        named = str(one.get("subject")).strip() if one.has("subject") else None
        if named is not None and named not in record.ids and (named != WITHHELD or subject):
            continue
        about = record.follow(named)
        if about is not None and subject is not None and about != subject.id:
            continue
        until = stands_until(one, str(one.get("code")), TEMPORARY_CODES)
        is_over = subject is not None and until is not None and until < subject.day
        if is_over and about is None:
            continue
        found.append(Reason(one, until, one.has("text")))
    return found


EXPLAINED_THEN: Final = "explained when it was due"
"""Row 4: `explained`, and told from row 7 until all worlds are known."""


def verdict_of(record: Record, found: Finding, then: Finding | None) -> str:
    """The first row of the table that holds."""
    due, full = found.due, found.full
    if full is not None:
        if found.is_never_late or due is None or due.keeps(full):
            return "met"
        if then is not None and then.full is not None:
            return "met"
        reasons = () if then is None else then.reasons
        given = [one for one in reasons if one.has_text and due.keeps(one.given)]
        if any(one.until is None or full.day <= one.until for one in given):
            return EXPLAINED_THEN
        return "met_late"
    if _excused_by(record, found):
        return "explained"
    if found.has_due and (due is None or record.now <= due.instant):
        return "not_yet_due"
    if found.is_unknown:
        return "cannot_tell"
    return "partly_met" if found.is_partly or found.reasons else "not_met"


def _excused_by(record: Record, found: Finding) -> frozenset[str]:
    standing = [
        one
        for one in found.reasons
        if one.has_text and (one.until is None or record.as_of <= one.until)
    ]
    return frozenset(one.rests_on for one in standing)


def colour_of(rule: str, verdict: str, found: Finding) -> str:
    """The colour of one answer."""
    if verdict == "not_met":
        usual = "none" if rule in PROMPTS else "amber" if rule in ADVICE else "red"
        return found.colour or usual
    return {
        "met": found.met_colour,
        "explained": found.met_colour,
        EXPLAINED_THEN: found.met_colour,
        "met_late": "amber",
        "partly_met": found.partly_colour,
        "cannot_tell": "grey",
    }.get(verdict, "none")


def is_duplicate(record: Record) -> bool:
    """Closed as a duplicate, or every concern, if there is any, names no adult."""
    if any(one.says("reason", "duplicate") for one in record.standing_closure()):
        return True
    concerns = record.all("concern_raised")
    return bool(concerns) and all(one.says("identified_adult", "no") for one in concerns)


def is_suspended(record: Record, rule: str, found: Finding) -> bool:
    """Tells whether a rule no longer applies: a duplicate, or its limit lies after the death."""
    if rule not in OF_A_DUPLICATE and is_duplicate(record):
        return True
    deaths = record.all("adult_died")
    if rule in AFTER_DEATH or not deaths:
        return False
    death, due = deaths[0], found.due
    if due is None:
        return True
    if due.in_hours and death.clock not in (None, FIRST):
        return due.instant >= death.instant
    return due.day >= death.day


def answer(
    record: Record,
    rule: str,
    subject: str | None,
    found: Finding | None,
    then: Finding | None = None,
) -> Row:
    """The row of a finding; None: the rule does not apply.

    `record` is the one that says whether the rule is suspended, and `then` is what
    the rule found when it was due.
    """
    is_of_duplicate = rule not in OF_A_DUPLICATE and is_duplicate(record)
    if found is None:
        return Row(
            rule,
            subject,
            "not_applicable",
            rests_on=(DOES_NOT_APPLY, A_DUPLICATE)[: 1 + is_of_duplicate],
        )
    rests_on = ("-",) if found.due is None else found.due.rests_on
    if not found.applies:
        rests_on = (A_DUPLICATE,) if is_of_duplicate else rests_on
        return Row(rule, subject, "not_applicable", rests_on=(DOES_NOT_APPLY, *rests_on))
    if is_of_duplicate:
        return Row(rule, subject, "not_applicable", rests_on=(A_DUPLICATE,))
    if is_suspended(record, rule, found):
        return Row(rule, subject, "not_applicable", rests_on=("a death", *rests_on))
    verdict = verdict_of(record, found, then)
    due = found.due.text if found.due is not None else None
    if found.shown_by and verdict in ("met", "met_late", "partly_met", EXPLAINED_THEN):
        rests_on = (*rests_on, found.shown_by)
    colour = colour_of(rule, verdict, found)
    excuses = _excused_by(record, found)
    may_fall = rule not in AFTER_DEATH and bool(record.all("adult_died"))
    return Row(
        rule,
        subject,
        verdict,
        due,
        colour,
        rests_on,
        excuses,
        may_fall,
        found.misfits,
        found.shown_by if found.full is not None else "",
        found.ways if found.full is not None else frozenset(),
    )


DOES_NOT_APPLY: Final = "does not apply"
A_DUPLICATE: Final = "a duplicate"


def is_surely_out(rows: Iterable[Row], is_supplied: bool, doubtful: Container[str]) -> bool:
    """Tells whether one and the same thing keeps a rule from being asked in every world."""
    reasons = {row.rests_on for row in rows}
    if any(all(one in each for each in reasons) for one in (DOES_NOT_APPLY, A_DUPLICATE)):
        return True
    # Or the limit falls after a death in each world in which the rule applies, and is the same one.
    # Where a world says no more than that the rule does not apply, its limit is in doubt as well.
    limits = {each[1:] for each in reasons}
    # One that rests on what may not exist, or on what the source can't supply, is unknown.
    is_known = is_supplied and not any(name in doubtful for limit in limits for name in limit)
    return is_known and len(limits) == 1 and not any(A_DUPLICATE in each for each in reasons)


Findings = dict[str | None, Finding | None]
"""What a rule found, by subject."""


def once(judge: Callable[[Record], Finding | None]) -> Callable[[Record], Findings]:
    """A rule that answers once a case."""
    return lambda record: {None: judge(record)}


def each(
    kind: str,
    judge: Callable[[Record, Entry], Finding | None],
    if_none: Callable[[Record], Finding | None] = lambda _record: None,
    limit: Callable[[Entry], Due] | None = None,
) -> Callable[[Record], Findings]:
    """A rule that answers for each entry of a type, or once where there is none.

    `limit` is that of a rule which counts from its subject alone: it is known, too, where the rule
    does not apply.
    """

    def found(record: Record) -> Findings:
        subjects = record.all(kind)
        if not subjects:
            return {None: if_none(record)}
        answers: Findings = {one.id: judge(record, one) for one in subjects}
        if limit is not None:
            for one in subjects:
                answers[one.id] = answers[one.id] or Finding(due=limit(one), applies=False)
        return answers

    return found


def first_of_each(*kinds: Iterable[Entry]) -> Due | None:
    """The day of the first entry of some kinds: unknown where the first of any of them is."""
    firsts = [min(kind, key=order, default=None) for kind in kinds]
    return earlier(*(None if one is None else at(one) for one in firsts))


def at(entry: Entry) -> Due:
    """A limit at an event runs through the end of its day."""
    return end_of(entry.day, entry.id)


def counted_from(limit: Due | None, entry: Entry) -> Due | None:
    """A limit that is looked for from an entry on rests on that entry, too."""
    return None if limit is None else replace(limit, rests_on=(*limit.rests_on, entry.id))


def earlier(*limits: Due | None) -> Due | None:
    """The earliest of some limits, of those that have begun."""
    known = [one for one in limits if one is not None]
    if not known:
        return None
    parts = [("-",) if one is None else one.rests_on for one in limits]
    soonest = min(known, key=lambda one: one.instant)
    return replace(soonest, rests_on=tuple(name for part in parts for name in part))
