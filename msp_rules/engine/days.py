"""Counts the different days on which events lie, also where each subject sees thousands of them."""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

from msp_rules.casework.case import Event
from msp_rules.engine.bounds import moment_of
from msp_rules.engine.long_lists import Events, Part
from msp_rules.engine.scope import Matches

_LEAST: Final = "least days"
_MOST: Final = "most days"
_Stretch = tuple[int, int]
"""The first of some days (ordinals), and the one after the last."""


def different_days(found: Matches) -> tuple[int, int]:
    """Gives the least and the greatest number of days on which the events may lie.

    Every number in between is possible, too. An uncertain event may add its day, unless a certain
    one lies on it; one without a date may add a day of its own, or lie on a day that is counted.
    """
    if not found.is_large:
        return _count(found.certain, found.possible)
    terms = found.derived.terms
    if _LEAST not in terms:
        part = found.derived.part
        terms[_LEAST], terms[_MOST] = _count(part(found.certain), part(found.possible))
    return terms[_LEAST], terms[_MOST]


def _count(certain: Events, possible: Events) -> tuple[int, int]:
    undated = _undated(certain) + _undated(possible)
    if isinstance(certain, list) and isinstance(possible, list):
        days = _days_of(certain)
        return len(days), len(days | _days_of(possible)) + undated
    if isinstance(certain, list):
        assert isinstance(possible, Part)
        days = _days_of(certain)
        return len(days), _with_few(possible, days) + undated
    least = _number(certain.whole.different_days, _stretches(certain))
    if isinstance(possible, list):
        return least, _with_few(certain, _days_of(possible)) + undated
    return least, _of_both(certain, possible) + undated


def _undated(events: Events) -> int:
    if isinstance(events, list):
        return sum([event.moment is None for event in events])
    return len(events.undated())


def _days_of(events: list[Event]) -> set[int]:
    return {event.moment.day for event in events if event.moment is not None}


def _with_few(part: Part, days: set[int]) -> int:
    """Counts the days of a part and a few others."""
    more = [day for day in days if not part.cut([part.whole.of_day(day)])]
    return _number(part.whole.different_days, _stretches(part)) + len(more)


def _of_both(one: Part, other: Part) -> int:
    """Counts the days of two parts: those of each alone, and those where both have some."""
    of_one, of_other = _stretches(one), _stretches(other)
    both = one.whole.days_with(other.whole)
    shared = [
        (max(first, low), min(last, high))
        for first, last in of_one
        for low, high in of_other
        if max(first, low) < min(last, high)
    ]
    return (
        _number(one.whole.different_days, of_one)
        + _number(other.whole.different_days, of_other)
        - _number(one.whole.different_days, shared)
        - _number(other.whole.different_days, shared)
        + _number(both, shared)
    )


def _stretches(part: Part) -> list[_Stretch]:
    """Gives the days through which a part holds all events of its list, each day once."""
    events = part.whole.events
    found: list[_Stretch] = []
    for low, high in part.ranges:
        last = min(high, part.whole.dated)
        if low >= last:
            continue
        first, end = moment_of(events[low]).day, moment_of(events[last - 1]).day + 1
        if found and found[-1][1] >= first:
            first = found.pop()[0]
        found.append((first, end))
    return found


def _number(days: list[int], stretches: list[_Stretch]) -> int:
    """Counts those of some different days, in order, that lie in any of several stretches."""
    return sum([bisect_left(days, last) - bisect_left(days, first) for first, last in stretches])
