"""Compiles when evidence is due: one limit from the record, an event, or the rule's trigger."""

from __future__ import annotations

from collections.abc import Callable

from msp_rules.casework.case import Event
from msp_rules.casework.moments import Cutoff, Moment, cutoff_of
from msp_rules.casework.workdays import Due
from msp_rules.engine.compiled import Compiled
from msp_rules.engine.scope import AnchorMoment, DueAnswer, Scope
from msp_rules.engine.selections import Clock
from msp_rules.engine.truth import NOT_HAPPENED, TRUE, UNKNOWN, UNKNOWN_MOMENT, NoMoment
from msp_rules.rules.language.conditions import (
    Due as DueNode,
)
from msp_rules.rules.language.conditions import (
    DueAt,
    DueByField,
    DueEarliest,
    DueWithin,
    This,
)

DueTerm = Callable[[Scope], DueAnswer]
"""Gives the limit; NOT_HAPPENED where it has not begun."""


def due_term(node: DueNode, clock: Clock) -> DueTerm:
    """Compiles the limit of a `due` block."""
    match node:
        case DueWithin():
            return _within(node, clock)
        case DueAt():
            return _at(node, clock)
        case DueByField():
            return _by_field(node, clock)
        case DueEarliest():
            return _earliest(node, clock)


def _within(node: DueWithin, clock: Clock) -> DueTerm:
    resolve, limit = clock.anchor(node.anchor), node.limit

    def due(scope: Scope) -> DueAnswer:
        moment = resolve(scope)
        if isinstance(moment, NoMoment):
            return moment
        return clock.due(moment, limit)

    return due


def _at(node: DueAt, clock: Clock) -> DueTerm:
    resolve = clock.anchor(node.anchor)

    def due(scope: Scope) -> DueAnswer:
        moment = resolve(scope)
        if isinstance(moment, NoMoment):
            return moment
        return clock.day_end(moment.day)

    return due


def _by_field(node: DueByField, clock: Clock) -> DueTerm:
    event_of: Callable[[Scope], Event | NoMoment] = (
        _subject if isinstance(node.anchor, This) else clock.anchor_event(node.anchor)
    )
    otherwise = due_term(node.otherwise, clock) if node.otherwise is not None else None

    def due(scope: Scope) -> DueAnswer:
        event = event_of(scope)
        if event is UNKNOWN_MOMENT:
            return UNKNOWN_MOMENT
        if event is not NOT_HAPPENED:
            value = event.fields.get(node.field)
            if isinstance(value, Moment):
                return clock.day_end(value.day)
            if node.field in event.unknown or not scope.supply.has_field(event.type, node.field):
                return UNKNOWN_MOMENT
        return otherwise(scope) if otherwise is not None else NOT_HAPPENED

    return due


def _earliest(node: DueEarliest, clock: Clock) -> DueTerm:
    parts = [due_term(part, clock) for part in node.of]

    def due(scope: Scope) -> DueAnswer:
        earliest: Due | None = None
        for part in parts:
            answer = part(scope)
            if answer is UNKNOWN_MOMENT:
                return UNKNOWN_MOMENT
            if answer is not NOT_HAPPENED and (
                earliest is None or answer.cutoff.instant < earliest.cutoff.instant
            ):
                earliest = answer
        return NOT_HAPPENED if earliest is None else earliest

    return due


def due_on_subject_day(clock: Clock) -> DueTerm:
    """Compiles "at once" of an `each` rule: due on the day of the subject."""

    def due(scope: Scope) -> DueAnswer:
        if scope.this is None or scope.this.moment is None:
            return UNKNOWN_MOMENT
        return clock.day_end(scope.this.moment.day)

    return due


def due_on_trigger_day(applies: Compiled | None, clock: Clock) -> DueTerm:
    """Compiles "at once" of a case: due on the day of the first event at which the rule applied."""

    def due(scope: Scope) -> DueAnswer:
        came = first_held(applies, scope)
        return came if isinstance(came, NoMoment) else clock.day_end(came.day)

    return due


def first_held(condition: Compiled | None, scope: Scope) -> AnchorMoment:
    """Finds the first event's moment at which a condition held; unknown if it may be earlier."""
    moments = _moments(scope)
    for cutoff, moment in moments:
        value = TRUE if condition is None else condition.term(scope.seen_through(cutoff))
        if value == TRUE:
            return moment
        if value == UNKNOWN:
            return UNKNOWN_MOMENT
    return UNKNOWN_MOMENT if moments else NOT_HAPPENED


def _moments(scope: Scope) -> list[tuple[Cutoff, Moment]]:
    """Lists the moments at which anything happened, in order, each behind the cutoff through it."""
    if not scope.moments:
        rows: dict[Moment, tuple[int, Moment, Cutoff]] = {}
        for events in scope.by_type.values():
            for event in events:
                moment = event.moment
                if moment is not None and moment not in rows:
                    cutoff = cutoff_of(moment)
                    rows[moment] = (cutoff.instant, moment, cutoff)
        # Of one day, a date without a time comes last: through it means through the whole day.
        scope.moments.extend([(cutoff, moment) for _, moment, cutoff in sorted(rows.values())])
    return scope.moments


def _subject(scope: Scope) -> Event | NoMoment:
    return NOT_HAPPENED if scope.this is None else scope.this
