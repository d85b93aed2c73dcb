"""Finds the column names and the records in a table that was laid out for people to read.

Reports have titles above the names, a second row of names, and totals at their end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from itertools import islice
from typing import Final, NamedTuple

from msp_rules.intake.mapping.csv_tables import BadCell, Cell, Table, TableRow, is_empty
from msp_rules.intake.mapping.language import UNREADABLE, Condition
from msp_rules.intake.mapping.records import Record, holds
from msp_rules.intake.mapping.table_names import plain_name
from msp_rules.intake.reading import Place

_EXAMINED: Final = 200
"""Rows among which the one with the names of columns is looked for."""
_TOTAL: Final = re.compile(
    r"(?:(?:grand|sub|overall|report)[ -]?)?totals?\b.{0,60}"
    r"|(?:count|number of|records?|rows?|cases|episodes)\b\D{0,40}\d+",
    re.IGNORECASE,
)


class Layout(NamedTuple):
    """Says where in a table the names of columns and the records stand, as `RowsRule` does."""

    header_row: int | str | None = None
    """The row with the column names, as in `RowsRule`."""
    skip: int = 0
    """The number of rows below it that are no records."""
    until: tuple[Condition, ...] = ()
    """The conditions of the row that ends the table."""


PLAIN_LAYOUT: Final = Layout()
"""The names of columns in the first row that is not empty, and records in all rows below."""


class Columns(NamedTuple):
    """The positions of the columns that are read, by name; several where a name occurs twice."""

    names: tuple[str, ...]
    """The names of all columns, empty for one without."""
    places: dict[str, tuple[int, ...]]
    """The positions of each name; several where it occurs twice."""

    @property
    def width(self) -> int:
        """The number of columns up to the last that has a name."""
        return max((at for at, name in enumerate(self.names, 1) if name), default=0)


class LaidOutTable:
    """Gives the columns and records of one table of an export."""

    def __init__(self, table: Table, layout: Layout = PLAIN_LAYOUT) -> None:
        self._table = table
        self._layout = layout
        self.input = table.input

    def first_rows(self, count: int) -> list[TableRow]:
        """Gives the first rows that are not empty, titles and names of columns included."""
        return list(islice(self._table.read(), count))

    def columns(self) -> list[str]:
        """Gives the names of the columns; raises ValueError that says why they can't be read."""
        return list(self.places().names)

    def places(self) -> Columns:
        """Finds the columns; raises ValueError that says why they can't be read."""
        return self._begun()[0]

    def rows(self) -> Iterator[TableRow]:
        """Gives the rows that hold records, without empty ones; wrong widths are damage."""
        columns, rows = self._begun()
        asked = {one.path.attribute for one in self._layout.until}
        places = {name: at for name, at in columns.places.items() if name in asked}
        for row in rows:
            # Of a damaged row, no cell says whether it ends the table.
            if self._layout.until and row.damage is None and self._ends_at(row, places):
                yield from self._below(rows, places)
                return
            yield self._checked(row, columns)

    def _below(
        self, rows: Iterator[TableRow], places: dict[str, tuple[int, ...]]
    ) -> Iterator[TableRow]:
        """Gives what looks like records below the end of a table, as damaged: none is lost."""
        for row in rows:
            if row.damage is not None or not self._ends_at(row, places):
                yield row._replace(damage="the row is below the one that ends the table (until)")

    def _checked(self, row: TableRow, columns: Columns) -> TableRow:
        if row.damage is not None:
            return row
        if self._table.is_ragged:
            if not is_empty(row.cells[columns.width :]):
                named = f"the {columns.width} columns with a name"
                return row._replace(damage=f"a cell is beyond {named}")
        elif len(row.cells) != len(columns.names):
            reason = f"the row has {len(row.cells)} cells; {len(columns.names)} columns have a name"
            return row._replace(damage=reason)
        return row

    def _ends_at(self, row: TableRow, places: dict[str, tuple[int, ...]]) -> bool:
        record = Record("row", Place("", row.line), as_values(row.cells, places))
        return all(holds(record, one) for one in self._layout.until)

    def _begun(self) -> tuple[Columns, Iterator[TableRow]]:
        """Reads up to the names of columns; gives them, and the rows below."""
        rows = self._table.read()
        wanted = self._layout.header_row
        for index, row in enumerate(rows):
            if isinstance(wanted, int) and row.line < wanted:
                continue
            if isinstance(wanted, str) and plain_name(wanted) not in _names(row.cells):
                if index > _EXAMINED:
                    break
                continue
            if row.damage is not None:
                raise ValueError(f"the column names can't be read: {row.damage}")
            return _columns(row.cells), islice(rows, self._layout.skip, None)
        if isinstance(wanted, str):
            raise ValueError(f'none of its first rows holds the column "{wanted}" (header_row)')
        raise ValueError("it is empty; column names are expected in the first row")

    def header_hint(self, wanted: Set[str]) -> str:
        """Says which row has most of the wanted column names, where that is not the first."""
        if self._layout.header_row is not None or not wanted:
            return ""
        for row in islice(self._table.read(), 1, _EXAMINED):
            if 2 * len(wanted & _names(row.cells)) > len(wanted):
                return f"; row {row.line} looks like the names of columns: set header_row"
        return ""


def _columns(cells: Sequence[Cell]) -> Columns:
    names = tuple(plain_name(one) if isinstance(one, str) else "" for one in cells)
    places: dict[str, tuple[int, ...]] = {}
    for at, name in enumerate(names):
        if name:
            places[name] = (*places.get(name, ()), at)
    return Columns(names, places)


def _names(cells: Sequence[Cell]) -> set[str]:
    return {plain_name(one) for one in cells if isinstance(one, str) and one.strip()}


def as_values(cells: Sequence[Cell], places: dict[str, tuple[int, ...]]) -> dict[str, str]:
    """Gives the texts of a row by the names of columns, UNREADABLE for a cell that has none."""
    values: dict[str, str] = {}
    for name, (at, *_) in places.items():
        cell = cells[at] if at < len(cells) else ""
        if isinstance(cell, BadCell):
            values[name] = UNREADABLE
        elif cell:
            values[name] = cell
    return values


def is_total(cells: Sequence[Cell]) -> bool:
    """Tells whether a row looks like a total of the rows above: a word for it, and numbers."""
    texts = [cell.strip() for cell in cells if isinstance(cell, str) and cell.strip()]
    if not texts or _TOTAL.fullmatch(texts[0]) is None:
        return False
    return all(_is_number(text) for text in texts[1:])


def _is_number(text: str) -> bool:
    return bool(text) and all(one.isdigit() or one in ".,-%£ " for one in text)
