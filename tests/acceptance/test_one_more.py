"""One more of a kind is one more file: what adding a rule touches, in a copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command_line import ROOT
from tests.support.copies import Copy

pytestmark = pytest.mark.slow
CORE = "rulesets/msp-core"


def test_a_rule_is_a_file_and_a_row_that_says_what_it_answers(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    text = (ROOT / CORE / "rules/ASK-01.yaml").read_text(encoding="utf-8")
    copy.add(f"{CORE}/rules/ASK-99.yaml", text.replace("ASK-01", "ASK-99"))
    row = "  - {rules: [ASK-99], why: It shows what a rule touches.}\n"
    copy.replace(f"{CORE}/coverage.yaml", "\nbeyond:\n", f"\nbeyond:\n{row}")
    by_hand = copy.touched()

    commands = [copy.run("lock", "msp-core"), copy.run("generate")]

    assert [(one.returncode, one.stderr) for one in commands] == [(0, "")] * 2
    assert by_hand == {f"{CORE}/rules/ASK-99.yaml", f"{CORE}/coverage.yaml"}
    assert copy.touched() == {
        f"{CORE}/rules.lock",
        "docs/coverage.md",
        "docs/rules.md",
        "docs/rules/asking.md",
        "rulesets/example-council/overlay.yaml",  # it names the hash of the rules below it
    }
    for words in (("check", "--strict", "msp-core"), ("lock", "--check", "msp-core")):
        assert copy.run(*words).returncode == 0, words
    assert copy.run("generate", "--check").returncode == 0
    assert "ASK-99" in copy.run("rules", "msp-core").stdout
