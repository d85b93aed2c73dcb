"""Which event types, and which fields of them, the rules of a ruleset read at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from msp_rules.rules.condition import (
    AttributeTest,
    DueByField,
    EventAnchor,
    ExplanationGiven,
    Extreme,
    FieldTest,
    ReasonInSubject,
    ReasonRecorded,
    Selection,
    nodes_in,
)
from msp_rules.rules.rule import Rule, Ruleset

_PLAIN = ""


def reads_of(ruleset: Ruleset) -> Mapping[str, frozenset[str]]:
    """For each event type that an enabled rule or a suspension reads, the fields it reads there.

    A type that is in the mapping without a field is asked for as such: whether it is recorded.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for rule in ruleset.enabled_rules:
        for kind, field in _reads_of_rule(rule):
            found[kind] |= {field} - {_PLAIN}
    for suspension in ruleset.suspensions:
        for kind, field in _reads(suspension.when, None):
            found[kind] |= {field} - {_PLAIN}
    return {kind: frozenset(fields) for kind, fields in found.items()}


def asks_whether_recorded(ruleset: Ruleset) -> frozenset[str]:
    """The event types of which some rule asks no more than whether there is one, or when."""
    plain = {
        node.type
        for rule in ruleset.enabled_rules
        for node in nodes_in(_blocks(rule))
        if isinstance(node, Selection) and not (node.where or node.where_any or node.refers_to)
    }
    subjects = {rule.each for rule in ruleset.enabled_rules if rule.each is not None}
    return frozenset(plain | subjects)


def _reads_of_rule(rule: Rule) -> Iterator[tuple[str, str]]:
    if rule.each is not None:
        yield rule.each, _PLAIN
    yield from _reads(_blocks(rule), rule.each)


def _blocks(rule: Rule) -> tuple[object, ...]:
    if_none = (rule.if_none.applies_when, rule.if_none.due) if rule.if_none is not None else ()
    return (
        rule.applies_when,
        rule.expect,
        rule.due,
        rule.partly_when,
        rule.explained_when,
        rule.cannot_tell_when,
        rule.red_when,
        *if_none,
    )


def _reads(tree: object, subject: str | None) -> Iterator[tuple[str, str]]:
    for node in nodes_in(tree):
        match node:
            case Selection():
                yield node.type, node.refers_to or _PLAIN
                yield from _tested(node.type, (*node.where, *_flat(node.where_any)))
                if node.not_followed_by is not None:
                    yield node.not_followed_by, _PLAIN
            case Extreme():
                yield from _tested(node.selection.type, (*node.where, *_flat(node.where_any)))
            case ReasonRecorded():
                yield from ((node.selection.type, name) for name in _ends(node))
            case ReasonInSubject() if subject is not None:
                yield from _tested(subject, node.where)
                yield from ((subject, name) for name in _ends(node))
            case AttributeTest(of="this") if subject is not None:
                yield from _tested(subject, node.where)
            case ExplanationGiven():
                yield from (("explanation", name) for name in ("rule", "code", "text"))
            case DueByField():
                anchor = node.anchor
                kind = anchor.selection.type if isinstance(anchor, EventAnchor) else subject
                if kind is not None:
                    yield kind, node.field


def _ends(node: ReasonRecorded | ReasonInSubject) -> tuple[str, ...]:
    return (*node.needs, *((node.standing,) if node.standing is not None else ()))


def _flat(rows: tuple[tuple[FieldTest, ...], ...]) -> tuple[FieldTest, ...]:
    return tuple(test for row in rows for test in row)


def _tested(kind: str, tests: tuple[FieldTest, ...]) -> Iterator[tuple[str, str]]:
    yield from ((kind, test.field) for test in tests)
