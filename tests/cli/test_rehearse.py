"""`msp-rules rehearse`: the cases of this package, and a case of one's own, by the command."""

from __future__ import annotations

import json
from pathlib import Path

from msp_rules.authoring.rehearse import training_cases
from msp_rules.cli.conventions import FINDINGS, INVALID, USAGE
from tests.support.command_line import run_here


def test_the_training_cases_are_listed() -> None:
    rows = json.loads(run_here("rehearse", "--list", "--json").stdout)

    assert [row["name"] for row in rows] == [*training_cases()]
    assert rows[0]["title"] == "Behind the boxes"


def test_a_case_that_asks_something_else_than_it_says_ends_with_findings(tmp_path: Path) -> None:
    case = tmp_path / "case.yaml"
    text = training_cases()["the-car-wash"].read_text("utf-8")
    case.write_text(text.replace("asks: [RISK-01, ASK-05]", "asks: []"), "utf-8")

    done = run_here("rehearse", str(case))
    assert done.returncode == FINDINGS
    assert done.stdout.startswith("The car wash (modern slavery, ")
    assert "On the page of the case the worker is asked:" in done.stdout
    assert "step 2 says that it asks nothing; the rules ask RISK-01, ASK-05" in done.stderr


def test_what_is_no_case_is_refused_in_a_sentence(tmp_path: Path) -> None:
    case = tmp_path / "case.yaml"
    case.write_text("title: A call\n", "utf-8")

    nothing, lacking = run_here("rehearse"), run_here("rehearse", str(case))
    assert nothing.returncode == USAGE
    assert 'one of "msp-rules rehearse --list"' in nothing.stderr
    assert lacking.returncode == INVALID
    assert "case.yaml:1:1: the rehearsal lacks about, story, steps, audit" in lacking.stderr
