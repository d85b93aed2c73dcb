"""Asks written functions of clear records, and the objects of all others.

A block of a rule keeps its object: whatever else is asked of it, such as what leaves it in doubt or
what it considered, the object answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from msp_rules.casework.case import Event
from msp_rules.engine.compiled import BrokenLimit, Compiled, Considered, Way
from msp_rules.engine.dues import DueTerm
from msp_rules.engine.long_lists import Evidence
from msp_rules.engine.scope import DueAnswer, Scope
from msp_rules.engine.straight.helpers import NotClear, RunningFrom
from msp_rules.engine.truth import FALSE, TRUE
from msp_rules.engine.verdict import LimitNumber, Missing


class StraightCondition(Compiled):
    """A condition that written functions answer for clear records."""

    def __init__(
        self,
        plain: Compiled,
        holds: Callable[[Scope], object],
        events: Callable[[Scope], list[Event]] | None = None,
        missing: Callable[[Scope], Way] | None = None,
    ) -> None:
        self.plain = plain
        self._holds = holds
        self._events = events
        self._missing = missing
        self.wanted = plain.wanted
        self.is_own = plain.is_own
        self.asks_for_reasons = plain.asks_for_reasons
        self.only_grows = plain.only_grows

    def term(self, scope: Scope) -> int:
        """Tells whether the condition holds."""
        if scope.is_clear:
            try:
                return TRUE if self._holds(scope) else FALSE
            except NotClear:
                pass
        return self.plain.term(scope)

    def rests_on(self, scope: Scope) -> Evidence | None:
        """Gives the events by which it holds."""
        if scope.is_clear and self._events is not None:
            try:
                return self._events(scope) if self._holds(scope) else None
            except NotClear:
                pass
        return self.plain.rests_on(scope)

    def missing(self, scope: Scope) -> Way:
        """Gives the smallest record that would make it hold."""
        if scope.is_clear and self._missing is not None:
            try:
                return self._missing(scope)
            except NotClear:
                pass
        return self.plain.missing(scope)

    def behind(self, scope: Scope) -> Evidence:
        """Gives the events by which it holds, where it is known that it does."""
        return self.plain.behind(scope)

    def way(self, scope: Scope) -> Way:
        """Gives the smallest record where it is known that it does not hold."""
        return self.plain.way(scope)

    def guard(self, row: Missing) -> tuple[str, ...] | None:
        """Names the further fields that a new record needs."""
        return self.plain.guard(row)

    def doubts(self, scope: Scope) -> tuple[Missing, ...]:
        """Names what leaves it unknown."""
        return self.plain.doubts(scope)

    def lacking(self, scope: Scope) -> tuple[Missing, ...]:
        """Names what leaves it unknown, where it is known that it is."""
        return self.plain.lacking(scope)

    def unsupplied(self, scope: Scope) -> tuple[Missing, ...]:
        """Names the reasons that the source cannot deliver."""
        return self.plain.unsupplied(scope)

    def broken_limit(self, scope: Scope) -> BrokenLimit | None:
        """Gives the last limit of a silence that was exceeded."""
        return self.plain.broken_limit(scope)

    def considered(self, scope: Scope) -> Iterable[Considered]:
        """Lists the events that it examines."""
        return self.plain.considered(scope)

    def turning_points(self, scope: Scope) -> Sequence[Event] | None:
        """Gives the events at which a moving horizon may change its value."""
        return self.plain.turning_points(scope)


class StraightLimit(DueTerm):
    """A limit that a written function counts for clear records."""

    def __init__(self, plain: DueTerm, limit: Callable[[Scope], RunningFrom]) -> None:
        self.plain = plain
        self._limit = limit

    def due(self, scope: Scope) -> DueAnswer:
        """Gives the limit, which the function keeps."""
        if scope.is_clear:
            try:
                return self._limit(scope)[0]
            except NotClear:
                pass
        return self.plain.due(scope)

    def number(self, scope: Scope) -> LimitNumber | None:
        """Gives the number that decides the limit."""
        if scope.is_clear:
            try:
                return self._limit(scope)[1]
            except NotClear:
                pass
        return self.plain.number(scope)

    def is_assumed(self, scope: Scope) -> bool:
        """Tells whether the only limit that has passed rests on an assumed number."""
        return self.plain.is_assumed(scope)

    def doubts(self, scope: Scope) -> tuple[Missing, ...]:
        """Names what leaves the limit unknown."""
        return self.plain.doubts(scope)

    def is_surely_past(self, scope: Scope) -> bool:
        """Tells whether the limit has passed although it is not known which one it is."""
        return self.plain.is_surely_past(scope)
