"""Reads the sheets of a workbook as tables; calculates nothing and follows none of its links.

The result of a formula is the one that the program that saved the workbook left beside it.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final, cast

from lxml import etree
from openpyxl import load_workbook
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.styles.numbers import is_datetime
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from msp_rules.intake.mapping.csv_tables import BadCell, Cell, TableRow, TablesRefused, is_empty
from msp_rules.intake.mapping.table_layout import PLAIN_LAYOUT, LaidOutTable, Layout
from msp_rules.intake.xml_parsing import has_doctype

# Repetitive sheets shrink to about a fiftieth; what a bomb is made of, to a thousandth.
_LARGEST_RATIO: Final = 200
_NOT_WEIGHED: Final = 4 * 1024 * 1024
_LARGEST_UNPACKED: Final = 2 * 1024**3
# Every text of the workbook, and the only part that is held in memory.
_LARGEST_TEXTS: Final = 64 * 1024 * 1024
_LARGEST_PARTS: Final = 64 * 1024 * 1024
_MOST_ROWS: Final = 1_048_576
_MOST_UNCALCULATED: Final = 10_000
_SHEETS: Final = "xl/worksheets/"


class XlsxTables:
    """Gives the sheets of one workbook, to be closed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        _refuse_bombs(path)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what it warns of does not touch the cells
                self._book: Workbook = load_workbook(
                    path, read_only=True, data_only=True, keep_links=False
                )
        except Exception as error:  # noqa: BLE001 - openpyxl raises whatever its parts raise
            # Its text may hold content of the workbook.
            reason = f"it is no workbook that can be read ({type(error).__name__})"
            raise TablesRefused(reason) from None
        self._tables = {
            sheet.title: XlsxTable(path, self._book, sheet.title) for sheet in self._book.worksheets
        }
        self.unused: list[str] = []

    @property
    def names(self) -> list[str]:
        """The names of the sheets that hold cells."""
        return list(self._tables)

    def table(self, name: str, layout: Layout = PLAIN_LAYOUT) -> LaidOutTable:
        """One sheet."""
        return LaidOutTable(self._tables[name], layout)

    def files(self, used: list[str]) -> list[Path]:
        """The workbook."""
        return [self._path]

    def close(self) -> None:
        """Closes the file."""
        self._book.close()


class XlsxTable:
    """Reads a sheet."""

    is_ragged: Final = True

    def __init__(self, path: Path, book: Workbook, name: str) -> None:
        self._path = path
        self._sheet = cast("Worksheet", book[name])
        self._known_uncalculated: set[tuple[int, int]] | None = None

    @property
    def input(self) -> str:
        """The workbook and the sheet."""
        return f"{self._path.name}/{self._sheet.title}"

    def read(self) -> Iterator[TableRow]:
        """Reads every row that is not empty."""
        if self._known_uncalculated is None:
            self._known_uncalculated = self._uncalculated()
        uncalculated = self._known_uncalculated
        # The extent that a workbook claims may be too small: rows beyond it would be left out.
        self._sheet.reset_dimensions()  # type: ignore[attr-defined]
        for number, cells in enumerate(self._sheet_rows(), 1):
            if number > _MOST_ROWS:
                raise TablesRefused(f"a sheet has more than {_MOST_ROWS} rows")
            row = [
                BadCell("holds a formula without a saved result")
                if (number, column) in uncalculated
                else _cell(cast("SheetCell", cell))
                for column, cell in enumerate(cells, 1)
            ]
            if not is_empty(row):
                yield TableRow(number, row)

    def _sheet_rows(self) -> Iterator[tuple[object, ...]]:
        rows = iter(self._sheet.iter_rows())
        while True:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # of odd cells, what stands in them
                    cells = next(rows, None)
            except Exception as error:  # noqa: BLE001 - whatever; its text may hold content
                reason = f"a sheet can't be read to its end ({type(error).__name__})"
                raise TablesRefused(reason) from None
            if cells is None:
                return
            yield cells

    def _uncalculated(self) -> set[tuple[int, int]]:
        """Row and column of formulas without a result, which openpyxl gives as empty cells."""
        found: set[tuple[int, int]] = set()
        part = cast("str", self._sheet._worksheet_path)  # type: ignore[attr-defined]
        with zipfile.ZipFile(self._path) as archive, archive.open(part) as stream:
            try:
                number = 0
                for _, row in etree.iterparse(
                    stream, tag="{*}row", resolve_entities=False, no_network=True, huge_tree=False
                ):
                    number = int(row.get("r") or number + 1)
                    found.update((number, column) for column in _without_result(row))
                    if len(found) > _MOST_UNCALCULATED:
                        reason = "its formulas have no saved results: open and save it once"
                        raise TablesRefused(reason)
                    row.clear()
                    while (before := row.getprevious()) is not None:
                        cast("etree._Element", row.getparent()).remove(before)
            except etree.XMLSyntaxError:
                raise TablesRefused("a sheet is not well-formed XML") from None
        return found


def _refuse_bombs(path: Path) -> None:
    """Refuses what unpacks to too much, before anything of it is unpacked, and document types."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            _refuse_large(parts)
            for part in parts:
                if not part.filename.endswith((".xml", ".rels")):
                    continue
                with archive.open(part) as stream:
                    before = b""
                    while chunk := stream.read(65_536):
                        # UTF-16 as well; between two chunks, too.
                        if has_doctype(before + chunk):
                            raise TablesRefused("a DOCTYPE is refused: a workbook needs none")
                        before = chunk[-32:]
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError):
        raise TablesRefused("it is no workbook (.xlsx), or a damaged or locked one") from None
    except OSError as error:
        raise TablesRefused(f"{error.strerror or 'it cannot be read'}") from None


def _refuse_large(parts: list[zipfile.ZipInfo]) -> None:
    if sum(part.file_size for part in parts) > _LARGEST_UNPACKED:
        raise TablesRefused(f"unpacked it is larger than {_LARGEST_UNPACKED} bytes")
    for part in parts:
        if part.file_size > max(_NOT_WEIGHED, part.compress_size * _LARGEST_RATIO):
            raise TablesRefused(f"a part of it unpacks to more than {_LARGEST_RATIO} times")
        if part.filename.endswith("sharedStrings.xml") and part.file_size > _LARGEST_TEXTS:
            reason = f"its texts are larger than {_LARGEST_TEXTS} bytes: save its sheets as CSV"
            raise TablesRefused(reason)
        is_sheet = part.filename.startswith(_SHEETS)
        if not is_sheet and part.file_size > _LARGEST_PARTS:
            raise TablesRefused(f"a part of it is larger than {_LARGEST_PARTS} bytes")


def _without_result(row: etree._Element) -> Iterator[int]:
    """The columns of a row in which a formula stands and no result beside it."""
    if next(row.iter("{*}f"), None) is None:
        return
    column = 0
    for cell in row:
        place = cell.get("r")
        column = _column(place) if place else column + 1
        parts = {etree.QName(part).localname: part for part in cell}
        value = parts.get("v")
        is_empty_text = value is not None and cell.get("t") == "str"
        if "f" in parts and not is_empty_text and (value is None or not value.text):
            yield column


def _column(place: str) -> int:
    number = 0
    for letter in place:
        if not letter.isalpha():
            break
        number = number * 26 + ord(letter.upper()) - 64
    return number


def _cell(cell: SheetCell) -> Cell:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "e":
        return BadCell("holds an error of the spreadsheet")
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        # As exact as it is kept; a date that is shown without a time has none.
        has_time = value.time() != time() or is_datetime(cell.number_format) != "date"
        return value.isoformat() if has_time else value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return BadCell("holds a span of time, where a date or text is expected")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    return str(value)
