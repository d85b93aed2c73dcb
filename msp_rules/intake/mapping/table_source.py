"""Streams the cases of a folder of CSV files or of a workbook: one table a file or sheet."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator
from copy import copy
from pathlib import Path
from typing import Protocol

from lxml import etree

from msp_rules.casework.case import Case
from msp_rules.errors import InputUnreadable, SourceLocation
from msp_rules.intake.mapping.case_builder import MappedReader
from msp_rules.intake.mapping.csv_tables import BadCell, CsvTable, Table, TableRow, TablesRefused
from msp_rules.intake.mapping.join_index import RowIndex
from msp_rules.intake.mapping.language import UNREADABLE, CaseMapping, JoinedRows, SourceForm
from msp_rules.intake.mapping.paths import plain_name, xml_name
from msp_rules.intake.mapping.table_fit import DoesNotFit, Held, columns_of, fitted, tables_of
from msp_rules.intake.mapping.values import DAMAGED
from msp_rules.intake.reading import ReadFile, ReadOptions


class Tables(Protocol):
    """The tables of one export."""

    @property
    def names(self) -> list[str]:
        """The names of all tables."""
        ...

    def table(self, name: str) -> Table:
        """One of them."""
        ...

    def files(self, used: list[str]) -> list[Path]:
        """The files that hold the tables that are used."""
        ...

    def close(self) -> None:
        """Lets go of the files."""
        ...


class TableReader(MappedReader):
    """The cases of one folder or workbook; its rows are first brought together by their keys."""

    def __init__(
        self, tables: Tables, name: str, mapping: CaseMapping, options: ReadOptions
    ) -> None:
        super().__init__(name, mapping, options)
        self._tables = tables
        self._columns: dict[str, list[tuple[str, str, int]]] = {}
        self._files: list[ReadFile] = []
        self._dated_by = _table_of_date(mapping)

    @property
    def files(self) -> list[ReadFile]:
        """The files that hold the tables that the mapping reads."""
        return self._files

    def close(self) -> None:
        """Lets go of the files."""
        self._tables.close()

    def __iter__(self) -> Iterator[Case]:
        used = [name for name in tables_of(self._mapping) if name in self._tables.names]
        try:
            with RowIndex() as index:
                with warnings.catch_warnings():
                    # openpyxl says of odd cells what stands in them.
                    warnings.simplefilter("ignore")
                    self._fit(used)
                    self._fill(index)
                yield from self._indexed_cases(index)
        except (DoesNotFit, TablesRefused) as error:
            raise self._unreadable(str(error)) from None
        except OSError as error:
            raise self._unreadable(error.strerror or "it can't be read") from None
        self._files = [_read_file(path) for path in self._tables.files(used)]
        if self.cases_read == 0:
            table = self._mapping.case_path[0]
            self._fault(f'the source holds no case record (table "{table}")', self.name)

    def _fit(self, used: list[str]) -> None:
        wanted = columns_of(self._mapping)
        columns: dict[str, frozenset[str]] = {}
        twice: dict[str, frozenset[str]] = {}
        unread: dict[str, str] = {}
        for name in used:
            try:
                names = self._tables.table(name).columns()
            except ValueError as error:
                unread[name] = str(error)
                continue
            twice[name] = frozenset(one for one in names if names.count(one) > 1)
            columns[name] = frozenset(names) - twice[name]
            self._columns[name] = [
                (one, xml_name(one), at)
                for at, one in enumerate(names)
                if one in wanted[name] & columns[name]
            ]
        held = Held(tuple(self._tables.names), columns, twice, unread)
        fit = fitted(self._mapping, held, self._vocabulary)
        for reason in fit.lacking:
            self._fault(reason, self.name)
        self._use(fit.mapping, fit.supply)

    def _fill(self, index: RowIndex) -> None:
        for name in tables_of(self._mapping):
            table = self._tables.table(name)
            index.begin_input(table.input)
            for row in table.rows():
                self._keep(name, table.input, row, index)

    def _keep(self, table: str, source: str, row: TableRow, index: RowIndex) -> None:
        if row.damage is not None:
            self._fault(f"{row.damage}; it is not read", source, row.line)
        element = self._element(table, source, row)
        if not self._dated:
            self._read_first(table, element)
        if table == self._mapping.case_path[0]:
            self._keep_case(source, row, element, index)
        for join in self._mapping.joins:
            if join.record[0] == table:
                self._keep_joined(join, source, row, element, index)

    def _read_first(self, table: str, element: etree._Element) -> None:
        if table != self._dated_by:
            return
        root, first = etree.Element("tables"), copy(element)
        first.tag = xml_name(table)
        root.append(first)
        self._read_date(root)

    def _keep_case(
        self, source: str, row: TableRow, element: etree._Element, index: RowIndex
    ) -> None:
        if row.damage is not None:
            return
        path = self._mapping.key
        key = "" if path is None else _text(element, path.attribute)
        if path is None:
            index.add_case(f"{row.line}", row.line, element)
        elif key and key != UNREADABLE:
            index.add_case(key, row.line, element)
        else:
            reason = "a case record names no key that can be read; it is not judged"
            self._fault(reason, source, row.line)

    def _keep_joined(
        self, join: JoinedRows, source: str, row: TableRow, element: etree._Element, index: RowIndex
    ) -> None:
        key = _text(element, join.key.attribute)
        own = None if join.row_key is None else _text(element, join.row_key.attribute) or None
        if not key or key == UNREADABLE:
            if row.damage is None:
                what = "case" if join.of is None else "row"
                self._fault(f"a row names no {what}; it is not judged", source, row.line)
            return
        if row.damage is not None:
            element, own = etree.Element("row", {DAMAGED: "yes"}), None
        index.add_row(key, row.line, join.name, element, of=join.of, own=own)

    def _element(self, table: str, source: str, row: TableRow) -> etree._Element:
        """The row as an element: an attribute for each cell that the mapping reads."""
        element = etree.Element("row")
        for column, name, at in self._columns[table]:
            cell = row.cells[at] if at < len(row.cells) else ""
            if cell == "":
                continue
            try:
                if isinstance(cell, BadCell):
                    raise ValueError(cell.reason)
                element.set(name, cell)
            except ValueError as error:
                element.set(name, UNREADABLE)
                if row.damage is None:
                    reason = error if isinstance(cell, BadCell) else "holds control characters"
                    self._fault(f'the cell of "{column}" {reason}', source, row.line)
        return element


class CsvFolder:
    """The CSV files of a folder, or one of them; a table is called as its file without `.csv`."""

    def __init__(self, path: Path, form: SourceForm) -> None:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        self._paths = {one.stem: one for one in files if one.suffix.lower() == ".csv"}
        self._form = form

    @property
    def names(self) -> list[str]:
        """The names of all tables."""
        return list(self._paths)

    def table(self, name: str) -> CsvTable:
        """One of them."""
        return CsvTable(self._paths[name], self._form)

    def files(self, used: list[str]) -> list[Path]:
        """The files of the tables that are used."""
        return [self._paths[name] for name in used]

    def close(self) -> None:
        """Nothing stays open between two tables."""


def _text(element: etree._Element, attribute: str | None) -> str:
    return "" if attribute is None else (element.get(attribute) or "").strip()


def _table_of_date(mapping: CaseMapping) -> str | None:
    """The table whose first row says the reference date; for a constant, that of the cases."""
    rule = mapping.reference_date
    if rule is None:
        return None
    return mapping.case_path[0] if rule.path is None else plain_name(rule.path.steps[0].name)


def _read_file(path: Path) -> ReadFile:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return ReadFile(path.name, digest, path.stat().st_size)


def open_csv(path: Path, mapping: CaseMapping, options: ReadOptions) -> TableReader:
    """Opens a folder of CSV files, or one file; raises InputUnreadable if it is missing.

    Raises OSError where it cannot be opened.
    """
    folder = CsvFolder(path, mapping.source)
    if not folder.names:
        path.stat()  # what is not there is said in the same words of every source
        raise InputUnreadable("it is no CSV file (*.csv)", SourceLocation(path=path.name))
    return TableReader(folder, path.name, mapping, options)


def open_xlsx(path: Path, mapping: CaseMapping, options: ReadOptions) -> TableReader:
    """Opens a workbook; raises InputUnreadable if it can't be read as one, or is too large."""
    from msp_rules.intake.mapping.xlsx_tables import XlsxTables

    try:
        tables = XlsxTables(path)
    except TablesRefused as error:
        raise InputUnreadable(str(error), SourceLocation(path=path.name)) from None
    return TableReader(tables, path.name, mapping, options)
