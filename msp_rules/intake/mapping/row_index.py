"""Rows that lie apart in a file, brought together by their keys on disk, not in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from types import TracebackType
from typing import Final, Self

from lxml import etree

_LINES_KEPT: Final = 65_535


class RowIndex:
    """Case records and the rows that name them, in a private file that vanishes when closed."""

    def __init__(self) -> None:
        # An empty name: SQLite's own temporary file, readable by this user alone, already unlinked.
        self._database = sqlite3.connect("")
        self._database.execute("CREATE TABLE cases (key TEXT, line INTEGER, body BLOB)")
        self._database.execute("CREATE TABLE rows (key TEXT, line INTEGER, name TEXT, body BLOB)")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()

    def add_case(self, key: str, line: int, element: etree._Element) -> None:
        """Keeps a case record."""
        body = etree.tostring(element, with_tail=False)
        self._database.execute("INSERT INTO cases VALUES (?, ?, ?)", (key, line, body))

    def add_row(self, key: str, line: int, name: str, element: etree._Element) -> None:
        """Keeps a row of the case with that key; it becomes a child `name` of the case record."""
        body = etree.tostring(element, with_tail=False)
        self._database.execute("INSERT INTO rows VALUES (?, ?, ?, ?)", (key, line, name, body))

    def finish(self) -> None:
        """Says that everything is in, before it is read."""
        self._database.execute("CREATE INDEX rows_of_case ON rows (key)")
        self._database.execute("CREATE INDEX case_of_rows ON cases (key)")

    def cases(self) -> Iterator[tuple[int, etree._Element]]:
        """The line of each case record, and the record with its rows as last children, in order."""
        for key, line, body in self._database.execute("SELECT * FROM cases ORDER BY rowid"):
            case = _parsed(body, line)
            rows = self._database.execute(
                "SELECT line, name, body FROM rows WHERE key = ? ORDER BY rowid", (key,)
            )
            for row_line, name, row_body in rows:
                row = _parsed(row_body, row_line)
                row.tag = name
                case.append(row)
                row.sourceline = row_line if row_line < _LINES_KEPT else 0  # type: ignore[assignment]
            yield line, case

    def lines_without_case(self) -> Iterator[int]:
        """The lines of rows that name no case record of the file."""
        query = "SELECT line FROM rows WHERE key NOT IN (SELECT key FROM cases) ORDER BY rowid"
        for (line,) in self._database.execute(query):
            yield line


def _parsed(body: bytes, line: int) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    element = etree.fromstring(body, parser)
    element.sourceline = line if line < _LINES_KEPT else 0
    return element
