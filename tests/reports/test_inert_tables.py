"""What a spreadsheet opens computes nothing, whatever an export or an overlay says."""

import csv
import re
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.support.hostile_export import CANARIES, FORMULA, hostile_rules, write_hostile_export
from tests.support.reported import report

pytestmark = pytest.mark.slow

DEMO = Path(__file__).parents[2] / "rulesets/msp-core/cases/made-up-council.xml"
COMPUTED = ("=", "+", "-", "@", "\t", "\r")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    name = '=1+1"><script>.xml'
    write_hostile_export(DEMO, folder / name)
    ruleset = hostile_rules(folder)
    report(folder / name, folder / "out", "csv", "xlsx", ruleset=ruleset, all_rows=True)
    return folder / "out"


def test_no_cell_of_the_csv_is_computed(out: Path) -> None:
    with (out / "results.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))

    assert len(rows) > 100
    assert not [v for row in rows for v in row.values() if v.startswith(COMPUTED)]
    for column in ("case", "subject", "evidence"):
        held = " ".join(row[column] for row in rows)
        assert all(canary.strip() in held for canary in CANARIES), column
    assert any(FORMULA in row["waived"] for row in rows)


def test_no_cell_of_the_workbook_is_computed(out: Path) -> None:
    book = load_workbook(out / "report.xlsx")
    held: dict[tuple[str, str], str] = {}
    for sheet in book:
        heads = [cell.value for cell in sheet[1]]
        for row in sheet.iter_rows(min_row=2):
            for head, cell in zip(heads, row, strict=True):
                assert cell.data_type != "f", (sheet.title, head)
                if isinstance(cell.value, str):
                    assert not cell.value.startswith(COMPUTED), (sheet.title, head)
                    key = (sheet.title, head)
                    held[key] = held.get(key, "") + " " + cell.value

    for key in (
        ("Rules", "Title"),
        ("Verdicts", "Case"),
        ("Verdicts", "Waived"),
        ("Manifest", "Value"),
    ):
        assert FORMULA in held[key], key
    for key in (("Verdicts", "Evidence"), ("Verdicts", "Subject"), ("Faults", "Case")):
        assert "+1+1" in held[key], key
    assert "=1+1" in held["Faults", "Input"]


def test_the_workbook_holds_no_formula_link_outside_or_macro(out: Path) -> None:
    with zipfile.ZipFile(out / "report.xlsx") as book:
        names = book.namelist()
        sheets = [book.read(name) for name in names if name.startswith("xl/worksheets/")]

    assert sheets
    assert not any(re.search(rb"<f[ >]", sheet) for sheet in sheets)
    links = [link for sheet in sheets for link in re.findall(rb"<hyperlink [^>]*>", sheet)]
    # Each leads to another sheet of the book itself: by a place in it, and by no relation.
    assert links
    assert all(b'location="' in link and b"r:id" not in link for link in links)
    assert not [name for name in names if "vba" in name or "external" in name.lower()]
