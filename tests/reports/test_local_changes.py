"""The values that an overlay changes, and what of it ends soon, are in every report for people."""

import io
from datetime import datetime
from pathlib import Path

import pytest
from lxml import html
from openpyxl import load_workbook
from rich.console import Console

from msp_rules.reports.terminal import print_summary
from msp_rules.rules import load_layers, shipped_ruleset
from tests.support.reported import report

pytestmark = pytest.mark.slow

RULESETS = Path(__file__).parents[2] / "rulesets"
DEMO = RULESETS / "msp-core/cases/made-up-council.xml"
ENDS = 'The waiver "north team moves to the new system" (example-council) ends in 30 days'
Reports = tuple[Path, str]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Reports:
    """The folder of the reports thirty days before a waiver ends, and the summary."""
    folder, stream = tmp_path_factory.mktemp("local"), io.StringIO()
    text = DEMO.read_text().replace("<reference_date>2026-03-31", "<reference_date>2026-12-01")
    (folder / "in.xml").write_text(text)
    layered = load_layers(shipped_ruleset("msp-core"), [RULESETS / "example-council"])
    result = report(folder / "in.xml", folder / "out", "html", "xlsx", ruleset=layered.ruleset)
    print_summary(result, Console(file=stream, width=200))
    return folder / "out", stream.getvalue()


def test_the_page_shows_a_changed_value_as_it_was_and_as_it_is(reports: Reports) -> None:
    page = html.fromstring((reports[0] / "report.html").read_text())

    (row,) = page.xpath("//table[@id='local-changes']/tbody/tr")
    said = {cell.get("data-label"): cell.text_content() for cell in row.xpath("td")}
    assert row.xpath("string(th)") == "DEC-02 (example-council)"
    assert said["Value"] == "decide within"
    assert said["Before"] == "3 working days"
    assert said["After"].startswith("2 working days")
    assert (said["From"], said["Until"]) == ("1 April 2026", "no end")
    (end,) = page.xpath("//h3[@id='ends']/following-sibling::ul[1]/li")
    assert end.text_content().startswith(ENDS)


def test_the_terminal_says_the_same(reports: Reports) -> None:
    said = [line.strip() for line in reports[1].splitlines()]

    (changed,) = [line for line in said if line.startswith("changed here: ")]
    assert changed.startswith(
        "changed here: DEC-02 decide within (example-council): 2 working days"
    )
    assert changed.endswith(" instead of 3 working days, from 2026-04-01")
    assert any(line.startswith(ENDS[:1].lower() + ENDS[1:]) for line in said)


def test_the_workbook_has_both_with_days_as_days(reports: Reports) -> None:
    book = load_workbook(reports[0] / "report.xlsx")

    rows = {row[:2]: row[2] for row in book["Manifest"].iter_rows(min_row=2, values_only=True)}
    assert rows["Changes 1", "what"] == "decide within"
    assert rows["Changes 1", "before"] == "3 working days"
    assert rows["Changes 1", "from"] == datetime(2026, 4, 1)  # noqa: DTZ001 - cells have no zone
    assert rows["Ends 1", "days"] == 30
    assert rows["Ends 1", "says"].startswith(ENDS[:1].lower() + ENDS[1:])
