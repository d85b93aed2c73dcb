"""Compiles `gap`: the longest silence between events of some kinds, held against a limit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Final

from msp_rules.casework.case import Event
from msp_rules.casework.moments import Moment, is_by, is_within, moment_on
from msp_rules.casework.workdays import Due
from msp_rules.engine.compiled import BrokenLimit, OfEvents, Way, all_doubtful, record_of
from msp_rules.engine.scope import Matches, Scope, sort_key
from msp_rules.engine.selections import Clock
from msp_rules.engine.truth import FALSE, NOT_HAPPENED, TRUE, UNKNOWN, UNKNOWN_MOMENT, NoMoment
from msp_rules.engine.verdict import Missing
from msp_rules.engine.worlds import agreed, worlds
from msp_rules.rules.language.conditions import Condition, Gap, walk

MOVES_WITH_TIME: Final = (Gap,)
"""Verbs whose value may change as time passes, though nothing in them names `as_of`."""


def asks_for_short_silences(node: Condition) -> bool:
    """Tells whether a condition asks that no silence be too long."""
    return any(isinstance(part, Gap) for part in walk(node))


class GapCondition(OfEvents):
    """`gap`: no silence between a start, the events, and an end is longer than a limit."""

    def __init__(self, node: Gap, clock: Clock) -> None:
        super().__init__(node.selection, clock)
        self.start = clock.anchor(node.start)
        self.end = clock.anchor(node.end)
        self.limit = node.at_most
        self.others = [clock.finder(one) for one in node.also]
        self.also = node.also
        self.wanted = (record_of(node.selection),)
        self.is_own = True  # start or end may be the subject

    def work_out(self, scope: Scope) -> int:
        """Holds where no silence is too long, in every world."""
        start, end = self.start(scope), self.end(scope)
        if start is NOT_HAPPENED:
            return FALSE
        if start is UNKNOWN_MOMENT or end is UNKNOWN_MOMENT:
            return UNKNOWN
        stop = _stop(end, scope)
        found = self._found(scope)
        dated = [event for event in found.possible if event.moment is not None]
        answers = {self._steps_hold(start, stop, found.certain + world) for world in worlds(dated)}
        if (found.is_open or len(dated) < len(found.possible)) and FALSE in answers:
            answers.add(TRUE)  # the unseen one may lie in the silence
        return agreed(answers)

    def _found(self, scope: Scope) -> Matches:
        """Finds the events of every selection; one that passes several is there more than once."""
        found = self.finder.find(scope)
        for other in self.others:
            more = other.find(scope)
            found = Matches(
                found.certain + more.certain,
                found.possible + more.possible,
                found.is_open or more.is_open,
            )
        return found

    def way(self, scope: Scope) -> Way:
        """Gives one more event, where one would be enough to break every silence."""
        start, end = self.start(scope), self.end(scope)
        if isinstance(start, NoMoment) or end is UNKNOWN_MOMENT or not self.finder.can_find(scope):
            return None
        stop = _stop(end, scope)
        previous, halves = start, 0
        for moment in [*_between(start, stop, self._found(scope).certain), stop]:
            due = self.clock.due(previous, self.limit)
            if isinstance(due, Due) and not is_within(moment, due.cutoff):
                halves += 1
                middle = moment_on(date.fromordinal(due.cutoff.day))
                rest = self.clock.due(middle, self.limit)
                if isinstance(rest, NoMoment) or not is_within(moment, rest.cutoff):
                    return None
            previous = moment
        return self.wanted if halves < 2 else None

    def broken_limit(self, scope: Scope) -> BrokenLimit | None:
        """Examines each step between certain events; the last that took too long counts.

        The rule's own limit covers the first event.
        """
        start, end = self.start(scope), self.end(scope)
        if isinstance(start, NoMoment) or end is UNKNOWN_MOMENT or self.term(scope) != FALSE:
            return None
        stop = _stop(end, scope)
        broken = None
        moments = _between(start, stop, self._found(scope).certain)
        for previous, moment in pairwise([*moments, stop]):
            due = self.clock.due(previous, self.limit)
            if isinstance(due, Due) and not is_within(moment, due.cutoff):
                broken = BrokenLimit(due, self.limit, previous.day)
        return broken

    def _steps_hold(self, start: Moment, stop: Moment, events: list[Event]) -> int:
        previous = start
        for moment in [*_between(start, stop, events), stop]:
            due = self.clock.due(previous, self.limit)
            if isinstance(due, NoMoment):
                return UNKNOWN
            if not is_within(moment, due.cutoff):
                return FALSE
            previous = moment
        return TRUE

    def behind(self, scope: Scope) -> list[Event]:
        """Gives the certain events that break the silence."""
        return self._found(scope).certain

    def lacking(self, scope: Scope) -> tuple[Missing, ...]:
        """Names the kinds of event of which one might exist."""
        finders = (self.finder, *self.others)
        named = zip(finders, (self.selection, *self.also), strict=True)
        return all_doubtful(named, scope)

    def turning_points(self, scope: Scope) -> Sequence[Event] | None:
        """Gives None: a silence that lasts grows with the horizon."""
        return None

    def unsupplied(self, scope: Scope) -> tuple[Missing, ...]:
        """Names nothing: events that can't be supplied are among what is lacking."""
        return ()


def _stop(end: Moment | NoMoment, scope: Scope) -> Moment:
    """Gives where a silence ends: one that is not over lasts so far as the view reaches."""
    if isinstance(end, NoMoment):
        return scope.now()
    is_beyond = scope.horizon is not None and not is_within(end, scope.horizon)
    return scope.now() if is_beyond else end


def _between(start: Moment, stop: Moment, events: list[Event]) -> list[Moment]:
    """Gives the moments of events from one moment to another, in order."""
    return [
        event.moment
        for event in sorted((e for e in events if e.moment is not None), key=sort_key)
        if event.moment is not None and is_by(start, event.moment) and is_by(event.moment, stop)
    ]
