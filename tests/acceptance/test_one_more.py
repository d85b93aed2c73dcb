"""One more of a kind is one more file: what adding a rule or a format touches, in a copy.

The files are those that the recipes of CONTRIBUTING.md name.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.command_line import EXAMPLE, ROOT
from tests.support.copies import Copy
from tests.support.recipes import recipe

pytestmark = pytest.mark.slow
CORE = "rulesets/msp-core"
A_CASE_A_LINE = '''\
"""Writes the ids of cases, one a line."""

from __future__ import annotations

from msp_rules.audit.case_audit import CaseResult
from msp_rules.audit.result import ScanResult
from msp_rules.reports.document import Document, Target


class IdsDocument(Document):
    """The ids of the cases; nothing follows them."""

    is_lines = True

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self.render = line_of

    def end(self, result: ScanResult) -> None:
        """Leaves what was counted to the manifest."""


def line_of(result: CaseResult) -> bytes:
    """Renders one case."""
    return result.case.encode() + b"\\n"
'''


def test_a_rule_is_a_file_and_a_row_that_says_what_it_answers(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    text = (ROOT / CORE / "rules/ASK-01.yaml").read_text(encoding="utf-8")
    text = re.sub(r"^revision: .*\n", "", text, flags=re.MULTILINE)  # it is new
    copy.add(f"{CORE}/rules/ASK-99.yaml", text.replace("ASK-01", "ASK-99"))
    row = "  - {rules: [ASK-99], why: It shows what a rule touches.}\n"
    copy.replace(f"{CORE}/coverage.yaml", "\nbeyond:\n", f"\nbeyond:\n{row}")
    by_hand = copy.touched()

    commands = [copy.run("lock", "msp-core"), copy.run("generate")]

    assert [(one.returncode, one.stderr) for one in commands] == [(0, "")] * 2
    assert (by_hand, copy.touched()) == recipe("A rule", ID="ASK-99", GROUP="asking")
    for words in (("check", "--strict", "msp-core"), ("lock", "--check", "msp-core")):
        assert copy.run(*words).returncode == 0, words
    assert copy.run("generate", "--check").returncode == 0
    assert "ASK-99" in copy.run("rules", "msp-core").stdout


def test_a_format_is_a_file_and_a_row(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "copy")
    copy.add("msp_rules/reports/ids.py", A_CASE_A_LINE)
    row = '        Format("ids", "ids.txt", "ids:IdsDocument"),\n'
    table = "msp_rules/reports/formats.py"
    copy.replace(table, '        Format("csv",', f'{row}        Format("csv",')
    by_hand = copy.touched()
    words = ("scan", str(EXAMPLE), "--format", "ids", "--format", "json", "--identify", "--quiet")

    for jobs in ("1", "2"):
        done = copy.run(*words, "--jobs", jobs, "--out", str(tmp_path / jobs))

        assert (done.returncode, done.stderr) == (0, "")
        assert (tmp_path / jobs / "ids.txt").read_text() == "SA-1001\nSA-1002\n"
        verified = copy.run("verify", str(tmp_path / jobs / "manifest.json"), str(EXAMPLE))
        assert "ids.txt" in verified.stdout
        assert verified.returncode == 0, verified.stdout
    assert (by_hand, copy.touched()) == recipe("A format", NAME="ids")
    assert "ids" in copy.run("scan", "--help").stdout
