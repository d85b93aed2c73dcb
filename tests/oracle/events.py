"""Which events a selection finds, what their fields say, and where an anchor lies."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from msp_rules.casework.case import WITHHELD, Event, FieldValue
from msp_rules.casework.moments import Moment
from msp_rules.rules.language.conditions import (
    Anchor,
    AsOf,
    EventAnchor,
    FieldTest,
    Limit,
    Selection,
    Test,
    This,
    Window,
)
from tests.oracle.record import Entry, Truth, all_of, any_of, in_order_of_time, negate
from tests.oracle.times import (
    State,
    When,
    end_of_limit,
    is_before,
    is_certainly_later,
    is_in_stretch_before,
    is_on_or_before,
    is_within,
    when,
)
from tests.oracle.view import View

ENVELOPE = ("id", "agency", "role")


def may_be_more(selection: Selection, view: View) -> bool:
    """Whether events that the source cannot supply might be found too, any number of them.

    None might where the selection hangs on something that has not happened.
    """
    if view.supply.has_type(selection.type):
        return False
    anchors = [selection.since, selection.after, selection.by, selection.before]
    anchors += [selection.from_day, selection.through_day, selection.surely_before]
    if selection.within is not None:
        anchors.append(selection.within.anchor)
    return not any(
        find_anchor(anchor, view) is State.NOT_YET for anchor in anchors if anchor is not None
    )


def select(selection: Selection, view: View) -> list[tuple[Entry, Truth]]:
    """The events that a selection finds: True surely, None perhaps. Others are left out."""
    found: list[tuple[Entry, Truth]] = []
    for entry in view.of_type(selection.type):
        truth = is_selected(selection, entry, view)
        if truth is True and not entry.is_sure:
            truth = None
        if truth is not False:
            found.append((entry, truth))
    return found


def is_selected(selection: Selection, entry: Entry, view: View) -> Truth:
    answers = [passes_tests(selection.where, selection.where_any, entry.event, view)]
    if selection.since is not None:
        answers.append(stands_to(selection.since, entry, view, "since"))
    if selection.after is not None:
        answers.append(stands_to(selection.after, entry, view, "after"))
    if selection.by is not None:
        answers.append(stands_to(selection.by, entry, view, "by"))
    if selection.before is not None:
        answers.append(stands_to(selection.before, entry, view, "before"))
    if selection.from_day is not None:
        answers.append(stands_to(selection.from_day, entry, view, "from_day"))
    if selection.through_day is not None:
        answers.append(stands_to(selection.through_day, entry, view, "through_day"))
    if selection.surely_before is not None:
        answers.append(stands_to(selection.surely_before, entry, view, "surely_before"))
    if selection.within is not None:
        answers.append(lies_within(selection.within, entry, view))
    if selection.refers_to is not None:
        answers.append(refers_to_subject(selection.refers_to, entry, view))
    for later in selection.followers:
        answers.append(negate(is_followed(later, entry, view)))
    if selection.decides_within is not None:
        answers.append(decides_soon(selection.decides_within, entry, view))
    if selection.is_other:
        answers.append(view.subject is None or entry is not view.subject)
    if selection.from_subject_day and view.subject is not None:
        answers.append(is_from_subject_day(entry, view))
    return all_of(answers)


def passes_tests(
    where: tuple[FieldTest, ...],
    where_any: tuple[tuple[FieldTest, ...], ...],
    event: Event,
    view: View,
) -> Truth:
    answers = [passes(test, event, view) for test in where]
    if where_any:
        answers.append(
            any_of([all_of([passes(test, event, view) for test in row]) for row in where_any])
        )
    return all_of(answers)


def stands_to(anchor: Anchor, entry: Entry, view: View, how: str) -> Truth:
    found = find_anchor(anchor, view)
    if found is State.UNKNOWN:
        return None
    if found is State.NOT_YET:
        return False  # nothing stands to what has not happened, on either side of it
    assert isinstance(found, Found)
    if entry.when is None:
        return None
    if how == "from_day":
        return found.when.day <= entry.when.day
    if how == "through_day":
        return entry.when.day <= found.when.day
    if how == "surely_before":
        return is_certainly_later(found.when, entry.when)
    if how == "since":
        return is_on_or_before(found.when, entry.when)
    if how == "after":
        return is_before(found.when, entry.when)
    if how == "by":
        return is_on_or_before(entry.when, found.when)
    return is_before(entry.when, found.when)


def lies_within(window: Window, entry: Entry, view: View) -> Truth:
    found = find_anchor(window.anchor, view)
    if found is State.UNKNOWN:
        return None
    if found is State.NOT_YET:
        return False
    assert isinstance(found, Found)
    if entry.when is None:
        return None
    if window.is_backward:
        return is_in_stretch_before(window.limit, entry.when, found.when)
    if entry.when.day < found.when.day:
        return False
    end = end_of_limit(window.limit, found.when, view.office_close)
    return None if isinstance(end, State) else is_within(entry.when, end)


def refers_to_subject(field: str, entry: Entry, view: View) -> Truth:
    if view.subject is None:
        return False  # a null row has nothing that could be named
    event = entry.event
    value = field_value(event, field, view)
    if value is State.UNKNOWN:
        return None
    if value is None and (event.type, field) == ("s42_decided", "concern"):
        owner = owner_of(entry, view)
        return None if owner is State.UNKNOWN else owner is view.subject
    names = value if isinstance(value, tuple) else () if value is None else (value,)
    return any_of([view.record.refers(str(name), view.subject.event.id) for name in names])


def decides_soon(limit: Limit, decision: Entry, view: View) -> Truth:
    """Whether a decision lies within a limit of every concern that it decides, of one at least.

    Tried in every world: each concern that it may decide is one that it decides, or is not.
    """
    sure: list[Entry] = []
    perhaps: list[Entry] = []
    for concern in view.record.of_type("concern_raised"):
        truth = decides(decision, concern, view)
        if truth is not False:
            (sure if truth and concern.is_sure else perhaps).append(concern)
    answers = set[Truth]()
    for some in subsets(perhaps):
        chosen = [*sure, *some]
        if not chosen:
            answers.add(False)
            continue
        answers.add(all_of([follows_soon(limit, decision, one, view) for one in chosen]))
    return agreed(answers)


def decides(decision: Entry, concern: Entry, view: View) -> Truth:
    value = field_value(decision.event, "concern", view)
    if value is State.UNKNOWN:
        return None
    if value is None:
        owner = owner_of(decision, view)
        return None if owner is State.UNKNOWN else owner is concern
    names = value if isinstance(value, tuple) else (value,)
    return any_of([view.record.refers(str(name), concern.event.id) for name in names])


def follows_soon(limit: Limit, decision: Entry, concern: Entry, view: View) -> Truth:
    if decision.when is None or concern.when is None:
        return None
    if decision.when.day < concern.when.day:
        return False
    end = end_of_limit(limit, concern.when, view.office_close)
    return None if isinstance(end, State) else is_within(decision.when, end)


def owner_of(decision: Entry, view: View) -> Entry | State | None:
    """The concern that a decision belongs to which names none: the earliest still undecided."""
    concerns = view.record.of_type("concern_raised")
    decisions = view.record.of_type("s42_decided")
    for entry in (*concerns, *decisions):
        doubtful = {"concern", "result"} & entry.event.unknown
        if not entry.is_sure or entry.when is None or doubtful:
            return State.UNKNOWN
    undecided = sorted(concerns, key=in_time_order)
    for entry in sorted(decisions, key=in_time_order):
        names = entry.event.fields.get("concern")
        assert entry.when is not None
        owners = [c for c in undecided if c.when and is_on_or_before(c.when, entry.when)][:1]
        if names is not None:
            owners = [
                c
                for c in undecided
                if any(view.record.refers(str(name), c.event.id) is True for name in names)  # type: ignore[union-attr]
            ]
        if entry is decision:
            return owners[0] if owners else None
        if entry.event.fields.get("result") != "more_information":
            undecided = [c for c in undecided if c not in owners]
    return None


def is_followed(later: Selection, entry: Entry, view: View) -> Truth:
    answers: list[Truth] = [None if may_be_more(later, view) else False]
    for other, truth in select(later, view):
        if other is entry:
            continue
        if other.when is None or entry.when is None:
            answers.append(None)
        elif is_on_or_before(entry.when, other.when):
            answers.append(truth)
    return any_of(answers)


def is_from_subject_day(entry: Entry, view: View) -> Truth:
    assert view.subject is not None
    if entry.when is None or view.subject.when is None:
        return None
    return entry.when.day >= view.subject.when.day


# --- fields -----------------------------------------------------------------------------------


def field_value(event: Event, field: str, view: View) -> FieldValue | State | None:
    """What an event says in a field; None where it says nothing."""
    if field in event.unknown:
        return State.UNKNOWN
    if field in ENVELOPE:
        return {"id": event.id, "agency": event.agency, "role": event.role}[field]
    if field in event.fields:
        return event.fields[field]
    is_no_matter = field in view.settings.absent_if_not_supplied and view.supply.has_type(
        event.type
    )
    if not view.supply.has_field(event.type, field) and not is_no_matter:
        return State.UNKNOWN
    return None


def passes(test: FieldTest, event: Event, view: View) -> Truth:
    value = field_value(event, test.field, view)
    return None if value is State.UNKNOWN else value_passes(test, value, view)


def value_passes(test: FieldTest, value: FieldValue | State | None, view: View) -> Truth:
    """Whether a value that could be read (None: absent) passes a test."""
    assert not isinstance(value, State)
    if test.test is Test.IS_PRESENT:
        return value is not None
    if test.test is Test.IS_ABSENT:
        return value is None
    if test.test is Test.NOT_ONE_OF:
        return negate(has_one_of(test, value))
    if value is None:
        return False
    if test.test is Test.ONE_OF:
        return has_one_of(test, value)
    if test.test is Test.AT_LEAST:
        return how_many(value) >= int(str(test.number))
    if test.test is Test.AT_MOST:
        return how_many(value) <= int(str(test.number))
    assert isinstance(value, Moment)
    return compares(test, when(value), view)


def how_many(value: FieldValue) -> int:
    """A whole number, or the number of values of a field that may repeat."""
    is_repeated = isinstance(value, tuple) and not isinstance(value, Moment)
    return len(value) if is_repeated else int(str(value))  # type: ignore[arg-type]


def has_one_of(test: FieldTest, value: FieldValue | None) -> Truth:
    """Whether one of the values is there; a text that was not exported may be any text."""
    if value is None:
        return False
    values = value if isinstance(value, tuple) and not isinstance(value, Moment) else (value,)
    return any_of([None if one == WITHHELD else one in test.values for one in values])


def compares(test: FieldTest, value: When, view: View) -> Truth:
    limit = test.moment
    assert limit is not None
    if isinstance(limit, Moment):
        other = when(limit)
    else:
        found = find_anchor(limit, view)
        if found is State.UNKNOWN:
            return None
        if found is State.NOT_YET:
            return False
        assert isinstance(found, Found)
        other = found.when
    if test.test is Test.BEFORE:
        return is_before(value, other)
    return is_before(other, value)


# --- anchors ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """Where an anchor lies, and its event if it has one."""

    when: When
    entry: Entry | None


def find_anchor(anchor: Anchor, view: View) -> Found | State:
    if isinstance(anchor, AsOf):
        return Found(view.as_of, None)
    if isinstance(anchor, This):
        if view.subject is None:
            return State.NOT_YET  # a null row's subject has not happened
        if view.subject.when is None:
            return State.UNKNOWN
        return Found(view.subject.when, view.subject)
    return find_event_anchor(anchor, view)


def find_event_anchor(anchor: EventAnchor, view: View) -> Found | State:
    if may_be_more(anchor.selection, view):
        return State.UNKNOWN
    found = select(anchor.selection, view)
    if not found:
        return State.NOT_YET
    chosen: list[Entry] = []
    for world in worlds(found):
        if any(entry.when is None for entry in world):
            return State.UNKNOWN
        outermost = outermost_event(anchor.which, world)
        if outermost is None:
            return State.UNKNOWN
        chosen.append(outermost)
    if any(entry is not chosen[0] for entry in chosen):
        return State.UNKNOWN
    return Found(chosen[0].moment, chosen[0])


def possible_anchors(anchor: Anchor, view: View) -> list[When | None] | None:
    """The moment of an anchor in each world, None where there is none; None where one is open."""
    if not isinstance(anchor, EventAnchor) or may_be_more(anchor.selection, view):
        return None
    found = select(anchor.selection, view)
    if any(entry.when is None for entry, _ in found):
        return None
    events = [outermost_event(anchor.which, world) for world in worlds(found)]
    return [None if event is None else event.when for event in events]


def outermost_event(which: str, entries: list[Entry]) -> Entry | None:
    """The first or latest; of tied ones the smallest or largest by day, time if known, id."""
    tied = outermost_of(which, entries)
    if not tied:
        return None
    return min(tied, key=in_time_order) if which == "first" else max(tied, key=in_time_order)


# --- worlds and order ---


def outermost_of(which: str, entries: list[Entry]) -> list[Entry]:
    """The events than which none is certainly later (for `first`: earlier)."""
    if which == "latest":
        return [
            entry
            for entry in entries
            if not any(is_certainly_later(other.moment, entry.moment) for other in entries)
        ]
    return [
        entry
        for entry in entries
        if not any(is_certainly_later(entry.moment, other.moment) for other in entries)
    ]


def worlds(found: list[tuple[Entry, Truth]]) -> list[list[Entry]]:
    """Every way in which the uncertain ones may be there or not."""
    sure = [entry for entry, truth in found if truth is True]
    perhaps = [entry for entry, truth in found if truth is None]
    return [[*sure, *some] for some in subsets(perhaps)]


def subsets(entries: list[Entry]) -> list[tuple[Entry, ...]]:
    return [some for size in range(len(entries) + 1) for some in combinations(entries, size)]


def agreed(answers: set[Truth]) -> Truth:
    return answers.pop() if len(answers) == 1 else None


def in_time_order(entry: Entry) -> tuple[object, ...]:
    """By day; on a day first those without a time; then by time; then by id."""
    return in_order_of_time(entry.event)
