"""What a verdict rests on: the events behind a condition, and the record that would settle it."""

from __future__ import annotations

from msp_rules.engine.scope import Scope
from msp_rules.engine.terms import TermBuilder, newest
from msp_rules.engine.verdict import Missing
from msp_rules.rules.condition import (
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


def events_behind(node: Condition, builder: TermBuilder, scope: Scope) -> set[str]:
    """The ids of the events by which a condition holds in a scope; empty where it does not."""
    if builder.term(node)(scope) != 1:
        return set()
    match node:
        case Count():
            if node.at_least is None:
                return set()
            return {event.id for event in builder.finder(node.selection)(scope).sure}
        case Gap():
            return {event.id for event in builder.finder(node.selection)(scope).sure}
        case Extreme():
            found = builder.finder(node.selection)(scope).sure
            return {event.id for event in newest(found, is_latest=node.which == "latest")}
        case InOrder():
            ids: set[str] = set()
            for selection in (node.earlier, node.later):
                found = builder.finder(selection)(scope).sure
                ids |= {event.id for event in newest(found, is_latest=False)}
            return ids
        case AttributeTest():
            return {scope.this.id} if node.of == "this" and scope.this is not None else set()
        case ConceptUse():
            return events_behind(node.condition, builder, scope) if node.at is None else set()
        case AllOf() | AnyOf() | AtLeastNOf():
            return set().union(*(events_behind(part, builder, scope) for part in node.of))
        case NoneOf():
            return set()
        case ExplanationGiven():
            codes = frozenset(node.codes)
            return {
                event.id
                for event in scope.by_type.get("explanation", ())
                if builder.explanation_value(event, codes, scope) == 1
            }
        case ReasonRecorded():
            found = builder.finder(node.selection)(scope).sure
            return {e.id for e in found if builder.standing_value(e, node, scope) == 1}
        case ReasonInSubject():
            return {scope.this.id} if scope.this is not None else set()


def record_wanted(node: Condition, builder: TermBuilder, scope: Scope) -> list[Missing]:
    """The smallest record that would make a condition hold; nothing for parts that hold."""
    if builder.term(node)(scope) == 1:
        return []
    match node:
        case Count():
            return [] if node.at_least is None else [_wanted(node.selection)]
        case Extreme():
            rows = (*node.where, *(node.where_any[0] if node.where_any else ()))
            return [Missing(node.selection.type, _fields(rows))]
        case Gap():
            return [_wanted(node.selection)]
        case InOrder():
            return [_wanted(node.earlier)]
        case AttributeTest() | ReasonInSubject():
            fields = _failing(node, builder, scope)
            return [Missing(builder.subject_type or "case", fields)] if fields else []
        case ConceptUse():
            return record_wanted(node.condition, builder, scope)
        case AllOf():
            return _distinct([m for part in node.of for m in record_wanted(part, builder, scope)])
        case AnyOf() | AtLeastNOf():
            ways = [record_wanted(part, builder, scope) for part in node.of]
            return min((way for way in ways if way), key=_size, default=[])
        case NoneOf() | ExplanationGiven() | ReasonRecorded():
            return []


def cannot_be_known(node: Condition, builder: TermBuilder, scope: Scope) -> list[Missing]:
    """What makes a condition unknown: types or fields that are not supplied or not readable."""
    if builder.term(node)(scope) != 2:
        return []
    match node:
        case Count() | Extreme() | Gap() | ReasonRecorded():
            return [_doubtful(node.selection, scope)]
        case InOrder():
            return _distinct([_doubtful(node.earlier, scope), _doubtful(node.later, scope)])
        case AttributeTest() | ReasonInSubject():
            return [Missing(builder.subject_type or "case", _fields(node.where))]
        case ConceptUse():
            return cannot_be_known(node.condition, builder, scope)
        case ExplanationGiven():
            return [Missing("explanation", ("code", "text"))]
        case AllOf() | AnyOf() | NoneOf() | AtLeastNOf():
            found = [m for part in node.of for m in cannot_be_known(part, builder, scope)]
            return _distinct(found)


def unsupplied_reasons(node: Condition, scope: Scope) -> list[Missing]:
    """Explanations that the source has no way to deliver; they counted as absent."""
    supply = scope.supply
    match node:
        case ExplanationGiven():
            return [] if supply.has_type("explanation") else [Missing("explanation", ())]
        case ReasonRecorded() | Count() | Extreme():
            kind = node.selection.type
            return [] if supply.has_type(kind) else [Missing(kind, ())]
        case AllOf() | AnyOf() | NoneOf() | AtLeastNOf():
            return _distinct([m for part in node.of for m in unsupplied_reasons(part, scope)])
        case _:
            return []


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


def _failing(
    node: AttributeTest | ReasonInSubject, builder: TermBuilder, scope: Scope
) -> tuple[str, ...]:
    of = node.of if isinstance(node, AttributeTest) else "this"
    failing = tuple(
        test
        for test in node.where
        if builder.build(AttributeTest(of=of, where=(test,)))(scope) != 1
    )
    return _fields(failing)


def _distinct(rows: list[Missing]) -> list[Missing]:
    return list(dict.fromkeys(rows))


def _size(way: list[Missing]) -> int:
    return sum(1 + len(row.fields) for row in way)
