"""`msp-rules compile`: the code of a ruleset, for whoever wants to read what a long run does."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from msp_rules.cli.main import cli
from tests.builders.ruleset import rule_text, write_ruleset

pytestmark = pytest.mark.slow

RULE = rule_text(
    "R-01", "each: concern_raised\nexpect: {recorded: outcomes_conversation}\n", title="It is asked"
)


def test_code_is_counted_and_shown_only_on_request(tmp_path: Path) -> None:
    folder = str(write_ruleset(tmp_path / "small", RULE))

    counted = CliRunner().invoke(cli, ["compile", folder])
    shown = CliRunner().invoke(cli, ["compile", folder, "--show", "--as-of", "2026-01-31"])

    assert (counted.exit_code, shown.exit_code) == (0, 0)
    number = shown.output.count("\ndef ")
    assert counted.output.endswith(f": 1 rule as {number} functions; --show prints them\n")
    assert "\n# R-01: It is asked\n" in shown.output
    compile(shown.output, "shown", "exec")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["msp-cor"], "msp-core"),
        (["msp-core", "--as-of", "soon"], "YYYY-MM-DD"),
        (["msp-core", "--shwo"], "--show"),
    ],
)
def test_a_mistake_is_told_with_what_to_do(words: list[str], said: str) -> None:
    done = CliRunner().invoke(cli, ["compile", *words])

    assert done.exit_code != 0
    assert said in done.output or said in str(done.exception)
