"""Whatever stands in a file that people write, no command ends in an internal error."""

from datetime import date
from pathlib import Path
from random import Random

import pytest

from msp_rules.authoring.starter import starter_files
from msp_rules.rules import load_ruleset
from tests.builders.part_of_core import write_part_of_core
from tests.support import effort
from tests.support.command_line import ROOT, run_here
from tests.support.spoiled_text import spoiled

SEED = 20261130
MORE = """
links:
  - {rules: [DEC-02], label: Our form, url: "https://forms.example.org/1"}
roles: {team_manager: SAM}
languages:
  - language: cy
    rules:
      COM-01: {revision: 2, summary: "A glywodd pwy bynnag a soniodd?"}
    texts: {"Due by {by}.": "Erbyn {by}."}
filters:
  - name: passed on
    rules: [DEC-02]
    when: {this: {source: police}}
    expires: 2027-05-28
    because: They are decided in the joint hub
    approved_by: Safeguarding Adults Board
"""
MAPPING = ROOT / "docs/examples/mapping/forms.yaml"
PARSERS_WORDS = ("block end", "token", "mapping values", "#TagLine", "internal error", "Traceback")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fuzz") / "core"
    return write_part_of_core(folder, "rules/DEC-02.yaml", "rules/COM-01.yaml")


@pytest.fixture(scope="module")
def files(base: Path) -> dict[str, str]:
    found = dict(starter_files("our", load_ruleset(base), date(2026, 11, 30)))
    return {**found, "overlay.yaml": found["overlay.yaml"] + MORE}


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def assert_sound(words: tuple[str, ...], content: bytes) -> None:
    done = run_here(*words)

    found = [word for word in PARSERS_WORDS if word in done.stderr + done.stdout]
    assert (done.returncode in (0, 1, 3), found) == (True, []), (done, content.decode("latin-1"))


@pytest.mark.fuzz
@pytest.mark.parametrize("name", ["overlay.yaml", "rules/X-LETTER-01.yaml"])
def test_no_spoiled_overlay_or_rule(
    name: str, base: Path, files: dict[str, str], tmp_path: Path
) -> None:
    folder = write(tmp_path / "our", files)
    for number in range(effort.of(110, thorough=8000)):
        content = spoiled(files[name], Random(f"{SEED} {name} {number}"))
        (folder / name).write_bytes(content)

        assert_sound(("check", str(base), "--overlay", str(folder)), content)


@pytest.mark.fuzz
def test_no_spoiled_feature(base: Path, files: dict[str, str], tmp_path: Path) -> None:
    folder, name = write(tmp_path / "our", files), "features/our_procedure.feature"
    for number in range(effort.of(30, thorough=1500)):
        content = spoiled(files[name], Random(f"{SEED} {name} {number}"))
        (folder / name).write_bytes(content)

        assert_sound(("test", str(base), "--overlay", str(folder)), content)


@pytest.mark.fuzz
def test_no_spoiled_mapping(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    for number in range(effort.of(50, thorough=2500)):
        content = spoiled(MAPPING.read_text("utf-8"), Random(f"{SEED} mapping {number}"))
        path.write_bytes(content)

        assert_sound(("mapping", "check", str(path)), content)
