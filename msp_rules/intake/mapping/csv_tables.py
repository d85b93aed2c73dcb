"""Reads CSV files as tables: a mistake in one row affects no other.

What they have in common with sheets of a workbook (columns, rows of cells) is defined here, too.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from io import TextIOWrapper
from typing import BinaryIO, Final, NamedTuple, Protocol, TextIO

from msp_rules.intake.mapping.language import SourceForm


class BadCell(NamedTuple):
    """Replaces a cell whose content can't be read."""

    reason: str
    """The reason, fit for a message."""


Cell = str | BadCell


class TablesRefused(ValueError):
    """Raised for a source without readable tables, or too large; its text is fit to be shown."""


class TableRow(NamedTuple):
    """A row of a table."""

    line: int
    """The number of its line or row."""
    cells: Sequence[Cell]
    """The cells, in the order of the columns."""
    damage: str | None = None
    """The problem with the row: cells may be in the wrong columns. None where all is well."""


class Table(Protocol):
    """Gives the rows of one table of an export, as they are in the source."""

    @property
    def input(self) -> str:
        """The name in faults."""
        ...

    @property
    def is_ragged(self) -> bool:
        """True if rows end with their last filled cell, as those of a sheet do."""
        ...

    def read(self) -> Iterator[TableRow]:
        """Reads every row that is not empty, titles and names of columns included."""
        ...


def is_empty(cells: Sequence[Cell]) -> bool:
    """Tells whether all cells are empty."""
    return all(isinstance(cell, str) and not cell.strip() for cell in cells)


_LONGEST_LINE: Final = 4 * 1024 * 1024
LONGEST_CELL: Final = 131_072
"""Characters of one cell; the limit of Python's csv module, left as it is."""


class CsvTable:
    """Reads a CSV file, which `open_bytes` opens anew for each reading."""

    is_ragged: Final = False

    def __init__(self, name: str, open_bytes: Callable[[], BinaryIO], form: SourceForm) -> None:
        self._name = name
        self._open_bytes = open_bytes
        self._form = form
        # A byte order mark is no part of the first column's name.
        self._encoding = "utf-8-sig" if form.encoding == "utf-8" else form.encoding
        # What is not of the encoding: a lone surrogate, or (UTF-16 has none to spare) U+FFFD.
        self._errors = "replace" if form.encoding == "utf-16" else "surrogateescape"

    @property
    def input(self) -> str:
        """The name of the file."""
        return self._name

    def read(self) -> Iterator[TableRow]:
        """Reads every row that is not empty."""
        with TextIOWrapper(
            self._open_bytes(), encoding=self._encoding, errors=self._errors, newline=""
        ) as stream:
            yield from self._read(stream)

    def _read(self, stream: TextIO) -> Iterator[TableRow]:
        lines = _Lines(stream)
        while True:
            lines.begin_row()
            damage: str | None = None
            try:
                cells = next(self._parsed(lines, is_strict=True), None)
            except _LineTooLong:
                cells, damage = [], f"the row is longer than {_LONGEST_LINE} characters"
            except csv.Error:
                # An open quote may have swallowed rows that are good: they are read once more.
                first = lines.back_to_second_line()
                cells = next(self._parsed(iter([first[:LONGEST_CELL]]), is_strict=False), [])
                damage = "a quote is not closed or is misplaced, or a cell is too long"
            if cells is None:
                return
            row = [self._cell(cell) for cell in cells]
            if damage is not None or not is_empty(row):
                yield TableRow(lines.line, row, damage)

    def _parsed(self, lines: Iterator[str], *, is_strict: bool) -> Iterator[list[str]]:
        return csv.reader(lines, delimiter=self._form.delimiter, strict=is_strict)

    def _cell(self, text: str) -> Cell:
        if text.isascii():
            return text
        is_lost = "\ufffd" in text if self._errors == "replace" else _has_surrogate(text)
        if is_lost:
            return BadCell(f"is not written in {self._form.encoding}: set encoding in the mapping")
        return text


class _LineTooLong(Exception):  # noqa: N818 - a signal inside this module, never seen outside
    """Raised where the next line is longer than any row may be; it has been skipped."""


class _Lines:
    """Gives the lines of a file, of which those of one row can be read once more."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._again: deque[str | None] = deque()
        self._taken: list[str] = []
        self._line = 0
        self.line = 1

    def begin_row(self) -> None:
        """Begins a row with the next line; `line` is its number."""
        self._taken.clear()
        self.line = self._line + 1

    def back_to_second_line(self) -> str:
        """Goes back behind the first line of the row, and gives that line."""
        first, *rest = self._taken
        self._again.extendleft(reversed(rest))
        self._line -= len(rest)
        return first

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        text = self._again.popleft() if self._again else self._next_line()
        if text is None and self._taken:
            self._again.appendleft(None)
            raise csv.Error  # a quote before it is open
        if text == "":
            raise StopIteration
        self._line += 1
        if text is None:
            raise _LineTooLong
        self._taken.append(text)
        return text

    def _next_line(self) -> str | None:
        """Reads the next line of the file; empty at its end, None for one that is too long."""
        text = self._stream.readline(_LONGEST_LINE)
        if len(text) < _LONGEST_LINE or text.endswith(("\n", "\r")):
            return text
        while (rest := self._stream.readline(_LONGEST_LINE)) and not rest.endswith(("\n", "\r")):
            pass
        return None


def _has_surrogate(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False
