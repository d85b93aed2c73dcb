"""Steps that only the features of this project need, beside the sentences of the package."""

import io
from collections.abc import Mapping
from typing import Any

import pytest
from pytest_bdd import given, parsers, then, when

from benchmarks.firing_rates import engine_of_all_rules
from features.steps.short_names import RULES
from msp_rules.casework.case import Case
from msp_rules.gherkin.story import RulesOfStory, Story
from msp_rules.intake.export_xml import ExportReader
from tests.builders.export import case_text, event_text, export_text
from tests.support.core import core_ruleset


@pytest.fixture(scope="session")
def msp_rule_names() -> Mapping[str, str]:
    return RULES


@pytest.fixture(scope="session")
def msp_rules_of_story(msp_rule_names: Mapping[str, str]) -> RulesOfStory:
    return RulesOfStory(core_ruleset(), msp_rule_names)


class Export:
    """An export, and what was read of it."""

    def __init__(self) -> None:
        self.text = ""
        self.cases: list[Case] = []
        self.faults: list[str] = []


@pytest.fixture
def export() -> Export:
    return Export()


@given(parsers.parse("a response with {parts}"))
def response(msp_story: Story, parts: str) -> None:
    words: dict[str, Any] = {
        "the reason": {"why_proportionate": "It answers the risk."},
        "a lighter option": {"less_intrusive_considered": "yes"},
        "the adult's view": {"adult_agrees": "partly"},
    }
    body: dict[str, Any] = {}
    for part in parts.split(" and "):
        body |= words[part]
    msp_story.tell("response_decided", body)


@given("the optional rules are switched on")
def optional_rules(msp_story: Story) -> None:
    msp_story.rules = RulesOfStory(engine_of_all_rules().ruleset, RULES)


@then("nothing about outcomes is missing")
def no_gap_in_outcomes(msp_story: Story) -> None:
    assert [rule for rule in msp_story.found_missing() if rule.startswith("OUT")] == []


@given("an export of three cases of which the second holds a date that does not exist")
def broken_export(export: Export) -> None:
    days = ("2026-01-05", "2026-02-30", "2026-01-05")
    cases = [
        case_text(f"C{number}", event_text("concern_raised", "e1", day))
        for number, day in enumerate(days, start=1)
    ]
    export.text = export_text(cases, header="")


@when("the export is read")
def read(export: Export) -> None:
    reader = ExportReader(io.BytesIO(export.text.encode()), "export.xml")
    export.cases = list(reader)
    export.faults = [f"{fault.case} {fault.event} line {fault.line}" for fault in reader.faults]


@then("all three cases are there")
def all_cases(export: Export) -> None:
    assert [case.id for case in export.cases] == ["C1", "C2", "C3"]


@then(parsers.parse("the fault names {place}"))
def fault_names(export: Export, place: str) -> None:
    assert export.faults == [place]
