"""A case in words: what the record holds, when it is looked at, and what the rules then say."""

import io
from datetime import timedelta
from typing import Any

import pytest
from pytest_bdd import given, parsers, then, when
from steps.story import CONCERN_DAY, RULES, Story

from benchmarks.firing_rates import engine_of_all_rules
from msp_rules.casework.case import Case
from msp_rules.casework.moment import parse_as_of
from msp_rules.casework.values import event_from_mapping
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.engine.engine import Engine
from msp_rules.engine.verdict import Verdict
from msp_rules.intake.case_xml import ExportReader
from tests.support.core import core_ruleset

REASONS = {
    "unsafe": "unsafe",
    "agreed with the adult": "agreed_with_adult",
    "declined by the adult": "adult_declined",
    "out of reach": "not_reachable",
}
GAPS = {"not_met", "partly_met", "met_late"}


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture(scope="session")
def engine() -> Engine:
    return Engine(core_ruleset())


@given("a concern raised on Monday 5 January 2026")
def concern(story: Story) -> None:
    story.events.append(("concern_raised", {"occurred": CONCERN_DAY, "identified_adult": "yes"}))


@given("a concern whose record does not say whether there is an identified adult")
def silent_concern(story: Story) -> None:
    story.events.append(("concern_raised", {"occurred": CONCERN_DAY}))


@given(parsers.parse("the adult was asked what they want {days:d} days later"))
def asked(story: Story, days: int) -> None:
    body = {"occurred": CONCERN_DAY + timedelta(days), "asked": "asked_expressed"}
    story.events.append(("outcomes_conversation", body))


@given(parsers.parse("the worker noted that the adult was {reason}, to be reviewed by {day}"))
def not_asked(story: Story, reason: str, day: str) -> None:
    body = {
        "occurred": CONCERN_DAY,
        "asked": "not_asked",
        "reason_not_asked": reason.replace(" ", "_"),
        "reason_text": "As noted.",
        "review_by": day,
    }
    story.events.append(("outcomes_conversation", body))


@given(parsers.parse('the worker explained "{title}" as {reason}'))
def explained(story: Story, title: str, reason: str) -> None:
    code = REASONS[reason]
    body = {"occurred": CONCERN_DAY, "rule": RULES[title], "code": code, "text": "As noted."}
    story.events.append(("explanation", body))


@given(parsers.parse("capacity was considered {days:d} days after the concern"))
def capacity(story: Story, days: int) -> None:
    body = {"occurred": CONCERN_DAY + timedelta(days), "view": "no_reason_to_doubt"}
    story.events.append(("capacity_considered", body))


@given("an enquiry was decided on 2 days after the concern")
def decided(story: Story) -> None:
    body = {"occurred": CONCERN_DAY + timedelta(2), "result": "s42_enquiry"}
    story.events.append(("s42_decided", body))


@given(parsers.parse("advocacy was considered and {conclusion} was the conclusion"))
def advocacy(story: Story, conclusion: str) -> None:
    body = {"occurred": CONCERN_DAY + timedelta(3), "conclusion": conclusion.replace(" ", "_")}
    story.events.append(("advocacy_considered", body))


@given(parsers.parse("a response with {parts}"))
def response(story: Story, parts: str) -> None:
    words: dict[str, Any] = {
        "the reason": {"why_proportionate": "It answers the risk."},
        "a lighter option": {"less_intrusive_considered": "yes"},
        "the adult's view": {"adult_agrees": "partly"},
    }
    body: dict[str, Any] = {"occurred": CONCERN_DAY + timedelta(3)}
    for part in parts.split(" and "):
        body |= words[part]
    story.events.append(("response_decided", body))


@given("an export of three cases of which the second holds a date that does not exist")
def export(story: Story) -> None:
    days = ("2026-01-05", "2026-02-30", "2026-01-05")
    cases = "".join(
        f'<case id="C{number}"><adult ref="P"/><concern_raised id="e1" occurred="{day}"/></case>\n'
        for number, day in enumerate(days, start=1)
    )
    start = '<case_export xmlns="urn:msp-rules:case-export:1" version="1"><header/>\n'
    story.export = start + cases + "</case_export>"


@when(parsers.re(r"the case is looked at on (?P<day>\S+)$"))
def look(story: Story, engine: Engine, day: str) -> None:
    judge(story, engine, day)


@when(parsers.re(r"the case is looked at on (?P<day>[^ ,]+), the optional questions included$"))
def look_further(story: Story, day: str) -> None:
    judge(story, engine_of_all_rules(), day)


def judge(story: Story, engine: Engine, day: str) -> None:
    """Puts what the scenario told before the rules, and keeps their answers and questions."""
    vocabulary, events = core_vocabulary(), []
    for number, (kind, body) in enumerate(story.events, start=1):
        event, problems = event_from_mapping(
            kind, body, vocabulary=vocabulary, default_id=f"e{number}"
        )
        assert problems == ()
        events.append(event)
    outcome = engine.evaluate(Case(id="C", events=tuple(events)), parse_as_of(day))
    assert outcome.faults == ()
    story.answers = dict.fromkeys(RULES.values(), "not_applicable")
    story.answers |= {
        answer.rule: answer.verdict.value
        for answer in outcome.answers
        if answer.verdict is not Verdict.NOT_APPLICABLE
    }
    story.questions = {
        rule.prompt.summary
        for rule in engine.ruleset.enabled_rules
        if story.answers.get(rule.id) in GAPS
    }


@when("the export is read")
def read(story: Story) -> None:
    reader = ExportReader(io.BytesIO(story.export.encode()), "export.xml")
    story.cases = list(reader)
    story.faults = [f"{fault.case} {fault.event} line {fault.line}" for fault in reader.faults]


@then(parsers.parse('"{title}" is {verdict}'))
def verdict_is(story: Story, title: str, verdict: str) -> None:
    assert story.answers[RULES[title]] == verdict.replace(" ", "_")


@then(parsers.parse('the worker is asked "{question}"'))
def question_asked(story: Story, question: str) -> None:
    assert question in story.questions


@then("nothing about outcomes is missing")
def no_gap_in_outcomes(story: Story) -> None:
    gaps = [rule for rule, verdict in story.answers.items() if verdict in GAPS]
    assert [rule for rule in gaps if rule.startswith("OUT")] == []


@then("all three cases are there")
def all_cases(story: Story) -> None:
    assert [case.id for case in story.cases] == ["C1", "C2", "C3"]


@then(parsers.parse("the fault names {place}"))
def fault_names(story: Story, place: str) -> None:
    assert story.faults == [place]
