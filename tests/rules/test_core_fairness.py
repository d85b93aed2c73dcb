"""What no core rule may ask for: consent to an enquiry, a meeting, an assessment, no change."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from msp_rules.authoring.examples import case_of
from msp_rules.casework.moments import parse_as_of
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.engine.engine import Engine
from msp_rules.rules.language.conditions import (
    AllOf,
    AnyOf,
    ConceptUse,
    Condition,
    Count,
    ExplanationGiven,
    Extreme,
    FieldTest,
    ReasonRecorded,
    Selection,
    walk,
)
from msp_rules.rules.language.rule import Rule, Severity
from tests.support.core import core_ruleset

RULES = core_ruleset().rules
FINDINGS = {"not_met", "partly_met", "met_late"}


def test_no_text_of_a_rule_speaks_of_consent() -> None:
    for rule in RULES:
        texts = (rule.title, rule.prompt.summary, rule.finding, rule.notes or "")
        assert "consent" not in " ".join(texts).lower(), rule.id


ABOUT_A_NO = ("CON-02", "CON-03")
"""Rules that begin with the adult's no: a later view ends what they ask for."""


def test_a_no_of_the_adult_satisfies_every_rule_that_asks_for_their_view() -> None:
    asking = {
        rule.id: test.values
        for rule in RULES
        if rule.id not in ABOUT_A_NO
        for one in walk(rule.expect)
        if isinstance(one, Selection) and one.type == "views_on_proceeding"
        for test in walk(one.where)
        if isinstance(test, FieldTest) and test.field == "agree"
    }

    assert asking.keys() >= {"CON-01"}
    assert all("no" in values for values in asking.values())


def _always_asked(condition: Condition) -> set[str]:
    """The event types without which a condition can't hold."""
    match condition:
        case AllOf():
            return set().union(*map(_always_asked, condition.of))
        case AnyOf():
            return set.intersection(*map(_always_asked, condition.of))
        case ConceptUse():
            return _always_asked(condition.condition)
        case Count(at_least=int() as least) if least > 0:
            return {condition.selection.type}
        case Extreme():
            return {condition.selection.type}
        case _:
            return set()


def test_what_can_not_be_done_without_is_seen() -> None:
    expects = {rule.id: _always_asked(rule.expect) for rule in RULES}

    assert expects["RISK-01"] == {"immediate_safety_check"}
    assert expects["MCA-01"] == set()
    assert expects["CLO-03"] == {"case_closed"}


@pytest.mark.parametrize("kind", ["meeting_held", "capacity_assessed", "enquiry_started"])
def test_no_rule_demands_a_meeting_an_assessment_or_an_enquiry(kind: str) -> None:
    assert [rule.id for rule in RULES if kind in _always_asked(rule.expect)] == []


def test_assessment_is_asked_for_only_where_capacity_was_doubted() -> None:
    """The one rule that names an assessment as its evidence, beside a later lack of doubt."""
    tested = next(rule for rule in RULES if rule.id == "MCA-02")
    tests = [one for one in walk(tested.applies_when) if isinstance(one, FieldTest)]

    assert tested.each == "capacity_considered"
    assert [(one.field, one.values) for one in tests] == [("view", ("doubt", "fluctuates"))]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_changed_outcome_is_never_a_fault(rule: Rule) -> None:
    """A change on the day that an outcome was expressed turns no answer into a finding."""
    alone = replace(core_ruleset(), rules=(replace(rule, is_enabled=True),))
    engine = Engine(alone, matcher="python")

    for example in rule.examples:
        case, _ = case_of(example, core_vocabulary())
        change = {"change": "changed", "reason": "Sees it otherwise now."}
        revisions = tuple(
            event._replace(
                id=f"revised-{event.id}",
                type="outcome_revised",
                fields={"outcome": event.id, **change},
                supersedes=None,
            )
            for event in case.events
            if event.type == "outcome_expressed"
        )
        as_of = parse_as_of(example.as_of)
        before = {one.subject: one.verdict for one in engine.evaluate(case, as_of).answers}
        changed = case._replace(events=(*case.events, *revisions))
        after = {one.subject: one.verdict for one in engine.evaluate(changed, as_of).answers}
        worse = {
            subject: verdict
            for subject, verdict in after.items()
            if verdict in FINDINGS and before.get(subject) not in FINDINGS
        }
        assert worse == {}, example.name


@pytest.mark.parametrize(
    "rule", [one for one in RULES if one.id.startswith("CLO-")], ids=lambda rule: rule.id
)
def test_a_single_call_without_a_reply_turns_no_answer_of_a_closing_rule_green(rule: Rule) -> None:
    alone = replace(core_ruleset(), rules=(replace(rule, is_enabled=True),))
    engine = Engine(alone, matcher="python")

    for example in rule.examples:
        case, _ = case_of(example, core_vocabulary())
        if any(event.type == "contact_with_adult" for event in case.events):
            continue
        as_of = parse_as_of(example.as_of)
        before = {one.subject: one.colour for one in engine.evaluate(case, as_of).answers}
        newest = max(case.events, key=lambda event: event.moment.instant if event.moment else 0)
        call = newest._replace(
            id="call", type="contact_with_adult", fields={"result": "no_reply"}, supersedes=None
        )
        tried = case._replace(events=(*case.events, call))
        after = {one.subject: one.colour for one in engine.evaluate(tried, as_of).answers}
        greener = {name for name, one in after.items() if one == "green" != before.get(name)}
        assert greener == set(), example.name


SAYS_WHY_NONE = re.compile(r"\b[Nn]o (other )?(reason|explanation) is accepted|no other is\b")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_flag_or_a_duty_accepts_a_reason_or_says_why_none(rule: Rule) -> None:
    reasons = [
        one
        for one in walk(rule.explained_when)
        if isinstance(one, ExplanationGiven | ReasonRecorded)
    ]
    is_severe = rule.severity in (Severity.FLAG, Severity.STATUTORY)

    assert not is_severe or reasons or SAYS_WHY_NONE.search(" ".join((rule.notes or "").split()))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_each_rule_says_in_a_sentence_or_two_why_it_asks_and_what_counts(rule: Rule) -> None:
    sentences = [len(re.findall(r"[.?!](?=\s|$)", text or "")) for text in (rule.why, rule.counts)]

    assert all(1 <= number <= 2 for number in sentences)
