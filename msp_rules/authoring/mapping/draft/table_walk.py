"""Walks through CSV files and workbooks: each row counts as an element whose cells are attributes.

Tables that were laid out for people are read as the mapping that is drafted will read them: from
the row with the names of columns on, and without totals. Tables of one shape are read as one.
"""

from __future__ import annotations

import codecs
import re
import warnings
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from os.path import commonprefix
from pathlib import Path
from typing import Final

from lxml import etree

from msp_rules.authoring.mapping.draft.dates import DateForms
from msp_rules.authoring.mapping.draft.elements import writable
from msp_rules.authoring.mapping.draft.walk import TABLES, NamePath
from msp_rules.authoring.mapping.draft.words import column_name
from msp_rules.errors import InputUnreadable, SourceLocation
from msp_rules.extras import library_of
from msp_rules.intake.export_files import exports_at, open_file
from msp_rules.intake.mapping.csv_files import CsvFolder
from msp_rules.intake.mapping.csv_tables import Cell, TablesRefused
from msp_rules.intake.mapping.language import SourceForm, SourceKind
from msp_rules.intake.mapping.table_layout import LaidOutTable, Layout, is_total
from msp_rules.intake.mapping.table_names import plain_name, tables_named
from msp_rules.intake.mapping.table_source import Tables
from msp_rules.intake.xml_parsing import BrokenSource

_WORKBOOKS: Final = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")


def open_tables(path: Path) -> TableWalk | None:
    """Opens CSV files (one, a folder or a zip of them) or a workbook; None where it is neither."""
    place = SourceLocation(path=path.name)
    if path.suffix.lower() in _WORKBOOKS:
        with library_of("cli", "reading a workbook"):
            from msp_rules.intake.mapping.workbook_tables import WorkbookTables
        try:
            return TableWalk(WorkbookTables(path), path.name, SourceForm(SourceKind.XLSX))
        except TablesRefused as error:
            raise InputUnreadable(str(error), place) from None
        except OSError as error:
            raise InputUnreadable(_reason(error), place) from None
    start = _start_of_csv(path)
    if start is None:
        return None
    form = _form_of(start)
    return TableWalk(CsvFolder(path, form), path.name, form)


def _start_of_csv(path: Path) -> bytes | None:
    """Reads the first bytes of the first CSV file; None where there is none."""
    if not path.is_dir() and path.suffix.lower() not in (".csv", ".zip"):
        return None
    try:
        held = CsvFolder(path, SourceForm(SourceKind.CSV))
        if not held.names:
            if path.is_dir():
                message = "the folder has no CSV file (*.csv)"
                raise InputUnreadable(message, SourceLocation(path=path.name))
            return None
        if path.suffix.lower() == ".zip" and path.is_file():
            with closing(open_file(exports_at(path, endings=(".csv",))[0])) as stream:
                return stream.read(_SNIFFED)
        with held.files(held.names)[0].open("rb") as file:
            return file.read(_SNIFFED)
    except (TablesRefused, BrokenSource) as error:
        raise InputUnreadable(str(error), SourceLocation(path=path.name)) from None
    except OSError as error:
        raise InputUnreadable(_reason(error), SourceLocation(path=path.name)) from None


@dataclass(slots=True)
class TableShape:
    """Tables of one shape, and how they are laid out."""

    name: str
    """The name of the table, or a pattern that takes all of them."""
    members: list[str]
    """The names of the tables."""
    columns: tuple[str, ...]
    """The names of the columns, as attributes; empty for one without a name."""
    header_row: str | None = None
    """A name in the row with the names of columns; None where that is the first."""
    is_refused: str | None = None
    """The reason why the table can't be drafted; None where it can."""
    rows: int = 0
    """The number of records."""
    totals: int = 0
    """The number of rows that hold totals."""
    filled: dict[str, int] = field(default_factory=dict)
    """The number of records that have a column filled in."""
    in_totals: set[str] = field(default_factory=set)
    """The columns that are filled in totals."""

    @property
    def ends_at(self) -> str | None:
        """The column that is empty in the row of totals only; None without totals."""
        if not self.totals:
            return None
        found = [
            name
            for name in self.columns
            if name and name not in self.in_totals and self.filled.get(name) == self.rows
        ]
        return found[0] if found else None


class TableWalk:
    """Walks over tables; raises InputUnreadable where they can't be read."""

    def __init__(self, tables: Tables, name: str, form: SourceForm) -> None:
        self.name = name
        self.form = form
        self._tables = tables
        self._shapes: list[TableShape] | None = None

    def close(self) -> None:
        """Closes the files."""
        self._tables.close()

    @property
    def shapes(self) -> list[TableShape]:
        """The shapes of all tables."""
        if self._shapes is None:
            self._shapes = self._guarded_shapes()
        return self._shapes

    def columns(self, path: NamePath) -> tuple[str, ...]:
        """Gives the columns of a table in their order."""
        return next((one.columns for one in self.shapes if (TABLES, one.name) == path), ())

    def elements(self) -> Iterator[tuple[NamePath, etree._Element]]:
        """Yields every row of every table, and finally an element for the whole export."""
        for shape in self.shapes:
            shape.rows = shape.totals = 0
            shape.filled.clear()
            yield from self._rows(shape, counts=True)
        yield (TABLES,), etree.Element("tables")

    def records(self, wanted: Collection[NamePath]) -> Iterator[tuple[NamePath, etree._Element]]:
        """Yields every row of the tables wanted."""
        for shape in self.shapes:
            if (TABLES, shape.name) in wanted:
                yield from self._rows(shape, counts=False)

    def _guarded_shapes(self) -> list[TableShape]:
        try:
            return shapes_of(self._tables)
        except TablesRefused as error:
            raise self._unreadable(str(error)) from None
        except OSError as error:
            raise self._unreadable(_reason(error)) from None

    def _rows(
        self, shape: TableShape, *, counts: bool
    ) -> Iterator[tuple[NamePath, etree._Element]]:
        if shape.is_refused is not None:
            raise self._unreadable(shape.is_refused)
        layout = Layout(shape.header_row)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # some readers warn of odd cells by their content
                for name in shape.members:
                    for row in _elements(self._tables.table(name, layout), shape, counts=counts):
                        yield (TABLES, shape.name), row
        except TablesRefused as error:
            raise self._unreadable(str(error)) from None
        except OSError as error:
            raise self._unreadable(error.strerror or "it can't be read") from None

    def _unreadable(self, reason: str) -> InputUnreadable:
        return InputUnreadable(reason, SourceLocation(path=self.name))


def shapes_of(tables: Tables) -> list[TableShape]:
    """Finds the tables that have the same columns, and where those stand."""
    found: dict[tuple[str, ...], TableShape] = {}
    for name in tables.names:
        shape = _shape_of(name, tables.table(name))
        if shape is None:
            continue
        known = found.get(shape.columns) if shape.is_refused is None else None
        if known is None:
            found[shape.columns if shape.is_refused is None else (name,)] = shape
        else:
            known.members.append(name)
    for shape in found.values():
        shape.name = _pattern_of(shape.members, tables.names)
    return list(found.values())


def _shape_of(name: str, table: LaidOutTable) -> TableShape | None:
    """Finds the row with the names of columns; None for an empty table."""
    rows = [row.cells for row in table.first_rows(_EXAMINED) if row.damage is None]
    if not rows:
        return None
    widths = [len(_texts(cells)) for cells in rows]
    at = next(index for index, width in enumerate(widths) if width >= _WIDE * max(widths))
    names = [plain_name(cell) if isinstance(cell, str) else "" for cell in rows[at]]
    columns = tuple(column_name(one) if one else "" for one in names)
    shape = TableShape(name, [name], columns)
    if _holds_values(rows[at], rows[at + 1 :]):
        shape.is_refused = (
            f"the first row of {table.input} seems to hold values, not names of columns"
        )
    elif at:
        earlier = {text for cells in rows[:at] for text in _texts(cells)}
        shape.header_row = next((one for one in names if one and one not in earlier), None)
    return shape


def _texts(cells: Sequence[Cell]) -> list[str]:
    return [plain_name(cell) for cell in cells if isinstance(cell, str) and cell.strip()]


_EXAMINED: Final = 60
_WIDE: Final = 0.6


def _holds_values(first: Sequence[Cell], rows: list[Sequence[Cell]]) -> bool:
    """Tells whether a row looks like records: names are written into the draft, values are not."""
    if any(_is_like_a_value(name) for name in _texts(first)):
        return True
    for at, cell in enumerate(first):
        name = plain_name(cell) if isinstance(cell, str) else ""
        below = [plain_name(row[at]) for row in rows if at < len(row) and isinstance(row[at], str)]
        if name and name in below:
            return True
    return False


def _is_like_a_value(name: str) -> bool:
    """Tells whether a column's name looks like a date, a number, an address or a text."""
    dates = DateForms()
    dates.add(name)
    digits = sum(letter.isdigit() for letter in name)
    letters = sum(letter.isalpha() for letter in name)
    is_number = bool(digits) and (not letters or digits > letters + _MORE_DIGITS)
    return dates.is_date or is_number or "@" in name or len(name) > _LONGEST_NAME


_MORE_DIGITS: Final = 2
_LONGEST_NAME: Final = 240
"""The longest name of a column: some forms give their whole question."""


def _pattern_of(members: list[str], names: list[str]) -> str:
    """Finds a name or pattern for tables of one shape that takes no other table."""
    start = _without_date(members[0])
    if len(members) > 1:
        start = commonprefix(members).rstrip("0123456789")
    if start != members[0] and len(start.strip(" _-")) >= _LEAST_START:
        pattern = f"{start}*"
        if set(tables_named(pattern, names)) == set(members):
            return pattern
    return members[0]


_LEAST_START: Final = 3
_MONTHS: Final = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DATED_NAME: Final = re.compile(
    rf"(.*?[ _(-])(?:\d{{1,4}}[-_. ]\d{{1,2}}[-_. ]\d{{1,4}}|\d{{6,8}}|(?:19|20)\d\d(?:[-_ ]?\d\d)?"
    rf"|(?:{_MONTHS})[a-z]*[-_ ]*(?:\d{{2,4}})?)\)?",
    re.IGNORECASE,
)


def _without_date(name: str) -> str:
    """Takes the date off the end of a name: next month's table will have another."""
    found = _DATED_NAME.fullmatch(name)
    return found[1] if found is not None else name


def _elements(table: LaidOutTable, shape: TableShape, *, counts: bool) -> Iterator[etree._Element]:
    """Yields the rows of a table whose columns have names; skips damaged rows and totals."""
    for row in table.rows():
        if row.damage is not None:
            continue
        element = etree.Element("row")
        for name, cell in zip(shape.columns, row.cells, strict=False):
            if name and isinstance(cell, str) and cell.strip():
                element.set(name, writable(cell))
        if is_total(row.cells):
            shape.totals += counts
            shape.in_totals.update(str(one) for one in element.attrib)
            continue
        if counts:
            shape.rows += 1
            for one in element.attrib:
                shape.filled[str(one)] = shape.filled.get(str(one), 0) + 1
        yield element


_SNIFFED: Final = 262_144
_DELIMITERS: Final = (",", ";", "\t", "|")
_LINES_SNIFFED: Final = 20


def _form_of(start: bytes) -> SourceForm:
    """Guesses from the first bytes how a CSV file is written."""
    encoding = _encoding_of(start)
    lines = start.decode(encoding, errors="replace").splitlines()[:_LINES_SNIFFED]
    delimiter = max(
        _DELIMITERS, key=lambda mark: max((one.count(mark) for one in lines), default=0)
    )
    return SourceForm(SourceKind.CSV, encoding, delimiter)


def _encoding_of(start: bytes) -> str:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    return error.strerror or "it can't be read"
