"""When a rule's limit ends, and since when a rule that has none concerns a case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from msp_rules.casework.moments import Moment
from msp_rules.rules.language.conditions import (
    AllOf,
    Anchor,
    AnyOf,
    AtLeastNOf,
    ConceptUse,
    Condition,
    Due,
    DueAt,
    DueByField,
    DueChosen,
    DueEarliest,
    DueWithin,
    Gap,
    Limit,
    NoLimit,
    walk,
)
from msp_rules.rules.language.rule import Rule
from tests.oracle.conditions import holds
from tests.oracle.events import Found, agreed, field_value, find_anchor, possible_anchors, select
from tests.oracle.record import Truth
from tests.oracle.times import (
    ONE_DAY,
    End,
    State,
    When,
    end_of_limit,
    is_on_or_before,
    is_within,
    through,
    when,
    whole_day,
)
from tests.oracle.view import View


def end_of_due(due: Due, view: View) -> End | State:
    """The last instant in time; NOT_YET where the anchor has not happened."""
    match due:
        case DueEarliest():
            return earliest([end_of_due(part, view) for part in due.of])
        case DueWithin():
            found = find_anchor(due.anchor, view)
            if isinstance(found, State):
                return found
            return end_of_limit(due.limit, found.when, view.office_close)
        case DueAt():
            found = find_anchor(due.anchor, view)
            return found if isinstance(found, State) else whole_day(found.when.day)
        case DueByField():
            return end_by_field(due, view)
        case DueChosen():
            return end_of_chosen(due, view)
        case NoLimit():
            raise AssertionError("the whole of a rule's limit, or no part of it")


def end_of_chosen(due: DueChosen, view: View) -> End | State:
    """What the condition chooses; where it cannot be known, what both say alike."""
    truth = holds(due.when, view)
    ends = [end_of_due(part, view) for part in choices(due, truth)]
    if truth is not True and due.otherwise is None:
        ends.append(State.NOT_YET)
    return ends[0] if all(end == ends[0] for end in ends) else State.UNKNOWN


def choices(due: DueChosen, truth: Truth) -> list[Due]:
    """The limits that a condition with that truth may choose."""
    chosen = [due.then] if truth is not False else []
    if truth is not True and due.otherwise is not None:
        chosen.append(due.otherwise)
    return chosen


def rests_on_assumed_alone(due: Due, rule: Rule, view: View) -> bool:
    """Whether of all limits that have passed each rests on a number that is only assumed."""
    past = [
        basis
        for end, basis in ends_with_bases(due, rule, view)
        if isinstance(end, End) and end.last < view.record.as_of.last
    ]
    return bool(past) and all(basis == "assumed" for basis in past)


def ends_with_bases(due: Due, rule: Rule, view: View) -> list[tuple[End | State, str]]:
    """Each single limit in a limit, with the basis of its number; "" where it has none."""
    match due:
        case DueEarliest():
            return [pair for part in due.of for pair in ends_with_bases(part, rule, view)]
        case DueChosen():
            chosen = choices(due, holds(due.when, view))
            return [pair for part in chosen for pair in ends_with_bases(part, rule, view)]
        case DueByField() if due.otherwise is not None:
            without = replace(due, otherwise=None)
            if end_of_due(without, view) is State.NOT_YET:
                return ends_with_bases(due.otherwise, rule, view)
        case DueWithin():
            return [(end_of_due(due, view), basis_of(due, rule, view))]
    return [(end_of_due(due, view), "")]


def basis_of(due: DueWithin, rule: Rule, view: View) -> str:
    found = find_anchor(due.anchor, view)
    parameter = rule.parameters.get(due.limit.parameter or "")
    if parameter is None or isinstance(found, State):
        return ""
    started = [v for v in parameter.values if v.first_day.toordinal() <= found.when.day.toordinal()]
    return started[-1].basis.value if started else ""


def end_by_field(due: DueByField, view: View) -> End | State:
    found = find_anchor(due.anchor, view)
    if found is State.UNKNOWN:
        return State.UNKNOWN
    if isinstance(found, Found):
        assert found.entry is not None
        value = field_value(found.entry.event, due.field, view)
        if value is State.UNKNOWN:
            return State.UNKNOWN
        if isinstance(value, Moment):
            return whole_day(when(value).day)
    return State.NOT_YET if due.otherwise is None else end_of_due(due.otherwise, view)


class Silence(NamedTuple):
    """A silence that was longer than its limit: when that ended, and since which day it ran."""

    end: End
    limit: Limit
    since: date


def asks_for_silences(condition: Condition) -> bool:
    """Whether a condition about silences stands anywhere in it."""
    return any(isinstance(node, Gap) for node in walk(condition))


def silences(condition: Condition, view: View) -> list[Silence]:
    """The last of each condition about silences that does not hold, where it is asked to."""
    match condition:
        case AllOf() | AnyOf() | AtLeastNOf():
            if holds(condition, view) is True:
                return []
            return [found for part in condition.of for found in silences(part, view)]
        case ConceptUse() if condition.at is None:
            return silences(condition.condition, view)
        case Gap():
            return [] if holds(condition, view) is not False else last_silence(condition, view)
    return []


def last_silence(gap: Gap, view: View) -> list[Silence]:
    start, end = find_anchor(gap.start, view), find_anchor(gap.end, view)
    if not isinstance(start, Found) or end is State.UNKNOWN:
        return []
    stop = end.when if isinstance(end, Found) else view.as_of
    moments = [
        entry.when
        for selection in (gap.selection, *gap.also)
        for entry, truth in select(selection, view)
        if truth is True
        and entry.when is not None
        and is_on_or_before(start.when, entry.when)
        and is_on_or_before(entry.when, stop)
    ]
    broken = list[Silence]()
    in_order = sorted(moments, key=lambda one: (one.day, one.at is not None, one.at))
    # For the first of them there is the rule's own limit.
    for current, moment in pairwise([*in_order, stop]):
        allowed = end_of_limit(gap.at_most, current, view.office_close)
        if isinstance(allowed, End) and not is_within(moment, allowed):
            broken = [Silence(allowed, gap.at_most, current.day)]
    return broken


def earliest(ends: list[End | State]) -> End | State:
    if State.UNKNOWN in ends:
        return State.UNKNOWN
    begun = [end for end in ends if isinstance(end, End)]
    return min(begun, key=lambda end: end.last) if begun else State.NOT_YET


def applied_since(applies: Condition | None, view: View) -> End | State:
    """The limit of a rule that names none: the day of the subject, or of the event that made the
    rule apply."""
    if view.subject is not None:
        assert view.subject.when is not None
        return whole_day(view.subject.when.day)
    moments = view.record.moments
    if applies is None:
        return whole_day(moments[0].day) if moments else State.NOT_YET
    if moments and holds(applies, view.up_to(whole_day(moments[0].day - ONE_DAY))) is None:
        return State.UNKNOWN  # what has no date may have come before all that has one
    by_day: dict[date, list[Truth]] = {}
    for moment in moments:
        truth = holds(applies, view.up_to(through(moment)))
        by_day.setdefault(moment.day, []).append(truth)
    for day, truths in by_day.items():
        if True in truths:
            return whole_day(day)
        if None in truths:
            return State.UNKNOWN
    return State.UNKNOWN if moments else State.NOT_YET


def is_surely_past(applies: Condition | None, view: View) -> bool:
    """Whether a day is over on which a rule surely applied, though perhaps not the first."""
    return view.subject is None and any(
        moment.day < view.record.as_of.day
        and (applies is None or holds(applies, view.up_to(through(moment))) is True)
        for moment in view.record.moments
    )


def first_held(held: Callable[[View], Truth], view: View, after: End | None = None) -> When | State:
    """The first event's moment, or the first after a limit, at which something held; UNKNOWN if it
    may have held earlier, or held at no event's moment though there are events."""
    for moment in view.record.moments:
        if after is not None and through(moment).last <= after.last:
            continue
        truth = held(view.up_to(through(moment)))
        if truth is not False:
            return moment if truth else State.UNKNOWN
    return State.UNKNOWN if view.record.moments else State.NOT_YET


def falls_after(anchor: Anchor, view: View, due: End | State) -> Truth:
    """Whether a limit ends on or after an anchor's day, or has not begun.

    A limit in hours is held against the time, where the anchor has one.
    """
    if due is State.NOT_YET:
        return True
    found = find_anchor(anchor, view)
    if found is State.NOT_YET:
        return False
    if not isinstance(due, End):
        return None
    if isinstance(found, Found):
        return ends_by(due, found.when)
    starts = possible_anchors(anchor, view)
    # In the worlds without such an event nothing can fall after it.
    return None if starts is None else agreed({s is not None and ends_by(due, s) for s in starts})


def ends_by(due: End, start: When) -> bool:
    """Whether a limit ends on or after a moment's day; in hours, at or after its time."""
    if due.in_hours and start.at is not None:
        return due.last >= start.at
    return due.day >= start.day
