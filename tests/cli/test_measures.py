"""`msp-rules measures`: three files of one count, and counts that add up."""

from __future__ import annotations

import csv
import json
import re
import stat
from collections import Counter
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from benchmarks.export_generator import write_export
from msp_rules.audit.case_reader import CaseFiles, CaseReader
from msp_rules.audit.measures.counting import GROUPINGS, MeasureCounts, quarter_of
from msp_rules.audit.measures.definitions import MEASURES
from msp_rules.audit.measures.document import HEADS, SECTIONS, Row, measure_rows, section_rows
from msp_rules.casework.moments import parse_as_of
from msp_rules.rules.loading import load_ruleset
from tests.support.command_line import ROOT, run_here

pytestmark = pytest.mark.slow

COUNCIL: Final = ROOT / "rulesets/msp-core/cases/made-up-council.xml"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("measures")
    done = run_here("measures", str(COUNCIL), "--out", str(folder))
    # Three of its cases are there to be told apart from whole ones.
    assert done.returncode == 2
    assert "Cases that could not be counted whole, each with its reason: 3" in done.stderr
    return folder


@pytest.fixture(scope="module")
def document(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "measures.json").read_bytes())
    return found


def test_all_sixteen_measures_are_made(document: dict[str, Any]) -> None:
    assert [one["id"] for one in document["measures"]] == [f"M{at}" for at in range(1, 17)]
    for one in document["measures"]:
        assert [part["id"] for part in one["parts"]] == [*MEASURES[one["id"]].parts]
        assert one["numerator"] == one["parts"][0]["numerator"]


def test_page_table_and_workbook_show_the_rows_of_the_document(
    folder: Path, document: dict[str, Any]
) -> None:
    measures, others = [*measure_rows(document)], [*section_rows(document)]
    with (folder / "measures.csv").open(encoding="utf-8", newline="") as stream:
        table = [tuple(row) for row in csv.reader(stream)]
    book = load_workbook(folder / "measures.xlsx")

    assert table == [HEADS, *(as_text(row) for row in (*measures, *others))]
    assert rows_of(book["Measures"], 0, 1, *range(2, 8)) == [
        (row[0], row[2], *row[5:11]) for row in measures if not row[3]
    ]
    assert rows_of(book["By group"], *range(16)) == [row for row in measures if row[3]]
    assert rows_of(book["Other counts"], *range(11)) == [row[:11] for row in others]
    assert shown_on(folder / "measures.html") == {
        (*map(str, row[:2]), str(row[3]) if row[3] in GROUPINGS else "", row[4]): tuple(
            str(count) for count in ((row[5], row[7]) if row[0] in SECTIONS else row[5:8])
        )
        for row in (*measures, *others)
    }


def as_text(row: Row) -> tuple[str, ...]:
    return tuple("" if value is None else str(value) for value in row)


def rows_of(sheet: Worksheet, *columns: int) -> list[tuple[object, ...]]:
    """The rows of a sheet, by place; an empty text is an empty cell."""
    return [
        tuple("" if at in (3, 4) and row[at] is None else row[at] for at in columns)
        for row in sheet.iter_rows(min_row=2, values_only=True)
    ]


class PageCounts(HTMLParser):
    """Collects the counts of a page, by measure, part, grouping and group."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[tuple[str, str, str, str], tuple[str, ...]] = {}
        self.table: dict[str, str] = {}
        self.row: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs if name.startswith("data-")}
        if tag == "table":
            self.table = values
        elif tag == "tr":
            self.row = values
        elif tag == "td" and "data-value" in values:
            self.add(values["data-value"])

    def add(self, value: str) -> None:
        if "data-section" in self.table:
            key = self.table["data-section"], self.table["data-table"], "", self.row["data-group"]
        else:
            part = self.table.get("data-part") or self.row["data-part"]
            grouping, group = self.table.get("data-grouping", ""), self.row.get("data-group", "")
            key = self.table["data-measure"], part, grouping, group
        self.found[key] = (*self.found.get(key, ()), value)


def shown_on(path: Path) -> dict[tuple[str, str, str, str], tuple[str, ...]]:
    page = PageCounts()
    page.feed(path.read_text(encoding="utf-8"))
    return page.found


def test_the_picture_of_the_page_about_measures_is_there_and_small() -> None:
    (picture,) = re.findall(
        r"\]\((pictures/[^)]+)\)", (ROOT / "docs/measures.md").read_text("utf-8")
    )

    assert 10_000 < (ROOT / "docs" / picture).stat().st_size < 150_000


def test_percentages_begin_at_ten(document: dict[str, Any]) -> None:
    parts = [part for one in document["measures"] for part in one["parts"]]

    assert {part["denominator"] >= 10 for part in parts if part["percent"] is not None} == {True}
    assert {part["denominator"] < 10 for part in parts if part["percent"] is None} == {True}


def test_each_number_leads_to_its_cases(document: dict[str, Any]) -> None:
    for one in document["measures"]:
        for part in one["parts"]:
            cases = part["cases"]
            assert len(cases["counted"]) <= part["numerator"]
            assert bool(cases["counted"]) is bool(part["numerator"])
            assert bool(cases["not_counted"]) is (part["numerator"] < part["denominator"])


def test_the_files_are_for_their_owner_alone(folder: Path) -> None:
    for name in ("measures.json", "measures.csv", "measures.xlsx", "measures.html"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


def test_halves_and_agencies_add_up_to_all(tmp_path: Path) -> None:
    stream = BytesIO()
    write_export(stream, cases=60, seed=5)
    export = tmp_path / "in.xml"
    export.write_bytes(stream.getvalue())
    files = CaseFiles(exports=(export,), ruleset=load_ruleset("msp-core"))
    whole, halves = MeasureCounts(), (MeasureCounts(), MeasureCounts())

    for at, read in enumerate(CaseReader(files).cases()):
        whole.add(read, {})
        halves[at % 2].add(read, {})

    for key, part in whole.parts.items():
        both = [half.parts[key] for half in halves]
        assert sum(one.numerator for one in both) == part.numerator
        assert sum(one.denominator for one in both) == part.denominator
        assert halves[0].left_out[key] + halves[1].left_out[key] == whole.left_out[key]
        for grouping in GROUPINGS:
            groups = whole.groups[key][grouping].values()
            if groups or grouping == "agency":
                assert sum(one.denominator for one in groups) == part.denominator
                assert sum(one.numerator for one in groups) == part.numerator
    assert sum(part.denominator for part in whole.parts.values()) > 500
    assert Counter(whole.no_enquiry.concerns) == Counter(
        one for half in halves for one in half.no_enquiry.concerns
    )
    assert Counter(whole.not_met) == Counter(one for half in halves for one in half.not_met)


@pytest.mark.parametrize("scheme", ["nearest-5", "hes"])
def test_what_is_published_names_and_counts_no_single_case(tmp_path: Path, scheme: str) -> None:
    done = run_here("measures", str(COUNCIL), "--out", str(tmp_path), "--publish", scheme)
    document = json.loads((tmp_path / "measures.json").read_bytes())
    rows = [*measure_rows(document), *section_rows(document)]

    assert document["publication"] == scheme
    assert {count for row in rows for count in row[5:8]} <= SHOWN[scheme]
    assert {*document} & {"cases", "not_counted", "faults", "inputs"} == set()
    for path in tmp_path.iterdir():
        assert b"MC-0" not in path.read_bytes(), path.name
    assert "MC-0" not in done.stdout + done.stderr


def test_the_boards_own_figures_are_not_published_with_the_counts(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    asked = ("measures", str(COUNCIL), "--out", str(tmp_path), "--surveys", str(own))
    done = run_here(*asked, "--publish", "hes")

    assert done.returncode == 64
    assert "--surveys does not go with --publish" in done.stderr
    assert [*tmp_path.iterdir()] == []


ROUNDED: Final = {*range(0, 60, 5), None}
SHOWN: Final[dict[str, set[object]]] = {
    "nearest-5": {*ROUNDED, "[c]"} - {0},
    "hes": {*ROUNDED, "*"} - {5},
}


@pytest.mark.parametrize(
    ("day", "quarter"),
    [("2025-12-31", "2025-Q4"), ("2026-01-01", "2026-Q1"), ("2026-03-31", "2026-Q1")],
)
def test_a_quarter_is_one_of_the_calendar(day: str, quarter: str) -> None:
    assert quarter_of(parse_as_of(day).day) == quarter
