"""Compiles when evidence is due: one limit from the record, an event, or the rule's trigger.

Beside the limit itself each term knows the number that decides it. A number that is only an
assumption of this project never makes a finding red by itself (docs/readings.md, section 7).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msp_rules.casework.case import Event
from msp_rules.casework.moments import Cutoff, Moment, cutoff_of, end_of_day
from msp_rules.casework.workdays import Due
from msp_rules.engine.compiled import Compiled, distinct, doubtful
from msp_rules.engine.conditions import ConditionCompiler
from msp_rules.engine.evidence_order import soonest_after
from msp_rules.engine.scope import AnchorMoment, DueAnswer, Scope
from msp_rules.engine.selections import Clock
from msp_rules.engine.truth import FALSE, NOT_HAPPENED, TRUE, UNKNOWN, UNKNOWN_MOMENT, NoMoment
from msp_rules.engine.verdict import LimitNumber, Missing
from msp_rules.rules.language.conditions import (
    Anchor,
    DueAt,
    DueByField,
    DueChosen,
    DueEarliest,
    DueWithin,
    EventAnchor,
    Limit,
    NoLimit,
    This,
)
from msp_rules.rules.language.conditions import (
    Due as DueNode,
)
from msp_rules.rules.language.rule import Basis, Parameter

DatedNumbers = tuple[tuple[int, LimitNumber], ...]
"""The numbers of a limit, each with the day (ordinal) from which it is in force; oldest first."""
_ASSUMED: Final = str(Basis.ASSUMED.value)


_MANY_MOMENTS: Final = 64
"""Of fewer, asking at each at which something changes is quicker than a search."""
OF_CALENDAR: Final = "calendar"
"""Stands for an event type where no record would tell, but the bank holidays of other years."""
OF_RULESET: Final = "ruleset"
"""Stands for an event type where no record would tell, but a number of the rules for that day."""


class DueTerm:
    """Gives a limit, and what it rests on. The defaults are those of a limit without a number."""

    def due(self, scope: Scope) -> DueAnswer:
        """Gives the limit; NOT_HAPPENED where it has not begun.

        It is worked out once for a subject: number, colour and doubts ask for it again.
        """
        kept = scope.own_memory.dues
        if kept is None:
            kept = scope.own_memory.dues = {}
        known = kept.get(self)
        if known is None:
            known = kept[self] = self.work_out(scope)
        return known

    def work_out(self, scope: Scope) -> DueAnswer:
        """Finds the limit."""
        raise NotImplementedError

    def number(self, scope: Scope) -> LimitNumber | None:
        """Gives the number that decides the limit; None where none does or it is not known."""
        return None

    def is_assumed(self, scope: Scope) -> bool:
        """Tells whether the only limit that has passed rests on an assumed number."""
        return False

    def doubts(self, scope: Scope) -> tuple[Missing, ...]:
        """Names what leaves the limit unknown."""
        return ()

    def is_surely_past(self, scope: Scope) -> bool:
        """Tells whether the limit has passed although it is not known which one it is."""
        return False


def due_term(
    node: DueNode, conditions: ConditionCompiler, parameters: Mapping[str, Parameter]
) -> DueTerm:
    """Compiles the limit of a `due` block; `parameters` are those of the rule."""
    match node:
        case DueWithin():
            return _Within(node, conditions.clock, parameters)
        case DueAt():
            return _At(node, conditions.clock)
        case DueByField():
            return _ByField(node, conditions, parameters)
        case DueEarliest():
            return _Earliest([due_term(part, conditions, parameters) for part in node.of])
        case DueChosen():
            return _Chosen(node, conditions, parameters)
        case NoLimit():
            raise AssertionError("no limit is the whole of a rule's due")


def number_on(limit: Limit, day: int, parameters: Mapping[str, Parameter]) -> LimitNumber | None:
    """Gives the number of a limit that runs from a day (ordinal); None for one written out."""
    return number_in_force(dated_numbers(limit, parameters), day)


def number_in_force(numbers: DatedNumbers, day: int) -> LimitNumber | None:
    """Gives the number in force on a day (ordinal); None before the first."""
    found = None
    for first_day, number in numbers:
        if first_day <= day:
            found = number
    return found


class _Within(DueTerm):
    """`within`: a length of time after an anchor."""

    def __init__(self, node: DueWithin, clock: Clock, parameters: Mapping[str, Parameter]) -> None:
        self.node = node.anchor
        self.anchor = clock.anchor(node.anchor)
        self.limit = node.limit
        self.clock = clock
        self.numbers = dated_numbers(node.limit, parameters)

    def work_out(self, scope: Scope) -> DueAnswer:
        moment = self.anchor(scope)
        return moment if isinstance(moment, NoMoment) else self.clock.due(moment, self.limit)

    def number(self, scope: Scope) -> LimitNumber | None:
        moment = self.anchor(scope)
        if isinstance(moment, NoMoment):
            return None
        return number_in_force(self.numbers, moment.day)

    def is_assumed(self, scope: Scope) -> bool:
        number = self.number(scope)
        return number is not None and number.basis == _ASSUMED

    def doubts(self, scope: Scope) -> tuple[Missing, ...]:
        moment = self.anchor(scope)
        if isinstance(moment, NoMoment):
            return _anchor_doubts(self.node, moment, scope, self.clock)
        if not isinstance(self.clock.due(moment, self.limit), NoMoment):
            return ()
        if self.limit.value_on(moment.day) is None:
            return (Missing(OF_RULESET, (self.limit.parameter or self.limit.unit.value,)),)
        return (Missing(OF_CALENDAR, ("bank_holidays",)),)


def dated_numbers(limit: Limit, parameters: Mapping[str, Parameter]) -> DatedNumbers:
    """Gives the numbers of a limit by the day (ordinal) from which each is in force."""
    parameter = parameters.get(limit.parameter) if limit.parameter is not None else None
    if parameter is None:
        return ()  # a number written out has no basis
    return tuple(
        [
            (
                value.first_day.toordinal(),
                LimitNumber(parameter.name, value.value, limit.unit.value, value.basis.value),
            )
            for value in parameter.values
            if isinstance(value.value, int)
        ]
    )


def _anchor_doubts(
    anchor: Anchor, moment: AnchorMoment, scope: Scope, clock: Clock
) -> tuple[Missing, ...]:
    is_open = moment is UNKNOWN_MOMENT and isinstance(anchor, EventAnchor)
    if not is_open or not isinstance(anchor, EventAnchor):
        return ()
    return doubtful(clock.finder(anchor.selection), anchor.selection, scope)


class _At(DueTerm):
    """`at`: through the end of an event's day."""

    def __init__(self, node: DueAt, clock: Clock) -> None:
        self.node = node.anchor
        self.anchor = clock.anchor(node.anchor)
        self.clock = clock

    def work_out(self, scope: Scope) -> DueAnswer:
        moment = self.anchor(scope)
        return moment if isinstance(moment, NoMoment) else self.clock.day_end(moment.day)

    def doubts(self, scope: Scope) -> tuple[Missing, ...]:
        return _anchor_doubts(self.node, self.anchor(scope), scope, self.clock)


class _ByField(DueTerm):
    """`by_field`: the date in a field of an event; without one, as another limit says."""

    def __init__(
        self, node: DueByField, conditions: ConditionCompiler, parameters: Mapping[str, Parameter]
    ) -> None:
        self.field = node.field
        self.node = node.anchor
        self.clock = conditions.clock
        self.event: Callable[[Scope], Event | NoMoment] = (
            _subject if isinstance(node.anchor, This) else self.clock.anchor_event(node.anchor)
        )
        self.otherwise = (
            due_term(node.otherwise, conditions, parameters) if node.otherwise is not None else None
        )

    def work_out(self, scope: Scope) -> DueAnswer:
        said = self._said(scope)
        if said is not None:
            return said
        return self.otherwise.due(scope) if self.otherwise is not None else NOT_HAPPENED

    def _said(self, scope: Scope) -> DueAnswer | None:
        """Gives what the field says, or that it cannot be known; None where it says nothing."""
        event = self.event(scope)
        if event is UNKNOWN_MOMENT:
            return UNKNOWN_MOMENT
        if event is NOT_HAPPENED:
            return None
        value = event.fields.get(self.field)
        if isinstance(value, Moment):
            return self.clock.day_end(value.day)
        is_supplied = scope.supply.has_field(event.type, self.field)
        return UNKNOWN_MOMENT if self.field in event.unknown or not is_supplied else None

    def doubts(self, scope: Scope) -> tuple[Missing, ...]:
        if self._said(scope) is not UNKNOWN_MOMENT:
            return self.otherwise.doubts(scope) if self.otherwise is not None else ()
        event = self.event(scope)
        if isinstance(event, NoMoment):
            return _anchor_doubts(self.node, UNKNOWN_MOMENT, scope, self.clock)
        return (Missing(event.type, (self.field,)),)

    def number(self, scope: Scope) -> LimitNumber | None:
        if self.otherwise is None or self._said(scope) is not None:
            return None
        return self.otherwise.number(scope)

    def is_assumed(self, scope: Scope) -> bool:
        if self.otherwise is None or self._said(scope) is not None:
            return False
        return self.otherwise.is_assumed(scope)


class _Earliest(DueTerm):
    """`earliest`: the earliest of several limits, among those that have begun."""

    def __init__(self, parts: list[DueTerm]) -> None:
        self.parts = parts

    def work_out(self, scope: Scope) -> DueAnswer:
        earliest: Due | None = None
        for part in self.parts:
            answer = part.due(scope)
            if answer is UNKNOWN_MOMENT:
                return UNKNOWN_MOMENT
            if answer is not NOT_HAPPENED and (
                earliest is None or answer.cutoff.instant < earliest.cutoff.instant
            ):
                earliest = answer
        return NOT_HAPPENED if earliest is None else earliest

    def number(self, scope: Scope) -> LimitNumber | None:
        due = self.due(scope)
        if isinstance(due, NoMoment):
            return None
        numbers = [part.number(scope) for part in self.parts if part.due(scope) == due]
        # Where an event's day and a number end together, the event decides.
        return None if None in numbers else numbers[0]

    def doubts(self, scope: Scope) -> tuple[Missing, ...]:
        return distinct(row for part in self.parts for row in part.doubts(scope))

    def is_assumed(self, scope: Scope) -> bool:
        # An event that has passed, too, weighs as the rule says, whatever passed before it.
        past = [part for part in self.parts if _is_past(part.due(scope), scope)]
        return bool(past) and all(part.is_assumed(scope) for part in past)


def _is_past(due: DueAnswer, scope: Scope) -> bool:
    return isinstance(due, Due) and scope.as_of.instant > due.cutoff.instant


class _Chosen(DueTerm):
    """`when`, `then`, `else`: one of two limits, chosen by a condition."""

    def __init__(
        self, node: DueChosen, conditions: ConditionCompiler, parameters: Mapping[str, Parameter]
    ) -> None:
        self.when = conditions.compile(node.when)
        self.then = due_term(node.then, conditions, parameters)
        self.otherwise = (
            due_term(node.otherwise, conditions, parameters)
            if node.otherwise is not None
            else DueTerm()
        )
        self.has_other = node.otherwise is not None

    def work_out(self, scope: Scope) -> DueAnswer:
        holds = self.when.term(scope)
        if holds == TRUE:
            return self.then.due(scope)
        other = self.otherwise.due(scope) if self.has_other else NOT_HAPPENED
        if holds == FALSE:
            return other
        return other if self.then.due(scope) == other else UNKNOWN_MOMENT

    def number(self, scope: Scope) -> LimitNumber | None:
        holds = self.when.term(scope)
        number = self.then.number(scope) if holds != FALSE else None
        if holds == TRUE:
            return number
        other = self.otherwise.number(scope)
        return other if holds == FALSE or number == other else None

    def doubts(self, scope: Scope) -> tuple[Missing, ...]:
        holds = self.when.term(scope)
        rows = self.when.doubts(scope)
        if holds != FALSE:
            rows += self.then.doubts(scope)
        return rows + self.otherwise.doubts(scope) if holds != TRUE else rows

    def is_assumed(self, scope: Scope) -> bool:
        holds = self.when.term(scope)
        if holds == UNKNOWN:
            return self.then.is_assumed(scope) and self.otherwise.is_assumed(scope)
        return (self.then if holds == TRUE else self.otherwise).is_assumed(scope)


class DueOnSubjectDay(DueTerm):
    """Due at once, for an `each` rule: on the day of the subject."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def work_out(self, scope: Scope) -> DueAnswer:
        """Gives the end of the subject's day."""
        if scope.this is None or scope.this.moment is None:
            return UNKNOWN_MOMENT
        return self.clock.day_end(scope.this.moment.day)


class DueOnTriggerDay(DueTerm):
    """Due at once, for a case: on the day of the first event at which the rule applied."""

    def __init__(self, applies: Compiled | None, clock: Clock) -> None:
        self.applies = applies
        self.clock = clock

    def work_out(self, scope: Scope) -> DueAnswer:
        """Gives the end of that day."""
        day = first_day_held(self.applies, scope)
        return day if isinstance(day, NoMoment) else self.clock.day_end(day)

    def is_surely_past(self, scope: Scope) -> bool:
        """Tells whether a day is over on which the rule surely applied, perhaps not the first."""
        for cutoff, moment in _moments(scope):
            if moment.day >= scope.as_of.day:
                return False
            if self.applies is None or self.applies.term(scope.seen_through(cutoff)) == TRUE:
                return True
        return False


def first_day_held(condition: Compiled | None, scope: Scope) -> int | NoMoment:
    """Finds the day (ordinal) of the first event at which a condition held; unknown if it may vary.

    What has no date may have come before all that has one.
    """
    moments = _moments(scope)
    if condition is None:
        return moments[0][1].day if moments else NOT_HAPPENED
    if moments and condition.term(scope.seen_through(end_of_day(moments[0][1].day - 1))) == UNKNOWN:
        return UNKNOWN_MOMENT
    doubtful = 0
    for cutoff, moment in moments:
        if doubtful and moment.day != doubtful:
            return UNKNOWN_MOMENT
        value = condition.term(scope.seen_through(cutoff))
        if value == TRUE:
            return moment.day
        if value == UNKNOWN:
            doubtful = moment.day
    return UNKNOWN_MOMENT if moments else NOT_HAPPENED


def first_held(
    condition: Compiled | None, scope: Scope, after: Cutoff | None = None
) -> AnchorMoment:
    """Finds the first event's moment at which a condition held; unknown if it may be earlier.

    Moments up to `after` are passed over. Between two events that bear on it, a condition keeps its
    value: it is asked at the first moment, and where it may change.
    """
    moments = _moments(scope)
    instants = scope.lookups.instants
    first = 0 if after is None else bisect_right(instants, after.instant)
    if condition is not None and condition.only_grows and len(moments) - first > _MANY_MOMENTS:
        return _first_of_many(condition, scope, first)
    for place in _places_of_change(condition, scope, first):
        cutoff, moment = moments[place]
        value = TRUE if condition is None else condition.term(scope.seen_through(cutoff))
        if value == TRUE:
            return moment
        if value == UNKNOWN:
            return UNKNOWN_MOMENT
    return UNKNOWN_MOMENT if moments else NOT_HAPPENED


def _first_of_many(condition: Compiled, scope: Scope, first: int) -> AnchorMoment:
    """Finds it by halves, where more record can only make a condition hold.

    It then does not hold up to some moment, and from there on it does, or may.
    """
    moments = _moments(scope)

    def value_at(place: int) -> int:
        return condition.term(scope.seen_through(moments[place][0]))

    low, last = first, len(moments) - 1
    high = max(first, _likely_place(condition, scope, first))
    if value_at(high) == FALSE:
        step = 1
        while high < last and value_at(high) == FALSE:
            low, high, step = high + 1, min(high + step, last), 2 * step
    elif high > first and value_at(high - 1) == FALSE:
        low = high  # mostly it is where its evidence begins
    elif value_at(first) != FALSE:
        high = first
    while low < high:
        middle = (low + high) // 2
        if value_at(middle) == FALSE:
            low = middle + 1
        else:
            high = middle
    return moments[low][1] if value_at(low) == TRUE else UNKNOWN_MOMENT


def _likely_place(condition: Compiled, scope: Scope, first: int) -> int:
    """Gives the place of the first later event that it rests on, where the search begins."""
    instants = scope.lookups.instants
    seen = instants[first - 1] if first > 0 else 0
    soonest = soonest_after(condition.rests_on(scope) or [], seen)
    if soonest is None or soonest.moment is None:
        return first
    return min(bisect_left(instants, cutoff_of(soonest.moment).instant), len(instants) - 1)


def _places_of_change(condition: Compiled | None, scope: Scope, first: int) -> Sequence[int]:
    """Gives the places of the moments, from the first on, at which a condition may change."""
    instants = scope.lookups.instants
    events = None if condition is None else condition.turning_points(scope)
    if events is None or len(events) >= len(instants):
        return range(first, len(instants))
    places = {bisect_left(instants, e.moment.instant) for e in events if e.moment is not None}
    places.add(first)
    return sorted([place for place in places if first <= place < len(instants)])


def _moments(scope: Scope) -> list[tuple[Cutoff, Moment]]:
    """Lists the moments at which anything happened, in order, each after the cutoff through it."""
    lookups = scope.lookups
    if not lookups.moments:
        rows: dict[Moment, tuple[int, Moment, Cutoff]] = {}
        for events in scope.by_type.values():
            for event in events:
                moment = event.moment
                if moment is not None and moment not in rows:
                    cutoff = cutoff_of(moment)
                    rows[moment] = (cutoff.instant, moment, cutoff)
        # Of one day, a date without a time comes last: through it means through the whole day.
        lookups.moments = [(cutoff, moment) for _, moment, cutoff in sorted(rows.values())]
        lookups.instants = [cutoff.instant for cutoff, _ in lookups.moments]
    return lookups.moments


def _subject(scope: Scope) -> Event | NoMoment:
    return NOT_HAPPENED if scope.this is None else scope.this
