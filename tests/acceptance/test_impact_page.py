"""docs/impact.md: its commands run, and say what the page says."""

import re
import shlex
from pathlib import Path

import pytest

from msp_rules.authoring.impact.effects import Effect
from tests.support.command_line import ROOT, run_here

PAGE = (ROOT / "docs/impact.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    \$ msp-rules (.+)$", PAGE, re.MULTILINE)
EXPECTED = {
    "impact --after": (2, "Forecast: this change would begin prompts of X-CARD-01 (from 0 to "),
    "impact --before": (2, '"schema": "msp-impact/1"'),
    "upgrade": (0, "msp-core 0.1.0 has the same rules as 0.1.0\nNothing was written;"),
}


def test_every_command_of_the_page_is_tested() -> None:
    assert len(COMMANDS) == len(EXPECTED)
    assert all(sum(c.startswith(start) for c in COMMANDS) == 1 for start in EXPECTED)


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_of_the_page(command: str) -> None:
    code, text = next(said for start, said in EXPECTED.items() if command.startswith(start))

    done = run_here(*shlex.split(command))

    assert (done.returncode, done.stderr) == (code, "")
    assert text in done.stdout


def test_links_of_the_page_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (Path(ROOT / "docs") / target).exists(), target


def test_every_effect_is_explained() -> None:
    words = {
        Effect.NO_SUCH_RULE: "its rule is gone",
        Effect.NOT_JUDGED: "could not be judged",
        Effect.CANNOT_TELL: "can't be told any more",
    }

    for effect in Effect:
        word = words.get(effect, effect.value.replace("_", " "))
        assert word in PAGE, word
