"""Finds when a rule that depends on the moment of evaluation may next change its answer.

Most rules change by time alone only where a limit or a reason ends. A few compare something with
`as_of`, or measure a silence up to it: those are evaluated again at midnight or, where it
may matter within a day, at the next instant that the record names or a limit in hours ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from msp_rules.casework.moments import Moment, end_of_day
from msp_rules.casework.workdays import Unit
from msp_rules.engine.gaps import MOVES_WITH_TIME
from msp_rules.engine.scope import Scope
from msp_rules.rules.language.conditions import AsOf, FieldTest, Limit, Selection, bounds, walk

_AN_HOUR: Final = 3_600_000_000


class ClockUse(NamedTuple):
    """Describes how a rule depends on the moment of evaluation."""

    is_fine: bool
    """True where the answer may change within a day.

    It may as hours pass, or as `as_of` passes the moment of an event or of a field.
    """
    hours: tuple[int, ...]
    """The lengths of the rule's limits in hours, shortest first; empty where it has none."""


def clock_use_of(tree: object) -> ClockUse | None:
    """Finds how a rule depends on `as_of`; None if only the end of a limit or reason matters."""
    nodes = list(walk(tree))
    moves = any(isinstance(node, MOVES_WITH_TIME) for node in nodes)
    if not moves and not any(isinstance(node, AsOf) for node in nodes):
        return None
    hours = {
        number
        for node in nodes
        if isinstance(node, Limit) and node.unit is Unit.HOURS
        for _, number in node.values
    }
    is_fine = bool(hours) or moves or any(_is_beside_now(node) for node in nodes)
    return ClockUse(is_fine, tuple(sorted(hours)))


def _is_beside_now(node: object) -> bool:
    """Tells whether a node compares a moment with `as_of`; a window of whole days does not."""
    if isinstance(node, FieldTest):
        return isinstance(node.moment, AsOf)
    return isinstance(node, Selection) and any(isinstance(one, AsOf) for one in bounds(node))


def next_look(use: ClockUse, scope: Scope) -> int:
    """Gives the instant at which to evaluate such a rule again: midnight, or sooner.

    It is the same for every subject of a case, and is worked out once.
    """
    midnight = end_of_day(scope.as_of.day).instant + 1
    if not use.is_fine:
        return midnight
    known = scope.lookups.looks.get(use)
    if known is None:
        known = scope.lookups.looks[use] = _soonest_look(use, scope, midnight)
    return known


def _soonest_look(use: ClockUse, scope: Scope, midnight: int) -> int:
    now, soonest = scope.as_of.instant, midnight
    shifts = {shift for hours in use.hours for shift in (hours * _AN_HOUR, -hours * _AN_HOUR)}
    for shift in (0, *shifts):
        for start in _known_instants(scope):
            instant = start + shift
            if now <= instant < soonest:
                soonest = instant if instant > now else now + 1
    return soonest


def _known_instants(scope: Scope) -> frozenset[int]:
    """Gives the beginning of every moment that the record names, and of the day after it."""
    known = scope.lookups.named
    if known is None:
        moments = frozenset(_known_moments(scope))
        after = [end_of_day(day).instant + 1 for day in {moment.day for moment in moments}]
        known = scope.lookups.named = frozenset([m.instant for m in moments]).union(after)
    return known


def _known_moments(scope: Scope) -> Iterator[Moment]:
    """Lists every moment that the record names: of events and their fields, of case and adult."""
    for events in scope.by_type.values():
        for event in events:
            if event.moment is not None:
                yield event.moment
            yield from (v for v in event.fields.values() if isinstance(v, Moment))
    for held in (scope.case.attributes, scope.case.adult):
        yield from (v for v in held.values() if isinstance(v, Moment))
