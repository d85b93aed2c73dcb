"""What CSV files and sheets of a workbook have in common: columns, and rows of cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol


class BadCell(NamedTuple):
    """A cell that holds something, but nothing that can be read; why is fit to be shown."""

    reason: str


Cell = str | BadCell


class TablesRefused(ValueError):
    """What holds no tables that can be read, or too much; its text is fit to be shown."""


class TableRow(NamedTuple):
    """A row with its line or number; with `damage`, its cells may stand in the wrong columns."""

    line: int
    cells: Sequence[Cell]
    damage: str | None = None


class Table(Protocol):
    """One table of an export."""

    @property
    def input(self) -> str:
        """What faults call it."""
        ...

    def columns(self) -> list[str]:
        """The names in its first row; raises ValueError that says why they can't be read."""
        ...

    def rows(self) -> Iterator[TableRow]:
        """The rows below, without empty ones."""
        ...


def is_empty(cells: Sequence[Cell]) -> bool:
    """Whether nothing stands in any cell."""
    return all(isinstance(cell, str) and not cell.strip() for cell in cells)
