"""Which events a condition means: field tests, windows in time, and the moments they hang on."""

from __future__ import annotations

from collections.abc import Callable
from sys import intern

from msp_rules.casework.case import WITHHELD, Event
from msp_rules.casework.moments import Cutoff, Moment, end_of_day, is_before, is_by, is_within
from msp_rules.casework.workdays import Calendar, Due, Unit, due_after, window_start
from msp_rules.engine.open_concerns import DECIDES_ON, DECISION, belongs_to_subject, sort_key
from msp_rules.engine.scope import AnchorMoment, Scope
from msp_rules.engine.truth import (
    FALSE,
    NOT_HAPPENED,
    TRUE,
    UNKNOWN,
    UNKNOWN_MOMENT,
    NoMoment,
    kleene_or,
)
from msp_rules.errors import OutsideCalendar
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

EventTest = Callable[[Event, Scope], int]
_DUES_KEPT = 65_536
_ENVELOPE = frozenset({"id", "agency", "role"})


class Found:
    """Events that a selection finds surely and perhaps; `is_open`: there may be any number more.

    Both lists are in order of time, as `CaseView.by_type` is.
    """

    __slots__ = ("is_open", "perhaps", "sure")

    # No NamedTuple: dozens are made for a case, and its constructor is a call in Python.
    def __init__(self, sure: list[Event], perhaps: list[Event], is_open: bool) -> None:
        self.sure = sure
        self.perhaps = perhaps
        self.is_open = is_open


_NOTHING = Found([], [], is_open=False)
Finder = Callable[[Scope], Found]
BoundTest = Callable[[Event, Scope, Moment], int]


class Clock:
    """What limits are counted with, and the finders of one engine: equal selections share one."""

    def __init__(self, calendar: Calendar, office_close: int) -> None:
        self.calendar = calendar
        self.office_close = office_close
        self._finders: dict[Selection, Finder] = {}
        self._dues: dict[tuple[Unit, int, int, bool], Due | NoMoment] = {}
        self._day_ends: dict[int, Due] = {}

    def finder(self, selection: Selection) -> Finder:
        """What finds the events of a selection, and remembers them for a case."""
        known = self._finders.get(selection)
        if known is None:
            known = self._finders[selection] = _finder(selection, self)
        return known

    def due(self, anchor: Moment, limit: Limit) -> Due | NoMoment:
        """When a limit from an anchor ends; unknown outside the calendar or before its values."""
        number = limit.value_on(anchor.day)
        if number is None:
            return UNKNOWN_MOMENT
        if limit.unit is Unit.HOURS:
            return self._count(anchor, number, limit.unit)
        # Limits in days hang on nothing else, and cases of one export share their days.
        key = (limit.unit, number, anchor.day, anchor.clock > self.office_close)
        known = self._dues.get(key)
        if known is None:
            if len(self._dues) >= _DUES_KEPT:
                self._dues.clear()
            known = self._dues[key] = self._count(anchor, number, limit.unit)
        return known

    def day_end(self, day: int) -> Due:
        """The limit that is the end of a day (ordinal)."""
        known = self._day_ends.get(day)
        if known is None:
            if len(self._day_ends) >= _DUES_KEPT:
                self._day_ends.clear()
            known = self._day_ends[day] = Due(end_of_day(day))
        return known

    def _count(self, anchor: Moment, number: int, unit: Unit) -> Due | NoMoment:
        try:
            return due_after(
                anchor, number, unit, calendar=self.calendar, office_close=self.office_close
            )
        except OutsideCalendar:
            return UNKNOWN_MOMENT


def field_test(test: FieldTest, event_type: str, clock: Clock) -> EventTest:
    """One test of one field of events of a type."""
    # Interned as the reader's are: equal names are then found without being compared.
    name, check = intern(test.field), _value_test(test, clock)
    absent = TRUE if test.test in (Test.NOT_ONE_OF, Test.IS_ABSENT) else FALSE
    is_of_event = not event_type.startswith("<")  # attributes are no part of what is supplied

    def test_absence(event: Event, scope: Scope) -> int:
        if name in event.unknown:
            return UNKNOWN
        if is_of_event and scope.supply.declared:
            return absent if scope.supply.has_field(event_type, name) else UNKNOWN
        return absent

    if name in _ENVELOPE:

        def test_envelope(event: Event, scope: Scope) -> int:
            value = getattr(event, name)
            if name in event.unknown:
                return UNKNOWN
            return absent if value is None else check(value, scope)

        return test_envelope
    if test.test is Test.ONE_OF:
        # Most tests are of this kind, and most values are codes: one call less for those.
        values = frozenset(test.values)

        def test_code(event: Event, scope: Scope) -> int:
            value = event.fields.get(name)
            if value in values:
                return TRUE
            return test_absence(event, scope) if value is None else check(value, scope)

        return test_code

    def test_field(event: Event, scope: Scope) -> int:
        value = event.fields.get(name)
        return test_absence(event, scope) if value is None else check(value, scope)

    return test_field


def _value_test(test: FieldTest, clock: Clock) -> Callable[[object, Scope], int]:
    """The test of a value that is there; a repeated positive test holds if any value matches."""
    kind = test.test
    if kind is Test.IS_PRESENT:
        return lambda value, scope: TRUE
    if kind is Test.IS_ABSENT:
        return lambda value, scope: FALSE
    if kind in (Test.ONE_OF, Test.NOT_ONE_OF):
        return _membership(frozenset(test.values), is_wanted=kind is Test.ONE_OF)
    if kind in (Test.AT_LEAST, Test.AT_MOST):
        bound = test.number or 0
        if kind is Test.AT_LEAST:
            return lambda value, scope: TRUE if _size(value) >= bound else FALSE
        return lambda value, scope: TRUE if _size(value) <= bound else FALSE
    return _date_test(test, clock)


def _size(value: object) -> int:
    """A whole number, or how many values a repeated field has."""
    if type(value) is tuple:
        return len(value)
    assert isinstance(value, int)
    return value


def _membership(values: frozenset[str], *, is_wanted: bool) -> Callable[[object, Scope], int]:
    hit, miss = (TRUE, FALSE) if is_wanted else (FALSE, TRUE)

    def check(value: object, scope: Scope) -> int:
        if type(value) is tuple:
            if any(one in values for one in value):
                return hit
            return UNKNOWN if WITHHELD in value else miss
        if value == WITHHELD:
            return UNKNOWN
        return hit if value in values else miss

    return check


def _date_test(test: FieldTest, clock: Clock) -> Callable[[object, Scope], int]:
    operand = test.moment
    assert operand is not None
    resolve = (lambda scope: operand) if isinstance(operand, Moment) else anchor(operand, clock)
    is_before_test = test.test is Test.BEFORE

    def check(value: object, scope: Scope) -> int:
        other = resolve(scope)
        if other is NOT_HAPPENED or not isinstance(value, Moment):
            return FALSE
        if other is UNKNOWN_MOMENT:
            return UNKNOWN
        holds = is_before(value, other) if is_before_test else is_before(other, value)
        return TRUE if holds else FALSE

    return check


def event_tests(
    where: tuple[FieldTest, ...],
    where_any: tuple[tuple[FieldTest, ...], ...],
    event_type: str,
    clock: Clock,
) -> EventTest | None:
    """All of `where` and one row of `where_any`; None where there is nothing to test."""
    checks = [field_test(test, event_type, clock) for test in where]
    if where_any:
        checks.append(_any_row([event_tests(row, (), event_type, clock) for row in where_any]))
    if not checks:
        return None
    if len(checks) == 1:
        return checks[0]

    def passes(event: Event, scope: Scope) -> int:
        answer = TRUE
        for check in checks:
            value = check(event, scope)
            if value == FALSE:
                return FALSE
            if value == UNKNOWN:
                answer = UNKNOWN
        return answer

    return passes


def _any_row(rows: list[EventTest | None]) -> EventTest:
    def passes(event: Event, scope: Scope) -> int:
        answer = FALSE
        for row in rows:
            value = TRUE if row is None else row(event, scope)
            if value == TRUE:
                return TRUE
            if value == UNKNOWN:
                answer = UNKNOWN
        return answer

    return passes


def _finder(selection: Selection, clock: Clock) -> Finder:
    event_type, key, search = intern(selection.type), object(), _searching(selection, clock)
    is_own, is_steady = _hangs_on_subject(selection), _is_steady(selection)

    def find(scope: Scope) -> Found:
        if event_type not in scope.by_type and not scope.supply.declared:
            return _NOTHING
        memory = scope.own_memory if is_own else scope.memory
        known: Found | None = memory.get(key)
        if known is not None:
            return known
        whole, horizon = scope.whole, scope.horizon
        if is_steady and whole is not None and horizon is not None:
            found = _cut_off(find(whole), horizon)
        else:
            found = search(scope)
        memory[key] = found
        return found

    return find


def _cut_off(found: Found, horizon: Cutoff) -> Found:
    """What is left of events up to a horizon; undated ones may lie within it."""
    sure, perhaps = _up_to(found.sure, horizon), _up_to(found.perhaps, horizon)
    if sure is found.sure and perhaps is found.perhaps:
        return found
    return Found(sure, perhaps, found.is_open)


def _up_to(events: list[Event], horizon: Cutoff) -> list[Event]:
    """The events up to a horizon; the same list where that is all of them."""
    last = horizon.instant
    for event in events:
        if event.moment is not None and event.moment.instant > last:
            return [e for e in events if e.moment is None or e.moment.instant <= last]
    return events


def _searching(selection: Selection, clock: Clock) -> Finder:
    """What looks at every event of the type."""
    event_type, judge = intern(selection.type), _judge(selection, clock)
    anchors_of = _anchors(selection, clock)

    def search(scope: Scope) -> Found:
        events = scope.by_type.get(event_type)
        is_open = scope.supply.declared and not scope.supply.has_type(event_type)
        if not events and not is_open:
            return _NOTHING
        anchors = anchors_of(scope)
        if anchors is None:
            return _NOTHING
        found = Found([], [], is_open)
        for event in events or ():
            value = judge(event, scope, anchors)
            if value == TRUE:
                found.sure.append(event)
            elif value == UNKNOWN:
                found.perhaps.append(event)
        return found

    return search


def _is_steady(selection: Selection) -> bool:
    """Whether an earlier horizon only takes events away, and changes nothing about the others."""
    anchors = [selection.since, selection.by, selection.before, selection.after]
    if selection.within is not None:
        anchors.append(selection.within.anchor)
    belongs = selection.type == DECISION and selection.refers_to is not None
    tests = (*selection.where, *(test for row in selection.where_any for test in row))
    return (
        all(anchor is None or isinstance(anchor, This) for anchor in anchors)
        and all(test.moment is None or isinstance(test.moment, Moment) for test in tests)
        and selection.not_followed_by is None
        and not belongs
    )


def _hangs_on_subject(selection: Selection) -> bool:
    """Whether what a selection finds may differ from subject to subject."""
    anchors: list[Anchor | Moment | None] = [selection.since, selection.by, selection.before]
    anchors.append(selection.after)
    if selection.within is not None:
        anchors.append(selection.within.anchor)
    tests = (*selection.where, *(test for row in selection.where_any for test in row))
    anchors += [test.moment for test in tests]
    return (
        selection.from_subject_day
        or selection.is_other
        or selection.refers_to is not None
        or any(
            isinstance(anchor, This)
            or (isinstance(anchor, EventAnchor) and _hangs_on_subject(anchor.selection))
            for anchor in anchors
        )
    )


def _anchors(
    selection: Selection, clock: Clock
) -> Callable[[Scope], list[tuple[BoundTest, AnchorMoment]] | None]:
    """The moments that a selection hangs on; None where one of them has not happened."""
    bounds = bounds_of(selection, clock)
    if not bounds:
        nothing: list[tuple[BoundTest, AnchorMoment]] = []
        return lambda scope: nothing

    def anchors_of(scope: Scope) -> list[tuple[BoundTest, AnchorMoment]] | None:
        anchors: list[tuple[BoundTest, AnchorMoment]] = []
        for _, resolve, test in bounds:
            moment = resolve(scope)
            if moment is NOT_HAPPENED:
                return None
            anchors.append((test, moment))
        return anchors

    return anchors_of


def _judge(
    selection: Selection, clock: Clock
) -> Callable[[Event, Scope, list[tuple[BoundTest, AnchorMoment]]], int]:
    """Whether a selection finds one event: TRUE surely, UNKNOWN perhaps, FALSE not."""
    tests = event_tests(selection.where, selection.where_any, selection.type, clock)
    checks = [*([tests] if tests is not None else []), *relations_of(selection)]

    def judge(event: Event, scope: Scope, anchors: list[tuple[BoundTest, AnchorMoment]]) -> int:
        moment, horizon = event.moment, scope.horizon
        if horizon is not None and moment is not None and moment.instant > horizon.instant:
            return FALSE
        answer = TRUE if event.is_certain else UNKNOWN
        for check in checks:
            value = check(event, scope)
            if value == FALSE:
                return FALSE
            if value == UNKNOWN:
                answer = UNKNOWN
        for test, anchored in anchors:
            if moment is None or isinstance(anchored, NoMoment):
                answer = UNKNOWN
                continue
            value = test(event, scope, anchored)
            if value == FALSE:
                return FALSE
            if value == UNKNOWN:
                answer = UNKNOWN
        return answer

    return judge


def bounds_of(
    selection: Selection, clock: Clock
) -> list[tuple[str, Callable[[Scope], AnchorMoment], BoundTest]]:
    """The bounds in time of a selection: the key that sets it, its anchor, its test."""
    tests: dict[str, BoundTest] = {
        "since": lambda e, s, a: TRUE if is_by(a, _moment(e)) else FALSE,
        "after": lambda e, s, a: TRUE if is_before(a, _moment(e)) else FALSE,
        "by": lambda e, s, a: TRUE if is_by(_moment(e), a) else FALSE,
        "before": lambda e, s, a: TRUE if is_before(_moment(e), a) else FALSE,
    }
    rows: list[tuple[str, Callable[[Scope], AnchorMoment], BoundTest]] = []
    if selection.from_subject_day:
        rows.append(("since", _this, _is_from_day))
    for name, test in tests.items():
        node: Anchor | None = getattr(selection, name)
        if node is not None:
            rows.append((name, anchor(node, clock), test))
    window = selection.within
    if window is not None:
        rows.append(("within", anchor(window.anchor, clock), _window_test(window, clock)))
    return rows


def _window_test(window: Window, clock: Clock) -> BoundTest:
    limit = window.limit

    def forward(event: Event, scope: Scope, start: Moment) -> int:
        moment = _moment(event)
        if moment.day < start.day:
            return FALSE
        due = clock.due(start, limit)
        if isinstance(due, NoMoment):
            return UNKNOWN
        return TRUE if is_within(moment, due.cutoff) else FALSE

    def backward(event: Event, scope: Scope, end: Moment) -> int:
        moment = _moment(event)
        if not is_by(moment, end):
            return FALSE
        number = limit.value_on(end.day)
        if number is None:
            return UNKNOWN
        try:
            first = window_start(end, number, limit.unit, calendar=clock.calendar)
        except OutsideCalendar:
            return UNKNOWN
        starts = moment.day >= first.day if moment.is_date_only else moment.instant >= first.instant
        return TRUE if starts else FALSE

    return backward if window.is_backward else forward


def relations_of(selection: Selection) -> list[EventTest]:
    """What a selection asks of an event beside others: to refer to the subject, to be the last."""
    checks: list[EventTest] = []
    if selection.refers_to is not None:
        checks.append(_reference_test(selection.refers_to, selection.type))
    if selection.is_other:
        checks.append(_is_other)
    if selection.not_followed_by is not None:
        checks.append(_last_word_test(selection.not_followed_by))
    return checks


def _reference_test(field: str, event_type: str) -> EventTest:
    belongs = event_type == DECISION and field == DECIDES_ON

    def names_subject(event: Event, scope: Scope) -> int:
        value = event.fields.get(field)
        if value is None:
            lacks = scope.supply.declared and not scope.supply.has_field(event_type, field)
            if field in event.unknown or lacks:
                return UNKNOWN
            return belongs_to_subject(event, scope) if belongs else FALSE
        if scope.this is None:
            return FALSE
        ids = value if isinstance(value, tuple) else (value,)
        return kleene_or([scope.refers(str(one)) for one in ids])

    return names_subject


def _is_other(event: Event, scope: Scope) -> int:
    return FALSE if event is scope.this else TRUE


def _is_from_day(event: Event, scope: Scope, start: Moment) -> int:
    return TRUE if _moment(event).day >= start.day else FALSE


def _last_word_test(event_type: str) -> EventTest:
    def is_last_word(event: Event, scope: Scope) -> int:
        is_supplied = not scope.supply.declared or scope.supply.has_type(event_type)
        answer = TRUE if is_supplied else UNKNOWN
        for other in scope.by_type.get(event_type, ()):
            if other is event:
                continue
            if other.moment is None or event.moment is None:
                answer = UNKNOWN
                continue
            if scope.horizon is not None and not is_within(other.moment, scope.horizon):
                continue
            if is_by(event.moment, other.moment):
                if other.is_certain:
                    return FALSE
                answer = UNKNOWN
        return answer

    return is_last_word


def anchor(node: Anchor, clock: Clock) -> Callable[[Scope], AnchorMoment]:
    """Gives the term of an anchor's moment."""
    if isinstance(node, This):
        return _this
    if isinstance(node, AsOf):
        return _as_of
    find_event = anchor_event(node, clock)

    def resolve(scope: Scope) -> AnchorMoment:
        event = find_event(scope)
        return event if isinstance(event, NoMoment) else _moment(event)

    return resolve


def anchor_event(node: EventAnchor, clock: Clock) -> Callable[[Scope], Event | NoMoment]:
    """What gives the event that an anchor means."""
    find, is_first = clock.finder(node.selection), node.which == "first"

    def resolve(scope: Scope) -> Event | NoMoment:
        found = find(scope)
        if found.is_open:
            return UNKNOWN_MOMENT
        if not found.sure:
            return UNKNOWN_MOMENT if found.perhaps else NOT_HAPPENED
        # They are in order of time; one without a date, which no sound event lacks, would be last.
        assert found.sure[-1].moment is not None
        best = found.sure[0] if is_first else found.sure[-1]
        for other in found.perhaps:
            if other.moment is None:
                return UNKNOWN_MOMENT
            comes_first = sort_key(other) < sort_key(best)
            if comes_first == is_first:
                return UNKNOWN_MOMENT
        return best

    return resolve


def _this(scope: Scope) -> AnchorMoment:
    if scope.this is None:
        return NOT_HAPPENED
    return scope.this.moment or UNKNOWN_MOMENT


def _as_of(scope: Scope) -> AnchorMoment:
    cutoff: Cutoff = scope.as_of
    if scope.horizon is not None and scope.horizon.instant < cutoff.instant:
        cutoff = scope.horizon
    return Moment(cutoff.day, 0, cutoff.instant)


def _moment(event: Event) -> Moment:
    assert event.moment is not None
    return event.moment


__all__ = [
    "Clock",
    "Found",
    "anchor",
    "anchor_event",
    "bounds_of",
    "event_tests",
    "field_test",
    "relations_of",
]
