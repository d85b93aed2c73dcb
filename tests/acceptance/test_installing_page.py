"""docs/installing.md and the README: the extras, locks and commands that they name are there."""

from __future__ import annotations

import re
import tomllib

import pytest

from msp_rules.extras import EXTRAS
from tests.support.command_line import ROOT

PAGE = (ROOT / "docs/installing.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
BUILD = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKED = re.compile(r"^(\S+)==\S+.*\\\n    --hash=sha256:[0-9a-f]{64}", re.MULTILINE)


def test_the_table_names_every_extra() -> None:
    named = re.findall(r"^\| `(\w+)` \| ", PAGE, re.MULTILINE)

    assert [name for name in named if name != "durable"] == [
        *(name for name in EXTRAS if name != "durable"),
        "all",
    ]
    assert "durable" in named


def test_every_extra_that_a_page_asks_to_install_exists() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*/README.md")]
    asked = {
        name
        for page in pages
        for found in re.findall(r"(?:msp-rules|\.|\.whl)\[([a-z,]+)\]", page.read_text("utf-8"))
        for name in found.split(",")
    }

    assert asked <= {*EXTRAS, "all"}
    assert {"cli", "reports", "memory"} <= asked


@pytest.mark.parametrize("name", ["core", *EXTRAS, "all"])
def test_each_extra_has_a_lock_with_hashes(name: str) -> None:
    lock = (ROOT / f"locks/{name}.lock").read_text(encoding="utf-8")
    pinned = [line for line in lock.splitlines() if "==" in line]

    assert len(LOCKED.findall(lock)) == len(pinned) > 0
    assert "holidays==" in lock


@pytest.mark.parametrize("name", EXTRAS)
def test_a_lock_pins_what_its_extra_asks_for(name: str) -> None:
    lock = (ROOT / f"locks/{name}.lock").read_text(encoding="utf-8")
    wanted = BUILD["project"]["optional-dependencies"][name]

    pinned = {one.partition("[")[0].replace(".", "-") for one in LOCKED.findall(lock)}

    for one in wanted:
        if not one.startswith("msp-rules["):
            library = re.split(r"[\[>=;]", one)[0].replace(".", "-")
            assert library in pinned, one


@pytest.mark.parametrize("command", re.findall(r"`make (\w+)`", PAGE))
def test_a_command_of_the_page_is_there(command: str) -> None:
    assert re.search(rf"^{command}:", MAKEFILE, re.MULTILINE)


def test_what_writes_the_sbom_is_pinned() -> None:
    wanted = (ROOT / "requirements-sbom.in").read_text(encoding="utf-8").split()
    lock = (ROOT / "requirements-sbom.lock").read_text(encoding="utf-8")

    assert all(f"{one} " in lock for one in wanted)
    assert len(LOCKED.findall(lock)) == sum("==" in line for line in lock.splitlines())


def test_no_lock_names_where_packages_come_from() -> None:
    locks = [*ROOT.glob("locks/*.lock"), *ROOT.glob("requirements*.lock")]

    assert [path.name for path in locks if "://" in path.read_text(encoding="utf-8")] == []


def test_the_first_command_of_the_readme_installs_the_command_and_its_reports() -> None:
    (first, *_) = re.findall(r"^    (pip install .+)$", README, re.MULTILINE)

    assert first == 'pip install ".[cli,reports]"'
