"""Defines the bounds in time of a selection, and cuts lists of events by days.

The events of a list are in order of their days, those without a date last. Where very many subjects
bound very long lists by their own moments, what lies on other days is not tested.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from msp_rules.casework.case import Event
from msp_rules.casework.moments import Cutoff, Moment, is_before, is_by
from msp_rules.engine.scope import FEW, AnchorMoment, Matches, Scope
from msp_rules.engine.truth import FALSE, TRUE, NoMoment

BoundTest = Callable[[Event, Scope, Moment], int]
"""Tells whether an event that has a moment satisfies a bound at another moment."""
Bounds = list[tuple[BoundTest, AnchorMoment]]


def is_from_day(event: Event, scope: Scope, start: Moment) -> int:
    """Tells whether an event lies on the day of a moment, or later."""
    return TRUE if moment_of(event).day >= start.day else FALSE


def _is_through_day(event: Event, scope: Scope, end: Moment) -> int:
    return TRUE if moment_of(event).day <= end.day else FALSE


BOUNDS: Final[dict[str, BoundTest]] = {
    "since": lambda e, s, a: TRUE if is_by(a, moment_of(e)) else FALSE,
    "after": lambda e, s, a: TRUE if is_before(a, moment_of(e)) else FALSE,
    "by": lambda e, s, a: TRUE if is_by(moment_of(e), a) else FALSE,
    "before": lambda e, s, a: TRUE if is_before(moment_of(e), a) else FALSE,
    "from_day": is_from_day,
    "through_day": _is_through_day,
    "surely_before": lambda e, s, a: FALSE if is_by(a, moment_of(e)) else TRUE,
}


LOWER_BOUNDS: Final = frozenset(
    [is_from_day, *(BOUNDS[name] for name in ("since", "after", "from_day"))]
)
"""Bounds that no event before the day of their anchor passes."""
UPPER_BOUNDS: Final = frozenset(
    [BOUNDS[name] for name in ("by", "before", "through_day", "surely_before")]
)
"""Bounds that no event after the day of their anchor passes."""


def cut_off(found: Matches, horizon: Cutoff) -> Matches:
    """Leaves out the events after a horizon; undated ones may lie within it."""
    certain, possible = _up_to(found.certain, horizon), _up_to(found.possible, horizon)
    if certain is found.certain and possible is found.possible:
        return found
    return Matches(certain, possible, found.is_open)


def _up_to(events: list[Event], horizon: Cutoff) -> list[Event]:
    """Gives the events up to a horizon; the same list where that is all of them.

    They are in order of their days; within one, the hour that occurs twice in October may not be.
    """
    last = horizon.instant
    if len(events) <= FEW:
        for event in events:
            if event.moment is not None and event.moment.instant > last:
                return [e for e in events if e.moment is None or e.moment.instant <= last]
        return events
    dated = number_dated(events)
    first = place_of_day(events, horizon.day, dated)
    later = first
    while later < dated and moment_of(events[later]).day == horizon.day:
        later += 1
    same_day = [e for e in events[first:later] if moment_of(e).instant <= last]
    if later == dated and len(same_day) == later - first:
        return events
    return events[:first] + same_day + events[dated:]


def number_dated(events: Sequence[Event]) -> int:
    """Counts the events that have a moment: those without one are last."""
    count = len(events)
    while count > 0 and events[count - 1].moment is None:
        count -= 1
    return count


def place_of_day(events: Sequence[Event], day: int, dated: int) -> int:
    """Finds the place of the first event on or after a day, of so many that have one."""
    low, high = 0, dated
    while low < high:
        middle = (low + high) // 2
        if moment_of(events[middle]).day < day:
            low = middle + 1
        else:
            high = middle
    return low


def between_days(events: Sequence[Event], bounds: Bounds) -> Sequence[Event]:
    """Leaves out events that lie before the day of a lower bound, or after that of an upper one."""
    dated = number_dated(events)
    first, last = 0, dated
    for test, moment in bounds:
        if isinstance(moment, NoMoment):
            continue
        if test in LOWER_BOUNDS:
            first = max(first, place_of_day(events, moment.day, dated))
        elif test in UPPER_BOUNDS:
            last = min(last, place_of_day(events, moment.day + 1, dated))
    if first == 0 and last == dated:
        return events
    return [*events[first:last], *events[dated:]]


def moment_of(event: Event) -> Moment:
    """Gives the moment of an event that is known to have one."""
    assert event.moment is not None
    return event.moment
