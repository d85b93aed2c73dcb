"""Reads the cases of a folder of CSV files or of a workbook: one table per file or sheet."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol

from msp_rules.casework.case import Case
from msp_rules.errors import InputUnreadable, SourceLocation
from msp_rules.extras import library_of
from msp_rules.intake.file_names import shown_name
from msp_rules.intake.mapping.csv_files import CsvFolder, wrong_kind
from msp_rules.intake.mapping.csv_tables import BadCell, Cell, TableRow, TablesRefused
from msp_rules.intake.mapping.join_index import RowIndex
from msp_rules.intake.mapping.language import UNREADABLE, CaseMapping, JoinedRows, RowsRule
from msp_rules.intake.mapping.mapped_reader import MappedReader
from msp_rules.intake.mapping.records import Record, State, holds
from msp_rules.intake.mapping.table_fit import DoesNotFit, Held, columns_of, fitted, tables_of
from msp_rules.intake.mapping.table_layout import PLAIN_LAYOUT, LaidOutTable, Layout, is_total
from msp_rules.intake.mapping.table_names import tables_named
from msp_rules.intake.reading import Place, ReadFile, ReadOptions

_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]").search
"""Characters that no source of XML can hold (XML 1.0, section 2.2)."""


class Tables(Protocol):
    """Gives the tables of one export."""

    @property
    def names(self) -> list[str]:
        """The names of all tables."""
        ...

    @property
    def unused(self) -> list[str]:
        """The names of other files beside them."""
        ...

    @property
    def warnings(self) -> tuple[tuple[str, str], ...]:
        """Warnings of this kind of tables: codes and reasons."""
        ...

    def table(self, name: str, layout: Layout = PLAIN_LAYOUT) -> LaidOutTable:
        """One of them."""
        ...

    def files(self, used: list[str]) -> list[Path]:
        """Lists the files that hold the tables that are used."""
        ...

    def close(self) -> None:
        """Closes the files."""
        ...


class TableReader(MappedReader):
    """Gives the cases of one folder or workbook.

    Where each row is a case, rows are read one by one; otherwise they are first joined by their
    keys.
    """

    def __init__(
        self, tables: Tables, name: str, mapping: CaseMapping, options: ReadOptions
    ) -> None:
        super().__init__(name, mapping, options)
        self._tables = tables
        self._matching = {one: tables_named(one, tables.names) for one in tables_of(mapping)}
        self._wanted = columns_of(mapping)
        self._cells: dict[tuple[str, str], list[tuple[str, tuple[int, ...]]]] = {}
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
        used = list(dict.fromkeys(one for names in self._matching.values() for one in names))
        try:
            self._fit()
            if self._mapping.joins:
                yield from self._joined()
            else:
                yield from self._one_by_one()
        except (DoesNotFit, TablesRefused) as error:
            raise self._unreadable(str(error)) from None
        except OSError as error:
            raise self._unreadable(error.strerror or "it can't be read") from None
        self._files = [_read_file(path) for path in self._tables.files(used)]
        self._warn_of_unread(used)
        self._say_what_is_left()
        if self.cases_read == 0:
            tables = ", ".join(f'table "{one}"' for one in tables_of(self._mapping))
            self._fault(f"the source has no case record ({tables})", self.name)

    def _joined(self) -> Iterator[Case]:
        """Joins rows by their keys, and gives the cases."""
        with RowIndex() as index:
            self._fill(index)
            yield from self._indexed_cases(index)

    def _one_by_one(self) -> Iterator[Case]:
        """Gives the case that each row is."""
        self._read_first_date()
        self._survey(self._case_rows())
        for record in self._case_rows():
            if not self._owns_next():
                self._skip_record(record)
            elif (case := self._case(record)) is not None:
                yield case

    def _case_rows(self) -> Iterator[Record]:
        """Gives the rows of the tables of cases."""
        named = self._mapping.case_path[0]
        key = self._mapping.key
        for table in self._matching[named]:
            for row in self._rows(named, table):
                record = self._sound_record(named, table, row)
                if record is None or row.damage is not None:
                    continue
                if key is not None and _text(record, key.attribute) in ("", UNREADABLE):
                    self._fault_of_row(_NO_KEY, record.place)
                    continue
                yield record

    def _rows(self, named: str, table: str) -> Iterator[TableRow]:
        return self._tables.table(table, self._layout_of(named)).rows()

    def _layout_of(self, named: str) -> Layout:
        rows = next((one for one in self._row_rules(named) if _has_layout(one)), None)
        return Layout() if rows is None else Layout(rows.header_row, rows.skip, rows.until)

    def _row_rules(self, named: str) -> Iterator[RowsRule]:
        """Gives the mapping's statements about the rows of a table, those of its own first."""
        names = {join.name for join in self._mapping.joins if join.record[0] == named}
        is_case = named in self._mapping.case_path
        for one in self._mapping.rows:
            if one.record is None:
                continue
            steps = one.record.steps
            if (is_case and not steps) or (steps and steps[-1].name in names):
                yield one
        yield from (one for one in self._mapping.rows if one.record is None)

    def _fit(self) -> None:
        columns: dict[str, frozenset[str]] = {}
        unread: dict[str, str] = {}
        hints: dict[str, str] = {}
        for named, matching in self._matching.items():
            for name in matching:
                table = self._tables.table(name, self._layout_of(named))
                try:
                    found = table.places()
                except ValueError as error:
                    unread[name] = str(error)
                    continue
                wanted = self._wanted[named]
                columns[name] = frozenset(found.places)
                self._cells[named, name] = [
                    (one, places) for one, places in found.places.items() if one in wanted
                ]
                if not wanted <= columns[name] and (hint := table.header_hint(wanted)):
                    hints[name] = hint
        held = Held(tuple(self._tables.names), self._matching, columns, unread, hints)
        fit = fitted(self._mapping, held, self._vocabulary)
        for reason in fit.lacking:
            self._fault(reason, self.name)
        self._use(fit.mapping, fit.supply)

    def _fill(self, index: RowIndex) -> None:
        for named in tables_of(self._mapping):
            for table in self._matching[named]:
                for row in self._rows(named, table):
                    self._keep(named, table, row, index)

    def _keep(self, named: str, table: str, row: TableRow, index: RowIndex) -> None:
        record = self._sound_record(named, table, row)
        if record is None:
            return
        if not self._dated and named == self._dated_by:
            self._read_date_in(record, named)
        if named in self._mapping.case_path and row.damage is None:
            self._keep_case(record, index)
        serial = index.next_serial()
        for join in self._mapping.joins:
            if join.record[0] == named:
                self._keep_joined(join, record, row.damage is not None, index, serial)

    def _sound_record(self, named: str, table: str, row: TableRow) -> Record | None:
        """Makes a record of a row; None where it is left out or holds no record."""
        source = self._tables.table(table).input
        record = self._record(self._cells[named, table], source, row)
        if row.damage is not None:
            self._fault_of_row(f"{row.damage}; it is not read", record.place)
            return record
        for rule in self._row_rules(named):
            if rule.leave_out and all(holds(record, one) for one in rule.leave_out):
                if not self._is_surveying:
                    self._builder.choice.left_out[table] += 1
                return None
        if named in self._mapping.case_path and is_total(row.cells):
            self._fault_of_row(_TOTALS, record.place)
            return None
        return record

    def _read_first_date(self) -> None:
        """Reads the reference date from the first row of its table."""
        if self._dated or self._dated_by is None:
            return
        for table in self._matching[self._dated_by]:
            for row in self._rows(self._dated_by, table):
                record = self._record(self._cells[self._dated_by, table], table, row)
                self._read_date_in(record, self._dated_by)
                return

    def _read_date_in(self, record: Record, named: str) -> None:
        root = Record("tables", record.place, {})
        root.children.append(Record(named, record.place, record.values))
        self._read_date(root)

    def _keep_case(self, record: Record, index: RowIndex) -> None:
        path, place = self._mapping.key, record.place
        key = f"{place.line}" if path is None else _text(record, path.attribute)
        if key and key != UNREADABLE:
            index.add_case(key, record)
        else:
            self._fault_of_row(_NO_KEY, place)

    def _keep_joined(
        self, join: JoinedRows, record: Record, is_damaged: bool, index: RowIndex, serial: int
    ) -> None:
        key, place = _text(record, join.key.attribute), record.place
        own = None if join.row_key is None else _text(record, join.row_key.attribute) or None
        if not key or key == UNREADABLE:
            if join.leaves_out and not key:
                index.leave_out(serial)
            elif not is_damaged:
                what = "case" if join.of is None else "row"
                self._fault_of_row(f"a row names no {what}; it is not judged", place)
            return
        if is_damaged:
            record, own = Record(record.name, place, {}, state=State.DAMAGED), None
        index.add_joined(join, key, record, own=own, serial=serial)

    def _record(
        self, columns: list[tuple[str, tuple[int, ...]]], source: str, row: TableRow
    ) -> Record:
        """Makes a record of a row: a value for each cell that the mapping reads."""
        values: dict[str, str] = {}
        cells = row.cells
        width = len(cells)
        for column, places in columns:
            at = places[0]
            cell = cells[at] if at < width else ""
            if len(places) > 1 and not _are_equal(cells, places):
                values[column] = UNREADABLE
                if row.damage is None:
                    reason = f'two columns are called "{column}", and their cells differ'
                    self._fault_of_row(reason, Place(source, row.line))
                continue
            if cell == "":
                continue
            trouble = cell.reason if isinstance(cell, BadCell) else _trouble_with(cell)
            values[column] = UNREADABLE if trouble or isinstance(cell, BadCell) else cell
            if trouble and row.damage is None:
                self._fault_of_row(f'the cell of "{column}" {trouble}', Place(source, row.line))
        return Record("row", Place(source, row.line), values)

    def _fault_of_row(self, reason: str, place: Place) -> None:
        """Notes what is wrong with a row, once, although a table may be read twice."""
        if not self._is_surveying:
            self._fault(reason, place.input, place.line)

    def _warn_of_unread(self, used: list[str]) -> None:
        """Names the tables and files that nothing in the mapping reads."""
        for name in self._tables.names:
            if name not in used:
                self._warn("unread_table", "no entry of the mapping reads this table", name)
        for code, reason in self._tables.warnings:
            self._warn(code, reason, self.name)
        for name in self._tables.unused:
            self._warn("unread_file", "no entry of the mapping reads this file", name)


_NO_KEY: Final = "a case record has no readable key; it is not judged"
_TOTALS: Final = (
    "the row looks like a total and is not judged; say so with until or leave_out under rows"
)


def _has_layout(rows: RowsRule) -> bool:
    return rows.header_row is not None or bool(rows.skip or rows.until)


def _are_equal(cells: Sequence[Cell], places: tuple[int, ...]) -> bool:
    texts = {
        cell.strip() if isinstance(cell, str) else UNREADABLE
        for at in places
        for cell in (cells[at] if at < len(cells) else "",)
    }
    return len(texts) == 1


def _text(record: Record, column: str | None) -> str:
    return "" if column is None else record.values.get(column, "").strip()


def _trouble_with(cell: str) -> str:
    """Says why a cell can't be read; nothing where it can."""
    # What can be printed is looked through in no time, and nearly every cell can.
    return "" if cell.isprintable() or not _CONTROL(cell) else "has control characters"


def _table_of_date(mapping: CaseMapping) -> str | None:
    """Names the table whose first row has the reference date; for a constant, the first table."""
    rule = mapping.reference_date
    if rule is None:
        return None
    named = [one.path.steps[0].name for one in rule.sources if one.path is not None]
    return named[0] if named else tables_of(mapping)[0]


def _read_file(path: Path) -> ReadFile:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return ReadFile(shown_name(path.name), digest, path.stat().st_size)


def open_csv(path: Path, mapping: CaseMapping, options: ReadOptions) -> TableReader:
    """Opens a folder or zip archive of CSV files, or one of them.

    Raises InputUnreadable where there is none, and OSError where it cannot be opened.
    """
    name = shown_name(path.name)
    where = SourceLocation(path=name)
    try:
        folder = CsvFolder(path, mapping.source)
    except TablesRefused as error:
        raise InputUnreadable(str(error), where) from None
    if not folder.names:
        path.stat()  # what is not there is said in the same words of every source
        raise InputUnreadable("it is not a CSV file (*.csv)", where)
    if path.is_file() and path.suffix.lower() == ".csv" and (kind := wrong_kind(path)) is not None:
        raise InputUnreadable(f"it is not a CSV file, whatever its name says, but {kind}", where)
    return TableReader(folder, name, mapping, options)


def open_xlsx(path: Path, mapping: CaseMapping, options: ReadOptions) -> TableReader:
    """Opens a workbook; raises InputUnreadable if it can't be read as one, or is too large."""
    with library_of("cli", "reading a workbook"):
        from msp_rules.intake.mapping.workbook_tables import WorkbookTables

    name = shown_name(path.name)
    try:
        tables = WorkbookTables(path)
    except TablesRefused as error:
        raise InputUnreadable(str(error), SourceLocation(path=name)) from None
    return TableReader(tables, name, mapping, options)
