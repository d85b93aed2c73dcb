"""docs/mapping.md: its commands run as they stand."""

from __future__ import annotations

import re
import shlex

import pytest

from tests.support.command_line import ROOT, run_here

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
