"""Reads the sheets of a workbook as tables; calculates nothing and follows none of its links.

The result of a formula is the one that the program that saved the workbook left beside it. The
cells come from calamine, which gives an empty text for an error or a formula without a result, and
a date for a moment at midnight: of an .xlsx, `sheet_oddities` says which those are.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final, Protocol, cast

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

from msp_rules.intake.file_names import shown_name
from msp_rules.intake.mapping.csv_tables import BadCell, Cell, TableRow, TablesRefused, is_empty
from msp_rules.intake.mapping.sheet_oddities import Oddity, SheetOddities
from msp_rules.intake.mapping.table_layout import PLAIN_LAYOUT, LaidOutTable, Layout
from msp_rules.intake.xml_parsing import has_doctype

# Repetitive sheets shrink to about a fiftieth; what a bomb is made of, to a thousandth.
_LARGEST_RATIO: Final = 200
_NOT_WEIGHED: Final = 4 * 1024 * 1024
_LARGEST_SHEET: Final = 192 * 1024 * 1024
"""The limit on one unpacked sheet, in bytes: calamine holds it whole in memory."""
_LARGEST_UNPACKED: Final = 2 * 1024**3
_LARGEST_TEXTS: Final = 64 * 1024 * 1024
_LARGEST_PARTS: Final = 64 * 1024 * 1024
_LARGEST_OLD: Final = 64 * 1024 * 1024
"""The limit on an .xls, in bytes (it is not compressed): no .xls can have more rows than this."""
_MOST_ROWS: Final = 1_048_576
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
"""The errors that the standard library raises for a damaged or locked archive."""
_SHEETS: Final = ("xl/worksheets/", "content.xml")
_SAVE_AS_CSV: Final = "save its sheets as CSV files"
_SIGNATURES: Final = (
    (b"<?xml", "it is XML (SpreadsheetML, perhaps) under the name of a workbook: save it as .xlsx"),
    (b"<html", "it is a web page under the name of a workbook: save it as .xlsx"),
    (b"<table", "it is a web page under the name of a workbook: save it as .xlsx"),
    (b"<!doctype", "it is a web page under the name of a workbook: save it as .xlsx"),
)
Value = int | float | str | bool | time | date | datetime | timedelta


class _Sheet(Protocol):
    """A sheet as calamine gives it."""

    @property
    def start(self) -> tuple[int, int] | None:
        """The first row and column that are filled, from 0."""
        ...

    def iter_rows(self) -> Iterator[list[Value]]:
        """Its rows, from the first filled one on."""
        ...


class WorkbookTables:
    """Gives the sheets of one workbook, to be closed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.unused: list[str] = []
        self._oddities: SheetOddities | None = None
        self._kept: tuple[str, _Sheet] | None = None
        self.warnings: tuple[tuple[str, str], ...] = _BLANK_ERRORS
        _refuse_what_is_none(path)
        if zipfile.is_zipfile(path):
            names = _refuse_bombs(path)
            self._oddities = SheetOddities(path) if "xl/workbook.xml" in names else None
            if self._oddities is not None or not _has_ods_errors(path, names):
                self.warnings = ()
        try:
            self._book = CalamineWorkbook.from_path(path)
        except PasswordError:
            raise TablesRefused("the workbook is locked with a password: save it without") from None
        except (CalamineError, OSError, ValueError) as error:
            # Its text may hold content of the workbook.
            reason = f"it is not a readable workbook ({type(error).__name__})"
            raise TablesRefused(reason) from None
        self._names = [
            one.name for one in self._book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet
        ]

    @property
    def names(self) -> list[str]:
        """The names of the sheets that hold cells."""
        return list(self._names)

    def table(self, name: str, layout: Layout = PLAIN_LAYOUT) -> LaidOutTable:
        """One sheet."""
        return LaidOutTable(WorkbookTable(self._path, name, self._sheet, self._oddities), layout)

    def _sheet(self, name: str) -> _Sheet:
        """Reads a sheet; the one that was asked for last is kept, as a table is read twice."""
        if self._kept is not None and self._kept[0] == name:
            return self._kept[1]
        self._kept = None  # before the next is read: two of them would take twice the memory
        try:
            sheet = cast("_Sheet", self._book.get_sheet_by_name(name))
        except Exception as error:  # noqa: BLE001 - whatever calamine raises; it may hold content
            reason = f"a sheet can't be read to its end ({type(error).__name__})"
            raise TablesRefused(reason) from None
        self._kept = (name, sheet)
        return sheet

    def files(self, used: list[str]) -> list[Path]:
        """Gives the workbook."""
        return [self._path]

    def close(self) -> None:
        """Closes the file."""
        self._kept = None
        self._book.close()


class _OpenSheet(Protocol):
    """Opens a sheet by its name."""

    def __call__(self, name: str) -> _Sheet: ...


class WorkbookTable:
    """Reads a sheet."""

    is_ragged: Final = True

    def __init__(
        self, path: Path, name: str, open_sheet: _OpenSheet, oddities: SheetOddities | None
    ) -> None:
        self._path = path
        self._name = name
        self._open_sheet = open_sheet
        self._oddities = oddities

    @property
    def input(self) -> str:
        """The workbook and the sheet."""
        return f"{shown_name(self._path.name)}/{self._name}"

    def read(self) -> Iterator[TableRow]:
        """Reads every row that is not empty."""
        sheet = self._open_sheet(self._name)
        odd_rows = iter(()) if self._oddities is None else self._oddities.rows(self._name)
        odd_number, odd_cells = next(odd_rows, _NONE_LEFT)
        # Rows come from the first on, but their cells from the first column that is filled on.
        before: list[Cell] = [""] * (sheet.start[1] if sheet.start is not None else 0)
        for number, values in enumerate(sheet.iter_rows(), 1):
            if number > _MOST_ROWS:
                raise TablesRefused(f"a sheet has more than {_MOST_ROWS} rows: {_SAVE_AS_CSV}")
            while odd_number < number:
                odd_number, odd_cells = next(odd_rows, _NONE_LEFT)
            row = before + [_cell(one) for one in values]
            if odd_number == number:
                row = _with_oddities(row, odd_cells)
            if not is_empty(row):
                yield TableRow(number, row)


_NONE_LEFT: Final[tuple[int, dict[int, Oddity]]] = (_MOST_ROWS + 1, {})
_SAID: Final = {
    Oddity.ERROR: BadCell("has a spreadsheet error"),
    Oddity.UNCALCULATED: BadCell("has a formula without a saved result"),
}


def _with_oddities(row: list[Cell], odd: dict[int, Oddity]) -> list[Cell]:
    """Adds to a row what calamine does not report; columns count from 1."""
    row += [""] * (max(odd) - len(row))
    for column, oddity in odd.items():
        cell = row[column - 1]
        if oddity is not Oddity.MIDNIGHT:
            row[column - 1] = _SAID[oddity]
        elif isinstance(cell, str) and len(cell) == len("2026-01-05"):
            row[column - 1] = f"{cell}T00:00:00"
    return row


def _cell(value: Value) -> Cell:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, timedelta):
        return BadCell("has a duration where a date or text is expected")
    if isinstance(value, int):
        return str(value)
    return value.isoformat()


_BLANK_ERRORS: Final = (
    (
        "blank_errors",
        "errors of the spreadsheet look like blank cells in this form of workbook: save it as "
        ".xlsx so that they are reported",
    ),
)


def _has_ods_errors(path: Path, names: set[str]) -> bool:
    """Tells whether a workbook other than an .xlsx may hold errors, which calamine leaves blank."""
    if "content.xml" not in names:
        return True  # .xlsb, which is not XML
    with zipfile.ZipFile(path) as archive, archive.open("content.xml") as stream:
        before = b""
        while chunk := stream.read(65_536):
            if b'value-type="error"' in before + chunk:
                return True
            before = chunk[-32:]
    return False


# Files that are none, or too much.


def _refuse_what_is_none(path: Path) -> None:
    try:
        with path.open("rb") as stream:
            start = stream.read(512).lstrip(b"\xef\xbb\xbf \r\n\t").lower()
        size = path.stat().st_size
    except OSError as error:
        raise TablesRefused(f"{error.strerror or 'it cannot be read'}") from None
    for signature, reason in _SIGNATURES:
        if start.startswith(signature):
            raise TablesRefused(reason)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        if size > _LARGEST_OLD:
            raise TablesRefused(f"it is larger than {_LARGEST_OLD} bytes: {_SAVE_AS_CSV}")
    elif not zipfile.is_zipfile(path):
        raise TablesRefused("it is not a workbook (.xlsx, .ods, .xls), or it is damaged")


def _refuse_bombs(path: Path) -> set[str]:
    """Refuses what unpacks to too much, before anything of it is unpacked, and document types.

    Gives the names of its parts.
    """
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
    except _BROKEN:
        raise TablesRefused("it is not a workbook (.xlsx), or it is damaged or locked") from None
    except OSError as error:
        raise TablesRefused(f"{error.strerror or 'it cannot be read'}") from None
    return {part.filename for part in parts}


def _refuse_large(parts: list[zipfile.ZipInfo]) -> None:
    if sum(part.file_size for part in parts) > _LARGEST_UNPACKED:
        reason = f"unpacked it is larger than {_LARGEST_UNPACKED} bytes: {_SAVE_AS_CSV}"
        raise TablesRefused(reason)
    for part in parts:
        if part.file_size > max(_NOT_WEIGHED, part.compress_size * _LARGEST_RATIO):
            raise TablesRefused(
                f"a part of it unpacks to more than {_LARGEST_RATIO} times its size"
            )
        if part.filename.endswith("sharedStrings.xml") and part.file_size > _LARGEST_TEXTS:
            reason = f"its texts are larger than {_LARGEST_TEXTS} bytes: {_SAVE_AS_CSV}"
            raise TablesRefused(reason)
        limit = _LARGEST_SHEET if part.filename.startswith(_SHEETS) else _LARGEST_PARTS
        if part.file_size > limit:
            raise TablesRefused(f"a part of it is larger than {limit} bytes: {_SAVE_AS_CSV}")
