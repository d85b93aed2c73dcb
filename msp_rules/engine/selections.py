"""Finds the events that a condition means: by type, field tests, bounds in time and relations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from sys import intern
from typing import Final, NamedTuple

from msp_rules.casework.case import Event
from msp_rules.casework.moments import Moment, end_of_day, is_by, is_within
from msp_rules.casework.workdays import Calendar, Due, Unit, due_after, window_start
from msp_rules.engine.bounds import (
    BOUNDS,
    LOWER_BOUNDS,
    UPPER_BOUNDS,
    Bounds,
    BoundTest,
    between_days,
    cut_off,
    is_from_day,
    moment_of,
    number_dated,
    place_of_day,
)
from msp_rules.engine.field_tests import EventTest, NamedTest, event_tests, field_test
from msp_rules.engine.scope import (
    DECIDES_ON,
    DECISION,
    FEW,
    AnchorMoment,
    AnchorTerm,
    Finder,
    Matches,
    Scope,
    belongs_to_subject,
    concerns_of,
    sort_key,
)
from msp_rules.engine.truth import (
    FALSE,
    NOT_HAPPENED,
    TRUE,
    UNKNOWN,
    UNKNOWN_MOMENT,
    NoMoment,
    kleene_and,
    kleene_or,
)
from msp_rules.engine.verdict import Missing
from msp_rules.errors import OutsideCalendar
from msp_rules.rules.language.conditions import (
    Anchor,
    AsOf,
    EventAnchor,
    Limit,
    Selection,
    This,
    Window,
    anchors,
    every_test,
    walk,
)

_DUES_KEPT: Final = 65_536
_NOTHING: Final = Matches([], [], is_open=False)


class Clock:
    """Counts limits, and keeps the finders of one engine: equal selections share one."""

    def __init__(self, calendar: Calendar, office_close: int) -> None:
        self.calendar = calendar
        self.office_close = office_close
        self._finders: dict[Selection, Finder] = {}
        self._dues: dict[tuple[Unit, int, int, bool], Due | NoMoment] = {}
        self._day_ends: dict[int, Due] = {}

    def finder(self, selection: Selection) -> Finder:
        """Gives the finder of a selection, which remembers what it found in a case."""
        known = self._finders.get(selection)
        if known is None:
            known = self._finders[selection] = _EventFinder(selection, self)
        return known

    def anchor(self, node: Anchor) -> AnchorTerm:
        """Compiles the moment of an anchor."""
        if isinstance(node, This):
            return _this
        if isinstance(node, AsOf):
            return _as_of
        find_event = self.anchor_event(node)

        def resolve(scope: Scope) -> AnchorMoment:
            event = find_event(scope)
            return event if isinstance(event, NoMoment) else moment_of(event)

        return resolve

    def anchor_event(self, node: EventAnchor) -> Callable[[Scope], Event | NoMoment]:
        """Compiles the event that an anchor means: unknown where it may be an uncertain one."""
        finder, is_first = self.finder(node.selection), node.which == "first"

        def resolve(scope: Scope) -> Event | NoMoment:
            found = finder.find(scope)
            if found.is_open:
                return UNKNOWN_MOMENT
            if not found.certain:
                return UNKNOWN_MOMENT if found.possible else NOT_HAPPENED
            # They are in order of time; one without a date, which no sound event lacks, is last.
            assert found.certain[-1].moment is not None
            best = found.certain[0] if is_first else found.certain[-1]
            for other in found.possible:
                if other.moment is None:
                    return UNKNOWN_MOMENT
                comes_first = sort_key(other) < sort_key(best)
                if comes_first == is_first:
                    return UNKNOWN_MOMENT
            return best

        return resolve

    def span(self, anchor: Anchor) -> Callable[[Scope], Span]:
        """Compiles between which moments an anchor lies, where it may be an uncertain event."""
        if not isinstance(anchor, EventAnchor):
            return _no_span
        finder, is_first = self.finder(anchor.selection), anchor.which == "first"

        def resolve(scope: Scope) -> Span:
            found = finder.find(scope)
            possible = [other for other in found.possible if other.moment is not None]
            if found.is_open or not possible or len(possible) < len(found.possible):
                return _NO_SPAN
            if not found.certain:
                return Span(moment_of(min(possible, key=sort_key)), None)
            if is_first:
                every = [*possible, found.certain[0]]
                return Span(moment_of(min(every, key=sort_key)), moment_of(found.certain[0]))
            every = [*possible, found.certain[-1]]
            return Span(moment_of(found.certain[-1]), moment_of(max(every, key=sort_key)))

        return resolve

    def due(self, anchor: Moment, limit: Limit) -> Due | NoMoment:
        """Tells when a limit from an anchor ends; unknown outside calendar or dated values."""
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
        """Gives the limit that is the end of a day (ordinal)."""
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


class Span(NamedTuple):
    """Holds between which moments an event lies of which it is not known which one it is."""

    soonest: Moment | None
    """The earliest moment at which it may be; None where there is no such bound."""
    last: Moment | None
    """The latest moment at which it may be; None where there may be no such event at all."""


_NO_SPAN: Final = Span(None, None)


def _no_span(_scope: Scope) -> Span:
    return _NO_SPAN


class _Parts(NamedTuple):
    """Holds the tests of a selection one by one, to say which of them is in doubt."""

    fields: list[NamedTest]
    any_row: EventTest | None
    of_rows: list[NamedTest]
    relations: list[NamedTest]
    """By the field that says what is asked."""
    followers: list[tuple[Finder, EventTest]]


class _EventFinder(Finder):
    """Finds the events of one selection, once for a case (or a subject) and horizon."""

    def __init__(self, selection: Selection, clock: Clock) -> None:
        self.event_type = intern(selection.type)
        self._selection, self._clock = selection, clock
        self._parts: _Parts | None = None
        self.names_in = selection.refers_to
        is_fixed = all(test.moment is None for test in every_test(selection))
        self.has_fixed_tests = is_fixed and bool(every_test(selection))
        self.is_own = hangs_on_subject(selection)
        self.is_steady = is_steady(selection)
        self.types_read = _types_read(selection)
        tests = event_tests(selection.where, selection.where_any, selection.type, clock)
        self.checks = [] if tests is None else [tests]
        self.checks += [test for _, test in _relations_of(selection, clock)]
        self.bounds = [(resolve, test) for _, resolve, test in _bounds_of(selection, clock)]
        # Where nothing but bounds at the subject's moment hang on it, all subjects share the rest.
        shared = without_subject_bounds(selection) if self.is_own else selection
        is_shared = self.is_own and not hangs_on_subject(shared)
        self.shared = clock.finder(shared) if is_shared else None
        self.subject_bounds = [test for resolve, test in self.bounds if resolve is _this]
        self.hangs_on_day = self.subject_bounds == [is_from_day]
        self.has_lower_bound = any(test in LOWER_BOUNDS for test in self.subject_bounds)
        self.has_upper_bound = any(test in UPPER_BOUNDS for test in self.subject_bounds)

    def find(self, scope: Scope) -> Matches:
        """Finds the events in a scope, or gives those found before."""
        if self.event_type not in scope.by_type and not scope.supply.declared:
            return _NOTHING
        memory = scope.own_memory if self.is_own else scope.memory
        kept = memory.found
        if kept is None:
            kept = memory.found = {}
        known = kept.get(self)
        if known is not None:
            return known
        whole, horizon = scope.whole, scope.horizon
        if self.is_steady and whole is not None and horizon is not None:
            found = cut_off(self.find(whole), horizon)
        elif self.shared is not None and scope.this is not None:
            found = self._from_shared(self.shared.find(scope), scope.this, scope)
        else:
            found = self._search(scope)
        kept[self] = found
        return found

    def can_find(self, scope: Scope) -> bool:
        """Tells whether any event could be found, as things stand."""
        return all(resolve(scope) is not NOT_HAPPENED for resolve, _ in self.bounds)

    def doubts(self, scope: Scope) -> tuple[Missing, ...]:
        """Names the type, or the parts of events that may be found; of anchors and followers, too.

        Only answers that can't tell ask for it: what it needs is compiled at the first of them.
        """
        memory = scope.own_memory if self.is_own else scope.memory
        kept = memory.doubts
        if kept is None:
            kept = memory.doubts = {}
        known = kept.get(self)
        if known is None:
            known = kept[self] = self._find_doubts(scope)
        return known

    def turning_points(self, scope: Scope) -> Sequence[Event] | None:
        """Gives the events found or, where others bear on that, all of the types that do."""
        if self.is_steady:
            found = self.find(scope)
            return found.certain if not found.possible else [*found.certain, *found.possible]
        if self.types_read is None:
            return None
        return [event for kind in self.types_read for event in scope.by_type.get(kind, ())]

    def _find_doubts(self, scope: Scope) -> tuple[Missing, ...]:
        kind = self.event_type
        if not scope.supply.has_type(kind):
            return (Missing(kind, ()),)
        bounds: Bounds = []
        for resolve, test in self.bounds:
            moment = resolve(scope)
            if moment is NOT_HAPPENED:
                return ()
            bounds.append((test, moment))
        own: list[str] = []
        rows: list[Missing] = []
        for event in self._candidates(scope, scope.by_type.get(kind, ())):
            if self._judge(event, scope, bounds) == UNKNOWN:
                own += self._doubts_in(event, scope)
                rows += self._doubts_about(event, scope, bounds)
        if own:
            rows.insert(0, Missing(kind, tuple(dict.fromkeys(own))))
        return tuple(dict.fromkeys(rows))

    def _doubts_in(self, event: Event, scope: Scope) -> list[str]:
        """Names the parts of an event by which it is not known whether it is found."""
        parts = self._parts
        if parts is None:
            parts = self._parts = _parts_of(self._selection, self._clock)
        names = [name for name, test in parts.fields if test(event, scope) == UNKNOWN]
        if parts.any_row is not None and parts.any_row(event, scope) == UNKNOWN:
            names += [name for name, test in parts.of_rows if test(event, scope) == UNKNOWN]
        names += [name for name, test in parts.relations if test(event, scope) == UNKNOWN]
        if event.moment is None:
            names.append("occurred")
        elif not event.is_certain:
            names.append("void" if "void" in event.unknown else "id")
        return names

    def _doubts_about(self, event: Event, scope: Scope, bounds: Bounds) -> list[Missing]:
        """Names what is in doubt beside an event: where bounds lie, and what may follow on it."""
        rows: list[Missing] = []
        if any(isinstance(moment, NoMoment) for _, moment in bounds):
            for node in anchors(self._selection):
                if isinstance(node, EventAnchor):
                    rows += self._clock.finder(node.selection).doubts(scope)
        parts = self._parts
        for finder, is_last_word in parts.followers if parts is not None else ():
            if is_last_word(event, scope) == UNKNOWN:
                rows += finder.doubts(scope)
        return rows

    def _from_shared(self, every: Matches, this: Event, scope: Scope) -> Matches:
        """Gives those of the events found for all subjects that lie within the subject's bounds."""
        if not every.certain and not every.possible:
            return every
        start = this.moment
        if start is None:
            return self._search(scope)
        if every.certain and every.certain[-1].moment is None:
            return self._search(scope)
        if self.hangs_on_day and len(every.certain) > FEW:
            return self._from_day(every, start, scope)
        return self._cut_to_bounds(every, start, scope)

    def _from_day(self, every: Matches, start: Moment, scope: Scope) -> Matches:
        """Gives the same for all subjects of a day."""
        kept = scope.memory.of_days
        if kept is None:
            kept = scope.memory.of_days = {}
        found = kept.get((self, start.day))
        if found is None:
            found = kept[self, start.day] = self._cut_to_bounds(every, start, scope)
        return found

    def _cut_to_bounds(self, every: Matches, start: Moment, scope: Scope) -> Matches:
        certain = self._within_bounds(every.certain, start, scope)
        possible = self._within_bounds(every.possible, start, scope)
        if certain is every.certain and possible is every.possible:
            return every
        return Matches(certain, possible, every.is_open)

    def _within_bounds(self, events: list[Event], start: Moment, scope: Scope) -> list[Event]:
        """Gives the events within the subject's bounds; the same list where that is all of them.

        The day decides, except for those of the subject's own; those without one may lie anywhere.
        """
        if not events:
            return events
        oldest = events[0].moment
        if oldest is not None and oldest.day > start.day and not self.has_upper_bound:
            return events
        dated = number_dated(events)
        low = place_of_day(events, start.day, dated)
        high = low
        while high < dated and moment_of(events[high]).day == start.day:
            high += 1
        same_day = [
            event
            for event in events[low:high]
            if all(test(event, scope, start) == TRUE for test in self.subject_bounds)
        ]
        before = [] if self.has_lower_bound else events[:low]
        after = [] if self.has_upper_bound else events[high:dated]
        if len(before) + len(same_day) + len(after) == dated:
            return events
        return [*before, *same_day, *after, *events[dated:]]

    def _search(self, scope: Scope) -> Matches:
        """Tests every event of the type."""
        events = scope.by_type.get(self.event_type)
        is_open = scope.supply.declared and not scope.supply.has_type(self.event_type)
        if not events and not is_open:
            return _NOTHING
        bounds: Bounds = []
        for resolve, test in self.bounds:
            moment = resolve(scope)
            if moment is NOT_HAPPENED:
                return _NOTHING  # no event lies before or after what has not happened
            bounds.append((test, moment))
        found = Matches([], [], is_open)
        candidates = self._candidates(scope, events or ())
        if bounds and len(candidates) > FEW:
            candidates = between_days(candidates, bounds)
        if len(self.checks) == 1 and not bounds and scope.horizon is None:
            # Most selections are of this kind: no call more than the test itself.
            check = self.checks[0]
            for event in candidates:
                value = check(event, scope)
                if value == TRUE and event.is_certain:
                    found.certain.append(event)
                elif value != FALSE:
                    found.possible.append(event)
            return found
        for event in candidates:
            value = self._judge(event, scope, bounds)
            if value == TRUE:
                found.certain.append(event)
            elif value == UNKNOWN:
                found.possible.append(event)
        return found

    def _candidates(self, scope: Scope, events: Sequence[Event]) -> Sequence[Event]:
        """Leaves out events that can't be found, where many are searched for many subjects."""
        if not self.is_own or len(events) <= FEW:
            return events
        if self.names_in is not None:
            return scope.naming(self.event_type, self.names_in, events)
        if self.has_fixed_tests:
            return scope.passing(self, self.checks[0], events)
        return events

    def _judge(self, event: Event, scope: Scope, bounds: Bounds) -> int:
        """Tells whether the selection finds one event: TRUE surely, UNKNOWN perhaps, FALSE not."""
        moment, horizon = event.moment, scope.horizon
        if horizon is not None and moment is not None and moment.instant > horizon.instant:
            return FALSE
        answer = TRUE if event.is_certain else UNKNOWN
        for check in self.checks:
            value = check(event, scope)
            if value == FALSE:
                return FALSE
            if value == UNKNOWN:
                answer = UNKNOWN
        for test, anchored in bounds:
            if moment is None or isinstance(anchored, NoMoment):
                answer = UNKNOWN
                continue
            value = test(event, scope, anchored)
            if value == FALSE:
                return FALSE
            if value == UNKNOWN:
                answer = UNKNOWN
        return answer


def is_steady(selection: Selection) -> bool:
    """Tells whether an earlier horizon only takes events away, and changes nothing else.

    Then what was found in the whole view is cut off, and nothing is searched again. An anchor that
    is an event, or `as_of`, lies elsewhere under another horizon; whether an event is
    current, and to which concern a decision belongs, depends on events that the horizon may hide.
    """
    belongs = selection.type == DECISION and selection.refers_to is not None
    return (
        all(isinstance(anchor, This) for anchor in anchors(selection))
        and all(
            test.moment is None or isinstance(test.moment, Moment) for test in every_test(selection)
        )
        and not selection.followers
        and not belongs
    )


def _types_read(selection: Selection) -> frozenset[str] | None:
    """Names the types of which an event bears on what is found; None where the clock does, too."""
    nodes = list(walk(selection))
    if any(isinstance(node, AsOf) for node in nodes):
        return None
    found = {node.type for node in nodes if isinstance(node, Selection)}
    followers = {
        later.type for node in nodes if isinstance(node, Selection) for later in node.followers
    }
    return frozenset(found | followers)


def without_subject_bounds(selection: Selection) -> Selection:
    """Leaves out the bounds at the subject's own moment."""
    return _with_bounds(selection, selection, at_subject=False)


def only_subject_bounds(selection: Selection) -> Selection:
    """Leaves out all but the bounds at the subject's own moment."""
    return _with_bounds(Selection(type=selection.type), selection, at_subject=True)


def _with_bounds(bare: Selection, selection: Selection, *, at_subject: bool) -> Selection:
    """Gives a selection those bounds of another that are (or are not) at the subject's moment."""

    def kept(anchor: Anchor | None) -> Anchor | None:
        return anchor if isinstance(anchor, This) == at_subject else None

    return replace(
        bare,
        from_subject_day=at_subject and selection.from_subject_day,
        since=kept(selection.since),
        after=kept(selection.after),
        by=kept(selection.by),
        before=kept(selection.before),
        from_day=kept(selection.from_day),
        through_day=kept(selection.through_day),
        surely_before=kept(selection.surely_before),
    )


def hangs_on_subject(selection: Selection) -> bool:
    """Tells whether a selection may find other events for another subject."""
    moments = [*anchors(selection), *(test.moment for test in every_test(selection))]
    return (
        selection.from_subject_day
        or selection.is_other
        or selection.refers_to is not None
        or any(hangs_on_subject(later) for later in selection.followers)
        or any(
            isinstance(one, This)
            or (isinstance(one, EventAnchor) and hangs_on_subject(one.selection))
            for one in moments
        )
    )


def _bounds_of(selection: Selection, clock: Clock) -> list[tuple[str, AnchorTerm, BoundTest]]:
    """Compiles each bound in time of a selection: the key that sets it, its anchor, its test."""
    rows: list[tuple[str, AnchorTerm, BoundTest]] = []
    if selection.from_subject_day:
        rows.append(("since", _this, is_from_day))
    for name, test in BOUNDS.items():
        node: Anchor | None = getattr(selection, name)
        if node is not None:
            rows.append((name, clock.anchor(node), test))
    window = selection.within
    if window is not None:
        rows.append(("within", clock.anchor(window.anchor), window_test(window, clock)))
    return rows


def window_test(window: Window, clock: Clock) -> BoundTest:
    """Compiles the test of a window, of an event and the moment of the window's anchor."""
    limit = window.limit

    def forward(event: Event, scope: Scope, start: Moment) -> int:
        moment = moment_of(event)
        if moment.day < start.day:
            return FALSE
        due = clock.due(start, limit)
        if isinstance(due, NoMoment):
            return UNKNOWN
        return TRUE if is_within(moment, due.cutoff) else FALSE

    def backward(event: Event, scope: Scope, end: Moment) -> int:
        moment = moment_of(event)
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


def _relations_of(selection: Selection, clock: Clock) -> list[NamedTest]:
    """Compiles how an event relates to the subject and other events, by the key that sets it."""
    tests: list[NamedTest] = []
    if selection.refers_to is not None:
        tests.append(("refers_to", _reference_test(selection.refers_to, selection.type)))
    if selection.is_other:
        tests.append(("other_than", _is_other))
    if selection.decides_within is not None:
        tests.append(("decides_within", speed_test(selection.decides_within, clock)))
    for later in selection.followers:
        tests.append(("not_followed_by", _last_word_test(clock.finder(later))))
    return tests


def _parts_of(selection: Selection, clock: Clock) -> _Parts:
    kind = selection.type
    named = selection.refers_to or DECIDES_ON
    followers = [clock.finder(later) for later in selection.followers]
    return _Parts(
        [(one.field, field_test(one, kind, clock)) for one in selection.where],
        event_tests((), selection.where_any, kind, clock),
        [(one.field, field_test(one, kind, clock)) for row in selection.where_any for one in row],
        [
            (named, test)
            for key, test in _relations_of(selection, clock)
            if key != "not_followed_by"
        ],
        [(finder, _last_word_test(finder)) for finder in followers],
    )


def _reference_test(field: str, event_type: str) -> EventTest:
    belongs = event_type == DECISION and field == DECIDES_ON

    def names_subject(event: Event, scope: Scope) -> int:
        if scope.this is None:
            return FALSE
        value = event.fields.get(field)
        if value is None:
            lacks = scope.supply.declared and not scope.supply.has_field(event_type, field)
            if field in event.unknown or lacks:
                return UNKNOWN
            return belongs_to_subject(event, scope) if belongs else FALSE
        ids = value if isinstance(value, tuple) else (value,)
        return kleene_or([scope.refers(str(one)) for one in ids])

    return names_subject


def speed_test(limit: Limit, clock: Clock) -> EventTest:
    """Compiles the test that a decision lies within a limit from each concern that it decides."""

    def is_soon(decision: Event, scope: Scope) -> int:
        surely: list[int] = []
        possible: list[int] = []
        for concern, decides in concerns_of(decision, scope):
            value = _is_within(decision, concern, limit, clock)
            (surely if decides == TRUE else possible).append(value)
        if not surely:
            return UNKNOWN if any(value != FALSE for value in possible) else FALSE
        return kleene_and(surely + [UNKNOWN for value in possible if value != TRUE])

    return is_soon


def _is_within(event: Event, start: Event, limit: Limit, clock: Clock) -> int:
    """Tells whether an event lies within a limit from another, from its day on."""
    if event.moment is None or start.moment is None:
        return UNKNOWN
    if event.moment.day < start.moment.day:
        return FALSE
    due = clock.due(start.moment, limit)
    if isinstance(due, NoMoment):
        return UNKNOWN
    return TRUE if is_within(event.moment, due.cutoff) else FALSE


def _is_other(event: Event, scope: Scope) -> int:
    return FALSE if event is scope.this else TRUE


def _last_word_test(later: Finder) -> EventTest:
    def is_last_word(event: Event, scope: Scope) -> int:
        found = later.find(scope)
        if any(_follows(other, event) == TRUE for other in found.certain):
            return FALSE
        uncertain = (*found.certain, *found.possible)
        if found.is_open or any(_follows(other, event) != FALSE for other in uncertain):
            return UNKNOWN
        return TRUE

    return is_last_word


def _follows(other: Event, event: Event) -> int:
    """Tells whether another event came since one; on one day it did if either has no time."""
    if other is event:
        return FALSE
    if other.moment is None or event.moment is None:
        return UNKNOWN
    return TRUE if is_by(event.moment, other.moment) else FALSE


def named_tests(
    selection: Selection, clock: Clock, scope: Scope, more: Sequence[NamedTest] = ()
) -> list[NamedTest]:
    """Lists every test that a selection puts to an event, by the key that sets it.

    `more` are further tests of the verb; they follow the tests of fields.
    """
    tests = [(one.field, field_test(one, selection.type, clock)) for one in selection.where]
    tests += more
    any_row = event_tests((), selection.where_any, selection.type, clock)
    if any_row is not None:
        tests.append(("any", any_row))
    tests += _relations_of(selection, clock)
    for name, resolve, bound in _bounds_of(selection, clock):
        tests.append((name, _bound_test(resolve(scope), bound)))
    return tests


def _bound_test(anchored: AnchorMoment, bound: BoundTest) -> EventTest:
    def test(event: Event, scope: Scope) -> int:
        if anchored is NOT_HAPPENED:
            return FALSE
        if anchored is UNKNOWN_MOMENT or event.moment is None:
            return UNKNOWN
        return bound(event, scope, anchored)

    return test


def _this(scope: Scope) -> AnchorMoment:
    if scope.this is None:
        return NOT_HAPPENED
    return scope.this.moment or UNKNOWN_MOMENT


def _as_of(scope: Scope) -> AnchorMoment:
    return scope.now()
