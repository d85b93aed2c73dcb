"""Exports as systems dump them give the answers of the truth behind them, cell by cell."""

from __future__ import annotations

import csv
import io
import zipfile
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from msp_rules.casework.case import Fault
from msp_rules.casework.moments import parse_as_of
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.engine.engine import Engine
from msp_rules.engine.verdict import Verdict
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.source import open_cases
from tests.support.core import core_ruleset
from tests.support.dumped_truth import SHAPES, truth_in

pytestmark = pytest.mark.slow

EXPORTS = Path(__file__).parents[2] / "data" / "exports"
DUMPED = EXPORTS / "dumped"
Cell = tuple[int, str, str, str]
"""The number of a case, a rule, its verdict and when it was due."""


def judged(export: Path, mapping: Path | None = None) -> tuple[list[Cell], list[Fault]]:
    """Gives the cells of an export, by the order of its cases' ids; ids differ between systems."""
    loaded = None if mapping is None else load_mapping(mapping, core_vocabulary())
    engine, as_of = Engine(core_ruleset()), parse_as_of("2026-03-31")
    with open_cases(export, mapping=loaded) as source:
        cases = sorted(source, key=lambda case: case.id)
    cells = [
        (number, one.rule, one.verdict.value, str(one.due))
        for number, case in enumerate(cases)
        for one in engine.evaluate(case, as_of).answers
    ]
    return sorted(cells), list(source.faults)


@cache
def truth(name: str) -> list[Cell]:
    return judged(EXPORTS / f"{name}.xml")[0]


@pytest.mark.parametrize(
    ("export", "mapping"),
    [("workflow.xml", "workflow.yaml"), ("Safeguarding Activity.xml", "activity.yaml")],
)
def test_an_export_as_dumped_gives_the_cells_of_the_truth(export: str, mapping: str) -> None:
    cells, faults = judged(DUMPED / export, DUMPED / mapping)

    assert faults == []
    assert cells == truth("truth")


def test_elements_with_cursors_give_the_cells_of_the_truth(tmp_path: Path) -> None:
    dump = tmp_path / "dump.xml"
    dump.write_text(SHAPES["cursors"](truth_in(EXPORTS / "truth.xml")), "utf-8")

    cells, faults = judged(dump, DUMPED / "cursors.yaml")

    assert faults == []
    assert cells == truth("truth")


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_gives_the_cells_of_a_fuller_truth(tmp_path: Path, shape: str) -> None:
    dump = tmp_path / ("dump.csv" if shape == "wide-table" else "dump.xml")
    dump.write_text(SHAPES[shape](truth_in(EXPORTS / "rich_truth.xml")), "utf-8")

    cells, faults = judged(dump, DUMPED / f"rich-{shape}.yaml")

    assert faults == []
    assert cells == truth("rich_truth")


def test_the_fuller_truth_answers_most_of_what_applies() -> None:
    unanswered = {Verdict.CANNOT_TELL.value, Verdict.NOT_APPLICABLE.value}

    answered = [cell for cell in truth("rich_truth") if cell[2] not in unanswered]

    assert len(answered) >= 200


ODS_HEAD = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">'
    '<office:body><office:spreadsheet><table:table table:name="Report">'
)
ODS_PARTS = '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
ODS_TAIL = "</table:table></office:spreadsheet></office:body></office:document-content>"


def write_ods(path: Path, table: str) -> None:
    """Writes a table as a workbook of OpenDocument, all of its cells as texts."""
    rows = []
    for row in csv.reader(io.StringIO(table, newline="")):
        cells = "".join(
            f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p>'
            "</table:table-cell>"
            for cell in row
        )
        rows.append(f"<table:table-row>{cells}</table:table-row>")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", ODS_PARTS)
        archive.writestr("content.xml", ODS_HEAD + "".join(rows) + ODS_TAIL)


def test_the_wide_table_gives_its_cells_as_an_open_document_too(tmp_path: Path) -> None:
    text = (DUMPED / "rich-wide-table.yaml").read_text("utf-8")
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(text.replace("source: csv", "source: xlsx"), "utf-8")
    table = SHAPES["wide-table"](truth_in(EXPORTS / "rich_truth.xml"))
    write_ods(tmp_path / "dump.ods", table)

    cells, faults = judged(tmp_path / "dump.ods", mapping)

    assert faults == []
    assert cells == truth("rich_truth")
