"""The summary on a terminal: what to look at first comes first, with the numbers of the results."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from msp_rules.reports.terminal import print_summary
from tests.builders.export import export_text
from tests.support.reported import report

pytestmark = pytest.mark.slow

DEMO = Path(__file__).parents[2] / "rulesets/msp-core/cases/made-up-council.xml"


def said(export: Path, out: Path) -> str:
    stream = io.StringIO()
    print_summary(report(export, out, "json"), Console(file=stream, width=200))
    return stream.getvalue()


def test_what_to_look_at_comes_before_faults_coverage_and_tables(tmp_path: Path) -> None:
    text = said(DEMO, tmp_path)

    parts = (
        *("37 cases", "Look first:", "Rules to look at first", "made-up-council.xml:354"),
        *("coverage:", "Verdicts by rule", "Audit questions:"),
    )
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_the_first_lines_say_the_numbers_of_the_results(tmp_path: Path) -> None:
    text = said(DEMO, tmp_path)

    cases = json.loads((tmp_path / "results.json").read_bytes())["summary"]["cases"]
    assert f"a duty is not evidenced in {cases['statutory']} of 37 (" in text
    assert f"a flag is not evidenced in {cases['flag']} of 37 (" in text
    assert f"something cannot be told in {cases['cannot_tell']} of 37 (" in text
    assert "; 4 faults" in text
    assert "most often missing for an answer: conversation about outcomes, " in text
    assert f"something went well in {cases['practice']} of 37 (" in text


def test_the_rules_to_look_at_first_have_what_was_due_for_their_base(tmp_path: Path) -> None:
    lines = said(DEMO, tmp_path).splitlines()

    (closing,) = [line for line in lines if "CLO-01" in line and "flag" in line]
    assert [cell.strip() for cell in closing.split("│")[3:6]] == ["flag", "2 of 10 (20%)", "10"]


def test_no_team_and_no_case_is_named(tmp_path: Path) -> None:
    text = said(DEMO, tmp_path)

    assert "MC-0" not in text
    assert "south" not in text


def test_an_export_without_cases_has_nothing_to_look_at_first(tmp_path: Path) -> None:
    (tmp_path / "in.xml").write_text(export_text())

    assert "Look first" not in said(tmp_path / "in.xml", tmp_path / "out")
