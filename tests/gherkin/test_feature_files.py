"""Features beside a team's rules: they run with no Python, and mistakes are named by place."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from msp_rules.gherkin import runner
from tests.builders.layers import WHY, top_layer, write_base, write_overlay
from tests.support.command_line import ROOT, run_here

LOCAL = f"""\
events: {{x_visit: {{means: A visit, fields: {{by: text}}}}}}
changes:
  - rule: PL-01
    parameters: {{within: [{{from: 2026-01-01, value: 3, basis: local, source: x}}]}}
    {WHY.replace(", ", chr(10) + "    ")}
"""
GOOD = """\
Feature: The board's own days

  Background:
    Given a concern raised on Monday 11 May 2026
    And the enquiry started

  @draft @skip
  Scenario Outline: Three working days to ask
    Given the adult was asked what they want on <day>
    And a visit is recorded on 12 May 2026 with by "the worker"
    When the case is looked at on 30 June 2026
    Then PL-01 is <verdict>

    Examples:
      | day         | verdict  |
      | 14 May 2026 | met      |
      | 15 May 2026 | met late |
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_base(tmp_path_factory.mktemp("features"))


@pytest.fixture
def town(base: Path, tmp_path: Path) -> Path:
    """An overlay in a folder of its own."""
    folder = tmp_path / "town"
    folder.mkdir()
    written = write_overlay(tmp_path, "town", top_layer(base), LOCAL)
    written.rename(folder / "overlay.yaml")
    return folder


def outcome(base: Path, town: Path, feature: str, *more: str) -> tuple[int, list[str], str]:
    (town / "own.feature").write_text(feature)
    done = run_here("test", str(base), "--overlay", str(town), *more)
    return done.returncode, done.stdout.splitlines(), done.stderr


@pytest.mark.slow
def test_features_run_on_the_rules_of_their_own_layer(base: Path, town: Path) -> None:
    code, lines, _ = outcome(base, town, GOOD)

    assert (code, lines[-1]) == (0, "2 scenarios passed, 0 failed")


@pytest.mark.slow
def test_a_scenario_that_fails_is_told_by_its_step(base: Path, town: Path) -> None:
    code, lines, _ = outcome(base, town, GOOD.replace("15 May", "14 May"))

    assert code == 1
    assert lines[1:] == [
        'town/own.feature:12: scenario "Three working days to ask": PL-01 is met, not met late '
        "(due 2026-05-14)",
        "1 scenarios passed, 1 failed",
    ]


@pytest.mark.slow
def test_a_failed_example_is_not_made_good_by_features(base: Path, town: Path) -> None:
    overlay = town / "overlay.yaml"
    wrong = "    examples:\n      - {name: x, as_of: 2026-03-31, given: [], then: met}\n"
    overlay.write_text(overlay.read_text() + wrong)

    code, lines, _ = outcome(base, town, GOOD)

    assert (code, lines[-1]) == (1, "2 scenarios passed, 0 failed")


BROKEN = {
    "a step that no sentence fits": (
        ("the enquiry started\n", "the enquiry begins\n"),
        [
            'town/own.feature:5: no sentence fits "Given the enquiry begins"; the nearest are',
            "    the enquiry started [WHEN]",
            "    the enquiry was planned [WHEN]",
            "    an enquiry was decided [WHEN]",
        ],
    ),
    "a step after the wrong word": (
        ("    When the case", "    And the case"),
        [
            'town/own.feature:8: the scenario evaluates nothing: it lacks a "When"',
            'town/own.feature:11: "the case is looked at on 30 June 2026" comes after Given, but '
            "belongs after When",
        ],
    ),
    "a scenario that proves nothing": (
        ("    Then PL-01 is <verdict>\n", ""),
        ['town/own.feature:8: the scenario checks nothing: it lacks a "Then"'],
    ),
    "an outline without rows": (
        ("      | 14 May 2026 | met      |\n      | 15 May 2026 | met late |\n", ""),
        ["town/own.feature:8: the scenario outline has no example row"],
    ),
    "a feature without a scenario": (
        (GOOD[GOOD.index("  @draft") :], ""),
        ["town/own.feature:1: the feature has no scenario"],
    ),
    "a file without a feature": (
        (GOOD, "# later\n"),
        ["town/own.feature:1: the file has no feature"],
    ),
    "two scenarios of one name": (
        (GOOD, GOOD + GOOD[GOOD.index("  Scenario Outline") :]),
        [
            'town/own.feature:18: another scenario is called "Three working days to ask"; first: '
            "line 8"
        ],
    ),
    "an unknown field": (
        ('by "the worker"', 'bye "the worker"'),
        ['town/own.feature:10: unknown field of x visit "bye"; did you mean "by"?'],
    ),
    "an unknown rule": (
        ("Then PL-01", "Then PL-1"),
        ['town/own.feature:12: small has no rule "PL-1"; did you mean "PL-01"?'],
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_with_a_feature_file(name: str, base: Path, town: Path) -> None:
    (old, new), said = BROKEN[name]
    assert old in GOOD

    code, lines, errors = outcome(base, town, GOOD.replace(old, new))

    assert code == 3
    assert "scenarios" not in "".join(lines)
    assert list(dict.fromkeys(errors.splitlines())) == said


def test_a_file_that_is_no_gherkin(base: Path, town: Path) -> None:
    code, _, errors = outcome(base, town, GOOD.replace("Examples:", "Exampels:"))

    assert code == 3
    assert errors.startswith("town/own.feature:14: not readable as Gherkin: expected: ")


@pytest.mark.slow
def test_python_beside_the_features_is_not_run(base: Path, town: Path) -> None:
    (town / "conftest.py").write_text("raise SystemExit(9)\n")

    assert outcome(base, town, GOOD)[0] == 0


@pytest.mark.slow
def test_what_others_tell_pytest_does_not_reach_the_features(
    base: Path, town: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "--collect-only")

    assert outcome(base, town, GOOD)[:2] == (0, outcome(base, town, GOOD)[1])


def test_the_examples_of_one_rule_are_run_without_features(base: Path, town: Path) -> None:
    code, lines, _ = outcome(base, town, GOOD.replace("PL-01", "PL-1"), "--rule", "PL-01")

    assert (code, lines) == (0, ["1 examples passed, 0 failed"])


def test_what_runs_features_can_be_imported_without_the_extra() -> None:
    script = "import sys, msp_rules.cli.tests; print({'pytest', 'pytest_bdd'} & {*sys.modules})"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("set()\n", "")


def test_without_the_extra_features_are_not_reported_as_passed(
    base: Path, town: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_NEEDED", ("no_such_module",))

    code, lines, errors = outcome(base, town, GOOD)

    assert code == 2
    assert errors == ('town has 1 feature file; to run them: pip install "msp-rules[gherkin]"\n')
    assert "scenarios" not in "".join(lines)


def test_the_sentences_are_printed_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_NEEDED", ("no_such_module",))

    done = run_here("test", "--steps")

    assert done.returncode == 0
    assert "  Given EVENT is recorded WHEN with FIELDS\n" in done.stdout
    assert "  Then RULE is VERDICT\n" in done.stdout


@pytest.mark.slow
def test_each_layer_answers_for_its_own_features(base: Path, town: Path) -> None:
    (town / "own.feature").write_text(GOOD)
    team = town.parent / "team"
    team.mkdir()
    body = LOCAL[LOCAL.index("changes") :].replace("value: 3", "value: 4")
    written = write_overlay(town.parent, "team", top_layer(base, town), body)
    written.rename(team / "overlay.yaml")
    later = GOOD.replace("15 May", "18 May").replace("14 May", "15 May")
    (team / "own.feature").write_text(later)

    done = run_here("test", str(base), "--overlay", str(town), "--overlay", str(team))

    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "4 scenarios passed, 0 failed")


@pytest.mark.slow
def test_with_pytest_alone_the_plugin_takes_the_rules_from_its_options(
    base: Path, town: Path, tmp_path: Path
) -> None:
    (town / "own.feature").write_text(GOOD.replace("@draft @skip", "@slow"))
    module = tmp_path / "test_own.py"
    module.write_text("from pytest_bdd import scenarios\n\nscenarios('town')\n")
    words = [
        "-q",
        "-W",
        "ignore",
        str(module),
        "-p",
        "msp_rules.gherkin.pytest_plugin",
        "-p",
        "no:cacheprovider",
    ]
    words += ["--msp-ruleset", str(base), "--msp-overlay", str(town), "--rootdir", str(tmp_path)]

    command = [sys.executable, "-m", "pytest", *words]
    places = {**os.environ, "PYTHONPATH": str(ROOT)}

    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=places, check=False
    )

    assert (done.returncode, "2 passed" in done.stdout) == (0, True), done.stdout
