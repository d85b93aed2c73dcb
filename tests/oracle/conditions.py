"""What every node of the rule language means, said as plainly as docs/readings.md says it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import combinations

from msp_rules.casework.case import Event, FieldValue, Supply
from msp_rules.casework.moment import Moment
from msp_rules.rules.condition import (
    AllOf,
    Anchor,
    AnyOf,
    AsOf,
    AtLeastNOf,
    AttributeTest,
    ConceptUse,
    Condition,
    Count,
    EventAnchor,
    ExplanationGiven,
    Extreme,
    FieldTest,
    Gap,
    InOrder,
    Limit,
    NoneOf,
    ReasonInSubject,
    ReasonRecorded,
    Selection,
    Test,
    This,
    Window,
)
from msp_rules.rules.rule import Settings
from tests.oracle.record import Entry, Record, Truth, all_of, any_of, negate
from tests.oracle.times import (
    End,
    State,
    When,
    end_of_limit,
    is_before,
    is_certainly_later,
    is_in_stretch_before,
    is_on_or_before,
    is_within,
    through,
    when,
    whole_day,
)

ENVELOPE = ("id", "agency", "role")


@dataclass(frozen=True)
class View:
    """From where a condition is looked at.

    Only events within every one of `horizons` are seen. `stood_at` is when a reason has to stand;
    `is_weak` asks of reasons neither that they stand nor that they have their text.
    """

    record: Record
    settings: Settings
    rule: str
    subject: Entry | None
    supply: Supply
    stood_at: When
    horizons: tuple[End, ...] = ()
    is_weak: bool = False
    is_null_row: bool = False

    @property
    def office_close(self) -> timedelta:
        return timedelta(microseconds=self.settings.office_close)

    @property
    def as_of(self) -> When:
        return When(self.record.as_of.day, self.record.as_of.last)

    def up_to(self, end: End) -> View:
        return replace(self, horizons=(*self.horizons, end))

    def sees(self, entry: Entry) -> bool:
        if entry.when is None:
            return True  # it may have happened by then
        return all(is_within(entry.when, horizon) for horizon in self.horizons)

    def of_type(self, event_type: str) -> list[Entry]:
        return [entry for entry in self.record.of_type(event_type) if self.sees(entry)]


# --- conditions -------------------------------------------------------------------------------


def holds(condition: Condition, view: View) -> Truth:
    """Whether a condition holds: True, False, or None where it cannot be known."""
    match condition:
        case AllOf():
            return all_of([holds(part, view) for part in condition.of])
        case AnyOf():
            return any_of([holds(part, view) for part in condition.of])
        case NoneOf():
            return negate(any_of([holds(part, view) for part in condition.of]))
        case AtLeastNOf():
            parts = [holds(part, view) for part in condition.of]
            return at_least(condition.n, parts.count(True), parts.count(None))
        case ExplanationGiven():
            return explanation_given(condition, view)
        case _ if view.is_null_row and is_inside_explanation(view):
            return False
        case Count():
            return count(condition, view)
        case Extreme():
            return extreme(condition, view)
        case Gap():
            return gap(condition, view)
        case InOrder():
            return in_order(condition, view)
        case AttributeTest():
            return attributes(condition, view)
        case ConceptUse():
            return concept(condition, view)
        case ReasonRecorded():
            return reason_recorded(condition, view)
        case ReasonInSubject():
            return reason_in_subject(condition, view)
    raise AssertionError(condition)


def is_inside_explanation(view: View) -> bool:
    return view.is_null_row


def at_least(wanted: int, sure: int, perhaps: int) -> Truth:
    if sure >= wanted:
        return True
    return None if sure + perhaps >= wanted else False


def count(condition: Count, view: View) -> Truth:
    found = select(condition.selection, view)
    sure = sum(1 for _, truth in found if truth is True)
    most: float = len(found) if is_supplied(condition.selection, view) else float("inf")
    bounds: list[Truth] = []
    if condition.at_least is not None:
        bounds.append(
            True if sure >= condition.at_least else None if most >= condition.at_least else False
        )
    if condition.at_most is not None:
        bounds.append(
            False if sure > condition.at_most else None if most > condition.at_most else True
        )
    return all_of(bounds)


def extreme(condition: Extreme, view: View) -> Truth:
    """Tried in every world: each uncertain event there or not, an undated one first or last."""
    if not is_supplied(condition.selection, view):
        return None
    answers = set[Truth]()
    for world in worlds(select(condition.selection, view)):
        dated = [entry for entry in world if entry.when is not None]
        undated = [entry for entry in world if entry.when is None]
        for outermost in subsets(undated):
            # Undated ones at the far end push all others aside; else they lie at the other end.
            chosen = list(outermost) or outermost_of(condition.which, dated) or undated
            answers.add(any_of([passes_extreme(condition, entry, view) for entry in chosen]))
    return agreed(answers)


def passes_extreme(condition: Extreme, entry: Entry, view: View) -> Truth:
    return passes_tests(condition.where, condition.where_any, entry.event, view)


def outermost_of(which: str, entries: list[Entry]) -> list[Entry]:
    """The events than which none is certainly later (for `first`: earlier)."""
    if which == "latest":
        return [
            entry
            for entry in entries
            if not any(is_certainly_later(other.when, entry.when) for other in entries)
        ]
    return [
        entry
        for entry in entries
        if not any(is_certainly_later(entry.when, other.when) for other in entries)
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


def gap(condition: Gap, view: View) -> Truth:
    start, end = find_anchor(condition.start, view), find_anchor(condition.end, view)
    if start is State.UNKNOWN:
        return None
    if start is State.NOT_YET:
        return False
    if end is State.UNKNOWN:
        return None
    assert isinstance(start, Found)
    stops = [view.record.as_of, *view.horizons]
    if isinstance(end, Found):
        stops.append(just_through(end.when))
    found = [
        (entry, truth)
        for entry, truth in select(condition.selection, view)
        if entry.when is None
        or (
            is_on_or_before(start.when, entry.when)
            and (not isinstance(end, Found) or is_on_or_before(entry.when, end.when))
        )
    ]
    answers = set[Truth]()
    for world in worlds([pair for pair in found if pair[0].when is not None]):
        answers.add(no_silence(condition.at_most, start.when, world, stops, end, view))
    undated = any(entry.when is None for entry, _ in found)
    if (undated or not is_supplied(condition.selection, view)) and False in answers:
        answers.add(True)  # the unseen one may lie in the silence
    return agreed(answers)


def just_through(moment: When) -> End:
    return through(moment)


def no_silence(
    limit: Limit,
    start: When,
    world: list[Entry],
    stops: list[End],
    end: Found | State,
    view: View,
) -> Truth:
    current = start
    for entry in sorted(world, key=in_time_order):
        allowed = end_of_limit(limit, current, view.office_close)
        if isinstance(allowed, State):
            return None
        if not is_within(entry.when, allowed):
            return False
        current = entry.when
    allowed = end_of_limit(limit, current, view.office_close)
    if isinstance(allowed, State):
        return None
    horizon = min(stops, key=lambda stop: stop.last)
    if isinstance(end, Found) and is_within(end.when, allowed):
        return True
    return horizon.last <= allowed.last


def in_time_order(entry: Entry) -> tuple[object, ...]:
    """By day; on a day first those without a time; then by time; then by id."""
    assert entry.when is not None
    moment = entry.when
    instant = 0.0 if moment.at is None else moment.at.timestamp()
    return (moment.day, moment.at is not None, instant, entry.event.id)


def in_order(condition: InOrder, view: View) -> Truth:
    answers = set[Truth]()
    for earlier in possible_firsts(condition.earlier, view):
        for later in possible_firsts(condition.later, view):
            answers.add(is_in_order(earlier, later))
    return agreed(answers)


def is_in_order(earlier: When | State, later: When | State) -> Truth:
    if later is State.NOT_YET:
        return True
    if earlier is State.NOT_YET:
        return False
    if isinstance(earlier, State) or isinstance(later, State):
        return None
    return not is_certainly_later(earlier, later)


def possible_firsts(selection: Selection, view: View) -> set[When | State]:
    """The moment of the first, in every world; UNKNOWN for one that may lie anywhere."""
    firsts = set[When | State]()
    for world in worlds(select(selection, view)):
        dated = [entry for entry in world if entry.when is not None]
        chosen = outermost_event("first", dated)
        if len(dated) < len(world):
            firsts.add(State.UNKNOWN)
        if chosen is not None:
            firsts.add(chosen.when)
        elif not world:
            firsts.add(State.NOT_YET)
    if not is_supplied(selection, view):
        firsts.add(State.UNKNOWN)
    return firsts


def attributes(condition: AttributeTest, view: View) -> Truth:
    if condition.of == "this":
        assert view.subject is not None
        return all_of([passes(test, view.subject.event, view) for test in condition.where])
    held = view.record.case.adult if condition.of == "adult" else view.record.case.attributes
    answers: list[Truth] = []
    for test in condition.where:
        if f"{condition.of}.{test.field}" in view.record.case.unknown:
            answers.append(None)
        else:
            answers.append(value_passes(test, held.get(test.field), view))
    return all_of(answers)


def concept(condition: ConceptUse, view: View) -> Truth:
    if condition.at is None:
        return holds(condition.condition, view)
    at = find_anchor(condition.at, view)
    if at is State.UNKNOWN:
        return None
    if at is State.NOT_YET:
        return False
    assert isinstance(at, Found)
    return holds(condition.condition, view.up_to(through(at.when)))


# --- events -----------------------------------------------------------------------------------


def is_supplied(selection: Selection, view: View) -> bool:
    return view.supply.has_type(selection.type)


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
    if selection.within is not None:
        answers.append(lies_within(selection.within, entry, view))
    if selection.refers_to is not None:
        answers.append(refers_to_subject(selection.refers_to, entry.event, view))
    if selection.not_followed_by is not None:
        answers.append(negate(is_followed(selection.not_followed_by, entry, view)))
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
        # What has happened is before what has not; nothing is since or after it.
        return how in ("by", "before")
    assert isinstance(found, Found)
    if entry.when is None:
        return None
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


def refers_to_subject(field: str, event: Event, view: View) -> Truth:
    assert view.subject is not None
    value = field_value(event, field, view)
    if value is State.UNKNOWN:
        return None
    names = value if isinstance(value, tuple) else () if value is None else (value,)
    return any_of([view.record.refers(str(name), view.subject.event.id) for name in names])


def is_followed(event_type: str, entry: Entry, view: View) -> Truth:
    answers: list[Truth] = [False if view.supply.has_type(event_type) else None]
    for other in view.of_type(event_type):
        if other is entry:
            continue
        if other.when is None or entry.when is None or not other.is_sure:
            possible = (
                other.when is None or entry.when is None or is_on_or_before(entry.when, other.when)
            )
            answers.append(None if possible else False)
        else:
            answers.append(is_on_or_before(entry.when, other.when))
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
    if view.supply.has_type(event.type) and not view.supply.has_field(event.type, field):
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
        return not has_one_of(test, value)
    if value is None:
        return False
    if test.test is Test.ONE_OF:
        return has_one_of(test, value)
    if test.test is Test.AT_LEAST:
        return int(str(value)) >= int(str(test.number))
    if test.test is Test.AT_MOST:
        return int(str(value)) <= int(str(test.number))
    assert isinstance(value, Moment)
    return compares(test, when(value), view)


def has_one_of(test: FieldTest, value: FieldValue | None) -> bool:
    if value is None:
        return False
    values = value if isinstance(value, tuple) and not isinstance(value, Moment) else (value,)
    return any(one in test.values for one in values)


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
            return test.test is Test.BEFORE
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
        assert view.subject is not None
        if view.subject.when is None:
            return State.UNKNOWN
        return Found(view.subject.when, view.subject)
    return find_event_anchor(anchor, view)


def find_event_anchor(anchor: EventAnchor, view: View) -> Found | State:
    if not is_supplied(anchor.selection, view):
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
    assert chosen[0].when is not None
    return Found(chosen[0].when, chosen[0])


def outermost_event(which: str, entries: list[Entry]) -> Entry | None:
    """The first or latest; of tied ones the smallest or largest by day, time if known, id."""
    tied = outermost_of(which, entries)
    if not tied:
        return None
    return min(tied, key=in_time_order) if which == "first" else max(tied, key=in_time_order)


# --- reasons ----------------------------------------------------------------------------------


def explanation_given(condition: ExplanationGiven, view: View) -> Truth:
    return any_of([is_accepted(condition, entry, view) for entry in view.of_type("explanation")])


def is_accepted(condition: ExplanationGiven, entry: Entry, view: View) -> Truth:
    event = entry.event
    ends = explanation_ends(entry, view)
    answers: list[Truth] = [True if entry.is_sure else None]
    answers.append(is_one_of(event, "rule", (view.rule,), view))
    answers.append(is_one_of(event, "code", condition.codes, view))
    answers.append(is_for_subject(event, ends, view))
    if not view.is_weak:
        answers.append(is_present(event, "text", view))
        answers.append(stands(ends, view))
    return all_of(answers)


def is_for_subject(event: Event, ends: End | State | None, view: View) -> Truth:
    named = field_value(event, "subject", view)
    if named is State.UNKNOWN:
        return None
    if named is not None:
        return view.subject is not None and view.record.refers(str(named), view.subject.event.id)
    if view.subject is None or ends is None:
        return True
    if isinstance(ends, State) or view.subject.when is None:
        return None
    return ends.day >= view.subject.when.day


def explanation_ends(entry: Entry, view: View) -> End | State | None:
    """The end of an explanation's last day; None for one that stands for good."""
    review_by = field_value(entry.event, "review_by", view)
    if review_by is State.UNKNOWN:
        return State.UNKNOWN
    if isinstance(review_by, Moment):
        return whole_day(when(review_by).day)
    code = field_value(entry.event, "code", view)
    if code is State.UNKNOWN:
        return State.UNKNOWN
    if code not in view.settings.temporary_codes:
        return None
    return default_end(entry, view.settings.max_temporary_reason, view)


def default_end(entry: Entry, limit: Limit, view: View) -> End | State:
    if entry.when is None:
        return State.UNKNOWN
    return end_of_limit(limit, entry.when, view.office_close)


def reason_recorded(condition: ReasonRecorded, view: View) -> Truth:
    found = select(condition.selection, view)
    return any_of([all_of([truth, is_good(condition, entry, view)]) for entry, truth in found])


def reason_in_subject(condition: ReasonInSubject, view: View) -> Truth:
    assert view.subject is not None
    answers = [passes(test, view.subject.event, view) for test in condition.where]
    answers.append(view.sees(view.subject))
    answers.append(is_good(condition, view.subject, view))
    return all_of(answers)


def is_good(condition: ReasonRecorded | ReasonInSubject, entry: Entry, view: View) -> Truth:
    """Whether a reason has what it needs, and stands."""
    if view.is_weak:
        return True
    answers = [is_present(entry.event, field, view) for field in condition.needs]
    answers.append(stands(reason_ends(condition, entry, view), view))
    return all_of(answers)


def reason_ends(
    condition: ReasonRecorded | ReasonInSubject, entry: Entry, view: View
) -> End | State | None:
    if condition.standing is not None:
        last = field_value(entry.event, condition.standing, view)
        if last is State.UNKNOWN:
            return State.UNKNOWN
        if isinstance(last, Moment):
            return whole_day(when(last).day)
        return default_end(entry, view.settings.max_temporary_reason, view)
    if condition.stands_for is not None:
        return default_end(entry, condition.stands_for, view)
    return None


def stands(ends: End | State | None, view: View) -> Truth:
    if ends is None:
        return True
    return None if isinstance(ends, State) else is_within(view.stood_at, ends)


def is_one_of(event: Event, field: str, values: tuple[str, ...], view: View) -> Truth:
    return passes(FieldTest(field=field, test=Test.ONE_OF, values=values), event, view)


def is_present(event: Event, field: str, view: View) -> Truth:
    return passes(FieldTest(field=field, test=Test.IS_PRESENT), event, view)
