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
    # A module of the run would keep all of it in memory, run after run.
    assert [name for name in sys.modules if name.startswith("test_features_of_")] == []


@pytest.mark.slow
def test_a_scenario_that_fails_is_told_by_its_step(base: Path, town: Path) -> None:
    code, lines, _ = outcome(base, town, GOOD.replace("15 May", "14 May"))

    assert code == 1
    assert lines[1:] == [
        'town/own.feature:12: scenario "Three working days to ask": PL-01: expected: met late; '
        "got: met (due 2026-05-14)",
        "1 scenario passed, 1 failed",
    ]


@pytest.mark.slow
def test_every_step_that_fails_is_told(base: Path, town: Path) -> None:
    more = "    And PL-01 is due on 13 May 2026\n    And PL-01 is not waived\n"
    feature = GOOD.replace("15 May", "14 May").replace(
        "\n\n    Examples", f"\n{more}\n    Examples"
    )

    code, lines, _ = outcome(base, town, feature)

    name = 'scenario "Three working days to ask"'
    due = "PL-01, due: expected: 13 May 2026; got: 14 May 2026"
    assert code == 1
    assert lines[1:] == [
        f"town/own.feature:13: {name}: {due}",
        f"town/own.feature:12: {name}: PL-01: expected: met late; got: met (due 2026-05-14)",
        f"town/own.feature:13: {name}: {due}",
        "0 scenarios passed, 2 failed",
    ]


@pytest.mark.slow
def test_a_byte_order_mark_is_passed_over(base: Path, town: Path) -> None:
    code, lines, _ = outcome(base, town, f"\ufeff{GOOD}")

    assert (code, lines[-1]) == (0, "2 scenarios passed, 0 failed")


@pytest.mark.parametrize("name", ["own.feature.txt", "own.FEATURE", "own.features"])
def test_a_file_that_looks_like_a_feature_and_is_not_run_is_named(
    name: str, base: Path, town: Path
) -> None:
    (town / name).write_text(GOOD)

    done = run_here("test", str(base), "--overlay", str(town))

    assert done.returncode == 3
    assert done.stderr == (
        f"town/{name}: only files called *.feature are run as features; rename it or move it away\n"
    )


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
    "a table that the sentence does not take": (
        ("11 May 2026\n", "11 May 2026\n      | identified adult | no |\n"),
        ['town/own.feature:4: the sentence "a concern raised on DAY" takes no table'],
    ),
    "a text that no sentence takes": (
        ("the enquiry started\n", 'the enquiry started\n      """\n      x\n      """\n'),
        ['town/own.feature:5: no sentence takes the text that """ begins; write it into a field'],
    ),
    "a space that is none": (
        ("Monday 11 May", "Monday 11\u00a0May"),
        [
            'town/own.feature:4: this line holds a non-breaking space after "11" (pasted from Word '
            "or Excel?): write an ordinary space, or nothing"
        ],
    ),
    "curly quotes": (
        ('"the worker"', "\u201cthe worker\u201d"),
        ['town/own.feature:10: curly quotes stand here: write "the worker" in straight ones'],
    ),
    "a misspelt word at the beginning of a step": (
        ("    When the case", "    Wen the case"),
        [
            'town/own.feature:11: this line begins with no word of a feature: "Wen the case is '
            'looked at on 30 June 2026"; did you mean "When"?'
        ],
    ),
    "a misspelt first step, which would be a note": (
        ("    Given the adult", "    Gven the adult"),
        ['town/own.feature:9: this line is read as a note, not as a step; did you mean "Given"?'],
    ),
    "a scenario without its colon, which would be a note": (
        ("Scenario Outline: Three", "Scenario Outline Three"),
        [
            'town/own.feature:8: this line begins with no word of a feature: "Scenario Outline '
            'Three working days to ask"; did you mean "Scenario Outline:"?'
        ],
    ),
    "a scenario that begins in the middle": (
        ("  Background:\n    Given a concern", "  Background:\n    And a concern"),
        ["town/own.feature:4: a scenario begins with Given, not And"],
    ),
    "a misspelt head": (
        ("Examples:", "Exampels:"),
        [
            'town/own.feature:14: this line begins with no word of a feature: "Exampels:"; did '
            'you mean "Examples:"?'
        ],
    ),
    "no feature at the top": (
        ("Feature: The", "Fature: The"),
        [
            'town/own.feature:1: this line begins with no word of a feature: "Fature: The '
            'board\'s own days"; did you mean "Feature:"?'
        ],
    ),
    "two features in one file": (
        (GOOD, f"{GOOD}\n{GOOD}"),
        [
            "town/own.feature:19: a file holds one feature; write the second one into a file of "
            "its own"
        ],
    ),
    "rows of other widths": (
        ("| 14 May 2026 | met      |", "| 14 May 2026 |"),
        [
            "town/own.feature:16: this row of the table has another number of cells than the row "
            "above it"
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


def test_a_file_in_another_encoding_is_named_with_its_line(base: Path, town: Path) -> None:
    (town / "own.feature").write_bytes(GOOD.replace("own days", "own d\u00e4ys").encode("cp1252"))

    done = run_here("test", str(base), "--overlay", str(town))

    assert done.returncode == 3
    assert done.stderr == (
        "town/own.feature:1: this is not UTF-8 text: save the file as UTF-8 (in Notepad: Save as, "
        "Encoding)\n"
    )


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

    assert (code, lines) == (0, ["1 example passed, 0 failed"])


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
