"""Decides which answers of a rule become a question to a worker, and how urgent it is.

The reasons for each decision are in docs/prompts.md, "When a rule asks". The live desk and the
forecast of a change both use this module.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from msp_rules.casework.moments import MICROSECONDS_A_DAY, day_start, is_by
from msp_rules.casework.visibility import CaseView
from msp_rules.casework.workdays import Due, england
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.errors import OutsideCalendar
from msp_rules.rules.language.rule import Rule

ANY_STEP: Final = "any"
CRITICAL: Final = "critical"
WARNING: Final = "warning"

ASKING: Final = frozenset({Verdict.NOT_YET_DUE, Verdict.PARTLY_MET, Verdict.NOT_MET})
"""Verdicts on which a rule asks: all or part of what it asks about is not evidenced."""
_STEPS_AFTER_CLOSURE: Final = frozenset({ANY_STEP, "case_closed", "adult_died", "serious_harm"})
"""The steps at which a closed case is still asked: its closing, and what outlives it."""

_AN_HOUR: Final = MICROSECONDS_A_DAY // 24


class Timing(StrEnum):
    """Says how close a prompt is to its limit: well ahead of it, close to it, or past it."""

    EARLY = "early"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True, kw_only=True)
class DueSoon:
    """Sets how long before a limit a prompt is said to be due soon."""

    working_days: int = 1
    """The working days before the due day, for limits in days or longer.

    They are calendar days outside the years of known bank holidays.
    """
    hours: int = 4
    """The hours before the due moment, for limits in hours."""


def asks_when_closed(rule: Rule) -> bool:
    """Tells whether a rule asks while the case is closed."""
    return not _STEPS_AFTER_CLOSURE.isdisjoint(rule.prompt.ask_at)


def timing_of(answer: Answer, now: int, due_soon: DueSoon) -> Timing:
    """Tells how close an answer that is a question is to its limit."""
    if answer.verdict is not Verdict.NOT_YET_DUE:
        return Timing.OVERDUE
    if answer.due is None or now < due_soon_from(answer.due, due_soon):
        return Timing.EARLY
    return Timing.DUE_SOON


def due_soon_from(due: Due, due_soon: DueSoon) -> int:
    """Gives the first instant at which a limit is near."""
    if due.in_hours:
        return due.cutoff.instant - due_soon.hours * _AN_HOUR
    try:
        day = england().subtract_working_days(due.cutoff.day, due_soon.working_days)
    except OutsideCalendar:
        day = due.cutoff.day - due_soon.working_days
    return day_start(day)


def urgency_of(rule: Rule, day: int) -> str:
    """Gives a rule's urgency; a rule whose review date has passed interrupts nobody."""
    urgency = rule.prompt.urgency
    if urgency == CRITICAL and day > rule.review_by.toordinal():
        return WARNING
    return urgency


def is_closed(view: CaseView) -> bool:
    """Tells whether the case surely is closed: not reopened on or after its newest closure's day.

    If in doubt, the case counts as open: an unneeded question is better than none.
    """
    closures = [
        event.moment
        for event in view.by_type.get("case_closed", ())
        if event.is_certain and event.moment is not None
    ]
    if not closures:
        return False
    reopenings = view.by_type.get("case_reopened", ())
    return not any(
        event.moment is None or is_by(closures[-1], event.moment) for event in reopenings
    )
