"""Workbooks of every form: what a cell holds, what can't be told of it, and what is refused."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.intake.mapping.csv_tables import BadCell, TableRow, TablesRefused
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.mapping.workbook_tables import WorkbookTable, WorkbookTables
from msp_rules.intake.source import open_cases

MIDNIGHT = datetime(2026, 1, 5)  # noqa: DTZ001 - as a cell holds it


def rows(path: Path, sheet: str = "a") -> list[TableRow]:
    tables = WorkbookTables(path)
    try:
        return list(
            WorkbookTable(path, sheet, tables._sheet, tables._oddities).read()  # noqa: SLF001
        )
    finally:
        tables.close()


def written(folder: Path, **cells: object) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "a"
    for place, value in cells.items():
        sheet[place] = value
    path = folder / "a.xlsx"
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (MIDNIGHT, "dd/mm/yyyy hh:mm", "2026-01-05T00:00:00"),
        (MIDNIGHT, "dd/mm/yyyy", "2026-01-05"),
        (MIDNIGHT.replace(hour=9, minute=12), "dd/mm/yyyy", "2026-01-05T09:12:00"),
        ("0040012", "General", "0040012"),
        (40012, "General", "40012"),
        (2.5, "General", "2.5"),
        (True, "General", "TRUE"),
    ],
)
def test_a_cell_is_read_as_it_is_kept(tmp_path: Path, value: object, form: str, text: str) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "a"
    sheet["A1"] = value
    sheet["A1"].number_format = form
    book.save(tmp_path / "a.xlsx")

    assert rows(tmp_path / "a.xlsx") == [TableRow(1, [text])]


def test_empty_rows_and_columns_before_the_first_cell_keep_their_places(tmp_path: Path) -> None:
    path = written(tmp_path, C3="x", D5="#DIV/0!")

    assert rows(path) == [
        TableRow(3, ["", "", "x", ""]),
        TableRow(5, ["", "", "", BadCell("has a spreadsheet error")]),
    ]


def test_a_formula_without_a_saved_result_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, A1="=1+1", B2="x")

    assert rows(path) == [
        TableRow(1, [BadCell("has a formula without a saved result"), ""]),
        TableRow(2, ["", "x"]),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'<?xml version="1.0"?><Workbook/>', "it is XML"),
        (b"<html><table>", "it is a web page"),
        (b"ref,person\n", "it is not a"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "it is not a"),
    ],
)
def test_what_is_no_workbook_is_named_as_what_it_is(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "report.xls"
    path.write_bytes(content)

    with pytest.raises(TablesRefused, match=said):
        WorkbookTables(path)


EXPORTS = Path(__file__).parents[2] / "data" / "exports"


def test_a_titled_workbook_gives_the_cases_of_the_canonical_export(tmp_path: Path) -> None:
    text = (EXPORTS / "wide.yaml").read_text("utf-8").replace("source: csv", "source: xlsx")
    text = text.replace("encoding: windows-1252\n", "").replace(
        "Safeguarding Adults Report *", "Case detail"
    )
    text = text.replace('{"Person ID": absent}', '{"Episode Ref": {is: Total}}')
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(text, "utf-8")

    with open_cases(
        EXPORTS / "titled.xlsx", mapping=load_mapping(mapping, core_vocabulary())
    ) as book:
        found = {case.id: case.events for case in book}
    with open_cases(EXPORTS / "truth.xml") as truth:
        wanted = {case.id: case.events for case in truth}

    assert book.faults == []
    assert {
        name: [(e.id, e.type, e.moment, e.fields) for e in events] for name, events in found.items()
    } == {
        name: [(e.id, e.type, e.moment, e.fields) for e in events]
        for name, events in wanted.items()
    }
