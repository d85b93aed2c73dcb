"""Reads the cases of a folder of CSV files or of a workbook: one table per file or sheet."""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

from msp_rules.casework.case import Case
from msp_rules.errors import InputUnreadable, SourceLocation
from msp_rules.extras import library_of
from msp_rules.intake.mapping.csv_tables import BadCell, CsvTable, Table, TableRow, TablesRefused
from msp_rules.intake.mapping.join_index import RowIndex
from msp_rules.intake.mapping.language import UNREADABLE, CaseMapping, JoinedRows, SourceForm
from msp_rules.intake.mapping.mapped_reader import MappedReader
from msp_rules.intake.mapping.records import Record, State
from msp_rules.intake.mapping.table_fit import DoesNotFit, Held, columns_of, fitted, tables_of
from msp_rules.intake.reading import Place, ReadFile, ReadOptions

_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]").search
"""Characters that no source of XML can hold (XML 1.0, section 2.2)."""


class Tables(Protocol):
    """Gives the tables of one export."""

    @property
    def names(self) -> list[str]:
        """The names of all tables."""
        ...

    def table(self, name: str) -> Table:
        """Gives one of them."""
        ...

    def files(self, used: list[str]) -> list[Path]:
        """Lists the files that hold the tables that are used."""
        ...

    def close(self) -> None:
        """Closes the files."""
        ...


class TableReader(MappedReader):
    """Gives the cases of one folder or workbook; rows are first brought together by their keys."""

    def __init__(
        self, tables: Tables, name: str, mapping: CaseMapping, options: ReadOptions
    ) -> None:
        super().__init__(name, mapping, options)
        self._tables = tables
        self._columns: dict[str, list[tuple[str, int]]] = {}
        self._files: list[ReadFile] = []
        self._dated_by = _table_of_date(mapping)

    @property
    def files(self) -> list[ReadFile]:
        """The files that hold the tables that the mapping reads."""
        return self._files

    def close(self) -> None:
        """Closes the files."""
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
            self._fault(f'the source has no case record (table "{table}")', self.name)

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
                (one, at) for at, one in enumerate(names) if one in wanted[name] & columns[name]
            ]
        held = Held(tuple(self._tables.names), columns, twice, unread)
        fit = fitted(self._mapping, held, self._vocabulary)
        for reason in fit.lacking:
            self._fault(reason, self.name)
        self._use(fit.mapping, fit.supply)

    def _fill(self, index: RowIndex) -> None:
        for name in tables_of(self._mapping):
            table = self._tables.table(name)
            for row in table.rows():
                self._keep(name, table.input, row, index)

    def _keep(self, table: str, source: str, row: TableRow, index: RowIndex) -> None:
        if row.damage is not None:
            self._fault(f"{row.damage}; it is not read", source, row.line)
        record = self._record(table, source, row)
        if not self._dated and table == self._dated_by:
            root = Record("tables", record.place, {})
            root.children.append(Record(table, record.place, record.values))
            self._read_date(root)
        if table == self._mapping.case_path[0] and row.damage is None:
            self._keep_case(record, index)
        for join in self._mapping.joins:
            if join.record[0] == table:
                self._keep_joined(join, record, row.damage is not None, index)

    def _keep_case(self, record: Record, index: RowIndex) -> None:
        path, place = self._mapping.key, record.place
        key = f"{place.line}" if path is None else _text(record, path.attribute)
        if key and key != UNREADABLE:
            index.add_case(key, record)
        else:
            reason = "a case record has no readable key; it is not judged"
            self._fault(reason, place.input, place.line)

    def _keep_joined(
        self, join: JoinedRows, record: Record, is_damaged: bool, index: RowIndex
    ) -> None:
        key, place = _text(record, join.key.attribute), record.place
        own = None if join.row_key is None else _text(record, join.row_key.attribute) or None
        if not key or key == UNREADABLE:
            if not is_damaged:
                what = "case" if join.of is None else "row"
                reason = f"a row names no {what}; it is not judged"
                self._fault(reason, place.input, place.line)
            return
        if is_damaged:
            record, own = Record(record.name, place, {}, state=State.DAMAGED), None
        index.add_row(key, join.name, record, of=join.of, own=own)

    def _record(self, table: str, source: str, row: TableRow) -> Record:
        """Makes a record of a row: a value for each cell that the mapping reads."""
        values: dict[str, str] = {}
        for column, at in self._columns[table]:
            cell = row.cells[at] if at < len(row.cells) else ""
            if cell == "":
                continue
            trouble = cell.reason if isinstance(cell, BadCell) else _trouble_with(cell)
            values[column] = UNREADABLE if trouble or isinstance(cell, BadCell) else cell
            if trouble and row.damage is None:
                self._fault(f'the cell of "{column}" {trouble}', source, row.line)
        return Record("row", Place(source, row.line), values)


class CsvFolder:
    """Gives the CSV files of a folder, or one; a table has its file's name without `.csv`."""

    def __init__(self, path: Path, form: SourceForm) -> None:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        self._paths = {one.stem: one for one in files if one.suffix.lower() == ".csv"}
        self._form = form

    @property
    def names(self) -> list[str]:
        """The names of all tables."""
        return list(self._paths)

    def table(self, name: str) -> CsvTable:
        """Gives one of them."""
        return CsvTable(self._paths[name], self._form)

    def files(self, used: list[str]) -> list[Path]:
        """Lists the files of the tables that are used."""
        return [self._paths[name] for name in used]

    def close(self) -> None:
        """Does nothing: no file stays open between two tables."""


def _text(record: Record, column: str | None) -> str:
    return "" if column is None else record.values.get(column, "").strip()


def _trouble_with(cell: str) -> str:
    """Says why a cell can't be read; nothing where it can."""
    # What can be printed is looked through in no time, and nearly every cell can.
    return "" if cell.isprintable() or not _CONTROL(cell) else "has control characters"


def _table_of_date(mapping: CaseMapping) -> str | None:
    """Names the table whose first row has the reference date; for a constant, that of the cases."""
    rule = mapping.reference_date
    if rule is None:
        return None
    return mapping.case_path[0] if rule.path is None else rule.path.steps[0].name


def _read_file(path: Path) -> ReadFile:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return ReadFile(path.name, digest, path.stat().st_size)


def open_csv(path: Path, mapping: CaseMapping, options: ReadOptions) -> TableReader:
    """Opens a folder of CSV files, or one of them; raises InputUnreadable where there is none.

    Raises OSError where it cannot be opened.
    """
    folder = CsvFolder(path, mapping.source)
    if not folder.names:
        path.stat()  # what is not there is said in the same words of every source
        raise InputUnreadable("it is not a CSV file (*.csv)", SourceLocation(path=path.name))
    return TableReader(folder, path.name, mapping, options)


def open_xlsx(path: Path, mapping: CaseMapping, options: ReadOptions) -> TableReader:
    """Opens a workbook; raises InputUnreadable if it can't be read as one, or is too large."""
    with library_of("cli", "reading a workbook"):
        from msp_rules.intake.mapping.xlsx_tables import XlsxTables

    try:
        tables = XlsxTables(path)
    except TablesRefused as error:
        raise InputUnreadable(str(error), SourceLocation(path=path.name)) from None
    return TableReader(tables, path.name, mapping, options)
