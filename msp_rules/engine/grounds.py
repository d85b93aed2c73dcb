"""What a verdict rests on: the events behind a condition, and the record that would settle it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msp_rules.casework.case import Event
from msp_rules.engine.open_concerns import sort_key
from msp_rules.engine.scope import Scope
from msp_rules.engine.terms import TermBuilder, newest
from msp_rules.engine.truth import TRUE, UNKNOWN
from msp_rules.engine.verdict import Missing
from msp_rules.rules.language.conditions import (
    AllOf,
    AnyOf,
    AtLeastNOf,
    AttributeTest,
    ConceptUse,
    Condition,
    Count,
    ExplanationGiven,
    Extreme,
    FieldTest,
    Gap,
    InOrder,
    NoneOf,
    ReasonInSubject,
    ReasonRecorded,
    Selection,
    Test,
)

_NEEDS_A_VALUE = frozenset({Test.ONE_OF, Test.IS_PRESENT, Test.AT_LEAST, Test.BEFORE, Test.AFTER})


Ground = Callable[[Scope], "list[Event] | None"]
"""Gives the events by which a condition holds, in any order and some perhaps twice; None where it
does not hold. The list may be the memory's own: nobody changes it."""
Wanted = Callable[[Scope], tuple[Missing, ...]]
"""Gives the smallest record that would make a condition hold; nothing for parts that hold."""


def ground(node: Condition, builder: TermBuilder) -> Ground:
    """What gives the events behind a condition, in one pass over its parts."""
    match node:
        case Count() if node.at_least is not None:
            return _ground_of_count(node, builder)
        case ReasonRecorded():
            return _ground_of_reason(node, builder)
        case ExplanationGiven():
            return _ground_of_explanation(node, builder)
        case AllOf() | AnyOf() | AtLeastNOf():
            return _ground_of_parts(node, builder)
        case ConceptUse() if node.at is None:
            return ground(node.condition, builder)
    term, events = builder.term(node), _events_of_leaf(node, builder)
    return lambda scope: events(scope) if term(scope) == TRUE else None


def in_order_of_time(events: list[Event]) -> tuple[str, ...]:
    """The ids of events that a condition rests on, each once."""
    if len(events) > 1:
        events = sorted({event.id: event for event in events}.values(), key=sort_key)
    return tuple([event.id for event in events])


def _events_of_leaf(node: Condition, builder: TermBuilder) -> Callable[[Scope], list[Event]]:
    """The events of a condition that is known to hold and has no parts."""
    match node:
        case Gap():
            find = builder.finder(node.selection)
            return lambda scope: find(scope).sure
        case Extreme():
            find, is_latest = builder.finder(node.selection), node.which == "latest"
            return lambda scope: newest(find(scope).sure, is_latest=is_latest)
        case InOrder():
            earlier, later = builder.finder(node.earlier), builder.finder(node.later)
            return lambda scope: (
                newest(earlier(scope).sure, is_latest=False)
                + newest(later(scope).sure, is_latest=False)
            )
        case AttributeTest(of="this") | ReasonInSubject():
            return lambda scope: [] if scope.this is None else [scope.this]
    return lambda scope: []


def _ground_of_count(node: Count, builder: TermBuilder) -> Ground:
    term, find = builder.term(node), builder.finder(node.selection)
    is_existence = node.at_least == 1 and node.at_most is None

    def behind(scope: Scope) -> list[Event] | None:
        if is_existence:
            return find(scope).sure or None
        return find(scope).sure if term(scope) == TRUE else None

    return behind


def _ground_of_reason(node: ReasonRecorded, builder: TermBuilder) -> Ground:
    find = builder.finder(node.selection)

    def behind(scope: Scope) -> list[Event] | None:
        good = [e for e in find(scope).sure if builder.standing_value(e, node, scope) == TRUE]
        return good or None

    return behind


def _ground_of_explanation(node: ExplanationGiven, builder: TermBuilder) -> Ground:
    codes = frozenset(node.codes)

    def behind(scope: Scope) -> list[Event] | None:
        events = scope.by_type.get("explanation", ())
        good = [e for e in events if builder.explanation_value(e, codes, scope) == TRUE]
        return good or None

    return behind


def _ground_of_parts(node: AllOf | AnyOf | AtLeastNOf, builder: TermBuilder) -> Ground:
    parts = [ground(part, builder) for part in node.of]
    enough = {AllOf: len(parts), AnyOf: 1}.get(type(node), getattr(node, "n", 0))

    def behind(scope: Scope) -> list[Event] | None:
        events: list[Event] = []
        held = 0
        for part in parts:
            found = part(scope)
            if found is not None:
                held += 1
                events += found
        return events if held >= enough else None

    return behind


def record_wanted(node: Condition, builder: TermBuilder) -> Wanted:
    """What gives the smallest record that would make a condition hold."""
    rows = _rows_of_leaf(node)
    if rows is not None:
        term = builder.term(node)
        return lambda scope: () if term(scope) == TRUE else rows
    match node:
        case AttributeTest() | ReasonInSubject():
            return _wanted_of_fields(node, builder)
        case ConceptUse():
            inner, whole = record_wanted(node.condition, builder), builder.term(node)
            return lambda scope: () if whole(scope) == TRUE else inner(scope)
    assert isinstance(node, AllOf | AnyOf | AtLeastNOf)
    parts, term = [record_wanted(part, builder) for part in node.of], builder.term(node)
    needs_all = isinstance(node, AllOf)

    def wanted(scope: Scope) -> tuple[Missing, ...]:
        if term(scope) == TRUE:
            return ()
        ways = [way for way in (part(scope) for part in parts) if way]
        if needs_all:
            return _distinct([row for way in ways for row in way])
        return min(ways, key=_size, default=())

    return wanted


def _rows_of_leaf(node: Condition) -> tuple[Missing, ...] | None:
    """The record that a condition without parts wants; None for the others."""
    match node:
        case Count():
            return () if node.at_least is None else (_wanted(node.selection),)
        case Extreme():
            tests = (*node.where, *(node.where_any[0] if node.where_any else ()))
            return (Missing(node.selection.type, _fields(tests)),)
        case Gap():
            return (_wanted(node.selection),)
        case InOrder():
            return (_wanted(node.earlier),)
        case NoneOf() | ExplanationGiven() | ReasonRecorded():
            return ()
    return None


def _wanted_of_fields(node: AttributeTest | ReasonInSubject, builder: TermBuilder) -> Wanted:
    of = node.of if isinstance(node, AttributeTest) else "this"
    owner = (builder.subject_type or "case") if of == "this" else of
    tests = [
        (test, builder.build(AttributeTest(of=of, where=(test,))))
        for test in node.where
        if test.test in _NEEDS_A_VALUE
    ]

    def wanted(scope: Scope) -> tuple[Missing, ...]:
        fields = dict.fromkeys(test.field for test, passes in tests if passes(scope) != TRUE)
        return (Missing(owner, tuple(fields)),) if fields else ()

    return wanted


def cannot_be_known(node: Condition, builder: TermBuilder, scope: Scope) -> tuple[Missing, ...]:
    """What makes a condition unknown: types or fields that are not supplied or not readable."""
    if builder.term(node)(scope) != UNKNOWN:
        return ()
    match node:
        case Count() | Extreme() | Gap() | ReasonRecorded():
            return (_doubtful(node.selection, scope),)
        case InOrder():
            return _distinct([_doubtful(node.earlier, scope), _doubtful(node.later, scope)])
        case AttributeTest() | ReasonInSubject():
            of = node.of if isinstance(node, AttributeTest) else "this"
            owner = (builder.subject_type or "case") if of == "this" else of
            return (Missing(owner, _fields(node.where)),)
        case ConceptUse():
            return cannot_be_known(node.condition, builder, scope)
        case ExplanationGiven():
            return (Missing("explanation", ("code", "text")),)
        case AllOf() | AnyOf() | NoneOf() | AtLeastNOf():
            found = [m for part in node.of for m in cannot_be_known(part, builder, scope)]
            return _distinct(found)


def unsupplied_reasons(node: Condition, scope: Scope) -> tuple[Missing, ...]:
    """Explanations that the source has no way to deliver; they counted as absent."""
    supply = scope.supply
    match node:
        case ExplanationGiven():
            return () if supply.has_type("explanation") else (Missing("explanation", ()),)
        case ReasonRecorded() | Count() | Extreme():
            kind = node.selection.type
            return () if supply.has_type(kind) else (Missing(kind, ()),)
        case AllOf() | AnyOf() | NoneOf() | AtLeastNOf():
            return _distinct([m for part in node.of for m in unsupplied_reasons(part, scope)])
        case _:
            return ()


def _doubtful(selection: Selection, scope: Scope) -> Missing:
    supply = scope.supply
    if not supply.has_type(selection.type):
        return Missing(selection.type, ())
    fields = _fields((*selection.where, *(t for row in selection.where_any for t in row)))
    lacking = tuple(name for name in fields if not supply.has_field(selection.type, name))
    return Missing(selection.type, lacking or fields)


def _wanted(selection: Selection) -> Missing:
    rows = (*selection.where, *(selection.where_any[0] if selection.where_any else ()))
    fields = _fields(rows)
    if selection.refers_to is not None:
        fields = (*fields, selection.refers_to)
    return Missing(selection.type, fields)


def _fields(tests: tuple[FieldTest, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(test.field for test in tests if test.test in _NEEDS_A_VALUE))


def _distinct(rows: Iterable[Missing]) -> tuple[Missing, ...]:
    return tuple(dict.fromkeys(rows))


def _size(way: tuple[Missing, ...]) -> int:
    return sum(1 + len(row.fields) for row in way)
