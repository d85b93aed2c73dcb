"""Reads days and moments as they are written in a sentence.

"6 January 2026 at 10:00" is fixed; "2 working days after the concern" waits for the day of
the concern, which may come later in the scenario.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from msp_rules.casework.moments import MONTHS, parse_date
from msp_rules.casework.workdays import england
from msp_rules.errors import MspRulesError, did_you_mean

DEFAULT_CONCERN_DAY: Final = date(2026, 1, 5)
"""The concern's day in a scenario that tells of no concern: a Monday without a holiday near it."""

WEEKDAYS: Final = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip
_DAY: Final = re.compile(
    r"(?:(?P<weekday>[A-Za-z]+) )?(?P<day>\d{1,2}) (?P<month>\S+) (?P<year>\d{4})"
)
_CLOCK: Final = re.compile(r"(?P<day>.+) at (?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)")
_AFTER: Final = re.compile(r"(?P<number>\d+) (?P<unit>(?:working )?day|hour)s? after the concern")


class StepRefused(MspRulesError):
    """Raised for a step that names something unknown: a day, an event, a field, a code, a rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """The time of an event: a day, a day with a clock time, or so long after the concern."""

    day: date | None = None
    """The day; None to count from the concern."""
    clock: str | None = None
    """The time of the day as "10:00"; None without one."""
    number: int = 0
    """The number of units after the concern."""
    unit: str = "day"
    """"day", "working day" or "hour"."""

    def text(self, concern: str) -> str:
        """Gives the date or date-time as a record writes it; `concern` is that of the concern."""
        if self.day is not None:
            return _written(self.day, self.clock)
        day, time = date.fromisoformat(concern[:10]), concern[11:] or None
        if self.unit == "hour":
            if time is None:
                message = "hours are counted from a time: give the concern one, as in at 10:00"
                raise StepRefused(message)
            hour, minute = (int(part) for part in time.split(":")[:2])
            total = hour + self.number
            return _written(day + timedelta(days=total // 24), f"{total % 24:02}:{minute:02}")
        if self.unit == "working day":
            later = england().add_working_days(day.toordinal(), self.number)
            return date.fromordinal(later).isoformat()
        if self.number == 0:
            return concern
        return (day + timedelta(days=self.number)).isoformat()


AT_THE_CONCERN: Final = Occurrence()


def read_day(text: str) -> date:
    """Reads the day that words say; raises StepRefused."""
    words = _DAY.fullmatch(text)
    if words is None:
        try:
            return parse_date(text)
        except ValueError:
            message = f'"{text}" is not a day; write it as in 6 January 2026, or 2026-01-06'
            raise StepRefused(message) from None
    if words["month"] not in MONTHS:
        hint = did_you_mean(words["month"], MONTHS)
        raise StepRefused(f'"{words["month"]}" is not a month{hint}')
    try:
        day = date(int(words["year"]), MONTHS.index(words["month"]) + 1, int(words["day"]))
    except ValueError:
        raise StepRefused(f'"{text}" is a day that does not exist') from None
    weekday = WEEKDAYS[day.weekday()]
    if words["weekday"] not in (None, weekday):
        named = text.removeprefix(f"{words['weekday']} ")
        raise StepRefused(f"{named} is a {weekday}, not a {words['weekday']}")
    return day


def read_moment(text: str) -> str:
    """Reads a date or date-time: "6 January 2026 at 10:00"; raises StepRefused."""
    when = _on(text)
    assert when.day is not None
    return _written(when.day, when.clock)


def read_occurrence(text: str) -> Occurrence:
    """Reads "on 6 January 2026 at 10:00" or "3 days after the concern"; raises StepRefused."""
    after = _AFTER.fullmatch(text)
    if after is not None:
        return Occurrence(number=int(after["number"]), unit=after["unit"])
    if text in ("", "on the day of the concern"):
        return AT_THE_CONCERN
    return _on(text.removeprefix("on "))


def _on(text: str) -> Occurrence:
    clock = _CLOCK.fullmatch(text)
    if clock is None:
        return Occurrence(day=read_day(text))
    return Occurrence(
        day=read_day(clock["day"]), clock=f"{int(clock['hour']):02}:{clock['minute']}"
    )


def _written(day: date, clock: str | None) -> str:
    return day.isoformat() if clock is None else f"{day.isoformat()}T{clock}:00"
