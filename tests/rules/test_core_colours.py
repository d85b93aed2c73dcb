"""How core rules colour what is not evidenced, where their severity alone does not say it."""

from __future__ import annotations

import pytest

from msp_rules.casework.moments import parse_as_of
from msp_rules.engine.engine import Engine
from tests.builders.answer import event
from tests.builders.case import EventParts, case_of
from tests.support.core import core_ruleset

pytestmark = pytest.mark.slow

TESTS = {"has_needs": "met", "at_risk": "met", "cannot_protect_self": "met"}
WORDS = {"rationale": "All three apply.", "decided_by": "manager"}


def colour_of(rule: str, *events: EventParts) -> tuple[str, str]:
    engine = Engine(core_ruleset(), matcher="python")
    answers = engine.evaluate(case_of(*events), parse_as_of("2026-03-31")).answers
    ((verdict, colour),) = [(a.verdict.value, a.colour) for a in answers if a.rule == rule]
    return verdict, colour


@pytest.mark.parametrize(
    ("parts", "colour"),
    [
        pytest.param({"result": "s42_enquiry", **WORDS}, "red", id="no test"),
        pytest.param(
            {"result": "s42_enquiry", **WORDS, "has_needs": "met", "at_risk": "met"},
            "red",
            id="the third test is missing",
        ),
        pytest.param({**TESTS, **WORDS}, "red", id="the result is missing"),
        pytest.param(
            {"result": "no_enquiry", **WORDS, "has_needs": "met"}, "red", id="one test, met"
        ),
        pytest.param(
            {"result": "s42_enquiry", **TESTS, "decided_by": "manager"},
            "amber",
            id="the reason alone is missing",
        ),
        pytest.param(
            {"result": "s42_enquiry", **TESTS, "rationale": "All three apply."},
            "amber",
            id="the decision-maker alone is missing",
        ),
        pytest.param(
            {"result": "no_enquiry", "has_needs": "not_met"}, "amber", id="one test, not met"
        ),
        pytest.param({"result": "duplicate"}, "amber", id="a duplicate needs no test"),
    ],
)
def test_decision_is_red_without_tests_or_result_and_amber_without_its_reason(
    parts: dict[str, str], colour: str
) -> None:
    assert colour_of("DEC-01", event("s42_decided", "01-07", **parts)) == ("not_met", colour)
