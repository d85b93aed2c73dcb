"""`msp-rules measures`: three files of one count, and counts that add up."""

from __future__ import annotations

import csv
import json
import stat
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pytest
from openpyxl import load_workbook

from benchmarks.export_generator import write_export
from msp_rules.audit.case_reader import CaseFiles, CaseReader
from msp_rules.audit.measures.counting import MeasureCounts, quarter_of
from msp_rules.audit.measures.definitions import MEASURES
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


def test_table_and_workbook_hold_the_counts_of_the_document(
    folder: Path, document: dict[str, Any]
) -> None:
    expected = {
        (one["id"], part["id"], grouping, group["name"]): (group["numerator"], group["denominator"])
        for one in document["measures"]
        for part in one["parts"]
        for grouping, groups in {"": [part | {"name": ""}], **part["by"]}.items()
        for group in groups
    }
    with (folder / "measures.csv").open(encoding="utf-8", newline="") as stream:
        rows = [*csv.DictReader(stream)]
    book = load_workbook(folder / "measures.xlsx")

    table = {
        (row["measure"], row["part"], row["grouping"], row["group"]): (
            int(row["numerator"]),
            int(row["denominator"]),
        )
        for row in rows
    }
    grouped = [*book["By group"].iter_rows(min_row=2, values_only=True)]
    whole = [*book["Measures"].iter_rows(min_row=2, values_only=True)]

    assert table == expected
    assert {(*row[:2], *row[3:5]): (row[5], row[6]) for row in grouped} == {
        key: counts for key, counts in expected.items() if key[2]
    }
    assert [(row[2], row[3]) for row in whole] == [
        counts for key, counts in expected.items() if not key[2]
    ]


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
    for name in ("measures.json", "measures.csv", "measures.xlsx"):
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
        groups = whole.groups[key]["agency"].values()
        assert sum(one.denominator for one in groups) == part.denominator
        assert sum(one.numerator for one in groups) == part.numerator
    assert sum(part.denominator for part in whole.parts.values()) > 500


@pytest.mark.parametrize(
    ("day", "quarter"),
    [("2025-12-31", "2025-Q4"), ("2026-01-01", "2026-Q1"), ("2026-03-31", "2026-Q1")],
)
def test_a_quarter_is_one_of_the_calendar(day: str, quarter: str) -> None:
    assert quarter_of(parse_as_of(day).day) == quarter
