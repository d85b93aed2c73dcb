"""Compiles `in_order`: the first event of one kind is not after the first of another."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from msp_rules.casework.case import Event
from msp_rules.casework.moments import Moment, is_by
from msp_rules.engine.bounds import moment_of, number_dated
from msp_rules.engine.compiled import Kept, Way, all_doubtful, all_turning_points, record_of
from msp_rules.engine.long_lists import FEW, listed
from msp_rules.engine.scope import Finder, Matches, Scope, sort_key
from msp_rules.engine.selections import Clock
from msp_rules.engine.truth import FALSE, TRUE, UNKNOWN
from msp_rules.engine.verdict import Missing
from msp_rules.engine.worlds import agreed, newest_found
from msp_rules.rules.language.conditions import Selection, This


class _Firsts(NamedTuple):
    """Holds what may be the first event of a kind, by its moment."""

    moments: tuple[Moment | None, ...]
    """The moments of all that may be the first; None where there may be no such event at all."""
    has_undated: bool = False
    """True where one without a date may be the first."""
    is_open: bool = False
    """True where it may be at any time: the source does not supply the type, or the subject has no
    date."""


class OrderCondition(Kept):
    """`in_order`: the first of one selection is not after the first of another."""

    def __init__(self, earlier: Selection | This, later: Selection | This, clock: Clock) -> None:
        both = (earlier, later)
        self.selections = tuple([one for one in both if isinstance(one, Selection)])
        self.finders = tuple([clock.finder(selection) for selection in self.selections])
        self.is_own = isinstance(earlier, This) or isinstance(later, This)
        self.is_own = self.is_own or any(finder.is_own for finder in self.finders)
        self.earlier = _finder_of(earlier, clock)
        self.later = _finder_of(later, clock)
        self.wanted = (record_of(earlier),) if isinstance(earlier, Selection) else ()

    def way(self, scope: Scope) -> Way:
        """Wants the earlier event where there is none; no new record mends a wrong date."""
        return self.wanted or None if _firsts(self.earlier, scope) == _NONE else None

    def work_out(self, scope: Scope) -> int:
        """Compares all that may be the first of each kind: known where they agree."""
        later = _firsts(self.later, scope)
        if later == _NONE:
            return TRUE
        earlier = _firsts(self.earlier, scope)
        if earlier.is_open or later.is_open:
            return UNKNOWN
        answers = {_is_kept(one, other) for one in earlier.moments for other in later.moments}
        if earlier.has_undated:
            answers.add(TRUE)
        if later.has_undated:
            answers.add(FALSE)
            if _share_a_day(earlier.moments, later.moments):
                answers.add(TRUE)  # it may have been on that day, and on one day any order will do
        return agreed(answers)

    def behind(self, scope: Scope) -> list[Event]:
        """Gives the first events of each kind."""
        firsts = [newest_found(one.find(scope), is_latest=False) for one in self.finders]
        return [event for events in firsts for event in events]

    def turning_points(self, scope: Scope) -> Sequence[Event] | None:
        """Gives the events of each kind."""
        return all_turning_points(self.finders, scope)

    def lacking(self, scope: Scope) -> tuple[Missing, ...]:
        """Names the kinds of event of which one might exist, or might be the first."""
        return all_doubtful(zip(self.finders, self.selections, strict=True), scope)


_NONE = _Firsts((None,))


def _finder_of(node: Selection | This, clock: Clock) -> Finder | None:
    return None if isinstance(node, This) else clock.finder(node)


def _firsts(finder: Finder | None, scope: Scope) -> _Firsts:
    """Gives all that may be the first event of a kind; without a finder, the subject is."""
    if finder is None:
        if scope.this is None:
            return _NONE
        moment = scope.this.moment
        return _Firsts((), is_open=True) if moment is None else _Firsts((moment,))
    found = finder.find(scope)
    first = found.certain[0] if found.certain else None
    if not found.possible and not found.is_open:
        return _NONE if first is None else _Firsts((first.moment,))
    has_undated = bool(found.possible) and found.possible[-1].moment is None
    moments = [event.moment for event in _possible_firsts(found, first)]
    moments.append(None if first is None else first.moment)
    return _Firsts(tuple(moments), has_undated, found.is_open)


def _possible_firsts(found: Matches, first: Event | None) -> list[Event]:
    """Gives the possible events before the first certain one; of many, those that decide.

    They are the earliest and the latest, with a time and without: of any two events of two kinds,
    two of these are in the same order.
    """
    kept = found.derived.events
    known = kept.get(_possible_firsts)
    if known is not None:
        return known
    possible = listed(found.possible)
    dated = number_dated(possible)
    if first is None:
        before = dated
    else:
        before = bisect_left(possible, sort_key(first), 0, dated, key=sort_key)
    events = possible[:before]
    if len(events) > FEW:
        days = {moment_of(events[0]).day, moment_of(events[-1]).day}
        at_ends = [event for event in events if moment_of(event).day in days]
        deciding = {moment_of(event): event for event in at_ends if moment_of(event).is_date_only}
        timed = [event for event in at_ends if not moment_of(event).is_date_only]
        for day in days:
            of_day = [event for event in timed if moment_of(event).day == day]
            if of_day:
                ends = (min(of_day, key=_instant), max(of_day, key=_instant))
                deciding |= {moment_of(event): event for event in ends}
        events = list(deciding.values())
    kept[_possible_firsts] = events
    return events


def _instant(event: Event) -> int:
    return moment_of(event).instant


def _is_kept(earlier: Moment | None, later: Moment | None) -> int:
    if later is None:
        return TRUE
    return TRUE if earlier is not None and is_by(earlier, later) else FALSE


def _share_a_day(some: tuple[Moment | None, ...], others: tuple[Moment | None, ...]) -> bool:
    days = {one.day for one in some if one is not None}
    return any(one is not None and one.day in days for one in others)
