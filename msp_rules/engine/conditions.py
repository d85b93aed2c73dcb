"""Compiles each verb of the rule language into one class that holds all of its meaning.

A new verb is a class here (a combination of others, in `combinations`; a reason, in `reasons`; a
silence, in `gaps`) and a row in `ConditionCompiler`; a new bound of a verb is a line or two of
its class.

Where it matters which of the uncertain events exist, the answer is worked out in `worlds`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import chain

from msp_rules.casework.case import UNKNOWN_EVENTS, Case, Event
from msp_rules.casework.moments import Moment, cutoff_of, is_within
from msp_rules.casework.plausible_dates import OCCURRED
from msp_rules.casework.workdays import Unit
from msp_rules.engine.combinations import AllParts, AnyPart, EnoughParts, NoPart
from msp_rules.engine.compiled import (
    NEEDS_A_VALUE,
    BrokenLimit,
    Compiled,
    Considered,
    Kept,
    OfEvents,
    Way,
    distinct,
    doubtful,
    lies_between,
    record_of,
    record_with,
)
from msp_rules.engine.days import different_days
from msp_rules.engine.field_tests import event_tests, field_test
from msp_rules.engine.gaps import GapCondition
from msp_rules.engine.long_lists import FEW, Evidence, listed
from msp_rules.engine.order_of_events import OrderCondition
from msp_rules.engine.reasons import Explanation, Reasons, RecordedReason, SubjectsReason
from msp_rules.engine.scope import Matches, Scope
from msp_rules.engine.selections import Clock
from msp_rules.engine.truth import FALSE, NOT_HAPPENED, TRUE, UNKNOWN, UNKNOWN_MOMENT, NoMoment
from msp_rules.engine.verdict import Missing
from msp_rules.engine.worlds import agreed, any_passes, newest_found, newest_in_every_world
from msp_rules.rules.language.conditions import (
    AllOf,
    AnyOf,
    AtLeastNOf,
    AttributeTest,
    Combination,
    ConceptUse,
    Condition,
    Count,
    Different,
    Every,
    ExplanationGiven,
    Extreme,
    FieldTest,
    Gap,
    InOrder,
    NoneOf,
    Readable,
    ReasonInSubject,
    ReasonRecorded,
    Selection,
    WrittenWithin,
    walk,
)
from msp_rules.rules.language.rule import Settings


class ConditionCompiler:
    """Compiles the conditions of one rule."""

    def __init__(
        self,
        rule_id: str,
        subject_type: str | None,
        clock: Clock,
        settings: Settings,
        rule_ids: frozenset[str] = frozenset(),
    ) -> None:
        self.subject_type = subject_type
        self.clock = clock
        self.qualifying: frozenset[str] = frozenset()
        """Fields of the subject by which a rule applies: their values must stay as they are."""
        self._made_with = (rule_id, settings, rule_ids)
        self.reasons = Reasons(rule_id, clock, settings, rule_ids)
        # By identity, so that no deep tree is hashed twice. The node is kept beside what was made
        # of it, so that its identity is not given to another.
        self._known: dict[int, tuple[Condition, Compiled]] = {}
        self._equal: dict[Condition, Compiled] = {}

    def qualify(self, applies_when: Condition | None) -> None:
        """Notes the fields of the subject by which the rule applies."""
        tests = [
            test
            for node in walk(applies_when)
            if isinstance(node, AttributeTest) and node.of == "this"
            for test in node.where
        ]
        self.qualifying = frozenset([test.field for test in tests])

    def compile(self, node: Condition) -> Compiled:
        """Compiles a condition, once for all nodes of a rule's tree that say the same."""
        known = self._known.get(id(node))
        if known is None:
            compiled = self._equal.get(node)
            if compiled is None:
                compiled = self._equal[node] = self._compile(node)
            known = self._known[id(node)] = (node, compiled)
        return known[1]

    def nodes(self) -> Mapping[int, Condition]:
        """Gives the nodes of the conditions compiled so far, by the identity of the condition."""
        return {id(compiled): node for node, compiled in self._known.values()}

    def compile_if(self, node: Condition | None) -> Compiled | None:
        """Compiles a block that may be left out; None where it is."""
        return None if node is None else self.compile(node)

    def compile_each(self, *nodes: Condition | None) -> tuple[Compiled, ...]:
        """Compiles those of several blocks that are not left out."""
        return tuple([self.compile(node) for node in nodes if node is not None])

    def _compile(self, node: Condition) -> Compiled:
        match node:
            case Count():
                return _Count(node, self)
            case Extreme():
                return _Extreme(node, self)
            case Gap():
                return GapCondition(node, self.clock)
            case InOrder():
                return OrderCondition(node.earlier, node.later, self.clock)
            case Every():
                return _Every(node, self)
            case WrittenWithin():
                return WrittenWithinLimit(node, self)
            case Readable():
                return _Readable()
            case AttributeTest():
                return _Attributes(node.of, node.where, self)
            case ConceptUse():
                return _Concept(node, self) if node.at is None else _ConceptAt(node, self)
            case AllOf():
                return AllParts(self._parts(node))
            case AnyOf():
                return AnyPart(self._parts(node))
            case NoneOf():
                return NoPart(self._parts(node))
            case AtLeastNOf():
                return EnoughParts(self._parts(node), node.n)
            case ExplanationGiven():
                return Explanation(node, self.reasons)
            case ReasonRecorded():
                return RecordedReason(node, self.reasons)
            case ReasonInSubject():
                return SubjectsReason(node, _Attributes("this", node.where, self), self.reasons)

    def about(self, subject_type: str) -> ConditionCompiler:
        """Gives a compiler for conditions whose subject is an event of another type."""
        rule_id, settings, rule_ids = self._made_with
        return ConditionCompiler(rule_id, subject_type, self.clock, settings, rule_ids)

    def _parts(self, node: Combination) -> list[Compiled]:
        return [self.compile(part) for part in node.of]


class _Count(OfEvents):
    """`recorded`, `not_recorded` and `count`: the number of such events is within bounds."""

    def __init__(self, node: Count, compiler: ConditionCompiler) -> None:
        super().__init__(node.selection, compiler.clock)
        self.at_least = node.at_least
        self.at_most = node.at_most
        self.different = node.different
        self.plus = node.plus
        self.is_existence = node.at_least == 1 and node.at_most is None and node.plus is None
        self.only_grows = self.is_existence and self.finder.is_steady
        self.wanted = () if node.at_least is None else (record_of(node.selection),)

    def term(self, scope: Scope) -> int:
        if self.is_existence:
            # Most conditions are of this kind, and as quickly asked as remembered.
            found = self.finder.find(scope)
            if found.certain:
                return TRUE
            return UNKNOWN if found.possible or found.is_open else FALSE
        return Kept.term(self, scope)

    def work_out(self, scope: Scope) -> int:
        found = self.finder.find(scope)
        if self.plus is not None:
            if not found.is_large:
                return self._with_plus(found, self.plus, scope)
            terms = found.derived.terms
            value = terms.get(self)
            if value is None:
                value = terms[self] = self._with_plus(found, self.plus, scope)
            return value
        if self.different is Different.DAYS:
            least, greatest = different_days(found)
        else:
            least, greatest = len(found.certain), len(found.certain) + len(found.possible)
        most = None if found.is_open else greatest
        return lies_between(least, most, self.at_least, self.at_most)

    def _with_plus(self, found: Matches, field: str, scope: Scope) -> int:
        """Counts the events up to each one, and adds earlier ones that a field of it reports."""
        greatest, is_bound = 0, not found.is_open
        every = [*found.certain, *found.possible]
        is_supplied = scope.supply.has_field(self.selection.type, field)
        for event, before in zip(every, _numbers_up_to(every), strict=True):
            value = event.fields.get(field)
            more = value if isinstance(value, int) else 0
            is_unknown = field in event.unknown or (value is None and not is_supplied)
            is_bound = is_bound and not is_unknown
            greatest = max(greatest, more + before)
        least = sum_up_to(listed(found.certain), field)
        most = greatest if is_bound else None
        return lies_between(least, most, self.at_least, self.at_most)

    def way(self, scope: Scope) -> Way:
        if self.at_least is None:
            return self._amended(scope) if self.at_most == 0 else None
        if self.at_most is not None or not self.finder.can_find(scope):
            return None
        found = self.finder.find(scope)
        if self.plus is not None:
            return self.wanted
        is_by_day = self.different is Different.DAYS
        have = different_days(found)[0] if is_by_day else len(found.certain)
        return self.wanted * max(1, self.at_least - have)

    def lacking(self, scope: Scope) -> tuple[Missing, ...]:
        if self.plus is None:
            return super().lacking(scope)
        kind, found = self.selection.type, self.finder.find(scope)
        if not self._is_in_doubt(found, self.plus, scope):
            return super().lacking(scope)
        rows = self.finder.doubts(scope)
        own = next((row for row in rows if row.event == kind), Missing(kind, ()))
        return (own.with_fields((self.plus,)), *(row for row in rows if row.event != kind))

    def _is_in_doubt(self, found: Matches, field: str, scope: Scope) -> bool:
        """Tells whether the number that a field adds is not known of any of the events."""
        terms, key = found.derived.terms, (self, field)
        if key not in terms:
            is_supplied = scope.supply.has_field(self.selection.type, field)
            terms[key] = any(
                field in event.unknown or (field not in event.fields and not is_supplied)
                for event in (*found.certain, *found.possible)
            )
        return bool(terms[key])

    def _amended(self, scope: Scope) -> Way:
        """Gives the fields to fill in so that no event is found any more."""
        found = self.finder.find(scope)
        kept = found.derived.doubts
        rows = kept.get(self)
        if rows is None:
            rows = kept[self] = self._rows(listed(found.certain), scope)
        return rows or None

    def _rows(self, events: list[Event], scope: Scope) -> tuple[Missing, ...]:
        """Gives the fields of each event; empty where no field of one would do."""
        if len(events) <= FEW:
            return amended(events, self.selection) or ()
        known = scope.memory.of_many.amended.get(self)
        if known is None:
            known = scope.memory.of_many.amended[self] = {}
            for event in scope.by_type[self.selection.type]:
                known[id(event)] = amended([event], self.selection)
        rows = tuple(map(known.__getitem__, map(id, events)))
        return () if None in rows else tuple(chain.from_iterable(filter(None, rows)))

    def guard(self, row: Missing) -> tuple[str, ...] | None:
        selection = self.selection
        if self.at_most != 0 or row.event != selection.type:
            return ()
        if selection.refers_to is not None and selection.refers_to not in row.fields:
            return ()
        return _fields_against(selection, frozenset(row.fields))

    def rests_on(self, scope: Scope) -> Evidence | None:
        if self.is_existence:
            return self.finder.find(scope).certain or None
        return super().rests_on(scope)

    def behind(self, scope: Scope) -> Evidence:
        # That there are few enough rests on what is not there.
        return [] if self.at_least is None else self.finder.find(scope).certain


class _Extreme(OfEvents):
    """`latest` and `first`: the newest (or oldest) of the events passes the tests."""

    def __init__(self, node: Extreme, compiler: ConditionCompiler) -> None:
        super().__init__(node.selection, compiler.clock)
        self.where = node.where
        self.other_tests = tuple([test for tests in node.where_any for test in tests])
        self.is_latest = node.which == "latest"
        event_type = node.selection.type
        self.passes = event_tests(node.where, node.where_any, event_type, compiler.clock)
        tests = (*node.where, *(node.where_any[0] if node.where_any else ()))
        row = record_with(event_type, tests)
        if node.selection.refers_to is not None:
            row = row.with_fields((node.selection.refers_to,))
        self.wanted = (row,)
        self.is_fixed = _are_fixed((*node.where, *self.other_tests))
        self.is_own = self.is_own or not self.is_fixed

    def turning_points(self, scope: Scope) -> Sequence[Event] | None:
        return super().turning_points(scope) if self.is_fixed else None

    def way(self, scope: Scope) -> Way:
        return self.wanted if self.finder.can_find(scope) else None

    def lacking(self, scope: Scope) -> tuple[Missing, ...]:
        more = self._fields_in_doubt(scope)
        rows = self.finder.doubts(scope)
        if not more:
            return rows or doubtful(self.finder, self.selection, scope)
        kind = self.selection.type
        own = next((row for row in rows if row.event == kind), Missing(kind, ()))
        return (own.with_fields(more), *(row for row in rows if row.event != kind))

    def _fields_in_doubt(self, scope: Scope) -> tuple[str, ...]:
        """Names the fields tested that are in doubt in any event of the type."""
        known = scope.memory.of_many.fields.get(self)
        if known is None:
            tested = dict.fromkeys(one.field for one in (*self.where, *self.other_tests))
            names = dict.fromkeys(
                name
                for event in scope.by_type.get(self.selection.type, ())
                for name in tested
                if name in event.unknown or not scope.supply.has_field(event.type, name)
            )
            known = scope.memory.of_many.fields[self] = tuple(names)
        return known

    def work_out(self, scope: Scope) -> int:
        found = self.finder.find(scope)
        if found.is_open:
            return UNKNOWN
        if not found.possible and len(found.certain) < 2:
            return self._passes(found.certain[0], scope) if found.certain else FALSE
        if not self.is_fixed or not found.is_large:
            return self._ask(found, scope)
        terms = found.derived.terms
        value = terms.get(self)
        if value is None:
            value = terms[self] = self._ask(found, scope)
        return value

    def _ask(self, found: Matches, scope: Scope) -> int:
        passes = partial(self._passes, scope=scope)
        if not found.possible:
            return any_passes(newest_found(found, is_latest=self.is_latest), passes)
        key = self if self.is_fixed else None
        return agreed(newest_in_every_world(found, passes, key, is_latest=self.is_latest))

    def _passes(self, event: Event, scope: Scope) -> int:
        return TRUE if self.passes is None else self.passes(event, scope)

    def behind(self, scope: Scope) -> Evidence:
        return newest_found(self.finder.find(scope), is_latest=self.is_latest)

    def considered(self, scope: Scope) -> Iterable[Considered]:
        event_type = self.selection.type
        more = [(one.field, field_test(one, event_type, self.clock)) for one in self.where]
        return self.considered_with(more, scope)


class _Every(OfEvents):
    """`every`: each event fulfils a condition, or another event makes up for it."""

    def __init__(self, node: Every, compiler: ConditionCompiler) -> None:
        super().__init__(node.selection, compiler.clock)
        self.inner = compiler.about(node.selection.type).compile(node.has)
        self.or_one_of = node.or_one_of
        self.others = None if node.or_one_of is None else compiler.clock.finder(node.or_one_of)
        self.is_own = self.is_own or (self.others is not None and self.others.is_own)

    def work_out(self, scope: Scope) -> int:
        found = self.finder.find(scope)
        surely = doubtful_ones = 0
        for event in found.certain:
            value = self._has(event, scope)
            surely += value == FALSE
            doubtful_ones += value == UNKNOWN
        for event in found.possible:
            doubtful_ones += self._has(event, scope) != TRUE
        others = Matches([], [], is_open=False) if self.others is None else self.others.find(scope)
        if surely > len(others.certain) + len(others.possible) and not others.is_open:
            return FALSE
        is_enough = surely + doubtful_ones <= len(others.certain) and not found.is_open
        return TRUE if is_enough else UNKNOWN

    def _has(self, event: Event, scope: Scope) -> int:
        about = about_event(event, scope)
        value = self.inner.term(about)
        _forget(about)
        return value

    def _lack(self, scope: Scope) -> list[Event]:
        return [one for one in self.finder.find(scope).certain if self._has(one, scope) == FALSE]

    def behind(self, scope: Scope) -> Evidence:
        events = list(self.finder.find(scope).certain)
        if self.others is not None and self._lack(scope):
            events += self.others.find(scope).certain
        for one in self.finder.find(scope).certain:
            about = about_event(one, scope)
            events += self.inner.rests_on(about) or []
            _forget(about)
        return events

    def way(self, scope: Scope) -> Way:
        lack = self._lack(scope)
        others = 0 if self.others is None else len(self.others.find(scope).certain)
        wanted = max(1, len(lack) - others)
        ways: list[tuple[Missing, ...]] = []
        for one in lack:
            about = about_event(one, scope)
            ways.append(self.inner.missing(about) or ())
            _forget(about)
        ways = [way for way in ways if way]
        if self.or_one_of is not None:
            ways += [(record_of(self.or_one_of),)] * wanted
        if len(ways) < wanted:
            return None
        return tuple([row for way in ways[:wanted] for row in way])

    def lacking(self, scope: Scope) -> tuple[Missing, ...]:
        found = self.finder.find(scope)
        rows: list[Missing] = []
        if found.is_open or found.possible:
            rows += doubtful(self.finder, self.selection, scope)
        for one in found.certain:
            about = about_event(one, scope)
            rows += self.inner.doubts(about)
            _forget(about)
        if self.others is not None:
            rows += self.others.doubts(scope)
        return distinct(rows)

    def turning_points(self, scope: Scope) -> Sequence[Event] | None:
        return None

    def considered(self, scope: Scope) -> Iterable[Considered]:
        return [(event, [("has", self._has)]) for event in self._lack(scope)]


def _forget(about: Scope) -> None:
    """Releases the scopes cut off from one that is not needed again (`Scope.forget`)."""
    about.forget()
    if about.whole is not None:
        about.whole.forget()


def about_event(event: Event, scope: Scope) -> Scope:
    """Gives the same view with an event as its subject."""
    if scope.whole is None or scope.horizon is None:
        return scope.on(event)
    return scope.whole.on(event).seen_through(scope.horizon)


class WrittenWithinLimit(Kept):
    """`written_within`: everything was written down within a limit of when it occurred."""

    def __init__(self, node: WrittenWithin, compiler: ConditionCompiler) -> None:
        self.clock = compiler.clock
        self.limit = node.limit
        self.is_own = False

    def work_out(self, scope: Scope) -> int:
        """Stops at the first event that was surely written down late."""
        answer = TRUE
        for event in self._late(scope):
            if event.is_certain:
                return FALSE
            answer = UNKNOWN
        return answer

    def _late(self, scope: Scope) -> Iterable[Event]:
        for events in scope.by_type.values():
            for event in events:
                if is_seen(event, scope) and self.is_late(event):
                    yield event

    def is_late(self, event: Event) -> bool:
        """Tells whether an event was written down later than it should have been."""
        occurred, written = event.moment, event.recorded
        if occurred is None or written is None or written == occurred or event.is_first_seen:
            return False  # most are written down with no moment of their own
        if written.day <= occurred.day and self.limit.unit is not Unit.HOURS:
            return False  # no limit in days ends before the day from which it runs
        due = self.clock.due(occurred, self.limit)
        return not isinstance(due, NoMoment) and not is_within(written, due.cutoff)

    def considered(self, scope: Scope) -> Iterable[Considered]:
        """Lists the events that were, or may have been, written down late."""
        return [(event, [("written_within", _fails)]) for event in self._late(scope)]


def is_seen(event: Event, scope: Scope) -> bool:
    """Tells whether an event surely lies within the horizon."""
    horizon = scope.horizon
    return horizon is None or (event.moment is not None and event.moment.instant <= horizon.instant)


def _fails(_: Event, __: Scope) -> int:
    return FALSE


class _Readable(Kept):
    """`readable`: every event in force is of a known type and has a date that can be."""

    is_own = False

    def work_out(self, scope: Scope) -> int:
        return UNKNOWN if UNKNOWN_EVENTS in scope.case.unknown or _misdated(scope) else TRUE

    def turning_points(self, scope: Scope) -> Sequence[Event] | None:
        return ()

    def lacking(self, scope: Scope) -> tuple[Missing, ...]:
        return tuple([Missing(name, ("occurred",)) for name in _misdated(scope)])


def _misdated(scope: Scope) -> list[str]:
    """Names the types of which an event in force has a date that can't be."""
    return [
        name
        for name, events in scope.by_type.items()
        # Those without a date that counts are the last ones.
        if events[-1].moment is None and any(OCCURRED in event.unknown for event in events)
    ]


class _Attributes(Compiled):
    """`this`, `case` and `adult`: the fields of one record pass every test."""

    def __init__(self, of: str, where: tuple[FieldTest, ...], compiler: ConditionCompiler) -> None:
        subject_type, clock = compiler.subject_type, compiler.clock
        self.of = of
        self.is_subject = of == "this"
        self.owner = (subject_type or "case") if self.is_subject else of
        kind = (subject_type or "") if self.is_subject else f"<{of}>"
        self.passes = event_tests(where, (), kind, clock)
        self.tests = [(one, field_test(one, kind, clock)) for one in where]
        self.qualifying = compiler.qualifying if self.is_subject else frozenset[str]()
        self.is_fixed = _are_fixed(where)
        self.is_own = self.is_subject or not self.is_fixed
        self.only_grows = self.is_fixed

    def turning_points(self, scope: Scope) -> Sequence[Event] | None:
        return () if self.is_fixed else None

    def term(self, scope: Scope) -> int:
        record = scope.this if self.is_subject else self._record(scope)
        if record is None:
            return FALSE
        return TRUE if self.passes is None else self.passes(record, scope)

    def _record(self, scope: Scope) -> Event | None:
        """Gives the subject, or the attributes in the shape of an event."""
        if self.is_subject:
            return scope.this
        known = scope.lookups.attributes.get(self.of)
        if known is None:
            known = scope.lookups.attributes[self.of] = _as_event(scope.case, self.of)
        return known

    def behind(self, scope: Scope) -> Evidence:
        return [scope.this] if self.is_subject and scope.this is not None else []

    def way(self, scope: Scope) -> Way:
        record = self._record(scope)
        lacking = [
            one for one, passes in self.tests if record is None or passes(record, scope) != TRUE
        ]
        for one in lacking if record is not None else ():
            is_fixed = record is not None and one.field in record.fields.keys() & self.qualifying
            if one.test not in NEEDS_A_VALUE or is_fixed:
                return None  # what stands there would have to go
        row = record_with(self.owner, lacking)
        return (row,) if row.fields else None

    def lacking(self, scope: Scope) -> tuple[Missing, ...]:
        record = self._record(scope)
        names = [
            one.field
            for one, passes in self.tests
            if record is not None and passes(record, scope) == UNKNOWN
        ]
        return (Missing(self.owner, tuple(dict.fromkeys(names))),)

    def considered(self, scope: Scope) -> Iterable[Considered]:
        if not self.is_subject or scope.this is None:
            return ()
        return [(scope.this, [(one.field, passes) for one, passes in self.tests])]


class _Concept(Compiled):
    """`concept`: a condition that has a name; it does not depend on a subject."""

    def __init__(self, node: ConceptUse, compiler: ConditionCompiler) -> None:
        self.name = node.name
        self.is_own = node.at is not None
        self.inner = compiler.compile(node.condition)
        self.only_grows = node.at is None and self.inner.only_grows

    def term(self, scope: Scope) -> int:
        # Worked out once for a case; all rules that use the concept share it by its name.
        kept = scope.memory.terms
        if kept is None:
            kept = scope.memory.terms = {}
        value = kept.get(self.name)
        if value is None:
            value = kept[self.name] = self.inner.term(scope)
        return value

    def rests_on(self, scope: Scope) -> Evidence | None:
        return self.inner.rests_on(scope)

    def way(self, scope: Scope) -> Way:
        return self.inner.missing(scope)

    def turning_points(self, scope: Scope) -> Sequence[Event] | None:
        return self.inner.turning_points(scope)

    def broken_limit(self, scope: Scope) -> BrokenLimit | None:
        return self.inner.broken_limit(scope)

    def lacking(self, scope: Scope) -> tuple[Missing, ...]:
        return self.inner.doubts(scope)


class _ConceptAt(_Concept):
    """`concept` with `at`: the condition held at a moment, by what had happened until then."""

    def __init__(self, node: ConceptUse, compiler: ConditionCompiler) -> None:
        super().__init__(node, compiler)
        assert node.at is not None
        self.at = compiler.clock.anchor(node.at)

    def turning_points(self, scope: Scope) -> Sequence[Event] | None:
        return None

    def term(self, scope: Scope) -> int:
        moment = self.at(scope)
        if moment is NOT_HAPPENED:
            return FALSE
        if moment is UNKNOWN_MOMENT:
            return UNKNOWN
        return self.inner.term(scope.seen_through(cutoff_of(moment)))

    def rests_on(self, scope: Scope) -> Evidence | None:
        return [] if self.term(scope) == TRUE else None

    def way(self, scope: Scope) -> Way:
        moment = self.at(scope)
        if isinstance(moment, NoMoment):
            return None
        return self.inner.missing(scope.seen_through(cutoff_of(moment)))

    def broken_limit(self, scope: Scope) -> BrokenLimit | None:
        return None


def _are_fixed(tests: Iterable[FieldTest]) -> bool:
    """Tells whether no test compares with what lies elsewhere under another horizon."""
    return all(test.moment is None or isinstance(test.moment, Moment) for test in tests)


def _fields_against(selection: Selection, said: frozenset[str]) -> tuple[str, ...] | None:
    """Names the fields to fill in so that a selection no longer finds an event.

    `said` are the fields that the event has. Empty where the selection does not find it as it is;
    None where no field would do.
    """
    fields: list[str] = []
    for tests in [selection.where, *selection.where_any]:
        if not tests:
            continue
        if any(one.test in NEEDS_A_VALUE and one.field not in said for one in tests):
            if tests is selection.where:
                return ()
            continue
        gaps = [one.field for one in tests if one.test not in NEEDS_A_VALUE]
        if any(name in said for name in gaps):
            continue  # what it says there may be what keeps it from being found
        if not gaps:
            return None if tests is selection.where else ()
        fields.append(gaps[0])
        if tests is selection.where:
            return tuple(fields)
    if not selection.where and not selection.where_any:
        return None
    return tuple(dict.fromkeys(fields))


def amended(events: list[Event], selection: Selection) -> Way:
    """Gives the fields to fill in so that none of some events is found any more."""
    rows: list[Missing] = []
    for event in events:
        fields = _fields_against(selection, frozenset(event.fields))
        if not fields:
            return None
        rows.append(Missing(selection.type, fields))
    return tuple(rows)


def sum_up_to(events: list[Event], field: str) -> int:
    """Gives the greatest number that a field of an event and the events up to it make together."""
    greatest = 0
    for event, number in zip(events, _numbers_up_to(events), strict=True):
        value = event.fields.get(field)
        greatest = max(greatest, number + (value if isinstance(value, int) else 0))
    return greatest


def _numbers_up_to(events: list[Event]) -> list[int]:
    """Counts for each event those that may lie on or before it, itself among them."""
    by_day: dict[int, list[int]] = {}
    untimed: dict[int, int] = {}
    for event in events:
        moment = event.moment
        if moment is None:
            continue
        timed = by_day.setdefault(moment.day, [])
        if moment.is_date_only:
            untimed[moment.day] = untimed.get(moment.day, 0) + 1
        else:
            timed.append(moment.instant)
    dated = sum([len(timed) for timed in by_day.values()]) + sum(untimed.values())
    undated = len(events) - dated
    earlier: dict[int, int] = {}
    before = undated
    for day in sorted(by_day):
        by_day[day].sort()
        earlier[day] = before
        before += len(by_day[day]) + untimed.get(day, 0)
    numbers: list[int] = []
    for event in events:
        moment = event.moment
        if moment is None:
            numbers.append(len(events))
            continue
        timed = by_day[moment.day]
        last = len(timed) if moment.is_date_only else bisect_right(timed, moment.instant)
        numbers.append(earlier[moment.day] + untimed.get(moment.day, 0) + last)
    return numbers


def _as_event(case: Case, of: str) -> Event:
    """Gives attributes of the case or the adult the shape of an event, for the field tests."""
    prefix = f"{of}."
    unknown = frozenset(n.removeprefix(prefix) for n in case.unknown if n.startswith(prefix))
    fields = case.adult if of == "adult" else case.attributes
    agency = fields.get("agency")
    return Event(
        id=case.id,
        type=f"<{of}>",
        moment=None,
        recorded=None,
        fields=dict(fields),
        agency=agency if isinstance(agency, str) else None,
        unknown=unknown,
    )
