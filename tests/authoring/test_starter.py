"""`msp-rules init`: an overlay that works from the first day, on whatever day that is."""

from datetime import date
from pathlib import Path

import pytest

from msp_rules.authoring.examples import run_examples
from msp_rules.authoring.lint import lint_layered
from msp_rules.authoring.starter import starter_files
from msp_rules.errors import MspRulesError, OutsideCalendar, SourceLocation
from msp_rules.gherkin.runner import run_features
from msp_rules.gherkin.story import RulesOfStory
from msp_rules.rules import check_layers, load_layers, shipped_ruleset
from msp_rules.rules.language.rule import Period
from tests.support.command_line import run_here
from tests.support.core import core_ruleset

CORE = shipped_ruleset("msp-core")


def made(folder: Path, today: str = "2026-11-25") -> Path:
    done = run_here("init", "our-council", "--today", today, cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "our-council"


@pytest.mark.slow
def test_it_holds_one_of_each_and_is_pinned_to_the_core(tmp_path: Path) -> None:
    layered = load_layers(CORE, [made(tmp_path)])
    core = core_ruleset()

    (own,) = layered.overlays
    (change,), (waiver,) = own.changes, own.waivers
    assert own.id == "our-council"
    assert (own.extends.version.value, own.extends.sha256.value) == (core.version, core.sha256)
    assert (change.rule.value, list(change.parameters)) == ("DEC-02", ["decide_within"])
    assert waiver.reasons.period.last == date(2027, 5, 24)
    assert list(own.rules) == ["X-LETTER-01"]
    letter = next(rule for rule in layered.ruleset.rules if rule.id == "X-LETTER-01")
    assert letter.period == Period(first=date(2026, 11, 25))


@pytest.mark.slow
@pytest.mark.parametrize(
    "today",
    [
        pytest.param("2026-11-25", id="a Wednesday", marks=pytest.mark.thorough),
        pytest.param("2026-12-24", id="before Christmas"),
        pytest.param("2027-01-01", id="a holiday", marks=pytest.mark.thorough),
        pytest.param("2027-03-26", id="Good Friday", marks=pytest.mark.thorough),
        pytest.param("2028-02-29", id="a leap day"),
        pytest.param("2026-05-02", id="a Saturday"),
    ],
)
def test_it_passes_its_own_tests_whatever_the_day(tmp_path: Path, today: str) -> None:
    folder = made(tmp_path, today)

    layered, problems = check_layers(CORE, [folder])
    assert (problems, lint_layered(layered) if layered is not None else None) == ((), ())
    assert layered is not None

    def is_own(where: SourceLocation) -> bool:
        return where.path.startswith("our-council/")

    examples = list(run_examples(layered.ruleset, matcher="python", chosen=is_own))
    rules = RulesOfStory(layered.ruleset, matcher="python")
    scenarios = run_features(folder, lambda: rules)

    assert [one for one in (*examples, *scenarios) if not one.has_passed] == []
    assert (len(examples), len(scenarios)) == (8, 6)


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "our-council").mkdir()

    done = run_here("init", "our-council", cwd=tmp_path)

    assert done.returncode == 3
    assert done.stderr == "our-council already exists; name a new folder\n"
    assert list((tmp_path / "our-council").iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Our-Council", "our council", "1st", "our_council"])
def test_a_name_that_can_be_no_id(tmp_path: Path, name: str) -> None:
    done = run_here("init", name, cwd=tmp_path)

    assert done.returncode == 3
    assert done.stderr == f'"{name}" can\'t be its id: write small letters, digits and hyphens\n'
    assert list(tmp_path.iterdir()) == []


def test_a_day_whose_holidays_nobody_knows() -> None:
    with pytest.raises(OutsideCalendar):
        starter_files("our-council", core_ruleset(), date(2090, 1, 1))
    with pytest.raises(MspRulesError):
        starter_files("Our", core_ruleset(), date(2026, 1, 1))


@pytest.mark.slow
def test_a_team_names_the_councils_overlay_below_its_own(tmp_path: Path) -> None:
    council = made(tmp_path)
    layer = load_layers(CORE, [council]).ruleset.layers[-1]
    team = tmp_path / "team.yaml"
    text = (council / "overlay.yaml").read_text().split("sources:")[0]
    text = text.replace("overlay: our-council", "overlay: team").replace(
        "id: msp-core", "id: our-council"
    )
    text = text.replace(core_ruleset().sha256, layer.sha256)
    text = text.replace('version: "0.2.0"\n  sha256', f'version: "{layer.version}"\n  sha256')
    team.write_text(text)

    alone = run_here("check", "team.yaml", cwd=tmp_path)
    above = run_here("check", "team.yaml", "--overlay", "our-council", cwd=tmp_path)

    assert alone.returncode == 3
    assert alone.stderr == (
        'team.yaml extends "our-council", which is not installed here; name the '
        "ruleset, and every overlay with --overlay, the lowest first\n"
    )
    assert (above.returncode, above.stdout) == (
        0,
        f"msp-core 0.2.0 + our-council 0.1.0 + team 0.1.0: {len(core_ruleset().rules) + 1} rules, "
        "no mistakes\n",
    )
