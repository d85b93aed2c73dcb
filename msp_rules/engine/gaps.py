"""Compiles `gap`: the longest silence between events of some kinds, held against a limit."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Final

from msp_rules.casework.case import Event
from msp_rules.casework.moments import Moment, is_by, is_within, moment_on
from msp_rules.casework.workdays import Due
from msp_rules.engine.bounds import moment_of
from msp_rules.engine.compiled import BrokenLimit, OfEvents, Way, all_doubtful, record_of
from msp_rules.engine.long_lists import listed
from msp_rules.engine.scope import Matches, Scope, sort_key
from msp_rules.engine.selections import Clock
from msp_rules.engine.silences import Steps
from msp_rules.engine.truth import FALSE, NOT_HAPPENED, TRUE, UNKNOWN, UNKNOWN_MOMENT, NoMoment
from msp_rules.engine.verdict import Missing
from msp_rules.engine.worlds import MANY_UNCERTAIN, agreed, worlds
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
        if not found.is_large:
            return self._holds(start, stop, found)
        terms, key = found.derived.terms, (self, start, stop)
        value = terms.get(key)
        if value is None:
            value = terms[key] = self._holds(start, stop, found)
        return value

    def _holds(self, start: Moment, stop: Moment, found: Matches) -> int:
        if not found.possible:
            first = next(self._steps(found).broken(start, stop), None)
            value = TRUE if first is None else self._step_holds(*first)
            return UNKNOWN if found.is_open and value == FALSE else value
        dated = [event for event in found.possible if event.moment is not None]
        if len(dated) > MANY_UNCERTAIN:
            answers = self._with_each(start, stop, listed(found.certain), dated)
        else:
            every = worlds(dated)
            answers = {self._steps_hold(start, stop, [*found.certain, *world]) for world in every}
        if (found.is_open or len(dated) < len(found.possible)) and FALSE in answers:
            answers.add(TRUE)  # the unseen one may lie in the silence
        return agreed(answers)

    def _found(self, scope: Scope) -> Matches:
        """Finds the events of every selection; one that passes several is there more than once."""
        found = self.finder.find(scope)
        if not self.others:
            return found
        every = [found, *(other.find(scope) for other in self.others)]
        is_open = any(one.is_open for one in every)
        filled = [one for one in every if one.certain or one.possible]
        if len(filled) == 1 and filled[0].is_open == is_open:
            return filled[0]  # which other subjects may share
        if not found.is_large:
            return _joined(every, is_open=is_open)
        parts, key = found.derived.parts, (self, *every)
        known = parts.get(key)
        if known is None:
            known = parts[key] = _joined(every, is_open=is_open)
        return known

    def way(self, scope: Scope) -> Way:
        """Gives one more event, where one would be enough to break every silence."""
        start, end = self.start(scope), self.end(scope)
        if isinstance(start, NoMoment) or end is UNKNOWN_MOMENT or not self.finder.can_find(scope):
            return None
        stop = _stop(end, scope)
        halves = 0
        for previous, moment in self._steps(self._found(scope)).broken(start, stop):
            due = self.clock.due(previous, self.limit)
            if isinstance(due, Due):
                halves += 1
                middle = moment_on(date.fromordinal(due.cutoff.day))
                rest = self.clock.due(middle, self.limit)
                if isinstance(rest, NoMoment) or not is_within(moment, rest.cutoff) or halves > 1:
                    return None
        return self.wanted

    def broken_limit(self, scope: Scope) -> BrokenLimit | None:
        """Examines each step between certain events; the last that took too long counts.

        The rule's own limit covers the first event.
        """
        start, end = self.start(scope), self.end(scope)
        if isinstance(start, NoMoment) or end is UNKNOWN_MOMENT or self.term(scope) != FALSE:
            return None
        stop = _stop(end, scope)
        found = self._found(scope)
        broken = None
        for previous, _ in self._steps(found).broken(start, stop, is_from_first=True):
            due = self.clock.due(previous, self.limit)
            if isinstance(due, Due):
                broken = BrokenLimit(due, self.limit, previous.day)
        return broken

    def _steps(self, found: Matches) -> Steps:
        if not found.is_large:
            return Steps(listed(found.certain), self._step_holds)
        steps = found.derived.steps
        if self not in steps:
            steps[self] = Steps(listed(found.certain), self._step_holds)
        return steps[self]

    def _steps_hold(self, start: Moment, stop: Moment, events: list[Event]) -> int:
        for previous, moment in pairwise([start, *_between(start, stop, events), stop]):
            value = self._step_holds(previous, moment)
            if value != TRUE:
                return value
        return TRUE

    def _with_each(
        self, start: Moment, stop: Moment, certain: list[Event], uncertain: list[Event]
    ) -> set[int]:
        """Gives the answers with no uncertain event, with all of them, and with each alone.

        One event divides one step, and leaves those before and after it as they are.
        """
        counted = _events_between(start, stop, certain)
        moments = [start, *[moment_of(event) for event in counted], stop]
        steps = [self._step_holds(one, other) for one, other in pairwise(moments)]
        broken = [place for place, value in enumerate(steps) if value != TRUE]
        answers = {
            steps[broken[0]] if broken else TRUE,
            self._steps_hold(start, stop, certain + uncertain),
        }
        for event in _events_between(start, stop, uncertain):
            place = bisect_right(counted, sort_key(event), key=sort_key)
            if broken and broken[0] < place:
                continue  # a step before it is broken in any case
            moment = moment_of(event)
            value = self._step_holds(moments[place], moment)
            if value == TRUE:
                value = self._step_holds(moment, moments[place + 1])
            if value == TRUE:
                later = bisect_right(broken, place)
                value = steps[broken[later]] if later < len(broken) else TRUE
            answers.add(value)
        return answers

    def _step_holds(self, previous: Moment, moment: Moment) -> int:
        due = self.clock.due(previous, self.limit)
        if isinstance(due, NoMoment):
            return UNKNOWN
        return TRUE if is_within(moment, due.cutoff) else FALSE

    def behind(self, scope: Scope) -> list[Event]:
        """Gives the certain events that break the silence."""
        return listed(self._found(scope).certain)

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


def _joined(every: list[Matches], *, is_open: bool) -> Matches:
    certain = [event for one in every for event in one.certain]
    possible = [event for one in every for event in one.possible]
    return Matches(certain, possible, is_open)


def _stop(end: Moment | NoMoment, scope: Scope) -> Moment:
    """Gives where a silence ends: one that is not over lasts so far as the view reaches."""
    if isinstance(end, NoMoment):
        return scope.now()
    is_beyond = scope.horizon is not None and not is_within(end, scope.horizon)
    return scope.now() if is_beyond else end


def _between(start: Moment, stop: Moment, events: list[Event]) -> list[Moment]:
    """Gives the moments of events from one moment to another, in order."""
    return [moment_of(event) for event in _events_between(start, stop, events)]


def _events_between(start: Moment, stop: Moment, events: list[Event]) -> list[Event]:
    dated = [event for event in events if event.moment is not None]
    return [
        event
        for event in sorted(dated, key=sort_key)
        if is_by(start, moment_of(event)) and is_by(moment_of(event), stop)
    ]
