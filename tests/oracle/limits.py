"""When a rule's limit ends, and since when a rule that has none concerns a case."""

from __future__ import annotations

from collections.abc import Callable

from msp_rules.casework.moments import Moment
from msp_rules.rules.language.conditions import (
    Anchor,
    Condition,
    Due,
    DueAt,
    DueByField,
    DueEarliest,
    DueWithin,
)
from tests.oracle.conditions import holds
from tests.oracle.events import Found, field_value, find_anchor
from tests.oracle.record import Truth
from tests.oracle.times import End, State, When, end_of_limit, through, when, whole_day
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
    came = first_held(lambda seen: True if applies is None else holds(applies, seen), view)
    return came if isinstance(came, State) else whole_day(came.day)


def first_held(held: Callable[[View], Truth], view: View) -> When | State:
    """The first event's moment at which something held; UNKNOWN if it may have held earlier, or
    held at no event's moment though there are events."""
    for moment in view.record.moments:
        truth = held(view.up_to(through(moment)))
        if truth is not False:
            return moment if truth else State.UNKNOWN
    return State.UNKNOWN if view.record.moments else State.NOT_YET


def falls_after(anchor: Anchor, view: View, due: End | State) -> Truth:
    """Whether a limit ends on or after an anchor's day, or has not begun."""
    if due is State.NOT_YET:
        return True
    found = find_anchor(anchor, view)
    if found is State.UNKNOWN:
        return None
    if found is State.NOT_YET:
        return False
    assert isinstance(found, Found)
    return due.day >= found.when.day if isinstance(due, End) else None
