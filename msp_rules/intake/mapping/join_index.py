"""Joins rows from different parts of a source by their keys: on disk, not in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Final, Self

from msp_rules.intake.mapping.language import FieldPath
from msp_rules.intake.mapping.records import Record, State, case_of_key, packed, unpacked
from msp_rules.intake.reading import Place

_TABLES: Final = """
CREATE TABLE cases (key TEXT, input INTEGER, line INTEGER, body BLOB);
CREATE TABLE rows
    (parent TEXT, key TEXT, name TEXT, own TEXT, input INTEGER, line INTEGER, body BLOB);
"""
_INDEXES: Final = """
CREATE INDEX rows_of_parent ON rows (parent, key);
CREATE INDEX rows_by_own ON rows (name, own) WHERE own IS NOT NULL;
CREATE INDEX case_of_rows ON cases (key);
CREATE TABLE twice AS
    SELECT name, own FROM rows WHERE own IS NOT NULL GROUP BY name, own HAVING count(*) > 1;
CREATE INDEX twice_by_own ON twice (name, own);
"""
_CASES_OF_ROWS: Final = """
INSERT INTO cases SELECT key, input, line, x'' FROM
    (SELECT key, input, line, min(rowid) AS first FROM rows WHERE parent = '' GROUP BY key)
    ORDER BY first;
"""
_CASE: Final = ""
"""The parent of rows that name a case."""


class RowIndex:
    """Keeps case records and the rows that name them in a private file, deleted at the end."""

    def __init__(self) -> None:
        # An empty name: SQLite's own temporary file, readable by this user alone, already unlinked.
        self._database = sqlite3.connect("")
        self._database.executescript(_TABLES)
        self._inputs: dict[str, int] = {}
        self._by: FieldPath | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def add_case(self, key: str, record: Record) -> None:
        """Keeps a case record."""
        place = record.place
        values = (key, self._number_of(place.input), place.line, packed(record))
        self._database.execute("INSERT INTO cases VALUES (?, ?, ?, ?)", values)

    def add_row(
        self, key: str, name: str, record: Record, *, of: str | None = None, own: str | None = None
    ) -> None:
        """Keeps a row; it becomes a child `name` of the case with that key, or of rows `of`.

        `own` is the key by which rows of its own name it.
        """
        place = record.place
        # Of a damaged row nothing can be read.
        body = b"" if record.state is State.DAMAGED else packed(record)
        number = self._number_of(place.input)
        values = (of or _CASE, key, name, own, number, place.line, body)
        self._database.execute("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def finish(self, by: FieldPath | None = None) -> None:
        """Ends the filling, before anything is read.

        With `by`, no case was kept: each key that rows name is a case, which holds it there.
        """
        self._by = by
        if by is not None:
            self._database.executescript(_CASES_OF_ROWS)
        self._database.executescript(_INDEXES)

    def cases(self, wants_rows: Callable[[int], bool] = lambda index: True) -> Iterator[Record]:
        """Gives each case record in order, with its rows as last children.

        A case whose index is not wanted comes without its rows. Of several case records with one
        key, the first is the case.
        """
        query = """SELECT key, input, line, body FROM cases WHERE rowid IN
            (SELECT min(rowid) FROM cases GROUP BY key) ORDER BY rowid"""
        inputs = list(self._inputs)
        for index, (key, source, line, body) in enumerate(self._database.execute(query)):
            if self._by is None:
                case = unpacked(body, inputs[source])
            else:
                case = case_of_key(key, self._by, Place(inputs[source], line))
            if wants_rows(index):
                self._add_rows(case, _CASE, key, inputs)
            yield case

    def _add_rows(self, target: Record, parent: str, key: str, inputs: list[str]) -> None:
        query = """SELECT name, own, input, line, body,
            own IS NOT NULL AND EXISTS
                (SELECT 1 FROM twice WHERE twice.name = rows.name AND twice.own = rows.own)
            FROM rows WHERE parent = ? AND key = ? ORDER BY rowid"""
        for name, own, source, line, body, is_twice in self._database.execute(query, (parent, key)):
            if body:
                row = unpacked(body, inputs[source])
                row.name = name
            else:
                row = Record(name, Place(inputs[source], line), {}, state=State.DAMAGED)
            if is_twice:
                row.state = State.AMBIGUOUS
            target.children.append(row)
            if own is not None:
                self._add_rows(row, name, own, inputs)

    def _number_of(self, source: str) -> int:
        """Gives the number of a file or table, kept for its name: rows are many, tables few."""
        return self._inputs.setdefault(source, len(self._inputs))

    def cases_with_a_used_key(self) -> Iterator[Place]:
        """Lists the places of case records whose key an earlier one has."""
        query = """SELECT input, line FROM cases WHERE rowid NOT IN
            (SELECT min(rowid) FROM cases GROUP BY key) ORDER BY rowid"""
        return self._places(query)

    def rows_with_one_key(self) -> Iterator[Place]:
        """Lists the places of joined rows whose own key another one of the same name has."""
        query = """SELECT input, line FROM rows WHERE own IS NOT NULL AND EXISTS
            (SELECT 1 FROM twice WHERE twice.name = rows.name AND twice.own = rows.own)
            ORDER BY rowid"""
        return self._places(query)

    def rows_without_case(self) -> Iterator[Place]:
        """Lists the places of rows that name no case record of the source."""
        query = """SELECT input, line FROM rows WHERE parent = ''
            AND NOT EXISTS (SELECT 1 FROM cases WHERE cases.key = rows.key) ORDER BY rowid"""
        return self._places(query)

    def rows_without_row(self) -> Iterator[Place]:
        """Lists the places of rows that name none of the rows to which they should belong."""
        query = """SELECT input, line FROM rows WHERE parent <> '' AND NOT EXISTS
            (SELECT 1 FROM rows AS one WHERE one.name = rows.parent AND one.own = rows.key
             AND one.own IS NOT NULL) ORDER BY rowid"""
        return self._places(query)

    def _places(self, query: str) -> Iterator[Place]:
        names = list(self._inputs)
        for source, line in self._database.execute(query):
            yield Place(names[source], line)
