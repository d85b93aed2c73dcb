"""Walks the steps between events from one moment to another, and skips those that are short.

Each of thousands of plans may be reviewed by the same thousands of events: which steps between
those are too long is found once, and then looked up between the moments of each plan.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from itertools import pairwise

from msp_rules.casework.case import Event
from msp_rules.casework.moments import DATE_ONLY, Moment, is_by
from msp_rules.engine.bounds import clock_of, instant_of, moment_of, place_of_day
from msp_rules.engine.long_lists import is_long
from msp_rules.engine.scope import sort_key
from msp_rules.engine.truth import TRUE

StepTest = Callable[[Moment, Moment], int]
"""Tells whether the step from one moment to the next is short enough."""


class Steps:
    """Holds the steps between some events, of which those are known that are not surely short."""

    def __init__(self, events: list[Event], holds: StepTest) -> None:
        self._events = sorted([e for e in events if e.moment is not None], key=sort_key)
        self._holds = holds
        self._broken = [
            place
            for place, (one, other) in enumerate(pairwise(map(moment_of, self._events)))
            if holds(one, other) != TRUE
        ]

    def broken(
        self, start: Moment, stop: Moment, *, is_from_first: bool = False
    ) -> Iterator[tuple[Moment, Moment]]:
        """Yields the steps that are not surely short, from the start on and to the stop.

        With `is_from_first`, those from the first event on.
        """
        previous = None if is_from_first else start
        for first, last in self._between(start, stop):
            if first == last:
                continue
            if previous is not None:
                yield from self._unless_short(previous, moment_of(self._events[first]))
            places = self._broken
            for at in range(bisect_left(places, first), bisect_left(places, last - 1)):
                place = places[at]
                yield moment_of(self._events[place]), moment_of(self._events[place + 1])
            previous = moment_of(self._events[last - 1])
        if previous is not None:
            yield from self._unless_short(previous, stop)

    def _unless_short(self, one: Moment, other: Moment) -> Iterator[tuple[Moment, Moment]]:
        if self._holds(one, other) != TRUE:
            yield one, other

    def _between(self, start: Moment, stop: Moment) -> list[tuple[int, int]]:
        """Gives the places of events from one moment to another, as one range or several.

        Of the day of the start, those without a time count, and of the others the later ones.
        """
        events, end = self._events, len(self._events)
        if start.day > stop.day:
            return []
        low = place_of_day(events, start.day, end)
        after = place_of_day(events, start.day + 1, end)
        high = place_of_day(events, stop.day + 1, end)
        if is_long(start.day) or is_long(stop.day):
            of_ends = [*range(low, after), *range(place_of_day(events, stop.day, end), high)]
            is_out = {place for place in of_ends if not self._lies(place, start, stop)}
            return [(place, place + 1) for place in range(low, high) if place not in is_out]
        if stop.clock != DATE_ONLY:
            timed = self._timed(place_of_day(events, stop.day, end), high)
            high = bisect_right(events, stop.instant, timed, high, key=instant_of)
        if start.clock == DATE_ONLY:
            return [(low, high)]
        timed = self._timed(low, after)
        later = bisect_left(events, start.instant, timed, after, key=instant_of)
        return [(low, timed), (later, max(later, high))]

    def _timed(self, low: int, high: int) -> int:
        """Finds the first of a day's events that has a time."""
        return bisect_right(self._events, DATE_ONLY, low, high, key=clock_of)

    def _lies(self, place: int, start: Moment, stop: Moment) -> bool:
        moment = moment_of(self._events[place])
        return is_by(start, moment) and is_by(moment, stop)
