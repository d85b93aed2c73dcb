"""Every core rule has an example of each kind that matters, and the check of it can fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from msp_rules.rules.language.rule import Example, Rule
from tests.support.core import core_ruleset
from tests.support.example_kinds import lacking_kinds

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("rule_id", [rule.id for rule in core_ruleset().rules])
def test_core_rule_has_an_example_of_each_kind(rule_id: str) -> None:
    lacking = [f"{rule_id}: {kind}" for kind in lacking_kinds(_rule(rule_id), core_ruleset())]

    assert lacking == []


def _rule(rule_id: str) -> Rule:
    return next(rule for rule in core_ruleset().rules if rule.id == rule_id)


def _lacking_without(rule_id: str, is_dropped: Callable[[Example], bool]) -> list[str]:
    """The kinds that a rule lacks once some of its examples are dropped."""
    rule = _rule(rule_id)
    kept = tuple(example for example in rule.examples if not is_dropped(example))
    assert len(kept) < len(rule.examples)
    return list(lacking_kinds(replace(rule, examples=kept), core_ruleset()))


def _says(word: str) -> Callable[[Example], bool]:
    return lambda example: word in str(example.given)


def _answers(*verdicts: str) -> Callable[[Example], bool]:
    def is_dropped(example: Example) -> bool:
        then = {example.then} if isinstance(example.then, str) else set(example.then.values())
        return bool(then & set(verdicts))

    return is_dropped


@pytest.mark.parametrize(
    ("rule_id", "is_dropped", "kind"),
    [
        ("CON-01", _answers("met"), "met"),
        ("CON-01", _answers("not_met"), "not met"),
        ("CON-01", _answers("not_applicable"), "not applicable"),
        ("RISK-01", _answers("met", "not_yet_due"), "the last good moment"),
        ("DEC-02", _answers("met_late", "not_met", "partly_met"), "the first late moment"),
        ("CON-01", _answers("cannot_tell"), "unknown: a part that can't be read"),
        ("CON-01", _says("'void': 'yes'"), "void evidence"),
        ("CON-01", _says("supersedes"), "superseded evidence"),
        ("CON-01", _answers("not_applicable"), "adult died: the rule stops"),
        ("CON-01", _says("adult_died"), "adult died: judged as usual"),
        ("DEC-01", _says("adult_died"), "adult died: the rule goes on"),
        ("CON-01", _says("'code': 'unsafe'"), "explained by unsafe (line"),
        ("CON-01", _says("'code': 'unsafe'"), "lapsed: unsafe (line"),
        ("CON-01", _says("asking_increases"), "explained by asking_increases_risk (line"),
        ("ASK-01", _says("police_advice"), "lapsed: police_advice (line"),
    ],
    ids=lambda value: value if isinstance(value, str) else "dropped",
)
def test_kind_without_an_example_is_named(
    rule_id: str, is_dropped: Callable[[Example], bool], kind: str
) -> None:
    lacking = _lacking_without(rule_id, is_dropped)

    assert any(one.startswith(kind) for one in lacking)


def test_event_in_error_that_changes_nothing_is_no_example_of_it() -> None:
    rule = _rule("CON-01")
    beside = {"meeting_held": {"occurred": "2026-01-05", "purpose": "review", "void": "yes"}}
    examples = tuple(
        replace(example, given=(*example.given, beside))
        for example in rule.examples
        if "void" not in str(example.given)
    )

    lacking = list(lacking_kinds(replace(rule, examples=examples), core_ruleset()))

    assert lacking == ["void evidence"]


def test_death_after_which_a_rule_answers_the_same_is_no_example_of_stopping() -> None:
    rule = _rule("CON-01")
    death = {"adult_died": {"occurred": "2026-01-02"}}
    examples = tuple(
        replace(example, given=(*example.given, death))
        if example.then == "cannot_tell"
        else example
        for example in rule.examples
        if example.then != "not_applicable"
    )

    lacking = list(lacking_kinds(replace(rule, examples=examples), core_ruleset()))

    assert "adult died: the rule stops" in lacking
