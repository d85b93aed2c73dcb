"""Puts the events that an answer rests on in order of time, also where there are very many.

Each of thousands of answers may rest on thousands of events. Their order is found once for all
answers of a case, as are the long lists that several answers join: what remains to do for each is
to find which stretches of them are its own, and to write out the ids.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Final, NamedTuple

from msp_rules.casework.case import Event
from msp_rules.engine.compiled import in_order_of_time
from msp_rules.engine.long_lists import (
    FEW,
    Events,
    Evidence,
    Gathered,
    LongList,
    Range,
    is_long,
)
from msp_rules.engine.scope import ID_OF, TIME_OF, Scope

_NEVER_OVER: Final = 1 << 62
"""The instant of an event without a moment, which may lie after any limit."""
_MOST_KEPT: Final = 32
_ALONE: Final = -1
"""Stands for a list of a few events, which are put at their places one by one."""


class _Row(NamedTuple):
    """Holds the events of one or more lists in order, by their numbers and by their ids."""

    lists: tuple[object, ...]
    """The lists, kept so that no other is taken for one of them."""
    numbers: list[int]
    """The numbers of the events."""
    ids: list[str]
    """The ids of the events."""


_Change = tuple[int, bool, int]
"""From which number on the events of a list belong to an answer (True), or no longer do."""


class OrderOfEvents:
    """Numbers the events of a case in order of time, and keeps what long lists are in that order.

    Those without a date come last. `is_clear`: no two events have the same id.
    """

    __slots__ = ("_events", "_ids", "_numbers", "_rows", "is_clear")

    def __init__(self, scope: Scope) -> None:
        every = [event for events in scope.by_type.values() for event in events]
        dated = sorted([event for event in every if event.moment is not None], key=TIME_OF)
        self._events = [*dated, *[event for event in every if event.moment is None]]
        self._ids = list(map(ID_OF, self._events))
        self._numbers = dict(zip(map(id, self._events), range(len(every)), strict=True))
        self._rows: dict[tuple[int, ...], _Row] = {}
        self.is_clear = len(set(self._ids)) == len(self._ids)

    def ids_of(self, lists: tuple[Events, ...]) -> tuple[str, ...]:
        """Gives the ids of the events of some lists in order, each once."""
        sources: list[_Row] = []
        changes: list[_Change] = []
        few = set[int]()
        for one in lists:
            if len(one) <= FEW:
                few.update(self._numbers_of(one))
                continue
            source, ranges = self._row_of(one)
            numbers = source.numbers
            for low, high in ranges:
                changes.append((numbers[low], True, len(sources)))
                changes.append((numbers[high - 1] + 1, False, len(sources)))
            sources.append(source)
        for number in few:
            changes += [(number, True, _ALONE), (number + 1, False, _ALONE)]
        changes.sort()
        return tuple(self._between(changes, sources))

    def latest_of(self, events: Events) -> int:
        """Gives the instant of the latest of some events."""
        if isinstance(events, list):
            if len(events) <= FEW:
                return max(map(_instant, events))
            row, _ = self._row_of(events)
            last = self._events[row.numbers[-1]]
        else:
            last = events[-1]
        if last.moment is None or not is_long(last.moment.day):
            return _instant(last)
        return max(map(_instant, events))

    def _between(self, changes: list[_Change], sources: list[_Row]) -> list[str]:
        """Joins what lies between each change and the next: there, the same lists count."""
        ids: list[str] = []
        counting = set[int]()
        last = 0
        for number, begins, place in changes:
            if counting and number > last:
                if _ALONE in counting:
                    ids.append(self._ids[last])
                else:
                    row = self._joined([sources[one] for one in sorted(counting)])
                    first = bisect_left(row.numbers, last)
                    ids += row.ids[first : bisect_left(row.numbers, number, first)]
            last = number
            if begins:
                counting.add(place)
            else:
                counting.discard(place)
        return ids

    def _numbers_of(self, events: Events) -> list[int]:
        return list(map(self._numbers.__getitem__, map(id, events)))

    def _row_of(self, events: Events) -> tuple[_Row, tuple[Range, ...]]:
        """Gives a long list in order, and which ranges of it are meant."""
        whole: list[Event] | LongList = events if isinstance(events, list) else events.whole
        known = self._rows.get((id(whole),))
        if known is None:
            every = whole if isinstance(whole, list) else whole.events
            numbers = self._numbers_of(every)
            if isinstance(whole, list):
                numbers = sorted(set(numbers))  # one that was joined may be in any order
            known = self._keep((whole,), numbers)
        if isinstance(events, list):
            return known, ((0, len(known.numbers)),)
        return known, events.ranges

    def _joined(self, rows: list[_Row]) -> _Row:
        """Gives the events of several lists in order, each once."""
        if len(rows) == 1:
            return rows[0]
        lists = tuple([one for row in rows for one in row.lists])
        known = self._rows.get(tuple(map(id, lists)))
        if known is None:
            numbers = sorted(set().union(*[row.numbers for row in rows]))
            known = self._keep(lists, numbers)
        return known

    def _keep(self, lists: tuple[object, ...], numbers: list[int]) -> _Row:
        if len(self._rows) >= _MOST_KEPT:
            self._rows.clear()  # lists of one subject alone would otherwise fill the memory
        row = _Row(lists, numbers, list(map(self._ids.__getitem__, numbers)))
        self._rows[tuple(map(id, lists))] = row
        return row


def ids_in_order(events: Evidence, scope: Scope) -> tuple[str, ...]:
    """Gives the ids of the events that an answer rests on, in order of time, each once."""
    order = _order_in(scope)
    return order.ids_of(_lists_of(events)) if order.is_clear else in_order_of_time(list(events))


def latest_instant(events: Evidence, scope: Scope) -> int:
    """Gives the instant of the latest of some events, of which one without a date may be any."""
    return max(map(_order_in(scope).latest_of, _lists_of(events)))


def soonest_after(events: Evidence, instant: int) -> Event | None:
    """Gives the first of some events after an instant, if they are in order of time."""
    found: Event | None = None
    for one in _lists_of(events):
        place = bisect_right(one, instant, key=_instant)
        if place < len(one) and (found is None or _instant(one[place]) < _instant(found)):
            found = one[place]
    return found


def _order_in(scope: Scope) -> OrderOfEvents:
    known = scope.lookups.order
    if known is None:
        known = scope.lookups.order = OrderOfEvents(scope)
    return known


def _lists_of(events: Evidence) -> tuple[Events, ...]:
    return events.lists if isinstance(events, Gathered) else (events,)


def _instant(event: Event) -> int:
    return _NEVER_OVER if event.moment is None else event.moment.instant
