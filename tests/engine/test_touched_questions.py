"""A mismatch colours only the questions that it touches; what counts in part may colour nothing."""

from pathlib import Path

import pytest

from msp_rules.audit.case_audit.questions import Rater
from msp_rules.casework.moments import parse_as_of
from msp_rules.engine.engine import Engine
from msp_rules.errors import RulesetInvalid
from tests.builders.answer import event
from tests.builders.case import EventParts, case_of
from tests.builders.ruleset import rule_text, ruleset_of

BLOCKS = """\
expect:
  all: [{in_order: [concern_raised, case_closed]}, {not_recorded: serious_harm}]
partly_when: {recorded: plan_made}
explained_when: {recorded: explanation, codes: [other]}
colour:
  not_met: grey
  met: none
  partly_met: none
  touches:
    - {when: {none: [{in_order: [concern_raised, case_closed]}]}, questions: [Q2]}
    - {when: {recorded: serious_harm}, questions: [Q1, Q2]}
"""
CONCERN = event("concern_raised", "01-05")
CLOSED_BEFORE = event("case_closed", "01-04")
HARM = event("serious_harm", "01-06")


def ratings(folder: Path, *events: EventParts) -> tuple[str, dict[str, str]]:
    rule = rule_text("R-01", BLOCKS, questions="Q1, Q2, Q3")
    ruleset = ruleset_of(folder, rule)
    evaluation = Engine(ruleset, matcher="python").evaluate(
        case_of(*events), parse_as_of("2026-03-31")
    )
    rated = Rater(ruleset).rate(evaluation.answers, evaluation.faults)
    (answer,) = evaluation.answers
    return answer.verdict.value, {q: r.colour for q, r in rated.items() if q in ("Q1", "Q2", "Q3")}


@pytest.mark.parametrize(
    ("events", "verdict", "colours"),
    [
        pytest.param((CONCERN,), "met", "none none none", id="no mismatch"),
        pytest.param((CONCERN, CLOSED_BEFORE), "not_met", "none grey none", id="one"),
        pytest.param((CONCERN, HARM), "not_met", "grey grey none", id="the other"),
        pytest.param((CONCERN, CLOSED_BEFORE, HARM), "not_met", "grey grey none", id="both"),
        pytest.param(
            (CONCERN, HARM, event("plan_made", "01-07")),
            "partly_met",
            "none none none",
            id="in part",
        ),
        pytest.param(
            (
                CONCERN,
                HARM,
                event("explanation", "01-07", rule="R-01", code="other"),
            ),
            "partly_met",
            "grey grey none",
            id="a reason without its text",
        ),
        pytest.param(
            (CONCERN, event("case_closed", "unreadable")),
            "cannot_tell",
            "none none none",
            id="what cannot be told touches nothing of its own",
        ),
    ],
)
def test_only_what_a_mismatch_touches_is_coloured(
    tmp_path: Path, events: tuple[EventParts, ...], verdict: str, colours: str
) -> None:
    found, rated = ratings(tmp_path, *events)

    assert found == verdict
    assert " ".join(rated.values()) == colours


def test_a_question_that_the_rule_does_not_feed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RulesetInvalid) as refused:
        ruleset_of(tmp_path, rule_text("R-01", BLOCKS, questions="Q1"))

    assert [problem.message for problem in refused.value.problems] == [
        "touches names Q2, which is not among the audit_questions",
        "touches names Q2, which is not among the audit_questions",
    ]
