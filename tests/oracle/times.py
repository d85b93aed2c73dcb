"""The oracle's own clock: London days, instants as datetimes, and limits counted day by day.

Nothing of the product's calendar is used here but the values that it stores (`Moment`, `Cutoff`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from functools import cache
from zoneinfo import ZoneInfo

import holidays

from msp_rules.casework.moments import DATE_ONLY, Cutoff, Moment
from msp_rules.casework.workdays import Unit
from msp_rules.rules.language.conditions import Limit

LONDON = ZoneInfo("Europe/London")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ONE_DAY = timedelta(days=1)
JUST_BEFORE = timedelta(microseconds=1)
BANK_HOLIDAYS = frozenset(
    holidays.country_holidays("GB", subdiv="ENG", years=range(2015, 2040)).keys()
)


class State(Enum):
    """What an anchor or a limit is where it is no moment."""

    NOT_YET = "has not happened"
    UNKNOWN = "cannot be known"


@dataclass(frozen=True)
class When:
    """A London day, and the instant if a time of day is known.

    `is_evaluation` marks the moment of the evaluation, which no office hours concern.
    """

    day: date
    at: datetime | None
    is_evaluation: bool = False


@dataclass(frozen=True)
class End:
    """The last instant that counts, and the London day that it belongs to."""

    day: date
    last: datetime
    in_hours: bool = False

    @property
    def text(self) -> str:
        """As the contract writes a due: a date, or for hours a date-time with its offset."""
        if self.in_hours:
            return self.last.astimezone(LONDON).isoformat()
        return self.day.isoformat()


@cache
def when(moment: Moment) -> When:
    """A stored moment as the oracle sees it."""
    day = date.fromordinal(moment.day)
    if moment.clock == DATE_ONLY:
        return When(day, None)
    return When(day, EPOCH + timedelta(microseconds=moment.instant))


def as_of_end(cutoff: Cutoff) -> End:
    """The moment of the evaluation, as the last instant that counts."""
    return End(date.fromordinal(cutoff.day), EPOCH + timedelta(microseconds=cutoff.instant))


@cache
def first_instant(day: date) -> datetime:
    """Midnight in London, as UTC."""
    return datetime.combine(day, time(0), tzinfo=LONDON).astimezone(UTC)


@cache
def whole_day(day: date) -> End:
    """Through the end of a London day."""
    return End(day, first_instant(day + ONE_DAY) - JUST_BEFORE)


def through(moment: When) -> End:
    """Through a moment; through the whole day where no time is known."""
    return whole_day(moment.day) if moment.at is None else End(moment.day, moment.at)


# --- comparisons ------------------------------------------------------------------------------


def is_within(moment: When, end: End) -> bool:
    """At or before an end; a date without time counts if its day has begun."""
    return moment.day <= end.day if moment.at is None else moment.at <= end.last


def either_has_no_time(one: When, other: When) -> bool:
    return one.at is None or other.at is None


def is_on_or_before(one: When, other: When) -> bool:
    """`by` and, turned round, `since`."""
    if either_has_no_time(one, other):
        return one.day <= other.day
    return one.at <= other.at  # type: ignore[operator]


def is_before(one: When, other: When) -> bool:
    """`before` and, turned round, `after`: the same day is enough where a time is missing."""
    if either_has_no_time(one, other):
        return one.day <= other.day
    return one.at < other.at  # type: ignore[operator]


def is_certainly_later(one: When, other: When) -> bool:
    """Later whatever the missing times are."""
    if either_has_no_time(one, other):
        return one.day > other.day
    return one.at > other.at  # type: ignore[operator]


# --- limits -----------------------------------------------------------------------------------


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in BANK_HOLIDAYS


def day_zero(anchor: When, office_close: timedelta) -> date:
    """The day from which working days count."""
    day = anchor.day
    closed = False
    if anchor.at is not None and not anchor.is_evaluation:
        wall = anchor.at.astimezone(LONDON)
        clock = timedelta(
            hours=wall.hour,
            minutes=wall.minute,
            seconds=wall.second,
            microseconds=wall.microsecond,
        )
        closed = clock > office_close
    if is_working_day(day) and not closed:
        return day
    day += ONE_DAY
    while not is_working_day(day):
        day += ONE_DAY
    return day


def working_days_after(day: date, number: int) -> date:
    while number > 0:
        day += ONE_DAY
        if is_working_day(day):
            number -= 1
    return day


def working_days_before(day: date, number: int) -> date:
    while number > 0:
        day -= ONE_DAY
        if is_working_day(day):
            number -= 1
    return day


def months_after(day: date, number: int) -> date:
    """The same day of a later (or earlier) month, or the last day of a month that is too short."""
    month_index = day.year * 12 + (day.month - 1) + number
    year, month = divmod(month_index, 12)
    month += 1
    wanted = day.day
    while True:
        try:
            return date(year, month, wanted)
        except ValueError:
            wanted -= 1


def number_in_force(limit: Limit, day: date) -> int | None:
    """The newest value that had started by a day; None before the first."""
    started = [row for row in limit.values if row[0] <= day.toordinal()]
    if not started:
        return None
    return max(started)[1]


def end_of_limit(limit: Limit, anchor: When, office_close: timedelta) -> End | State:
    """When a limit that starts at `anchor` ends."""
    number = number_in_force(limit, anchor.day)
    if number is None:
        return State.UNKNOWN
    if limit.unit is Unit.HOURS:
        # A date without time runs from the end of that day, which is the next midnight.
        start = first_instant(anchor.day + ONE_DAY) if anchor.at is None else anchor.at
        last = start + timedelta(hours=number)
        return End(last.astimezone(LONDON).date(), last, in_hours=True)
    if limit.unit is Unit.WORKING_DAYS:
        return whole_day(working_days_after(day_zero(anchor, office_close), number))
    if limit.unit is Unit.MONTHS:
        return whole_day(months_after(anchor.day, number))
    days = number * 7 if limit.unit is Unit.WEEKS else number
    return whole_day(anchor.day + timedelta(days=days))


def is_in_stretch_before(limit: Limit, moment: When, anchor: When) -> bool | None:
    """Whether `moment` lies in the stretch of a limit's length that ends at `anchor`."""
    if not is_on_or_before(moment, anchor):
        return False
    number = number_in_force(limit, anchor.day)
    if number is None:
        return None
    if limit.unit is Unit.HOURS:
        # An anchor without time stands at the end of its day; the same-day rule holds at the start.
        end = first_instant(anchor.day + ONE_DAY) if anchor.at is None else anchor.at
        start = end - timedelta(hours=number)
        if moment.at is None:
            return moment.day >= start.astimezone(LONDON).date()
        return moment.at >= start
    if limit.unit is Unit.WORKING_DAYS:
        return moment.day >= working_days_before(anchor.day, number)
    if limit.unit is Unit.MONTHS:
        return moment.day >= months_after(anchor.day, -number)
    days = number * 7 if limit.unit is Unit.WEEKS else number
    return moment.day >= anchor.day - timedelta(days=days)
