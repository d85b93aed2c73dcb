"""Warns of rules that are valid but probably not intended, judged by their text alone.

Every warning is sound: it holds whatever a record contains. What only examples can show is in
`authoring.lint`. The codes are listed in docs/rule-language.md, "What check warns of".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from itertools import combinations, product
from typing import Final

from msp_rules.casework.vocabulary import Field, FieldKind, Vocabulary
from msp_rules.errors import Problem, SourceLocation
from msp_rules.rules.language.conditions import (
    AllOf,
    AtLeastNOf,
    AttributeTest,
    ConceptUse,
    Condition,
    Count,
    ExplanationGiven,
    Extreme,
    FieldTest,
    ReasonInSubject,
    Selection,
    Test,
    walk,
)
from msp_rules.rules.language.rule import Rule, Ruleset, Severity, asked_by, conditions_of
from msp_rules.yaml_source.nodes import Problems

# Words that blame ("failed", "should have") never get here: the decoder refuses them.
_COMMANDS: Final = ("must",)
_WORDING: Final = "not evidenced in the record"
_NEEDS_A_VALUE: Final = frozenset(Test) - {Test.NOT_ONE_OF, Test.IS_ABSENT}
_NEVER_BOTH: Final = "can never both hold"
_NOWHERE: Final = SourceLocation(path="(not from a file)")


def lint_rules(ruleset: Ruleset, *, today: date | None = None) -> tuple[Problem, ...]:
    """Warns of a ruleset that is otherwise sound; `today` decides which reviews are overdue."""
    problems, vocabulary = Problems(), ruleset.vocabulary
    for rule in ruleset.rules:
        _lint_words(rule, problems)
        _lint_numbers(rule, problems)
        _lint_other(rule, problems)
        if today is not None and rule.review_by < today:
            message = f"the rule was due for review by {rule.review_by}"
            problems.warn(_place(rule, "review_by"), "review", message)
        _lint_rule_conditions(rule, vocabulary, problems)
    for concept in ruleset.concepts.values():
        _lint_condition(concept.condition, None, vocabulary, problems, ())
    for suspension in ruleset.suspensions:
        _lint_condition(suspension.when, None, vocabulary, problems, ())
    _lint_unused(ruleset, problems)
    return tuple(problems.found)


def _place(rule: Rule, key: str) -> SourceLocation:
    return rule.places.get(key, rule.where)


def _lint_words(rule: Rule, problems: Problems) -> None:
    texts = {"summary": rule.prompt.summary, "why": rule.why or "", "counts": rule.counts or ""}
    for key, word in product(texts, _COMMANDS):
        if re.search(rf"\b{word}\b", texts[key], re.IGNORECASE):
            message = f'"{word}" commands or blames; a prompt asks a colleague'
            if key != "summary":
                message = f'"{word}" commands or blames; {key} speaks to a colleague'
            problems.warn(_place(rule, key), "blame", message)
    if _WORDING not in rule.finding:
        message = f'a finding says what is "{_WORDING}", in these words'
        problems.warn(_place(rule, "finding"), "finding", message)


def _lint_numbers(rule: Rule, problems: Problems) -> None:
    for where, text in rule.literals:
        # One, and more than one, are words rather than numbers.
        if text not in ("1", "2"):
            message = f'"{text}" is a number that somebody may want to set; make it a parameter'
            problems.warn(where, "literal", message)


def _lint_other(rule: Rule, problems: Problems) -> None:
    if rule.severity not in (Severity.FLAG, Severity.STATUTORY) or rule.explained_when is None:
        return
    for node in walk(rule.explained_when, into_concepts=False):
        if isinstance(node, ExplanationGiven) and "other" in node.codes:
            message = f'a rule of severity {rule.severity} accepts no "other"; name the reasons'
            problems.warn(node.place or rule.where, "other", message)


def _lint_unused(ruleset: Ruleset, problems: Problems) -> None:
    roots: list[object] = [concept.condition for concept in ruleset.concepts.values()]
    roots += [suspension.when for suspension in ruleset.suspensions]
    for rule in ruleset.rules:
        roots += asked_by(rule)
    every = walk(tuple(roots), into_concepts=False)
    used = {part.name for part in every if isinstance(part, ConceptUse)}
    for concept in ruleset.concepts.values():
        if concept.name not in used:
            message = f'no rule uses the concept "{concept.name}"'
            problems.warn(concept.where, "unused-concept", message)
    cited = {cite.source for rule in ruleset.rules for cite in rule.cites}
    for source, where in ruleset.source_places.items():
        if source not in cited:
            problems.warn(where, "unused-source", f'no rule cites the source "{source}"')


def _lint_rule_conditions(rule: Rule, vocabulary: Vocabulary, problems: Problems) -> None:
    facts = _tests_of_this(rule.applies_when)
    for key, block in conditions_of(rule):
        known = () if key in ("applies_when", "if_none") else facts
        _lint_condition(block, rule.each, vocabulary, problems, known)
    limits = (rule.due, rule.if_none.due if rule.if_none is not None else None)
    for part in walk(limits, into_concepts=False):
        if isinstance(part, Selection):
            _lint_selection(part, vocabulary, problems)


def _tests_of_this(node: Condition | None) -> tuple[FieldTest, ...]:
    """Lists what is surely true of the subject where a condition holds."""
    if isinstance(node, AttributeTest) and node.of == "this":
        return node.where
    if isinstance(node, AllOf):
        return tuple(test for part in node.of for test in _tests_of_this(part))
    return ()


def _lint_condition(
    root: Condition,
    each: str | None,
    vocabulary: Vocabulary,
    problems: Problems,
    facts: tuple[FieldTest, ...],
) -> None:
    subject = vocabulary.events[each].fields if each is not None else {}
    for node in walk(root, into_concepts=False):
        if isinstance(node, Selection):
            _lint_selection(node, vocabulary, problems)
        elif isinstance(node, Extreme):
            known = vocabulary.events[node.selection.type].fields
            for row in node.where_any:
                _warn_of_pairs(node.where, row, known, problems)
        elif isinstance(node, AttributeTest | ReasonInSubject):
            if isinstance(node, ReasonInSubject) or node.of == "this":
                _warn_excluded(node.where, facts, subject, problems)
        elif isinstance(node, AllOf):
            _lint_all(node, subject, vocabulary, problems)
        elif isinstance(node, Count | AtLeastNOf):
            _lint_bounds(node, problems)


def _lint_bounds(node: Count | AtLeastNOf, problems: Problems) -> None:
    where = node.place or _NOWHERE
    if isinstance(node, Count):
        if node.at_least == 0 and node.at_most is None:
            problems.warn(where, "always", "at_least 0 holds whatever the record says")
    elif node.n == 0:
        problems.warn(where, "always", "n is 0: it holds whatever the record says")
    elif node.n > len(node.of):
        message = f"n is {node.n} and there are {len(node.of)} conditions: it can never hold"
        problems.warn(where, "never", message)


def _lint_selection(node: Selection, vocabulary: Vocabulary, problems: Problems) -> None:
    for row in node.where_any:
        _warn_of_pairs(node.where, row, vocabulary.events[node.type].fields, problems)


def _lint_all(
    node: AllOf, subject: Mapping[str, Field], vocabulary: Vocabulary, problems: Problems
) -> None:
    attributes = {"this": subject, "case": vocabulary.case, "adult": vocabulary.adult}
    for one, other in combinations(node.of, 2):
        if isinstance(one, AttributeTest) and isinstance(other, AttributeTest):
            if one.of == other.of:
                _warn_of_pairs(one.where, other.where, attributes[one.of], problems)
        elif isinstance(one, Count) and isinstance(other, Count):
            for there, away in ((one, other), (other, one)):
                if _is_denied(there, away):
                    kind = there.selection.type
                    message = f"{kind} is asked for and ruled out, which {_NEVER_BOTH}"
                    problems.warn(other.place or _NOWHERE, "never", message)


def _is_denied(there: Count, away: Count) -> bool:
    """Tells whether `away` rules out every event that `there` asks for."""
    if not there.at_least or away.at_most != 0:
        return False
    one, other = there.selection, away.selection
    same = replace(one, where=(), from_subject_day=other.from_subject_day)
    if other.from_subject_day and not one.from_subject_day:
        return False
    is_wider = replace(other, where=()) in (same, Selection(type=one.type))
    return is_wider and set(other.where) <= set(one.where)


def _warn_of_pairs(
    ones: tuple[FieldTest, ...],
    others: tuple[FieldTest, ...],
    known: Mapping[str, Field],
    problems: Problems,
) -> None:
    for one, other in product(ones, others):
        if _exclude(one, other, known):
            first = f" (line {one.place.line})" if one.place is not None else ""
            message = f"two tests of {one.field} here{first} {_NEVER_BOTH}"
            problems.warn(other.place or _NOWHERE, "never", message)


def _warn_excluded(
    tests: tuple[FieldTest, ...],
    facts: tuple[FieldTest, ...],
    known: Mapping[str, Field],
    problems: Problems,
) -> None:
    for fact, test in product(facts, tests):
        if _exclude(fact, test, known):
            message = f"applies_when leaves no subject for which this test of {test.field} holds"
            problems.warn(test.place or _NOWHERE, "never", message)


def _exclude(one: FieldTest, other: FieldTest, known: Mapping[str, Field]) -> bool:
    """Tells whether no value (and no absence) of a field can pass both tests."""
    if one.field != other.field:
        return False
    pair = {one.test, other.test}
    if Test.IS_ABSENT in pair and pair & _NEEDS_A_VALUE:
        return True
    low, high = _bounds(one, other)
    if low is not None and high is not None and low > high:
        return True
    if pair == {Test.ONE_OF, Test.NOT_ONE_OF}:
        is_one, is_not = (one, other) if one.test is Test.ONE_OF else (other, one)
        return set(is_one.values) <= set(is_not.values)
    field = known.get(one.field)
    may_repeat = field is not None and field.may_repeat
    if pair == {Test.ONE_OF} and not may_repeat:
        return not set(one.values) & set(other.values)
    if pair == {Test.NOT_ONE_OF, Test.IS_PRESENT} and field is not None:
        denied = one if one.test is Test.NOT_ONE_OF else other
        is_closed = field.kind in (FieldKind.CODE, FieldKind.FLAG)
        return is_closed and set(field.codes) <= set(denied.values)
    return False


def _bounds(one: FieldTest, other: FieldTest) -> tuple[int | None, int | None]:
    lows = [t.number for t in (one, other) if t.test is Test.AT_LEAST and t.number is not None]
    highs = [t.number for t in (one, other) if t.test is Test.AT_MOST and t.number is not None]
    return max(lows, default=None), min(highs, default=None)
