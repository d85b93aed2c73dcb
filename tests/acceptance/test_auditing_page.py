"""docs/auditing.md: its commands run as printed, from an export to the board's report."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.support.auditors import fill_in, good_entries
from tests.support.command_line import ROOT, run_here

PAGE = (ROOT / "docs/auditing.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    \$ msp-rules (.+)$", PAGE, re.MULTILINE)
SHOWN = (
    "E10000000/council: 3 of 11 drawn",
    "sample.json",
    "3 cases in pack/E10000000-council.xlsx",
    "Cases: 3",
    "Cases: 3",
)


@pytest.mark.slow
def test_the_commands_of_the_page_lead_from_an_export_to_the_board(tmp_path: Path) -> None:
    shutil.copy(ROOT / "rulesets/msp-core/cases/made-up-council.xml", tmp_path / "council.xml")

    for command, shown in zip(COMMANDS, SHOWN, strict=True):
        done = run_here(*shlex.split(command), cwd=tmp_path)

        assert (done.returncode, done.stderr) == (0, ""), command
        assert shown in done.stdout
        if command.startswith("audit pack"):  # then auditors write
            fill_in(tmp_path / "pack/E10000000-council.xlsx", good_entries())

    own, shared = (
        (tmp_path / folder / "audit-report.html").read_text("utf-8")
        for folder in ("report", "shared")
    )
    for words in ("Ask at the first contact.", "An advocate came within two days."):
        assert words in own
        assert words not in shared


@pytest.mark.parametrize("picture", re.findall(r"\]\((pictures/[^)]+)\)", PAGE))
def test_pictures_of_the_page_are_small(picture: str) -> None:
    assert 10_000 < (ROOT / "docs" / picture).stat().st_size < 150_000
