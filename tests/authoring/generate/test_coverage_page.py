"""The coverage page: every expectation with its answer, and nothing claimed that is not done."""

from pathlib import Path

import pytest

from msp_rules.authoring.generate.coverage_page import coverage_page
from msp_rules.rules import load_ruleset, shipped_ruleset
from msp_rules.rules.expectations import Coverage
from msp_rules.rules.folder import read_companions
from msp_rules.rules.language.rule import Ruleset
from msp_rules.yaml_source.nodes import Problems
from tests.builders.sound_rulesets import write_with_companions
from tests.support.generated import generated_page


def read(folder: Path) -> tuple[Coverage, Ruleset]:
    ruleset = load_ruleset(folder)
    coverage = read_companions(folder, ruleset, Problems()).coverage

    assert coverage is not None
    return coverage, ruleset


def test_each_kind_of_answer_says_what_it_is(tmp_path: Path) -> None:
    page = coverage_page(*read(write_with_companions(tmp_path)))

    rule = "[EX-01](rules/others.md#EX-01)"
    assert (
        "| S1-1 | The board leads. |  | Board evidence, not checked here: It shows in its plan. |"
        in page
    )
    assert (
        "| S1-2 | Language is simple. |  | Needs a person, not checked here: Its reader can tell. |"
        in page
    )
    assert f"| S9-1 | The adult is asked. | 14.93 | {rule}. Once at least. |" in page
    assert "[How often people are asked](#asking), not made by this version. |" in page
    assert "- [EX-02](rules/others.md#EX-02) (switched off at first): It rests on the law." in page
    assert "Of 4 expectations, 1 are answered by rules; 0 of these only by rules" in page


def test_a_measure_names_the_commands_that_make_it(tmp_path: Path) -> None:
    made = 'made: "yes", by: [measures M1, compare]'
    folder = write_with_companions(tmp_path, "coverage.yaml", 'made: "no"', made)

    page = coverage_page(*read(folder))

    named = "made by this version (`measures` M1, `compare`)"
    assert f"[How often people are asked](#asking), {named}. |" in page
    assert "Of the\nmeasures named, all 1 are made by this version" in page


def test_a_measure_that_is_not_made_is_not_counted_as_made(tmp_path: Path) -> None:
    page = coverage_page(*read(write_with_companions(tmp_path)))

    assert "0 of the\n1 measures named are made by this version" in page


@pytest.mark.slow
def test_a_row_answered_by_a_switched_off_rule_says_so() -> None:
    coverage, ruleset = read(shipped_ruleset("msp-core"))
    off = {rule.id for rule in ruleset.rules if not rule.is_enabled}
    lines = generated_page("docs/coverage.md").splitlines()
    rows = {line.split(" | ")[0].removeprefix("| "): line for line in lines if "| " in line}

    checked = 0
    for row in coverage.expectations:
        for rule in row.rules:
            is_marked = f"#{rule}) (switched off at first)" in rows[row.id]
            assert is_marked is (rule in off), row.id
            checked += is_marked
    assert checked > 5


@pytest.mark.slow
def test_every_expectation_stands_on_the_page_as_it_was_written() -> None:
    coverage, _ = read(shipped_ruleset("msp-core"))
    page = generated_page("docs/coverage.md")

    for row in coverage.expectations:
        line = next(line for line in page.splitlines() if line.startswith(f"| {row.id} | "))
        said = [row.says, *row.guidance, row.note, row.shown]
        said += [row.needs_a_person, row.board_evidence]
        assert all(part in line for part in said if part is not None)
