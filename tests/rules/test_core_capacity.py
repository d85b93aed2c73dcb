"""Capacity is of a decision: an assessment about another decision changes no answer of a rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from msp_rules.authoring.examples import case_of
from msp_rules.casework.case import Case
from msp_rules.casework.moments import parse_as_of
from msp_rules.engine.engine import Engine
from msp_rules.rules.language.rule import Example, Rule
from tests.builders.case import event_of
from tests.support.core import core_ruleset

pytestmark = pytest.mark.slow

CAPACITY_RULES = ("ASK-04", "CON-03", "ADV-02", "ADV-03", "MCA-02", "MCA-04", "SPC-02")
ABOUT_ANOTHER_DECISION = ("finances", "contact", "information_sharing")
OF_CARE = ("residence_or_care", "other")
ALSO_ANOTHER = {
    **dict.fromkeys(("ASK-04", "CON-03", "ADV-02", "ADV-03"), (*OF_CARE, "protective_measure")),
    "MCA-02": (*OF_CARE, "protective_measure"),
    "MCA-04": (*OF_CARE, "taking_part_in_enquiry"),
    "SPC-02": (),  # any kind but those three counts for the decision to refuse
}
"""Of each rule, the kinds beside those three that are about another decision than its own."""
RULES = {rule.id: rule for rule in core_ruleset().rules}


@cache
def engine_of(rule: str) -> Engine:
    return Engine(replace(core_ruleset(), rules=(RULES[rule],)), matcher="python")


def answers(rule: Rule, case: Case, as_of: str) -> dict[str | None, tuple[str, str, str]]:
    found = engine_of(rule.id).evaluate(case, parse_as_of(as_of)).answers
    return {one.subject: (str(one.verdict), str(one.due), one.colour) for one in found}


def examples_of(rule: Rule) -> Iterator[tuple[Example, Case]]:
    """Gives the examples in which no doubt is about money, contact or sharing, or about nothing."""
    for example in rule.examples:
        case, _ = case_of(example, core_ruleset().vocabulary)
        doubts = [one for one in case.events if one.type == "capacity_considered"]
        named = {one.fields.get("decision_kind") for one in doubts}
        if rule.id == "MCA-02" and not named <= {"taking_part_in_enquiry"}:
            continue
        yield example, case


@pytest.mark.parametrize("conclusion", ["has_capacity", "lacks_capacity", "undetermined"])
@pytest.mark.parametrize(
    ("rule", "kind"),
    [(r, kind) for r in CAPACITY_RULES for kind in (*ABOUT_ANOTHER_DECISION, *ALSO_ANOTHER[r])],
)
def test_an_assessment_about_another_decision_changes_no_answer(
    rule: str, kind: str, conclusion: str
) -> None:
    seen = 0

    for example, case in examples_of(RULES[rule]):
        for day in ("2026-01-06", "2026-01-28"):
            body = {"id": "other", "occurred": day, "decision_kind": kind, "conclusion": conclusion}
            more = case._replace(events=(*case.events, event_of("capacity_assessed", body)))

            assert answers(RULES[rule], more, example.as_of) == answers(
                RULES[rule], case, example.as_of
            ), example.name
            seen += 1

    assert seen
