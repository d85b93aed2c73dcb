"""Defines the bounds in time of a selection, and cuts lists of events by days.

The events of a list are in order of their days, those without a date last. Where very many subjects
bound very long lists by their own moments, what lies on other days is not tested.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Final

from msp_rules.casework.case import Event
from msp_rules.casework.moments import (
    Cutoff,
    Moment,
    is_before,
    is_by,
)
from msp_rules.engine.long_lists import FEW, Events, LongList, Range, is_long, ranges_passing
from msp_rules.engine.scope import AnchorMoment, Matches, Scope
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
    if len(found.certain) + len(found.possible) <= FEW:
        certain, possible = _up_to(found.certain, horizon), _up_to(found.possible, horizon)
        if certain is found.certain and possible is found.possible:
            return found
        return Matches(certain, possible, found.is_open)
    derived = found.derived
    known = derived.cut(horizon.instant)
    if known is not None:
        return known
    every, others = derived.part(found.certain), derived.part(found.possible)
    certain, possible = _up_to(every, horizon), _up_to(others, horizon)
    if certain is every and possible is others:
        return found
    return derived.keep_cut(horizon.instant, Matches(certain, possible, found.is_open))


def _up_to(events: Events, horizon: Cutoff) -> Events:
    """Gives the events up to a horizon; the same ones where that is all of them.

    They are in order of their days; within one, the hour that occurs twice in October may not be.
    """
    last = horizon.instant
    if isinstance(events, list):
        for event in events:
            if event.moment is not None and event.moment.instant > last:
                return [e for e in events if e.moment is None or e.moment.instant <= last]
        return events
    whole = events.whole
    low, high = whole.of_day(horizon.day)
    if is_long(horizon.day):
        kept = ranges_passing(whole.events, low, high, lambda one: instant_of(one) <= last)
        kept.insert(0, (0, low))
    else:
        kept = [(0, bisect_right(whole.events, last, low, high, key=instant_of))]
    return events.cut([*kept, (whole.dated, len(whole.events))])


class DayBounds:
    """Holds the bounds at one moment of which the day decides for events of other days."""

    __slots__ = ("has_lower", "has_upper", "tests")

    def __init__(self, tests: Sequence[BoundTest]) -> None:
        self.tests = [test for test in tests if test in LOWER_BOUNDS or test in UPPER_BOUNDS]
        self.has_lower = any(test in LOWER_BOUNDS for test in tests)
        self.has_upper = any(test in UPPER_BOUNDS for test in tests)


def within(found: Matches, bounds: DayBounds, start: Moment, scope: Scope) -> Matches:
    """Leaves out the events that do not pass bounds at a moment.

    Those without a date may lie anywhere.
    """
    every, others = found.certain, found.possible
    if len(every) > FEW or len(others) > FEW:
        every, others = found.derived.part(every), found.derived.part(others)
    certain = _within(every, bounds, start, scope)
    possible = _within(others, bounds, start, scope)
    if certain is every and possible is others:
        return found
    return Matches(certain, possible, found.is_open)


def _within(events: Events, bounds: DayBounds, start: Moment, scope: Scope) -> Events:
    """Does so for one list; the same one where all events pass."""
    if isinstance(events, list):
        return _within_few(events, bounds, start, scope)
    whole = events.whole
    low, high = whole.of_day(start.day)
    before = [] if bounds.has_lower else [(0, low)]
    of_day = _of_day(whole, low, high, bounds.tests, start, scope) if low < high else []
    after = [] if bounds.has_upper else [(high, whole.dated)]
    return events.cut([*before, *of_day, *after, (whole.dated, len(whole.events))])


def _within_few(events: list[Event], bounds: DayBounds, start: Moment, scope: Scope) -> list[Event]:
    if not events:
        return events
    oldest = events[0].moment
    if oldest is not None and oldest.day > start.day and not bounds.has_upper:
        return events
    dated = number_dated(events)
    low = place_of_day(events, start.day, dated)
    high = low
    while high < dated and moment_of(events[high]).day == start.day:
        high += 1
    tests = bounds.tests
    same_day = [e for e in events[low:high] if all(test(e, scope, start) == TRUE for test in tests)]
    before = [] if bounds.has_lower else events[:low]
    after = [] if bounds.has_upper else events[high:dated]
    if len(before) + len(same_day) + len(after) == dated:
        return events
    return [*before, *same_day, *after, *events[dated:]]


def _of_day(
    whole: LongList, low: int, high: int, tests: Sequence[BoundTest], start: Moment, scope: Scope
) -> list[Range]:
    """Gives the ranges of the events of a moment's day that pass bounds at it.

    Those without a time come first, and all of them pass or none does. The others are in order of
    time, so that a bound divides them at one place.
    """
    events = whole.events

    def passes(event: Event) -> bool:
        return all(test(event, scope, start) == TRUE for test in tests)

    if is_long(start.day):
        return ranges_passing(events, low, high, passes)
    timed = whole.first_timed(low, high)
    untimed = [(low, timed)] if low < timed and passes(events[low]) else []
    first, last = timed, high
    for test in tests:
        is_lower = test in LOWER_BOUNDS
        one, other = timed, high
        while one < other:
            middle = (one + other) // 2
            if (test(events[middle], scope, start) == TRUE) == is_lower:
                other = middle
            else:
                one = middle + 1
        if is_lower:
            first = max(first, one)
        else:
            last = min(last, one)
    return [*untimed, (first, last)]


def number_dated(events: Sequence[Event]) -> int:
    """Counts the events that have a moment: those without one are last."""
    low, high = 0, len(events)
    if high == 0 or events[-1].moment is not None:
        return high
    while low < high:
        middle = (low + high) // 2
        if events[middle].moment is None:
            high = middle
        else:
            low = middle + 1
    return low


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


def instant_of(event: Event) -> int:
    """Gives the instant of an event that is known to have one."""
    return moment_of(event).instant


def clock_of(event: Event) -> int:
    """Gives the time of day of an event that is known to have a moment, or `DATE_ONLY`."""
    return moment_of(event).clock


def moment_of(event: Event) -> Moment:
    """Gives the moment of an event that is known to have one."""
    assert event.moment is not None
    return event.moment
