"""Tells which dates the events of a case can't have (docs/readings.md, 9 and 10).

A slip of the year makes an event invisible, and what it answers then looks as if it were not there.
So an event that lies after the record was made, or before anybody in it could have been known to
the service, is doubted like one whose date can't be read.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final, NamedTuple

from msp_rules.casework.case import Event
from msp_rules.casework.consistency import EventTrouble
from msp_rules.casework.moments import MICROSECONDS_A_DAY, Cutoff, Moment, iso_date

IMPLAUSIBLE_BEFORE: Final = date(1990, 4, 1)
"""The first day on which an event can lie, where a ruleset does not say."""
ALLOWED_SKEW: Final = MICROSECONDS_A_DAY
"""The time by which the clock of a live host may be ahead, in microseconds."""
OCCURRED: Final = "occurred"
"""The part of an event that holds its date."""

_FIRST_YEAR: Final = 1900
"""No ruleset may take an earlier year: 1899-12-30 is what an empty cell of a workbook says."""
_NEVER: Final = 1 << 62


class PlausibleDates(NamedTuple):
    """Bounds the dates that events can have."""

    first_day: int = IMPLAUSIBLE_BEFORE.toordinal()
    """The first day, as an ordinal."""
    last_instant: int = _NEVER
    """The last instant, in microseconds since the Unix epoch."""


def dates_from(first: date) -> PlausibleDates:
    """Bounds dates by the first day of a ruleset; 1900 is the earliest that counts."""
    return PlausibleDates(max(first, date(_FIRST_YEAR, 1, 1)).toordinal())


def up_to(dates: PlausibleDates, last: Cutoff | None) -> PlausibleDates:
    """Bounds dates by the end of an export as well; a bound that they have already stays.

    `last` is None where the export does not say.
    """
    if last is None or dates.last_instant != _NEVER:
        return dates
    return PlausibleDates(dates.first_day, last.instant)


def live_by(dates: PlausibleDates, now: Cutoff, skew: int = ALLOWED_SKEW) -> PlausibleDates:
    """Bounds the dates of what a live host says now, whose clock may be `skew` ahead."""
    return PlausibleDates(dates.first_day, now.instant + skew)


def trouble_with_day(moment: Moment, dates: PlausibleDates) -> str | None:
    """Explains why a moment lies too early, without repeating it; None where it does not."""
    if moment.day >= dates.first_day:
        return None
    if moment.date.year < _FIRST_YEAR:
        return f"lies before {_FIRST_YEAR}"
    return f"lies before {iso_date(dates.first_day)}, the earliest day that counts as possible"


def trouble_with_date(moment: Moment, dates: PlausibleDates) -> str | None:
    """Explains why an event can't have occurred at a moment; None where it can."""
    if moment.instant > dates.last_instant:
        return "lies after the export"
    return trouble_with_day(moment, dates)


def without_date(event: Event, dates: PlausibleDates) -> Event:
    """Gives an event whose date can't be as one that may or may not exist.

    When it was written down is left out, too, where that repeats the slip: it would hide the event.
    """
    recorded = event.recorded
    if recorded == event.moment or (recorded is not None and recorded.instant > dates.last_instant):
        recorded = None
    unknown = event.unknown | {OCCURRED}
    return event._replace(moment=None, recorded=recorded, unknown=unknown, is_certain=False)


def with_possible_dates(
    events: Iterable[Event], dates: PlausibleDates
) -> tuple[tuple[Event, ...], tuple[EventTrouble, ...]]:
    """Doubts events and dates in them that can't be; gives corrected copies, and what is wrong."""
    checked, troubles = list[Event](), list[EventTrouble]()
    for at, event in enumerate(events):
        early = {
            name: trouble
            for name, value in event.fields.items()
            if isinstance(value, Moment) and (trouble := trouble_with_day(value, dates)) is not None
        }
        if early:
            for name, trouble in early.items():
                troubles.append(EventTrouble(event, f"{name} of {event.type}: {trouble}", at))
            event = _without_fields(event, early)
        trouble = None if event.moment is None else trouble_with_date(event.moment, dates)
        if trouble is None:
            checked.append(event)
            continue
        troubles.append(EventTrouble(event, f"{OCCURRED} of {event.type}: {trouble}", at))
        checked.append(without_date(event, dates))
    return tuple(checked), tuple(troubles)


def _without_fields(event: Event, names: Iterable[str]) -> Event:
    fields = dict(event.fields)
    for name in names:
        del fields[name]
    return event._replace(fields=fields, unknown=event.unknown | frozenset(names))
