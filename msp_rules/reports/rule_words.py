"""What a rule expects and rests on, in words and as nested lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from msp_rules.rules.condition import AllOf, AnyOf, AtLeastNOf, ConceptUse, Condition, NoneOf
from msp_rules.rules.plain_names import bare_event_noun
from msp_rules.rules.rule import Rule, Ruleset
from msp_rules.rules.wording import condition_in_words, due_in_words


@dataclass(frozen=True, slots=True)
class Point:
    """One condition, and the conditions that it is made of."""

    text: str
    parts: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule for a reader: headings with their points, and where it comes from."""

    rule: Rule
    concerns: str
    blocks: tuple[tuple[str, Point], ...]
    due: str
    cites: tuple[str, ...]


def rule_text(rule: Rule, ruleset: Ruleset) -> RuleText:
    """The words of one rule."""
    each = f"each {bare_event_noun(rule.each)}" if rule.each is not None else "the case"
    return RuleText(
        rule=rule,
        concerns=each,
        blocks=tuple(_blocks(rule, ruleset)),
        due=due_in_words(rule.due) if rule.due is not None else "",
        cites=tuple(f"{ruleset.sources[cite.source]}: {cite.at}" for cite in rule.cites),
    )


def _blocks(rule: Rule, ruleset: Ruleset) -> Iterator[tuple[str, Point]]:
    named = (
        ("Where", rule.applies_when),
        ("What satisfies it", rule.expect),
        ("What explains it", rule.explained_when),
        ("What counts in part", rule.partly_when),
        ("When the record itself does not know", rule.cannot_tell_when),
    )
    for heading, node in named:
        if node is not None:
            yield heading, _point(node, ruleset)


def _point(node: Condition, ruleset: Ruleset) -> Point:
    match node:
        case AllOf() | AnyOf() | NoneOf() | AtLeastNOf():
            parts = tuple(_point(part, ruleset) for part in node.of)
            return Point(f"{condition_in_words(node)}:", parts)
        case ConceptUse():
            return Point(ruleset.concepts[node.name].title)
    return Point(condition_in_words(node))
