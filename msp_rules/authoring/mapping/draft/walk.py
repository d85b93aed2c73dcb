"""Walks through an export from beginning to end, in constant memory.

A vendor's XML gives its elements; in CSV files and workbooks, each row counts as an element whose
cells are attributes, so that a draft is made from both in one way. What the reader of exports
refuses is refused here, too: document types, entities and the network.
"""

from __future__ import annotations

import codecs
import warnings
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, Protocol, cast

from lxml import etree

from msp_rules.authoring.mapping.draft.elements import local_name
from msp_rules.authoring.mapping.draft.words import DateForms, column_name
from msp_rules.errors import InputUnreadable, SourceLocation
from msp_rules.extras import library_of
from msp_rules.intake.export_files import exports_at, open_file
from msp_rules.intake.mapping.csv_files import CsvFolder
from msp_rules.intake.mapping.csv_tables import TablesRefused
from msp_rules.intake.mapping.language import SourceForm, SourceKind
from msp_rules.intake.mapping.table_layout import LaidOutTable
from msp_rules.intake.mapping.table_source import Tables
from msp_rules.intake.xml_parsing import (
    DOCTYPE_REFUSED,
    NOT_WELL_FORMED,
    BrokenSource,
    guarded_chunks,
    guarded_parser,
    is_typed,
    release,
)

NamePath = tuple[str, ...]
"""The names of an element and of those around it, from the root."""
TABLES: Final = "(tables)"
"""Stands for the root of an export that is not XML."""


class ExportWalk(Protocol):
    """An export in any format that can be walked through twice."""

    name: str

    def elements(self) -> Iterator[tuple[NamePath, etree._Element]]:
        """Yields every element, inner ones first; its children have been removed by then."""
        ...

    def records(self, wanted: Collection[NamePath]) -> Iterator[tuple[NamePath, etree._Element]]:
        """Yields every element at one of the paths, whole."""
        ...


_DEEPEST: Final = 60


class XmlWalk:
    """Walks over a vendor's XML, compressed or not (in an archive, over its first export).

    Raises InputUnreadable where it can't be read to its end.
    """

    def __init__(self, path: Path) -> None:
        self._file = exports_at(path)[0]
        self.name = self._file.name

    def elements(self) -> Iterator[tuple[NamePath, etree._Element]]:
        """Yields every element, inner ones first; each is gone once the next is asked for."""
        for path, element in self._ends():
            yield path, element
            release(element)

    def records(self, wanted: Collection[NamePath]) -> Iterator[tuple[NamePath, etree._Element]]:
        """Yields every element at one of the paths, whole; each is gone with the next."""
        longest = max(map(len, wanted))
        for path, element in self._ends():
            if path in wanted:
                yield path, element
                release(element)
            elif len(path) <= longest and not any(path[: len(one)] == one for one in wanted):
                release(element)

    def _ends(self) -> Iterator[tuple[NamePath, etree._Element]]:
        parser = guarded_parser()
        open_names: list[str] = []
        try:
            with closing(open_file(self._file)) as stream:
                for chunk in guarded_chunks(stream, self._unreadable):
                    parser.feed(chunk)
                    yield from self._events(parser, open_names)
                parser.close()
                yield from self._events(parser, open_names)
        except etree.XMLSyntaxError as error:
            line = error.position[0]
            raise self._unreadable(NOT_WELL_FORMED, line) from None
        except BrokenSource as error:
            raise self._unreadable(error.reason, None) from None

    def _events(
        self, parser: etree.XMLPullParser, open_names: list[str]
    ) -> Iterator[tuple[NamePath, etree._Element]]:
        for action, found in parser.read_events():
            element = cast("etree._Element", found)
            if action == "end":
                yield tuple(open_names), element
                open_names.pop()
                continue
            if not open_names and is_typed(element):
                raise self._unreadable(DOCTYPE_REFUSED, 1)
            open_names.append(local_name(element))
            if len(open_names) > _DEEPEST:
                raise self._unreadable(f"elements are nested more than {_DEEPEST} deep", None)

    def _unreadable(self, message: str, line: int | None) -> InputUnreadable:
        return InputUnreadable(message, SourceLocation(path=self.name, line=line))


def open_tables(path: Path) -> TableWalk | None:
    """Opens CSV files (one, or a folder of them) or a workbook; None where it is neither."""
    place = SourceLocation(path=path.name)
    if path.is_dir() or path.suffix.lower() == ".csv":
        held = sorted(path.iterdir()) if path.is_dir() else [path]
        files = [one for one in held if one.suffix.lower() == ".csv"]
        if not files:
            raise InputUnreadable("the folder has no CSV file (*.csv)", place)
        form = _form_of(files[0])
        return TableWalk(CsvFolder(path, form), path.name, form)
    if path.suffix.lower() != ".xlsx":
        return None
    with library_of("cli", "reading a workbook"):
        from msp_rules.intake.mapping.workbook_tables import WorkbookTables

    try:
        return TableWalk(WorkbookTables(path), path.name, SourceForm(SourceKind.XLSX))
    except TablesRefused as error:
        raise InputUnreadable(str(error), place) from None
    except OSError as error:
        raise InputUnreadable(_reason(error), place) from None


class TableWalk:
    """Walks over tables; raises InputUnreadable where they can't be read."""

    def __init__(self, tables: Tables, name: str, form: SourceForm) -> None:
        self.name = name
        self.form = form
        self._tables = tables

    def close(self) -> None:
        """Closes the files."""
        self._tables.close()

    def elements(self) -> Iterator[tuple[NamePath, etree._Element]]:
        """Yields every row of every table, and finally an element for the whole export."""
        yield from self._rows(self._tables.names)
        yield (TABLES,), etree.Element("tables")

    def records(self, wanted: Collection[NamePath]) -> Iterator[tuple[NamePath, etree._Element]]:
        """Yields every row of the tables wanted."""
        yield from self._rows([name for name in self._tables.names if (TABLES, name) in wanted])

    def _rows(self, names: list[str]) -> Iterator[tuple[NamePath, etree._Element]]:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # openpyxl says of odd cells what stands in them
                for name in names:
                    for row in _elements(self._tables.table(name)):
                        yield (TABLES, name), row
        except TablesRefused as error:
            raise self._unreadable(str(error)) from None
        except OSError as error:
            raise self._unreadable(error.strerror or "it can't be read") from None

    def _unreadable(self, reason: str) -> InputUnreadable:
        return InputUnreadable(reason, SourceLocation(path=self.name))


_SNIFFED: Final = 262_144
_DELIMITERS: Final = (",", ";", "\t", "|")


def _form_of(path: Path) -> SourceForm:
    """Guesses from the first bytes how a CSV file is written."""
    try:
        with path.open("rb") as stream:
            start = stream.read(_SNIFFED)
    except OSError as error:
        raise InputUnreadable(_reason(error), SourceLocation(path=path.name)) from None
    encoding = _encoding_of(start)
    line = (start.decode(encoding, errors="replace").splitlines() or [""])[0]
    delimiter = max(_DELIMITERS, key=line.count)
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


_LONGEST_NAME: Final = 64


def _elements(table: LaidOutTable) -> Iterator[etree._Element]:
    """Yields the rows of a table whose columns have names; skips a damaged row.

    Raises TablesRefused where the first row looks like values: names are written into the draft.
    """
    try:
        names = table.columns()
    except TablesRefused:
        raise
    except ValueError:
        return
    if any(_is_like_a_value(name) for name in names):
        message = f"the first row of {table.input} seems to hold values, not names of columns"
        raise TablesRefused(message)
    columns = [column_name(name) if name.strip() else None for name in names]
    for row in table.rows():
        if row.damage is not None:
            continue
        element = etree.Element("row")
        for name, cell in zip(columns, row.cells, strict=False):
            if name is not None and isinstance(cell, str) and cell.strip():
                element.set(name, _writable(cell))
        yield element


def _is_like_a_value(name: str) -> bool:
    """Tells whether a column's name looks like a date, a number, an address or a sentence."""
    dates = DateForms()
    dates.add(name)
    digits = sum(letter.isdigit() for letter in name)
    is_number = 2 * digits > len(name.strip())
    return dates.is_date or is_number or "@" in name or len(name) > _LONGEST_NAME


def _writable(text: str) -> str:
    """Drops characters that XML can't hold; dates, ids and labels don't depend on them."""
    return "".join(letter for letter in text if letter.isprintable() or letter in "\t\n\r")
