"""Counts working days in England, and computes when a limit ends.

Bank holidays are known for some years only (`bank_holidays`). Outside them an answer is refused,
never guessed.
"""

from __future__ import annotations

import calendar as months
import hashlib
from bisect import bisect_right
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from functools import cache, lru_cache
from typing import Final, NamedTuple

from msp_rules.casework.bank_holidays import COVERED_FROM, COVERED_UNTIL, bank_holidays
from msp_rules.casework.moments import (
    DATE_ONLY,
    MICROSECONDS_A_DAY,
    Cutoff,
    Moment,
    at_instant,
    day_start,
    end_of_day,
    iso_date,
    iso_instant,
)
from msp_rules.errors import OutsideCalendar

_MICROSECONDS_AN_HOUR: Final = MICROSECONDS_A_DAY // 24
_SATURDAY: Final = 6


class Unit(StrEnum):
    """Lists the units of a limit."""

    HOURS = "hours"
    CALENDAR_DAYS = "calendar_days"
    WORKING_DAYS = "working_days"
    WEEKS = "weeks"
    MONTHS = "months"

    __hash__ = str.__hash__  # that of Enum is a call in Python, and limits are looked up by unit


class Due(NamedTuple):
    """The end of a limit."""

    cutoff: Cutoff
    """The last instant within the limit."""
    in_hours: bool = False
    """True for a limit in hours."""

    @property
    def text(self) -> str:
        """The date, or for a limit of hours the date-time with offset (contract, "Verdicts")."""
        return due_text(self)


def due_text(due: Due) -> str:
    """Writes a limit; one in hours is kept, since several outputs of a case name it."""
    if not due.in_hours:
        return iso_date(due.cutoff.day)
    text = _TEXTS.get(due.cutoff)
    if text is None:
        text = _instant_text(due.cutoff)
        if len(_TEXTS) >= _MOST_TEXTS:
            _TEXTS.clear()
        _TEXTS[due.cutoff] = text
    return text


def _instant_text(cutoff: Cutoff) -> str:
    """Writes what `iso_instant` does, from the day: limits of hours hardly recur."""
    start, offset = _start_and_offset(cutoff.day)
    seconds, micros = divmod(cutoff.instant - start, 1_000_000)
    if not offset or micros or not 0 <= seconds < _SECONDS_A_DAY:
        return iso_instant(cutoff.instant)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{iso_date(cutoff.day)}T{hour:02}:{minute:02}:{second:02}{offset}"


@lru_cache(maxsize=4096)
def _start_and_offset(day: int) -> tuple[int, str]:
    """Gives a London day's first instant and its offset; none of a day that has several."""
    start, end = day_start(day), day_start(day + 1)
    ahead = (day - _EPOCH_ORDINAL) * MICROSECONDS_A_DAY - start
    return start, _OFFSETS.get(ahead, "") if end - start == MICROSECONDS_A_DAY else ""


_TEXTS: Final[dict[Cutoff, str]] = {}
_MOST_TEXTS: Final = 4096
_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
_OFFSETS: Final = {0: "+00:00", _MICROSECONDS_AN_HOUR: "+01:00"}
_SECONDS_A_DAY: Final = 86_400


class Calendar:
    """The working days of a stretch of years: Monday to Friday without the given holidays.

    Days are ordinals (`date.toordinal`). Every method raises OutsideCalendar where its answer, or a
    day that it needs, is outside the stretch.
    """

    def __init__(self, *, first: date, last: date, holidays: Iterable[date]) -> None:
        self.first = first.toordinal()
        self.last = last.toordinal()
        closed = {day.toordinal() for day in holidays}
        self._working = [
            day
            for day in range(self.first, self.last + 1)
            if day % 7 not in (0, _SATURDAY) and day not in closed
        ]
        self._members = frozenset(self._working)

    def sha256(self) -> str:
        """Hashes the table: the first day, the last, and every working day, one per line."""
        days = (self.first, self.last, *self._working)
        return hashlib.sha256("".join(f"{iso_date(day)}\n" for day in days).encode()).hexdigest()

    def is_working_day(self, day: int) -> bool:
        """Tells whether people work on a day."""
        self._refuse_outside(day)
        return day in self._members

    def next_working_day(self, day: int) -> int:
        """Finds the first working day after a day."""
        return self.add_working_days(day, 1)

    def add_working_days(self, day: int, number: int) -> int:
        """Finds the `number`-th working day after a day (0: the day itself)."""
        self._refuse_outside(day)
        if number == 0:
            return day
        index = bisect_right(self._working, day) + number - 1
        if index >= len(self._working):
            raise OutsideCalendar(self._message())
        return self._working[index]

    def subtract_working_days(self, day: int, number: int) -> int:
        """Finds the `number`-th working day before a day (0: the day itself)."""
        self._refuse_outside(day)
        if number == 0:
            return day
        index = bisect_right(self._working, day - 1) - number
        if index < 0:
            raise OutsideCalendar(self._message())
        return self._working[index]

    def _refuse_outside(self, day: int) -> None:
        if not self.first <= day <= self.last:
            raise OutsideCalendar(self._message())

    def _message(self) -> str:
        return (
            f"bank holidays of England are known from {iso_date(self.first)} to "
            f"{iso_date(self.last)} only; a limit in working days outside them can't be judged"
        )


@cache
def england() -> Calendar:
    """Gives the calendar of England, built at first use."""
    return Calendar(first=COVERED_FROM, last=COVERED_UNTIL, holidays=bank_holidays())


_LAST_DAY: Final = date.max.toordinal()
_MOST_DAYS: Final = {
    Unit.HOURS: 1,
    Unit.CALENDAR_DAYS: 1,
    # Seven for five, and the longest stretch of bank holidays lies within the margin.
    Unit.WORKING_DAYS: 2,
    Unit.WEEKS: 7,
    Unit.MONTHS: 31,
}
"""The most days that one of a unit takes."""
_MARGIN: Final = 14


def due_after(
    anchor: Moment, number: int, unit: Unit, *, calendar: Calendar, office_close: int
) -> Due:
    """Computes when a limit from an anchor ends (docs/readings.md, section 2).

    `office_close` is microseconds since midnight; it counts for working days only. Raises
    OutsideCalendar for working days outside the calendar, and beyond the last year of any date.
    """
    if anchor.day + number * _MOST_DAYS[unit] + _MARGIN > _LAST_DAY:
        raise OutsideCalendar("the limit may end beyond the year 9999")
    if unit is Unit.HOURS:
        start = day_start(anchor.day + 1) if anchor.clock == DATE_ONLY else anchor.instant
        return Due(at_instant(start + number * _MICROSECONDS_AN_HOUR), in_hours=True)
    if unit is Unit.WORKING_DAYS:
        day = anchor.day
        if anchor.clock > office_close or not calendar.is_working_day(day):
            day = calendar.next_working_day(day)
        return Due(end_of_day(calendar.add_working_days(day, number)))
    return Due(end_of_day(_shift(anchor.day, number, unit)))


def window_start(anchor: Moment, number: int, unit: Unit, *, calendar: Calendar) -> Cutoff:
    """Computes the first day (or, for hours, instant) of a stretch that ends at an anchor.

    A date-only anchor of a stretch in hours ends with its day. Raises OutsideCalendar as above.
    """
    if anchor.day - number * _MOST_DAYS[unit] - _MARGIN < 1:
        raise OutsideCalendar("the stretch may begin before the year 1")
    if unit is Unit.HOURS:
        end = day_start(anchor.day + 1) if anchor.clock == DATE_ONLY else anchor.instant
        return at_instant(end - number * _MICROSECONDS_AN_HOUR)
    if unit is Unit.WORKING_DAYS:
        day = calendar.subtract_working_days(anchor.day, number)
    else:
        day = _shift(anchor.day, -number, unit)
    return Cutoff(day, day_start(day))


def _shift(day: int, number: int, unit: Unit) -> int:
    if unit is Unit.CALENDAR_DAYS:
        return day + number
    if unit is Unit.WEEKS:
        return day + 7 * number
    start = date.fromordinal(day)
    index = start.year * 12 + start.month - 1 + number
    year, month = divmod(index, 12)
    last = months.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last)).toordinal()
