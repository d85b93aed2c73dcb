"""The workbook leads from what to look at first to its rows, and prints on few pages."""

import json
import math
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree
from openpyxl import Workbook, load_workbook

from msp_rules.reports.workbook import document as workbook_document
from tests.support.reported import report

pytestmark = pytest.mark.slow

DEMO = Path(__file__).parents[2] / "rulesets/msp-core/cases/made-up-council.xml"
NS = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
A4_LANDSCAPE = (785, 520)
"""Width and height in points, within the margins and without the repeated head."""


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workbook")
    report(DEMO, folder, "json", "xlsx")
    return folder


@pytest.fixture(scope="module")
def book(out: Path) -> Workbook:
    return load_workbook(out / "report.xlsx")


def column(book: Workbook, sheet: str, title: str) -> int:
    return [cell.value for cell in book[sheet][1]].index(title)


def test_it_opens_with_what_to_look_at_first(out: Path, book: Workbook) -> None:
    summary = json.loads((out / "results.json").read_bytes())["summary"]
    rows = list(book["Look first"].iter_rows(min_row=2, values_only=True))

    assert book.sheetnames[0] == "Look first"
    assert [row[0] for row in rows] == sorted(
        [row[0] for row in rows],
        key=["In all", "Not judged", "Agency and team", "Case", "Rule"].index,
    )
    numbers = {row[1]: row[2:4] for row in rows}
    assert numbers["Cases with a duty not evidenced"] == (summary["cases"]["statutory"], 37)
    assert numbers["Cases with a flag not evidenced"] == (summary["cases"]["flag"], 37)
    assert next(row for row in rows if row[0] == "Case")[1] == "MC-033"
    for row in (row for row in rows if row[0] == "Rule"):
        rates = summary["rules"][row[1]]
        assert row[2:4] == (rates["not_met"], rates["due"])
        assert row[6].endswith(("?", "."))


def links(out: Path) -> Iterator[tuple[str, str, str]]:
    """Each link of the book: sheet, cell, and the place that it leads to."""
    with zipfile.ZipFile(out / "report.xlsx") as packed:
        names = etree.fromstring(packed.read("xl/workbook.xml")).xpath(
            "//x:sheet/@name", namespaces=NS
        )
        for number, name in enumerate(names, start=1):
            sheet = etree.fromstring(packed.read(f"xl/worksheets/sheet{number}.xml"))
            for link in sheet.xpath("//x:hyperlink", namespaces=NS):
                yield name, link.get("ref"), link.get("location")


def test_each_link_leads_to_the_row_of_what_it_names(out: Path, book: Workbook) -> None:
    found = list(links(out))

    for sheet, cell, place in found:
        target, row = re.fullmatch(r"'(.+)'!A(\d+)", place).groups()
        assert book[target][f"A{row}"].value == book[sheet][cell].value, (sheet, cell)
    leads = {(sheet, place.split("'")[1]) for sheet, _, place in found}
    assert leads == {
        *(("Look first", "Cases"), ("Look first", "Rules"), ("Cases", "Verdicts")),
        *(("Verdicts", "Cases"), ("Verdicts", "Rules"), ("Cannot tell", "Rules")),
        ("Faults", "Cases"),
    }


def test_every_count_of_the_rules_is_that_of_the_rows_on_verdicts(book: Workbook) -> None:
    rule, verdict = column(book, "Verdicts", "Rule"), column(book, "Verdicts", "Verdict")
    listed = [
        (row[rule], row[verdict]) for row in book["Verdicts"].iter_rows(min_row=2, values_only=True)
    ]
    heads = [cell.value for cell in book["Rules"][1]]

    for row in book["Rules"].iter_rows(min_row=2, values_only=True):
        for title in ("not evidenced in the record", "evidenced", "cannot tell", "not yet due"):
            assert row[heads.index(title)] == listed.count((row[0], title)), (row[0], title)


def test_findings_say_what_to_ask_and_leave_room_for_a_note(book: Workbook) -> None:
    for sheet in ("Look first", "Cases", "Verdicts"):
        assert book[sheet][1][-1].value == "Note"
        assert {row[-1].value for row in book[sheet].iter_rows(min_row=2)} == {None}
    rows = list(book["Verdicts"].iter_rows(min_row=2, values_only=True))
    verdict, ask = column(book, "Verdicts", "Verdict"), column(book, "Verdicts", "To ask")
    asked = {row[verdict] for row in rows if row[ask]}
    assert asked == {
        *("not evidenced in the record", "partly evidenced", "evidenced late", "cannot tell"),
    }
    bases = [row[column(book, "Rules", "Numbers and their basis")] for row in book["Rules"].values]
    assert any("assumed by this project" in str(base) for base in bases)


def test_what_went_well_has_a_sheet_and_a_column(out: Path, book: Workbook) -> None:
    summary = json.loads((out / "results.json").read_bytes())["summary"]
    rows = list(book["Went well"].iter_rows(min_row=2, values_only=True))
    in_cases = column(book, "Cases", "Went well")

    assert rows[0][2:] == (summary["cases"]["practice"], 37)
    signs = [row[2] for row in rows if row[0] == "Sign of good practice"]
    assert sorted(signs) == sorted(summary["practice"].values())
    cases = list(book["Cases"].iter_rows(min_row=2, values_only=True))
    assert sum(row[in_cases] is not None for row in cases) == summary["cases"]["practice"]


def test_colours_have_formats_and_every_sheet_prints_landscape_on_few_pages(
    book: Workbook,
) -> None:
    pages = 0
    for sheet in book:
        width = sum(one.width for one in sheet.column_dimensions.values()) * 5.6
        scale = min(1.0, A4_LANDSCAPE[0] / width)
        pages += math.ceil(sheet.max_row * 15 * scale / A4_LANDSCAPE[1])
        assert sheet.page_setup.orientation == "landscape"
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_title_rows == "$1:$1"
    assert pages <= 30
    for name in ("Cases", "Verdicts"):
        formulas = {
            formula
            for ranges in book[name].conditional_formatting
            for rule in ranges.rules
            for formula in rule.formula
        }
        assert {'"red"', '"amber"', '"green"', '"grey"'} <= formulas


def test_cases_to_look_at_first_are_found_beyond_what_the_workbook_lists(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook_document, "MOST_ROWS", 3)

    report(DEMO, tmp_path, "xlsx")

    named = []
    for folder in (out, tmp_path):
        rows = load_workbook(folder / "report.xlsx")["Look first"].values
        named.append([row[1] for row in rows if row[0] == "Case"])
    assert named[0] == named[1]
    assert len(named[0]) == 20
