"""Limits how long an answer may silence a question, by the urgency of the question.

A worker may say that they have seen a question, put it off, promise the record or overrule it. None
of these settles anything; so a critical question comes back until the record answers it. Days are
working days of England, counted from the day of the answer: what was said on a Friday, at any hour,
comes back after one of them at the start of Monday. Outside the years of known bank holidays they
are calendar days.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeAlias

from msp_rules.casework.moments import Moment, day_start, end_of_day
from msp_rules.casework.workdays import Unit, due_after, england
from msp_rules.engine.prompting import CRITICAL, WARNING
from msp_rules.errors import MspRulesError, OutsideCalendar, did_you_mean

_URGENCIES: Final = ("critical", "warning", "info")
_MOST_DAYS: Final = 250
"""The most days of any limit: a year of working days."""
_MOST_CRITICAL_DAYS: Final = 5
"""The most days for which a policy may let a critical question be silent."""
_MOST_PROMISE_HOURS: Final = 24 * _MOST_CRITICAL_DAYS
_AN_HOUR: Final = 3_600_000_000
_LAST_DAY: Final = date.max.toordinal()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLimits:
    """Limits what may be said to questions of one urgency, and for how long it silences them."""

    needs_reason: bool = False
    """True where "seen" alone does not do: a reason from the list has to come with it."""
    put_off_days: int
    """The working days for which such a question may be put off, at most."""
    returns_after_days: int | None
    """The working days after which it is asked again, however it was answered; None: never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackPolicy:
    """Limits for how long workers may silence questions that stay open, by urgency.

    Raises MspRulesError for numbers that can't be, and where a critical question could be silent
    for longer than five working days.
    """

    critical: AnswerLimits = AnswerLimits(needs_reason=True, put_off_days=1, returns_after_days=1)
    """The limits of critical questions."""
    warning: AnswerLimits = AnswerLimits(put_off_days=5, returns_after_days=10)
    """The limits of warnings."""
    info: AnswerLimits = AnswerLimits(put_off_days=20, returns_after_days=None)
    """The limits of all other questions."""
    promise_hours: int = 4
    """The hours after which a critical question that was promised comes back."""
    promise_days: int = 2
    """The working days after which any other question that was promised comes back."""

    def __post_init__(self) -> None:
        for urgency in _URGENCIES:
            limits = self.of(urgency)
            _check(urgency, "put_off_days", limits.put_off_days, _MOST_DAYS)
            if limits.returns_after_days is not None:
                _check(urgency, "returns_after_days", limits.returns_after_days, _MOST_DAYS)
        returns_after = self.critical.returns_after_days
        if returns_after is None or returns_after > _MOST_CRITICAL_DAYS:
            raise MspRulesError(
                "critical: returns_after_days must be a number up to "
                f"{_MOST_CRITICAL_DAYS}: a critical question comes back until the record answers it"
            )
        _check("critical", "put_off_days", self.critical.put_off_days, _MOST_CRITICAL_DAYS)
        _check("a promise", "promise_hours", self.promise_hours, _MOST_PROMISE_HOURS)
        _check("a promise", "promise_days", self.promise_days, _MOST_DAYS)

    def of(self, urgency: str) -> AnswerLimits:
        """Gives the limits of an urgency."""
        if urgency == CRITICAL:
            return self.critical
        return self.warning if urgency == WARNING else self.info

    def last_day(self, urgency: str, at: Moment) -> int:
        """Gives the last day to which a question may be put off, as an ordinal."""
        return _days_after(at.day, self.of(urgency).put_off_days)

    def deferral_ends(self, urgency: str, at: Moment, until: Moment) -> int:
        """Gives the instant at which a question comes back that was put off until a moment.

        One that was put off for too long comes back at the start of the last day.
        """
        last = self.last_day(urgency, at)
        return until.instant if until.day <= last else day_start(last)

    def returns_at(self, urgency: str, at: Moment) -> int | None:
        """Gives the instant at which a question comes back that was answered; None: never."""
        days = self.of(urgency).returns_after_days
        return None if days is None else day_start(_days_after(at.day, days))

    def silent_until(self, urgency: str, first: Moment, office_close: int) -> int | None:
        """Gives the last instant at which a question may be silent that was first answered then.

        However often it is answered meanwhile, it comes back by then; None: never.
        """
        returns_at = self.returns_at(urgency, first)
        if returns_at is None:
            return None
        put_off = end_of_day(self.last_day(urgency, first)).instant
        return max(returns_at, put_off, self.promise_ends(urgency, first, office_close))

    def promise_ends(self, urgency: str, at: Moment, office_close: int) -> int:
        """Gives the instant at which a promised question comes back if the record is silent.

        `office_close` is that of the ruleset: a promise after it is one of the next working day.
        """
        if urgency == CRITICAL:
            return min(at.instant + self.promise_hours * _AN_HOUR, day_start(_LAST_DAY))
        return _calendar_or(
            lambda: (
                due_after(
                    *(at, self.promise_days, Unit.WORKING_DAYS),
                    calendar=england(),
                    office_close=office_close,
                ).cutoff.instant
            ),
            day_start(min(at.day + self.promise_days + 1, _LAST_DAY)) - 1,
        )


Policy: TypeAlias = FeedbackPolicy | Mapping[str, object]
"""A policy, or its numbers as plain data."""


def policy_of(given: Policy) -> FeedbackPolicy:
    """Reads a policy, which may be plain data: `{"info": {"put_off_days": 10}, "promise_days": 3}`.

    What is left out is as usual. Raises MspRulesError for a name that there is not, and for what
    `FeedbackPolicy` refuses.
    """
    if isinstance(given, FeedbackPolicy):
        return given
    usual = DEFAULT_POLICY
    _check_names("a policy", given, (*_URGENCIES, "promise_hours", "promise_days"))
    return FeedbackPolicy(
        critical=_limits_of("critical", given),
        warning=_limits_of("warning", given),
        info=_limits_of("info", given),
        promise_hours=_number("a promise", given, "promise_hours", usual.promise_hours),
        promise_days=_number("a promise", given, "promise_days", usual.promise_days),
    )


def _limits_of(urgency: str, given: Mapping[str, object]) -> AnswerLimits:
    usual = DEFAULT_POLICY.of(urgency)
    found = given.get(urgency, {})
    if not isinstance(found, Mapping):
        raise MspRulesError(f"{urgency}: its limits are expected by name")
    _check_names(urgency, found, ("needs_reason", "put_off_days", "returns_after_days"))
    needs_reason = found.get("needs_reason", usual.needs_reason)
    if not isinstance(needs_reason, bool):
        raise MspRulesError(f"{urgency}: needs_reason must be true or false")
    returns_after = found.get("returns_after_days", usual.returns_after_days)
    if returns_after is not None:
        returns_after = _number(urgency, found, "returns_after_days", usual.returns_after_days or 0)
    return AnswerLimits(
        needs_reason=needs_reason,
        put_off_days=_number(urgency, found, "put_off_days", usual.put_off_days),
        returns_after_days=returns_after,
    )


def _check_names(of: str, given: Mapping[str, object], known: tuple[str, ...]) -> None:
    for name in given:
        if name not in known:
            hint = did_you_mean(str(name), known) or f"; known are {', '.join(known)}"
            raise MspRulesError(f"{of} has an unknown limit{hint}")


def _number(of: str, given: Mapping[str, object], name: str, usual: int) -> int:
    found = given.get(name, usual)
    if not isinstance(found, int) or isinstance(found, bool):
        raise MspRulesError(f"{of}: {name} must be a whole number from 1 to {_MOST_DAYS}")
    return found


def _check(urgency: str, name: str, number: int, most: int) -> None:
    if not 0 < number <= most:
        raise MspRulesError(f"{urgency}: {name} must be a whole number from 1 to {most}")


def _days_after(day: int, number: int) -> int:
    otherwise = min(day + number, _LAST_DAY - 1)
    return _calendar_or(lambda: england().add_working_days(day, number), otherwise)


def _calendar_or(count: Callable[[], int], otherwise: int) -> int:
    try:
        return count()
    except OutsideCalendar:
        return otherwise


DEFAULT_POLICY: Final = FeedbackPolicy()
"""The policy where a host sets no other."""
