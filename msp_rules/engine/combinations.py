"""Compiles conditions made of other conditions, of which a given number must hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from operator import attrgetter
from typing import Final

from msp_rules.casework.case import Event
from msp_rules.engine.compiled import (
    BrokenLimit,
    Compiled,
    Kept,
    Way,
    all_turning_points,
    distinct,
    last_broken,
    lies_between,
    together,
)
from msp_rules.engine.long_lists import FEW, Evidence, gathered
from msp_rules.engine.scope import Scope
from msp_rules.engine.truth import FALSE, TRUE, UNKNOWN, kleene_not
from msp_rules.engine.verdict import Missing
from msp_rules.rules.language.conditions import (
    AllOf,
    AnyOf,
    AtLeastNOf,
    Condition,
    ExplanationGiven,
)

_FIELDS_OF: Final = attrgetter("fields")


class Combination(Kept):
    """A condition of which `enough` parts must hold."""

    def __init__(self, parts: list[Compiled], enough: int) -> None:
        self.parts = parts
        self.enough = enough
        self.is_own = any(part.is_own for part in parts)
        self.asks_for_reasons = any(part.asks_for_reasons for part in parts)

    def rests_on(self, scope: Scope) -> Evidence | None:
        """Gathers the events of the parts that hold, where enough of them do."""
        if self.term(scope) != TRUE:
            return None
        events: Evidence = []
        for place, part in enumerate(self.parts):
            found = part.rests_on(scope)
            if found:
                # A list is never changed: others may have it, too.
                events = self._both(events, found, place, scope) if events else found
        return events

    def _both(self, events: Evidence, found: Evidence, place: int, scope: Scope) -> Evidence:
        """Joins two lists; of long ones that were joined for the last subject, gives the same."""
        if len(events) + len(found) <= FEW:
            return gathered(events, found)
        known = scope.memory.of_many.joined.get((self, place))
        if known is None or known[0] is not events or known[1] is not found:
            known = (events, found, gathered(events, found))
            scope.memory.of_many.joined[self, place] = known
        return known[2]

    def way(self, scope: Scope) -> Way:
        """Joins the shortest of the records that would make enough of the other parts hold."""
        return self.join([part.missing(scope) for part in self.parts])

    def join(self, ways: list[Way]) -> Way:
        """Does the same, with what each part misses."""
        others = sorted([way for way in ways if way], key=_size)
        lacks = self.enough - ways.count(())
        return together(others[:lacks]) if 0 < lacks <= len(others) else None

    def broken_limit(self, scope: Scope) -> BrokenLimit | None:
        """Gives the last limit of a silence that any part broke, if not enough parts hold."""
        return last_broken(self.parts, scope) if self.term(scope) != TRUE else None

    def lacking(self, scope: Scope) -> tuple[Missing, ...]:
        """Names what leaves any part unknown."""
        return distinct(row for part in self.parts for row in part.doubts(scope))

    def turning_points(self, scope: Scope) -> Sequence[Event] | None:
        """Joins the events at which any part may change."""
        return all_turning_points(self.parts, scope)

    def unsupplied(self, scope: Scope) -> tuple[Missing, ...]:
        """Names what the source cannot deliver for any part."""
        return distinct(row for part in self.parts for row in part.unsupplied(scope))


class AllParts(Combination):
    """`all`: every part holds."""

    def __init__(self, parts: list[Compiled]) -> None:
        super().__init__(parts, len(parts))
        self.only_grows = all(part.only_grows for part in parts)

    def work_out(self, scope: Scope) -> int:
        """Stops at the first part that is false."""
        answer = TRUE
        for part in self.parts:
            value = part.term(scope)
            if value == FALSE:
                return FALSE
            if value == UNKNOWN:
                answer = UNKNOWN
        return answer

    def join(self, ways: list[Way]) -> Way:
        """Adds what a new record needs so that it does not make another part fail."""
        rows = super().join(ways)
        return None if rows is None else _guarded(rows, self.parts)


class AnyPart(Combination):
    """`any`: at least one part holds."""

    def __init__(self, parts: list[Compiled]) -> None:
        super().__init__(parts, 1)
        self.only_grows = all(part.only_grows for part in parts)

    def work_out(self, scope: Scope) -> int:
        """Stops at the first part that is true."""
        answer = FALSE
        for part in self.parts:
            value = part.term(scope)
            if value == TRUE:
                return TRUE
            if value == UNKNOWN:
                answer = UNKNOWN
        return answer


class NoPart(AnyPart):
    """`none`: not one part holds."""

    def __init__(self, parts: list[Compiled]) -> None:
        super().__init__(parts)
        self.only_grows = False

    def work_out(self, scope: Scope) -> int:
        """Negates the answer of `any`."""
        return kleene_not(super().work_out(scope))

    def rests_on(self, scope: Scope) -> Evidence | None:
        """Gives an empty list; None where some part holds or may hold."""
        return [] if self.term(scope) == TRUE else None

    def way(self, scope: Scope) -> Way:
        """Gives None: no new record can stop a part from holding."""
        return None

    def broken_limit(self, scope: Scope) -> BrokenLimit | None:
        """Gives None: nothing here requires a silence to be short."""
        return None


class EnoughParts(Combination):
    """`at_least_n_of`: at least that many parts hold."""

    def work_out(self, scope: Scope) -> int:
        """Counts the parts that hold, and those that may."""
        values = [part.term(scope) for part in self.parts]
        sure = values.count(TRUE)
        return lies_between(sure, sure + values.count(UNKNOWN), self.enough, None)


def _guarded(rows: tuple[Missing, ...], parts: list[Compiled]) -> Way:
    if len(rows) > FEW:  # one row may be wanted thousands of times
        known = {row: _guarded((row,), parts) or () for row in set(rows)}
        if () in known.values():
            return None
        return tuple(chain.from_iterable(map(known.__getitem__, rows)))
    guarded: list[Missing] = []
    for row in rows:
        for part in parts:
            fields = part.guard(row)
            if fields is None:
                return None
            row = row.with_fields(fields)
        guarded.append(row)
    return tuple(guarded)


def only_explanations(node: Condition) -> Condition | None:
    """Drops every reason but an `explanation`; None where the block can no longer hold.

    Where a rule has no subject, no reason of another kind can be about it (docs/readings.md, "Null
    row").
    """
    if isinstance(node, ExplanationGiven):
        return node
    if not isinstance(node, AllOf | AnyOf | AtLeastNOf):
        return None
    kept = tuple([part for part in map(only_explanations, node.of) if part is not None])
    if isinstance(node, AllOf):
        enough = len(node.of)
    else:
        enough = node.n if isinstance(node, AtLeastNOf) else 1
    return replace(node, of=kept) if len(kept) >= enough else None


def _size(way: tuple[Missing, ...]) -> int:
    if len(way) > FEW:
        return len(way) + sum(map(len, map(_FIELDS_OF, way)))
    size = len(way)
    for row in way:
        size += len(row.fields)
    return size
