"""rulesets/README.md and the example council: what the page says and shows is so."""

import json
import os
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from msp_rules.audit.request import ScanRequest
from msp_rules.casework.moments import parse_as_of
from msp_rules.rules import load_layers
from msp_rules.rules.language.rule import Ruleset
from tests.support.core import core_ruleset
from tests.support.scanning import written

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "rulesets/README.md").read_text()
COMMANDS = re.findall(r"^ +\$ msp-rules (.+)$", PAGE, re.MULTILINE)
CORE = ROOT / "rulesets/msp-core"
COUNCIL = ROOT / "rulesets/example-council"
RULES = len(core_ruleset().rules) + 1  # and the council's own
EXPECTED = {
    "init our-council": (0, "written: our-council/overlay.yaml\n"),
    "check --strict our-council": (
        0,
        f"msp-core 0.2.0 + our-council 0.1.0: {RULES} rules, no mistakes\n",
    ),
    "test our-council": (0, " examples passed, 0 failed\n6 scenarios passed, 0 failed\n"),
    "test --steps": (0, "  Given EVENT is recorded WHEN with FIELDS\n"),
    "diff msp-core our-council": (0, 'X-LETTER-01 is new: "The adult gets a letter'),
    "effective our-council": (
        0,
        "  # our-council, our-council/overlay.yaml:21:11: Our board wants a decision by "
        "the second working day; approved by Safeguarding Adults Board\n",
    ),
    "impact --after our-council": (2, "Forecast: this change would begin prompts of X-LETTER-01"),
    "impact --before msp-core --after our-council": (2, '"schema": "msp-impact/1"'),
    "scan rulesets/msp-core/cases --overlay our-council": (2, " cases, msp-core 0.2.0"),
    "check --strict msp-core --overlay": (
        0,
        f"msp-core 0.2.0 + example-council 1.0.0: {RULES} rules, no mistakes\n",
    ),
    "test rulesets/example-council": (
        0,
        " examples passed, 0 failed\n8 scenarios passed, 0 failed\n",
    ),
    "effective rulesets/example-council": (0, "decide_within from 2026-04-01: 2 working days"),
    "check msp-core": (0, "has expired on 2026-12-31 [expired]"),
    "calendar rulesets/example-council": (0, "written: ends/example-council-ends.ics, ends/"),
    "diff msp-core rulesets": (0, 'X-CARD-01 is new: "The adult gets the council\'s card"'),
}


def run(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from msp_rules.cli.main import main; main()", *words]
    places = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=places, check=False)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of somebody who follows the page, with the rulesets beside their own."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "rulesets").symlink_to(ROOT / "rulesets")
    return folder


def test_every_command_of_the_page_is_tested() -> None:
    shown = [[c for c in COMMANDS if c.startswith(start)] for start in EXPECTED]
    assert all(len(commands) == 1 for commands in shown)
    assert len(COMMANDS) == len(EXPECTED)


@pytest.mark.slow
def test_the_commands_of_the_page_in_their_order(desk: Path) -> None:
    for command in COMMANDS:
        code, text = next(said for start, said in EXPECTED.items() if command.startswith(start))

        done = run(*shlex.split(command), cwd=desk)

        assert (done.returncode, done.stderr) == (code, ""), command
        assert text in done.stdout, command


@cache
def council(*overlays: Path) -> Ruleset:
    return load_layers(CORE, overlays).ruleset


def scanned(ruleset: Ruleset, as_of: str | None = None, jobs: int = 1) -> dict[str, Any]:
    request = ScanRequest(
        exports=(CORE / "cases",),
        ruleset=ruleset,
        as_of=parse_as_of(as_of) if as_of is not None else None,
        matcher="python",
        formats=("json",),
        jobs=jobs,
    )
    files, _ = written(request)
    found: dict[str, Any] = json.loads(files["results.json"])
    return found


@pytest.fixture(scope="module")
def in_force() -> dict[str, Any]:
    return scanned(council(COUNCIL))


def test_waived_findings_are_their_own_tally(in_force: dict[str, Any]) -> None:
    plain = scanned(council())
    totals, before = in_force["totals"], plain["totals"]

    rows = [(c["case"], row) for c in in_force["cases"] for row in c["verdicts"] if "waived" in row]
    assert rows
    for _, row in rows:
        assert row["verdict"] == "not_met"
        assert row["rule"] in {"COM-01", "INV-02"}
        assert row["waived"]["layer"] == "example-council"
    assert sum(totals["waived"].values()) == len(rows)
    every = [row for case in in_force["cases"] for row in case["verdicts"]]
    local = sum((row["rule"], row["verdict"]) == ("X-CARD-01", "not_met") for row in every)
    assert totals["verdicts"]["not_met"] == before["verdicts"]["not_met"] + local - len(rows)
    assert totals["verdicts"]["met"] == before["verdicts"]["met"]
    answered = sum(case["answered"] for case in in_force["cases"])
    assert sum(totals["verdicts"].values()) + len(rows) == answered
    assert totals["switched_off"] == 5


def test_the_manifest_names_layers_and_waivers(in_force: dict[str, Any]) -> None:
    manifest = in_force["manifest"]

    assert [layer["id"] for layer in manifest["layers"]] == ["msp-core", "example-council"]
    assert manifest["ruleset"]["id"] == "msp-core"
    (waiver,) = manifest["waivers"]
    assert waiver["state"] == "in force"
    assert waiver["expires"] == "2026-12-31"
    assert waiver["matched"] == sum(in_force["totals"]["waived"].values())
    assert waiver["approved_by"] == "Head of Safeguarding, Example Council"


@pytest.mark.parametrize(
    ("as_of", "state"),
    [
        pytest.param("2026-12-31", "in force", id="the last day"),
        pytest.param("2026-12-31T23:59:59+00:00", "in force", id="its last second in London"),
        pytest.param("2027-01-01T00:00:00+00:00", "expired", id="the first second after"),
        pytest.param("2027-01-01", "expired", id="the day after"),
    ],
)
def test_an_expired_waivers_findings_return(as_of: str, state: str) -> None:
    document = scanned(council(COUNCIL), as_of)

    assert document["manifest"]["waivers"][0]["state"] == state
    assert bool(document["totals"]["waived"]) is (state == "in force")


def test_several_processes_count_the_same(in_force: dict[str, Any]) -> None:
    assert scanned(council(COUNCIL), jobs=2) == in_force


def test_an_invalid_overlay_stops_the_scan(tmp_path: Path) -> None:
    overlay = tmp_path / "town.yaml"
    text = (COUNCIL / "overlay.yaml").read_text()
    overlay.write_text(text.replace("rules: [COM-01", "rules: [COM-1"))

    done = run("scan", "rulesets/msp-core/cases", "--overlay", str(overlay))

    assert done.returncode == 3
    assert done.stdout == ""
    assert re.fullmatch(
        r'town\.yaml:\d+:\d+: unknown rule "COM-1"; did you mean "COM-01"\?\n', done.stderr
    )


def test_what_matched_nothing_is_named(tmp_path: Path) -> None:
    overlay = tmp_path / "town.yaml"
    text = (COUNCIL / "overlay.yaml").read_text().replace("team: north", "team: nowhere")
    reasons = "because: a, approved_by: b, expires: 2026-12-31"
    text += (
        "filters:\n"
        f"  - {{name: hub, rules: DEC-02, when: {{this: {{source: police}}}}, {reasons}}}\n"
        f"  - {{name: none, rules: DEC-02, when: {{case: {{team: nowhere}}}}, {reasons}}}\n"
    )
    overlay.write_text(text.replace("team: nowhere}", 'team: "nowhere"}'))

    done = run("scan", "rulesets/msp-core/cases", "--overlay", str(overlay))

    assert 'waiver "north team moves to the new system" (example-council) matched nothing' in (
        " ".join(done.stdout.split())
    )
    assert 'filter "none" (example-council) matched nothing' in done.stdout
    assert 'filter "hub"' not in done.stdout
