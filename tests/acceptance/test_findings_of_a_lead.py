"""What a team lead found wrong when tailoring the rules, and which tests keep each of it mended.

The table stands for itself: a finding in a sentence, and the tests that fail if it comes back. What
no test of a room holds is tested below. Single messages are in `test_mistakes_of_a_lead.py`.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from msp_rules.engine.engine import Engine
from msp_rules.prompts.view import view
from msp_rules.rules import load_layers
from msp_rules.rules.language.lock import meaning_of
from tests.builders.case import EventParts, case_of
from tests.builders.layers import WHY, top_layer, write_overlay
from tests.builders.part_of_core import write_part_of_core
from tests.support.core import core_ruleset
from tests.support.desk import Desk

TESTS: Final = Path(__file__).parents[1]
MISTAKES: Final = "acceptance/test_mistakes_of_a_lead.py::"
ANSWER: Final = f"{MISTAKES}test_a_mistake_is_answered_so_that_it_can_be_mended"
APPROVAL: Final = "rules/layers/test_approval.py::"
TRIAL: Final = "authoring/impact/test_trial.py::"
FEATURES: Final = "gherkin/test_feature_files.py::"
SENTENCES: Final = "gherkin/test_sentences.py::"
OWN: Final = "acceptance/test_findings_of_a_lead.py::"
FINDINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "1 a mistyped rule id inside a file crashes every command": (
        ANSWER,
        "rules/layers/test_layers.py::test_a_rule_of_another_name_than_its_file_is_one_mistake_in_plain_words",
        "acceptance/test_no_file_crashes.py::test_no_spoiled_overlay_or_rule",
    ),
    "2 impact hides every change that begins later": (
        f"{TRIAL}test_a_number_that_begins_later_is_tried_on_the_whole_year",
        f"{TRIAL}test_as_dated_it_is_not_tried_and_is_named",
        f"{TRIAL}test_four_hours_for_the_safety_check_are_tried_on_last_years_cases",
        f"{TRIAL}test_what_comes_and_goes_is_what_two_scans_show",
    ),
    "3 'the worker is asked' is not what the desk asks": (
        f"{SENTENCES}test_the_worker_is_asked_before_a_limit_what_the_desk_asks_then",
        f"{SENTENCES}test_at_its_step_a_question_is_asked_that_the_page_of_the_case_leaves_out",
        "authoring/test_starter.py::test_it_passes_its_own_tests_whatever_the_day",
    ),
    "4 citations of local rules are not checked": (
        f"{APPROVAL}test_what_a_local_rule_cites_is_checked_as_the_cores",
        ANSWER,
    ),
    "5 who changed something, why and until when is shown nowhere": (
        f"{APPROVAL}test_a_change_is_shown_with_all_that_a_board_asks",
    ),
    "6 a local rule cannot begin on a day": (
        "engine/test_suspended_and_dated.py::test_a_rule_is_in_force_for_what_happened_in_its_days",
        "authoring/test_starter.py::test_it_passes_its_own_tests_whatever_the_day",
    ),
    "7 an assumed number turns a case red as a duty in law": (
        f"{OWN}test_no_day_that_the_project_assumed_makes_a_duty_red",
        "engine/test_dues.py::test_red_when_darkens_what_rests_on_an_assumed_number",
        "rules/layers/test_core_floors.py::test_every_duty_is_a_floor_and_no_floor_has_a_published_number_that_can_go_red",
    ),
    "8 a council may call its own rule law": (
        ANSWER,
        "authoring/test_overlay_lint.py::test_a_local_rule_that_is_counted_as_a_duty_and_is_none",
    ),
    "9 numbers that must move together are not checked": (
        f"{OWN}test_how_many_concerns_count_as_repeated_is_one_number",
    ),
    "10 what ends is said by nobody": (
        ANSWER,
        "authoring/test_ends.py::test_it_is_announced_from_sixty_days_ahead_to_its_last_day",
        "authoring/test_ends.py::test_without_a_day_check_takes_today",
        "authoring/test_ends.py::test_the_command_writes_calendar_and_list",
    ),
    "11 a filter that leaves everything out passes": (ANSWER,),
    "12 a reason is cut silently, or has no words": (
        ANSWER,
        "authoring/test_overlay_lint.py::test_a_text_that_a_comment_cuts_is_named",
    ),
    "13 two versions of one overlay, or two councils, cannot be compared": (
        f"{APPROVAL}test_two_versions_of_one_overlay_are_compared_in_words",
        f"{APPROVAL}test_two_councils_are_compared_in_words",
    ),
    "14 failing features speak ambiguously, and of the first step only": (
        f"{MISTAKES}test_a_mistake_in_a_feature_is_answered_so_that_it_can_be_mended",
        f"{FEATURES}test_every_step_that_fails_is_told",
    ),
    "15 a critical question is not put again where it matters": (
        f"{OWN}test_whether_the_adult_is_safe_is_asked_again_when_an_enquiry_is_decided_on",
    ),
    "16 what is said to settle a question does not settle it": (
        "properties/test_what_would_settle_it.py::test_what_would_settle_it_settles_it",
    ),
    "17 questions, reasons, forms and names of roles cannot be the council's own": (
        "rules/layers/test_local_words.py::test_question_and_finding_may_be_the_councils_own",
        "rules/layers/test_local_words.py::test_more_reasons_are_accepted_where_the_overlay_says",
        "prompts/test_languages.py::test_what_is_not_said_in_a_language_is_said_in_the_rulesets_own",
        "prompts/test_languages.py::test_every_word_that_a_card_can_say_comes_from_a_catalogue",
    ),
    "18 a page says that keys stand in one order": (
        f"{OWN}test_keys_of_a_rule_stand_in_any_order",
        "acceptance/test_rule_language_page.py::test_an_example_of_the_page_is_allowed",
    ),
    "19 a number that nobody can set is shown as one": (
        "prompts/test_card.py::test_number_that_no_council_can_set_is_not_said_to_be_its_to_set",
        "rules/language/test_wording.py::test_only_a_number_that_a_council_can_set_is_said_to_be_its_to_set",
    ),
}
"""Each finding, and the tests that hold its answer."""


@cache
def names_of_tests(file: str) -> frozenset[str]:
    tree = ast.parse((TESTS / file).read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("finding", FINDINGS)
def test_each_finding_is_held_by_tests_that_there_are(finding: str) -> None:
    held = [test.split("::") for test in FINDINGS[finding]]

    assert held
    assert [(file, name) for file, name in held if name not in names_of_tests(file)] == []


def test_no_finding_is_left_out() -> None:
    assert [int(finding.split()[0]) for finding in FINDINGS] == list(range(1, 20))


CONCERN: EventParts = ("concern_raised", {"id": "e1", "occurred": "2026-01-05T10:00"})
DECIDED: EventParts = (
    "s42_decided",
    {"occurred": "2026-01-06", "concern": "e1", "result": "s42_enquiry"},
)


def test_no_day_that_the_project_assumed_makes_a_duty_red() -> None:
    engine = Engine(core_ruleset(), matcher="python")
    need: EventParts = (
        "advocacy_considered",
        {"occurred": "2026-01-07", "conclusion": "independent_advocate"},
    )
    died: EventParts = (
        "serious_harm",
        {"occurred": "2026-01-07", "agencies_could_have_worked_better": "yes"},
    )

    answers = engine.evaluate(case_of(CONCERN, DECIDED, died), "2026-03-31").answers
    with_need = engine.evaluate(case_of(CONCERN, DECIDED, need), "2026-03-31").answers

    colours = {one.rule: (one.verdict.value, one.colour) for one in answers}
    assert colours["ADV-01"] == ("not_met", "amber")
    assert colours["SPC-04"] == ("not_met", "amber")
    assert [(one.verdict.value, one.colour) for one in with_need if one.rule == "ADV-02"] == [
        ("not_met", "amber")
    ]


@pytest.mark.parametrize(
    ("concerns", "repeats", "verdict"),
    [
        pytest.param(3, None, "not_met", id="three are repeated as the core has it"),
        pytest.param(4, 5, "not_applicable", id="four are not where five would be"),
        pytest.param(5, 5, "not_met", id="five are"),
    ],
)
def test_how_many_concerns_count_as_repeated_is_one_number(
    concerns: int, repeats: int | None, verdict: str, tmp_path: Path
) -> None:
    base = write_part_of_core(tmp_path / "core", "rules/SPC-05.yaml")
    row = f"{{from: 2015-04-01, value: {repeats}, basis: local, source: our procedure}}"
    change = f"changes:\n  - {{rule: SPC-05, parameters: {{repeats: [{row}]}}, {WHY}}}\n"
    body = change if repeats is not None else ""
    ruleset = load_layers(base, [write_overlay(tmp_path, "town", top_layer(base), body)]).ruleset
    told: list[EventParts] = [
        ("concern_raised", {"occurred": f"2026-01-{5 + number:02}"}) for number in range(concerns)
    ]

    answers = Engine(ruleset, matcher="python").evaluate(case_of(*told), "2026-03-31").answers

    assert [one.verdict.value for one in answers if one.rule == "SPC-05"] == [verdict]


def test_whether_the_adult_is_safe_is_asked_again_when_an_enquiry_is_decided_on() -> None:
    desk = Desk()
    first = view(desk.state, step="concern_raised", role="worker").interrupting
    desk.say("RISK-01", "shown", "2026-01-05T11:00")
    result = {"id": "e2", "occurred": "2026-01-09T09:00", "concern": "e1", "result": "s42_enquiry"}

    desk.record("s42_decided", result, "2026-01-09T09:00")

    again = view(desk.state, step="s42_decided", role="worker")
    shown = [one.key.rule for one in (*again.interrupting, *again.passive)]
    assert [one.key.rule for one in first] == ["RISK-01"]
    assert "RISK-01" in shown


def test_keys_of_a_rule_stand_in_any_order(tmp_path: Path) -> None:
    base = write_part_of_core(tmp_path / "core", "rules/COM-01.yaml")
    path = base / "rules/COM-01.yaml"
    before = [meaning_of(rule) for rule in load_layers(base).ruleset.rules]
    blocks: list[list[str]] = []
    for line in path.read_text("utf-8").splitlines():
        if line[:1].isalpha():
            blocks.append([])
        blocks[-1].append(line)
    path.write_text("\n".join(line for block in reversed(blocks) for line in block) + "\n", "utf-8")

    assert [meaning_of(rule) for rule in load_layers(base).ruleset.rules] == before
