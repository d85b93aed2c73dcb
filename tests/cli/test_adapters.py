"""Plug-ins that are installed, as people meet them at the command line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders.adapter import write_adapter
from tests.support.command_line import ROOT, Done, run_here

PLUGINS = ("json-events", "outbox-table", "json-records", "example-procedure")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the shipped plug-ins and a wrong one are installed."""
    folder = tmp_path_factory.mktemp("installed")
    wrong = folder / "wrong"
    wrong.mkdir()
    for source in (ROOT / "plugins/json-events").glob("pyproject.toml"):
        text = source.read_text().replace("json-events", "wrong").replace("json_events", "wrong")
        (wrong / "pyproject.toml").write_text(text)
    (wrong / "README.md").write_text("Wrong on purpose.")
    (wrong / "msp_wrong").mkdir()
    (wrong / "msp_wrong/__init__.py").write_text(
        "from msp_rules.hooks import hookimpl\n\n\n@hookimpl\ndef msp_ruleset():\n    return {}\n"
    )
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    command += ["--no-build-isolation", "--disable-pip-version-check", "--target"]
    sources = [str(ROOT / "plugins" / name) for name in PLUGINS]
    subprocess.run([*command, str(folder / "site"), *sources], check=True)
    subprocess.run([*command, str(folder / "wrong-site"), str(wrong)], check=True)
    return folder


def run(*words: str, sites: tuple[Path, ...]) -> Done:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (*sites, ROOT)))}
    command = [sys.executable, "-c", "from msp_rules.cli.main import main; main()", *words]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, check=False, env=environment
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.mark.slow
def test_installed_plugins_are_listed_with_their_hooks(site: Path) -> None:
    done = run("adapter", "list", sites=(site / "site",))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "example-procedure (msp-example-procedure 0.1.0): msp_rulesets",
        "json-events (msp-json-events 0.1.0): msp_find_events, msp_render_cards, msp_samples",
        "json-records (msp-json-records 0.1.0): msp_acknowledge_cases, msp_edit_sample, "
        "msp_find_cases, msp_mapping, msp_receive_changes, msp_samples, msp_shown_prompts, "
        "msp_supplies",
        "outbox-table (msp-outbox-table 0.1.0): msp_acknowledge, msp_acknowledge_feedback, "
        "msp_find_events, msp_find_feedback, msp_receive_changes, msp_samples, "
        "msp_shown_prompts, msp_supplies",
    ]


@pytest.mark.slow
def test_a_wrong_plugin_is_named_beside_the_others(site: Path) -> None:
    done = run("adapter", "list", sites=(site / "site", site / "wrong-site"))

    assert done.returncode == 1
    assert (
        "plug-in wrong: refused: msp_wrong/__init__.py:4: "
        "there is no hook msp_ruleset; did you mean msp_rulesets?"
    ) in done.stdout
    assert "json-events (msp-json-events 0.1.0)" in done.stdout


@pytest.mark.slow
def test_doctor_names_the_plugins(site: Path) -> None:
    done = run("doctor", sites=(site / "site", site / "wrong-site"))

    assert done.returncode == 0
    assert "plug-ins: outbox-table (msp-outbox-table 0.1.0): msp_acknowledge, " in done.stdout
    assert "plug-ins: plug-in wrong: refused: " in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["check", "--strict", "example-procedure"], "example-procedure 1.0.0: 1 rules, no mist"),
        (
            ["check", "example-procedure", "--overlay", "example-town"],
            "example-procedure 1.0.0 + example-town 1.0.0: 2 rules, no mistakes",
        ),
        (["test", "example-procedure", "--overlay", "example-town"], "8 examples passed, 0 failed"),
        (["rules", "example-procedure"], "EX-01 advice: The adult is told what happens next"),
        (["effective", "example-procedure", "--overlay", "example-town"], "X-TOWN-01"),
        (["diff", "example-procedure", "--overlay", "example-town"], "X-TOWN-01 is new"),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, list) else "",
)
def test_rules_of_a_plugin_are_found_by_name(words: list[str], says: str, site: Path) -> None:
    done = run(*words, sites=(site / "site",))

    assert (done.returncode, done.stderr) == (0, "")
    assert says in done.stdout


@pytest.mark.slow
def test_an_export_is_scanned_by_a_plugins_rules(site: Path) -> None:
    words = ["scan", "tests/data/example-export.xml", "--format", "json", "--out", "-"]

    done = run(*words, "--ruleset", "example-procedure", sites=(site / "site",))

    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["manifest"]["ruleset"]["id"] == "example-procedure"


@pytest.mark.slow
def test_a_name_that_nobody_has_is_refused_with_what_could_not_be_asked(site: Path) -> None:
    plain = run("check", "example-city", sites=(site / "site",))
    doubtful = run("check", "example-city", sites=(site / "site", site / "wrong-site"))

    assert plain.returncode == doubtful.returncode == 3
    assert "example-city: there is no such ruleset or folder" in plain.stderr
    assert '"example-city" was not found, and not every plug-in could be asked:' in doubtful.stderr
    assert "plug-in wrong: refused: " in doubtful.stderr


@pytest.mark.slow
def test_an_adapter_that_keeps_the_contract_passes(tmp_path: Path) -> None:
    done = run_here("adapter", "check", write_adapter(tmp_path), "--from", str(tmp_path))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("small_adapter (not installed)\n        passed  loads: ")
    assert done.stdout.endswith("The adapter keeps the contract in everything that was checked.\n")


@pytest.mark.slow
def test_an_adapter_that_breaks_the_contract_is_a_finding(tmp_path: Path) -> None:
    name = write_adapter(tmp_path, ("SET done = 1 WHERE", "SET done = 0 WHERE"))

    done = run_here("adapter", "check", name, "--from", str(tmp_path), "--format", "json")

    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert document["schema"] == "msp-adapter-check/1"
    assert document["passed"] is False
    (failed,) = [one for one in document["checks"] if one["outcome"] == "failed"]
    assert failed["check"] == "idempotency"
    assert failed["findings"][0] == "an event that was acknowledged is found again"


def test_an_unknown_adapter_is_an_error_that_says_what_to_do() -> None:
    done = run_here("adapter", "check", "no-such-adapter")

    assert done.returncode == 3
    assert 'there is no adapter "no-such-adapter" here' in done.stderr
    assert "--from" in done.stderr
