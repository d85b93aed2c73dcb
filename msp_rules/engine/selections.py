"""Finds the events that a condition means: by type, field tests, bounds in time and relations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from sys import intern
from typing import Final, NamedTuple

from msp_rules.casework.case import Event
from msp_rules.casework.moments import Cutoff, Moment, end_of_day, is_by, is_within
from msp_rules.casework.workdays import Calendar, Due, Unit, due_after, window_start
from msp_rules.engine.bounds import (
    BOUNDS,
    Bounds,
    BoundTest,
    DayBounds,
    between_days,
    cut_off,
    is_from_day,
    moment_of,
    within,
)
from msp_rules.engine.doubts import SelectionDoubts, SelectionParts
from msp_rules.engine.field_tests import EventTest, NamedTest, event_tests, field_test
from msp_rules.engine.long_lists import FEW, listed
from msp_rules.engine.scope import (
    DECIDES_ON,
    DECISION,
    AnchorMoment,
    AnchorTerm,
    Finder,
    Likeness,
    Matches,
    Scope,
    belongs_to_subject,
    concerns_of,
    joined,
    passing,
    sort_key,
    undated,
    without,
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
from msp_rules.engine.worlds import newest_found, newest_possible
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
        self._starts: dict[tuple[Unit, int, int], Cutoff | NoMoment] = {}

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
            possible = found.possible
            if possible:
                # The first or the latest of them would decide; one without a date is the last.
                if possible[-1].moment is None:
                    return UNKNOWN_MOMENT
                outermost = possible[0] if is_first else possible[-1]
                if (sort_key(outermost) < sort_key(best)) == is_first:
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
            possible = found.possible
            if found.is_open or not possible or possible[-1].moment is None:
                return _NO_SPAN
            if not found.certain:
                return Span(moment_of(possible[0]), None)
            best = found.certain[0] if is_first else found.certain[-1]
            if is_first:
                return Span(moment_of(min(possible[0], best, key=sort_key)), moment_of(best))
            return Span(moment_of(best), moment_of(max(best, possible[-1], key=sort_key)))

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

    def start(self, anchor: Moment, limit: Limit) -> Cutoff | NoMoment:
        """Tells when a stretch that ends at an anchor begins; unknown as in `due`."""
        number = limit.value_on(anchor.day)
        if number is None:
            return UNKNOWN_MOMENT
        if limit.unit is Unit.HOURS:
            return self._count_back(anchor, number, limit.unit)
        key = (limit.unit, number, anchor.day)
        known = self._starts.get(key)
        if known is None:
            if len(self._starts) >= _DUES_KEPT:
                self._starts.clear()
            known = self._starts[key] = self._count_back(anchor, number, limit.unit)
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

    def _count_back(self, anchor: Moment, number: int, unit: Unit) -> Cutoff | NoMoment:
        try:
            return window_start(anchor, number, unit, calendar=self.calendar)
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


class _EventFinder(Finder):
    """Finds the events of one selection, once for a case (or a subject) and horizon."""

    def __init__(self, selection: Selection, clock: Clock) -> None:
        self.event_type = intern(selection.type)
        self._selection, self._clock = selection, clock
        self._doubts: SelectionDoubts | None = None
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
        # Apart from bounds that hang on the subject, many subjects (or all) share what is found.
        self.own_bounds = _own_bounds_of(selection, clock)
        self.unbound: Finder | None = None
        if self.own_bounds:
            self.unbound = clock.finder(without_own_bounds(selection))
        self.is_shared = self.unbound is not None and not self.unbound.is_own
        self.with_this: Finder | None = None
        if selection.is_other:
            self.with_this = clock.finder(replace(selection, is_other=False))
        self._likeness = _likeness_of(selection, clock) if self.is_own else None

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
        elif scope.this is None or not self.is_own:
            found = self._search(scope)
        elif self.is_shared and self.unbound is not None:
            found = self._within_bounds(self.unbound.find(scope), scope)
        elif len(scope.by_type.get(self.event_type, ())) > FEW:
            found = self._find_of_many(scope.this, scope)
        else:
            found = self._search(scope)
        kept[self] = found
        return found

    def find_passing(self, test: Callable[[Event], int], key: object, scope: Scope) -> Matches:
        """Finds those that pass one more test, on which no subject bears; `key` stands for it.

        The subject's bounds are put to those that pass: each event is tested once for all subjects.
        """
        found, this = self.find(scope), scope.this
        if not found.is_large:
            return passing(found, test)
        whole, horizon = scope.whole, scope.horizon
        if self.is_steady and whole is not None and horizon is not None:
            return cut_off(self.find_passing(test, key, whole), horizon)
        if this is not None:
            if self.with_this is not None:
                every = self.with_this.find_passing(test, key, scope)
                return without(every, this, scope) if this.type == self.event_type else every
            is_dated = not found.certain or found.certain[-1].moment is not None
            if self.unbound is not None and is_dated:
                return self._within_bounds(self.unbound.find_passing(test, key, scope), scope)
        parts = found.derived.parts
        known = parts.get(key)
        if known is None:
            known = parts[key] = passing(found, test)
        return known

    def can_find(self, scope: Scope) -> bool:
        """Tells whether any event could be found, as things stand."""
        return all(resolve(scope) is not NOT_HAPPENED for resolve, _ in self.bounds)

    def doubts(self, scope: Scope) -> tuple[Missing, ...]:
        """Names the type, or the parts of events that may be found; of anchors and followers, too.

        Only answers that can't tell ask for it: what it needs is compiled at the first of them.
        """
        if not scope.supply.has_type(self.event_type):
            return (Missing(self.event_type, ()),)
        found = self.find(scope)
        if not found.possible:
            return ()
        kept = found.derived.doubts
        known = kept.get(self)
        if known is None:
            if self._doubts is None:
                self._doubts = self._compile_doubts()
            known = kept[self] = self._doubts.of(found.possible, scope)
        return known

    def _compile_doubts(self) -> SelectionDoubts:
        selection, clock = self._selection, self._clock
        # Bounds say only which events there are.
        others = replace(without_own_bounds(selection), refers_to=None, is_other=False)
        parts = SelectionParts(
            self.event_type,
            [(one.field, field_test(one, self.event_type, clock)) for one in selection.where],
            event_tests((), selection.where_any, self.event_type, clock),
            [
                (one.field, field_test(one, self.event_type, clock))
                for row in selection.where_any
                for one in row
            ],
            [
                (selection.refers_to or DECIDES_ON, test)
                for key, test in _relations_of(selection, clock)
                if key != "not_followed_by"
            ],
            [(later, _last_word_test(later)) for later in map(clock.finder, selection.followers)],
            [resolve for resolve, _ in self.bounds],
            [
                clock.finder(node.selection)
                for node in anchors(selection)
                if isinstance(node, EventAnchor)
            ],
            is_alike=not hangs_on_subject(others),
            names_in=self.names_in,
        )
        return SelectionDoubts(self, parts)

    def turning_points(self, scope: Scope) -> Sequence[Event] | None:
        """Gives the events found or, where others bear on that, all of the types that do."""
        if self.is_steady:
            found = self.find(scope)
            return [*found.certain, *found.possible] if found.possible else listed(found.certain)
        if self.types_read is None:
            return None
        return [event for kind in self.types_read for event in scope.by_type.get(kind, ())]

    def _find_of_many(self, this: Event, scope: Scope) -> Matches:
        """Looks up what concerns the subject, where testing each event would take too long."""
        if self.with_this is not None:
            found = self.with_this.find(scope)
            return without(found, this, scope) if this.type == self.event_type else found
        if self.unbound is not None:
            return self._within_bounds(self.unbound.find(scope), scope)
        assert self._likeness is not None
        likeness = self._likeness(scope)
        if self.names_in is None:
            events: Sequence[Event] = scope.by_type[self.event_type]
            if self.has_fixed_tests:
                events = scope.passing(self, self.checks[0], events)
            return self._found_alike(likeness, events, scope)
        of_anyone, own = scope.naming(self.event_type, self.names_in)
        if not of_anyone:
            return self._search(scope, own)
        found = self._found_alike(likeness, of_anyone, scope)
        return joined(found, self._search(scope, own), scope) if own else found

    def _found_alike(self, likeness: Likeness, events: Sequence[Event], scope: Scope) -> Matches:
        """Searches once for all subjects that are alike, among events that concern each of them."""
        key = (self, *likeness)
        found = scope.memory.of_many.alike.get(key)
        if found is None:
            found = scope.memory.of_many.alike[key] = self._search(scope, events)
        return found

    def _within_bounds(self, every: Matches, scope: Scope) -> Matches:
        """Gives those of the events found for many subjects that lie within one's bounds."""
        if not every.certain and not every.possible and not every.is_open:
            return every
        if every.certain and every.certain[-1].moment is None:
            return self._search(scope)
        for bounds, resolve in self.own_bounds:
            moment = resolve(scope)
            if moment is NOT_HAPPENED:
                return _NOTHING
            every = self._cut(every, bounds, moment, scope)
        return every

    def _cut(
        self, every: Matches, bounds: DayBounds, moment: AnchorMoment, scope: Scope
    ) -> Matches:
        """Cuts events to bounds at one moment; all may lie within those at an unknown one."""
        if not every.is_large:
            if isinstance(moment, NoMoment):
                return undated(every, scope)
            return within(every, bounds, moment, scope)
        # Where the day decides, the subjects of a day share what is found; else those of a moment.
        by_day = bounds.tests == [is_from_day] and not isinstance(moment, NoMoment)
        key = (bounds, moment.day if by_day and not isinstance(moment, NoMoment) else moment)
        known = every.derived.cut(key)
        if known is not None:
            return known
        if isinstance(moment, NoMoment):
            return every.derived.keep_cut(key, undated(every, scope))
        return every.derived.keep_cut(key, within(every, bounds, moment, scope))

    def _search(self, scope: Scope, events: Sequence[Event] | None = None) -> Matches:
        """Tests every event of the type, or of some of them."""
        if events is None:
            events = scope.by_type.get(self.event_type, ())
        is_open = scope.supply.declared and not scope.supply.has_type(self.event_type)
        if not events and not is_open:
            return _NOTHING
        bounds: Bounds = []
        for resolve, test in self.bounds:
            moment = resolve(scope)
            if moment is NOT_HAPPENED:
                return _NOTHING  # no event lies before or after what has not happened
            bounds.append((test, moment))
        certain: list[Event] = []
        possible: list[Event] = []
        if bounds and len(events) > FEW:
            events = between_days(events, bounds)
        if len(self.checks) == 1 and not bounds and scope.horizon is None:
            # Most selections are of this kind: no call more than the test itself.
            check = self.checks[0]
            for event in events:
                value = check(event, scope)
                if value == TRUE and event.is_certain:
                    certain.append(event)
                elif value != FALSE:
                    possible.append(event)
            return Matches(certain, possible, is_open)
        for event in events:
            value = self._judge(event, scope, bounds)
            if value == TRUE:
                certain.append(event)
            elif value == UNKNOWN:
                possible.append(event)
        return Matches(certain, possible, is_open)

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


def _likeness_of(selection: Selection, clock: Clock) -> Callable[[Scope], Likeness]:
    """Compiles all that a selection reads of a subject, but for what names it.

    That is where its anchors lie, and which later events there are. Where one is not known, what
    leaves it open counts, too.
    """
    nodes = [*anchors(selection), *(test.moment for test in every_test(selection))]
    has_this = any(isinstance(node, This) for node in nodes)
    own = [one for one in nodes if isinstance(one, EventAnchor) and hangs_on_subject(one.selection)]
    moments = [clock.anchor(node) for node in own]
    finders = [clock.finder(node.selection) for node in own]
    followers = [clock.finder(one) for one in selection.followers if hangs_on_subject(one)]

    def likeness(scope: Scope) -> Likeness:
        this = scope.this.moment if has_this and scope.this is not None else None
        found: list[object] = [moment(scope) for moment in moments]
        if any(isinstance(moment, NoMoment) for moment in found):
            found += [finder.find(scope) for finder in finders]
        return (this, *found, *(finder.find(scope) for finder in followers))

    return likeness


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


def _is_own(anchor: Anchor) -> bool:
    """Tells whether an anchor lies elsewhere for another subject."""
    if isinstance(anchor, EventAnchor):
        return hangs_on_subject(anchor.selection)
    return isinstance(anchor, This)


def without_own_bounds(selection: Selection) -> Selection:
    """Leaves out the bounds at moments that hang on the subject."""
    return _with_bounds(selection, selection, keeps=lambda anchor: not _is_own(anchor))


def _own_bounds_of(selection: Selection, clock: Clock) -> list[tuple[DayBounds, AnchorTerm]]:
    """Compiles those bounds, together for each moment."""
    by_anchor: dict[Anchor, list[BoundTest]] = {}
    if selection.from_subject_day:
        by_anchor[This()] = [is_from_day]
    for name, test in BOUNDS.items():
        anchor: Anchor | None = getattr(selection, name)
        if anchor is not None and _is_own(anchor):
            by_anchor.setdefault(anchor, []).append(test)
    return [(DayBounds(tests), clock.anchor(anchor)) for anchor, tests in by_anchor.items()]


def without_subject_bounds(selection: Selection) -> Selection:
    """Leaves out the bounds at the subject's own moment."""
    return _with_bounds(selection, selection, keeps=lambda anchor: not isinstance(anchor, This))


def only_subject_bounds(selection: Selection) -> Selection:
    """Leaves out all but the bounds at the subject's own moment."""
    bare = Selection(type=selection.type)
    return _with_bounds(bare, selection, keeps=lambda anchor: isinstance(anchor, This))


def _with_bounds(
    bare: Selection, selection: Selection, *, keeps: Callable[[Anchor], bool]
) -> Selection:
    """Gives a selection those bounds of another that lie at some anchors."""

    def kept(anchor: Anchor | None) -> Anchor | None:
        return anchor if anchor is not None and keeps(anchor) else None

    return replace(
        bare,
        from_subject_day=selection.from_subject_day and keeps(This()),
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
        first = clock.start(end, limit)
        if isinstance(first, NoMoment):
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
        # None of the others follows where none of the newest does: they are in order of time.
        is_dated = found.certain and found.certain[-1].moment is not None
        certain = newest_found(found, is_latest=True) if is_dated else listed(found.certain)
        newest = _ends_of(certain)
        if any(_follows(other, event) == TRUE for other in newest):
            return FALSE
        uncertain = (*newest, *_ends_of(newest_possible(found)))
        if found.is_open or any(_follows(other, event) != FALSE for other in uncertain):
            return UNKNOWN
        return TRUE

    return is_last_word


def _ends_of(events: Sequence[Event]) -> Sequence[Event]:
    """Gives the first two and the last two of several events.

    Of the newest events some have the same time and some have none: whatever the two are of which
    one is asked about, another of its kind is among these.
    """
    return events if len(events) <= 4 else (*events[:2], *events[-2:])


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
