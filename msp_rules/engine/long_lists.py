"""Cuts lists of very many events without copying them, and looks up what lies in each part.

Each of thousands of subjects may see another part of thousands of events: those since its own day,
or without itself. Such a part is a few ranges of the list from which it was cut, so that cutting
takes as long as looking up where they begin and end.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from itertools import chain
from operator import attrgetter
from typing import Final

from msp_rules.casework.case import Event
from msp_rules.casework.moments import DATE_ONLY, MICROSECONDS_A_DAY, day_start

FEW: Final = 16
"""Of so many events, testing each is quicker than looking up those that concern the subject."""
Range = tuple[int, int]
"""The place of the first event of a range, and the one after its last."""
ValueOf = Callable[[Event], object]
_DAY_OF: Final = attrgetter("moment.day")
_CLOCK_OF: Final = attrgetter("moment.clock")


class LongList:
    """Holds very many events in order of time, and finds their places.

    Of these the first `dated` have a date. Nothing is worked out for all of them before it is asked
    for: a list may be that of one subject alone.
    """

    __slots__ = (
        "_by_value",
        "_days_with",
        "_different",
        "_places",
        "dated",
        "events",
    )

    def __init__(self, events: list[Event]) -> None:
        self.events = events
        self.dated: int = bisect_left(events, 1, key=_lacks_date)
        self._different: list[int] = []
        self._days_with: tuple[LongList, list[int]] | None = None
        self._places: dict[int, int] = {}
        self._by_value: dict[object, dict[object, list[int]]] = {}

    def as_part(self) -> Part:
        """Gives the whole list as one part."""
        return Part(self, ((0, len(self.events)),))

    @property
    def different_days(self) -> list[int]:
        """The days on which any of its events lies, in order, each once."""
        if not self._different:
            self._different = sorted(self._days())
        return self._different

    def days_with(self, other: LongList) -> list[int]:
        """Gives the days on which any event of this or of another list lies, each once."""
        known = self._days_with
        if known is None or known[0] is not other:
            known = self._days_with = (other, sorted(self._days() | other._days()))
        return known[1]

    def of_day(self, day: int) -> Range:
        """Gives the range of the events of a day."""
        low = bisect_left(self.events, day, 0, self.dated, key=_DAY_OF)
        return low, bisect_right(self.events, day, low, self.dated, key=_DAY_OF)

    def _days(self) -> set[int]:
        return set(map(_DAY_OF, self.events[: self.dated]))

    def first_timed(self, low: int, high: int) -> int:
        """Finds the first of a day's events that has a time: those without one come first."""
        return bisect_right(self.events, DATE_ONLY, low, high, key=_CLOCK_OF)

    def of_clock(self, clock: int, low: int, high: int) -> Range:
        """Gives the range of those of a day's events that lie at a time of day."""
        first = bisect_left(self.events, clock, low, high, key=_CLOCK_OF)
        return first, bisect_right(self.events, clock, first, high, key=_CLOCK_OF)

    def place_of(self, event: Event) -> int | None:
        """Gives the place of an event; None where it is not there."""
        if not self._places:
            self._places = {id(one): place for place, one in enumerate(self.events)}
        return self._places.get(id(event))

    def by_value(self, key: object, value_of: ValueOf) -> dict[object, list[int]]:
        """Gives the places of each value that events have; `key` stands for what gives it."""
        known = self._by_value.get(key)
        if known is None:
            known = self._by_value[key] = {}
            for place, event in enumerate(self.events):
                known.setdefault(value_of(event), []).append(place)
        return known


class Part:
    """Holds some ranges of a long list, in order, of more than a few events altogether."""

    __slots__ = ("_listed", "_number", "ranges", "whole")

    def __init__(self, whole: LongList, ranges: tuple[Range, ...]) -> None:
        self.whole = whole
        self.ranges = ranges
        self._number: int = sum([high - low for low, high in ranges])
        self._listed: list[Event] | None = None

    def __len__(self) -> int:
        return self._number

    def __iter__(self) -> Iterator[Event]:
        return iter(self.listed())

    def __getitem__(self, place: int) -> Event:
        if place < 0:
            place += self._number
        for low, high in self.ranges:
            if place < high - low:
                return self.whole.events[low + place]
            place -= high - low
        raise IndexError(place)

    def listed(self) -> list[Event]:
        """Gives its events as a list, the same at each call."""
        if self._listed is None:
            events: list[Event] = []
            for low, high in self.ranges:
                events += self.whole.events[low:high]
            self._listed = events
        return self._listed

    def cut(self, kept: list[Range]) -> Events:
        """Gives what lies in ranges of the whole list, which are in order: this part if all."""
        found: list[Range] = []
        for low, high in self.ranges:
            for first, last in kept:
                one, other = max(low, first), min(high, last)
                if one >= other:
                    continue
                if found and found[-1][1] == one:
                    one = found.pop()[0]
                found.append((one, other))
        ranges = tuple(found)
        if ranges == self.ranges:
            return self
        part = Part(self.whole, ranges)
        return part if len(part) > FEW else part.listed()

    def without(self, event: Event) -> Events:
        """Leaves out one event."""
        place = self.whole.place_of(event)
        if place is None:
            return self
        return self.cut([(0, place), (place + 1, len(self.whole.events))])

    def dated(self) -> Events:
        """Gives those that have a date."""
        return self.cut([(0, self.whole.dated)])

    def undated(self) -> Events:
        """Gives those that have none."""
        return self.cut([(self.whole.dated, len(self.whole.events))])

    def different(self, key: object, value_of: ValueOf) -> list[object]:
        """Gives each value that its events have once, in the order of the first that has it."""
        firsts: list[tuple[int, object]] = []
        for value, places in self.whole.by_value(key, value_of).items():
            for low, high in self.ranges:
                at = bisect_left(places, low)
                if at < len(places) and places[at] < high:
                    firsts.append((places[at], value))
                    break
        firsts.sort(key=_place)
        return [value for _, value in firsts]


Events = list[Event] | Part
"""Some events in order of time; very many of them may be part of a longer list."""


class Gathered:
    """Holds the events of several lists, of which some are long; one may be there twice."""

    __slots__ = ("_number", "lists")

    def __init__(self, lists: tuple[Events, ...]) -> None:
        self.lists = lists
        self._number: int = sum(map(len, lists))

    def __len__(self) -> int:
        return self._number

    def __iter__(self) -> Iterator[Event]:
        return chain.from_iterable(self.lists)


Evidence = list[Event] | Part | Gathered
"""Events on which something rests, in any order, some perhaps twice."""


def gathered(some: Evidence, others: Evidence) -> Evidence:
    """Joins the events of two; long lists are not copied."""
    if not some or not others:
        return some or others
    if isinstance(some, list) and isinstance(others, list) and len(some) + len(others) <= FEW:
        return some + others
    one = some.lists if isinstance(some, Gathered) else (some,)
    other = others.lists if isinstance(others, Gathered) else (others,)
    return Gathered((*one, *other))


def _lacks_date(event: Event) -> int:
    return int(event.moment is None)


def _place(row: tuple[int, object]) -> int:
    return row[0]


def listed(events: Events) -> list[Event]:
    """Gives events as a list."""
    return events if isinstance(events, list) else events.listed()


def is_long(day: int) -> bool:
    """Tells whether an hour of a day occurs twice: its events may not be in order of time."""
    return day_start(day + 1) - day_start(day) > MICROSECONDS_A_DAY


def ranges_passing(
    events: list[Event], low: int, high: int, test: Callable[[Event], bool]
) -> list[Range]:
    """Gives the ranges of the events from one place to another that pass a test, one by one."""
    found: list[Range] = []
    for place in range(low, high):
        if test(events[place]):
            first = found.pop()[0] if found and found[-1][1] == place else place
            found.append((first, place + 1))
    return found
