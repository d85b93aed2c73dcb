"""Joins rows from different parts of a source by their keys: on disk, not in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Final, Self

from msp_rules.intake.mapping.language import FieldPath, JoinedRows
from msp_rules.intake.mapping.records import (
    Record,
    State,
    case_of_key,
    packed,
    texts_at,
    unpacked,
    with_all_inside,
)
from msp_rules.intake.reading import Place

_TABLES: Final = """
CREATE TABLE cases (key TEXT, input INTEGER, line INTEGER, body BLOB);
CREATE TABLE rows
    (parent TEXT, key TEXT, name TEXT, own TEXT, serial INTEGER,
     input INTEGER, line INTEGER, body BLOB);
CREATE TABLE named
    (name TEXT, key TEXT, own TEXT, input INTEGER, line INTEGER, body BLOB);
CREATE TABLE owned (serial INTEGER PRIMARY KEY);
CREATE TABLE free (serial INTEGER PRIMARY KEY);
"""
_INDEXES: Final = """
CREATE INDEX rows_of_parent ON rows (parent, key);
CREATE INDEX rows_by_own ON rows (name, own) WHERE own IS NOT NULL;
CREATE INDEX named_by_key ON named (name, key);
CREATE INDEX named_by_own ON named (name, own) WHERE own IS NOT NULL;
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
_OWNED: Final = """
INSERT OR IGNORE INTO owned SELECT serial FROM rows WHERE
    (parent = '' AND EXISTS (SELECT 1 FROM cases WHERE cases.key = rows.key))
    OR (parent <> '' AND (EXISTS (SELECT 1 FROM rows AS one WHERE one.name = rows.parent
        AND one.own = rows.key AND one.own IS NOT NULL)
        OR EXISTS (SELECT 1 FROM named WHERE named.name = rows.parent
        AND named.own = rows.key AND named.own IS NOT NULL)));
"""
"""Finds the rows that belong to a record by any of the joins that take them."""
_CASE: Final = ""
"""The parent of rows that name a case."""


class RowIndex:
    """Keeps case records and the rows that name them in a private file, deleted at the end.

    `troubles` are those of the case that was given last: rows that it names and that are not there.
    """

    def __init__(self) -> None:
        # An empty name: SQLite's own temporary file, readable by this user alone, already unlinked.
        self._database = sqlite3.connect("")
        self._database.executescript(_TABLES)
        self._inputs: dict[str, int] = {}
        self._by: FieldPath | None = None
        self._serial = 0
        self._named: list[JoinedRows] = []
        self._has_parents = False
        self.troubles: list[tuple[str, Place]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def add_case(self, key: str, record: Record) -> None:
        """Keeps a case record."""
        place = record.place
        values = (key, self._number_of(place.input), place.line, packed(record))
        self._database.execute("INSERT INTO cases VALUES (?, ?, ?, ?)", values)

    def next_serial(self) -> int:
        """Gives a number to a row that several joins may take."""
        self._serial += 1
        return self._serial

    def add_joined(
        self, join: JoinedRows, key: str, record: Record, *, own: str | None, serial: int
    ) -> None:
        """Keeps a row as a join says: it names a record, or a record names it."""
        if join.named_by is None:
            self.add_row(key, join.name, record, of=join.of, own=own, serial=serial)
            if join.leaves_out:
                self.leave_out(serial)
            return
        place = record.place
        body = b"" if record.state is State.DAMAGED else packed(record)
        values = (join.name, key, own, self._number_of(place.input), place.line, body)
        self._database.execute("INSERT INTO named VALUES (?, ?, ?, ?, ?, ?)", values)

    def leave_out(self, serial: int) -> None:
        """Allows that a row belongs to no record."""
        self._database.execute("INSERT OR IGNORE INTO free VALUES (?)", (serial,))

    def add_row(
        self,
        key: str,
        name: str,
        record: Record,
        *,
        of: str | None = None,
        own: str | None = None,
        serial: int | None = None,
    ) -> None:
        """Keeps a row; it becomes a child `name` of the case with that key, or of rows `of`.

        `own` is the key by which rows of its own name it. Rows of one `serial` are the same row.
        """
        place = record.place
        # Of a damaged row nothing can be read.
        body = b"" if record.state is State.DAMAGED else packed(record)
        number = self._number_of(place.input)
        at = self.next_serial() if serial is None else serial
        values = (of or _CASE, key, name, own, at, number, place.line, body)
        self._database.execute("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)

    def finish(
        self,
        by: FieldPath | None = None,
        joins: tuple[JoinedRows, ...] = (),
        *,
        has_parents: bool = False,
    ) -> None:
        """Ends the filling, before anything is read.

        With `by`, no case was kept: each key that rows name is a case, which holds it there.
        `joins` are those that the rows were kept for, and with `has_parents` each row knows the
        record that it was joined to.
        """
        self._has_parents = has_parents
        self._by = by
        self._named = [join for join in joins if join.named_by is not None]
        if by is not None:
            self._database.executescript(_CASES_OF_ROWS)
        self._database.executescript(_INDEXES)
        self._database.executescript(_OWNED)

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
            self.troubles = []
            if wants_rows(index):
                self._add_rows(case, _CASE, key, inputs)
            yield case

    def _add_rows(self, target: Record, parent: str, key: str, inputs: list[str]) -> None:
        query = """SELECT name, own, input, line, body,
            own IS NOT NULL AND EXISTS
                (SELECT 1 FROM twice WHERE twice.name = rows.name AND twice.own = rows.own)
            FROM rows WHERE parent = ? AND key = ? ORDER BY rowid"""
        for name, own, source, line, body, is_twice in self._database.execute(query, (parent, key)):
            row = _row(name, Place(inputs[source], line), body)
            if is_twice:
                row.state = State.AMBIGUOUS
            row.parent = target if self._has_parents else None
            target.children.append(row)
            if own is not None:
                self._add_rows(row, name, own, inputs)
        for join in self._named:
            if (join.of or _CASE) == parent:
                self._add_named(target, join, inputs)

    def _add_named(self, target: Record, join: JoinedRows, inputs: list[str]) -> None:
        """Adds the rows that a record names; one that is not there leaves unknown what it held."""
        assert join.named_by is not None
        query = """SELECT own, input, line, body FROM named
            WHERE name = ? AND key = ? ORDER BY rowid"""
        for key in dict.fromkeys(texts_at(target, join.named_by)):
            found: dict[object, tuple[Record, str | None]] = {}
            for own, source, line, body in self._database.execute(query, (join.name, key)):
                row = _row(join.name, Place(inputs[source], line), body)
                # A table may hold one person once for each of several episodes.
                found.setdefault(_content_of(row), (row, own))
            if not found and not join.leaves_out:
                self.troubles.append((f"a row of {join.name} is named and not there", target.place))
                found[None] = Record(join.name, target.place, {}, state=State.DAMAGED), None
            if len(found) > 1:
                reason = f"rows of {join.name} with one key say different things"
                self.troubles.append((reason, target.place))
            for row, own in found.values():
                row.parent = target if self._has_parents else None
                target.add(row)
                if own is not None:
                    self._add_rows(row, join.name, own, inputs)

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
            AND serial NOT IN owned AND serial NOT IN free GROUP BY serial ORDER BY min(rowid)"""
        return self._places(query)

    def rows_without_row(self) -> Iterator[Place]:
        """Lists the places of rows that name none of the rows to which they should belong."""
        query = """SELECT input, line FROM rows WHERE serial NOT IN owned AND serial NOT IN free
            GROUP BY serial HAVING min(parent) <> '' ORDER BY min(rowid)"""
        return self._places(query)

    def rows_left_out(self) -> int:
        """Counts the rows that belong to no record, and need not."""
        query = "SELECT count(*) FROM free WHERE serial NOT IN owned"
        return int(self._database.execute(query).fetchone()[0])

    def _places(self, query: str) -> Iterator[Place]:
        names = list(self._inputs)
        for source, line in self._database.execute(query):
            yield Place(names[source], line)


def _row(name: str, place: Place, body: bytes) -> Record:
    """Reads a joined row; of a damaged one only its place was kept."""
    if not body:
        return Record(name, place, {}, state=State.DAMAGED)
    row = unpacked(body, place.input)
    row.name = name
    return row


def _content_of(record: Record) -> object:
    """Gives all that a row says, wherever it stands."""
    return tuple(
        (one.name, one.text, tuple(sorted(one.values.items()))) for one in with_all_inside(record)
    )
