"""docs/mapping.md: its commands run as they stand."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.support.command_line import ROOT, run_here

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs/mapping.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    \$ msp-rules (.+)$", PAGE, re.MULTILINE)
SHOWN = {
    "explain ASK-01": "case R-1, concern_raised f1, as of 2026-03-31",
    "explain DEC-01": "case E-1, s42_decided 12-decided, as of 2026-03-31",
    "impact docs/examples/mapping/rows.xml": "2 cases; complete",
}


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_of_the_page(command: str) -> None:
    done = run_here(*shlex.split(command))

    assert (done.returncode, done.stderr) == (0, "")
    assert SHOWN[" ".join(command.split()[:2])] in done.stdout


WALK = PAGE.partition("### From a fresh export to verdicts")[2].partition("\n### ")[0]
STEPS = re.findall(r"^    msp-rules (.+)$", WALK, re.MULTILINE)
LINES = [line for line in WALK.splitlines() if line.startswith("    ") and "msp-rules" not in line]


def test_the_walk_from_a_fresh_export_ends_in_verdicts(tmp_path: Path) -> None:
    shutil.copy(ROOT / "docs/examples/mapping/report.csv", tmp_path)
    draft, check, trial, scan = (shlex.split(step) for step in STEPS)
    *shown, before, after = (line.removeprefix("    ") for line in LINES)

    drafted = run_here(*draft, cwd=tmp_path)
    first = run_here(*trial, cwd=tmp_path)
    path = tmp_path / "report.yaml"
    text = path.read_text("utf-8")
    path.write_text(text.replace(before, after), "utf-8")
    ends = [run_here(*step, cwd=tmp_path).returncode for step in (check, trial, scan)]

    assert (drafted.returncode, first.returncode, ends) == (0, 2, [0, 0, 0])
    assert '"Parish visitor": 2 times' in first.stdout
    assert "\n".join(shown) in text
    assert text.count(before) == 1
    assert (tmp_path / "verdicts" / "results.json").is_file()
