"""Rows that lie apart in a source, brought together by their keys on disk, not in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, Self

from lxml import etree

from msp_rules.intake.mapping.language import Place
from msp_rules.intake.mapping.values import AMBIGUOUS

_TABLES: Final = """
CREATE TABLE inputs (name TEXT);
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
_CASE: Final = ""
"""The parent of rows that name a case."""


class IndexedCase(NamedTuple):
    """A case record with its rows as last children, and where each of them comes from."""

    element: etree._Element
    places: dict[etree._Element, Place]

    def place_of(self, element: etree._Element) -> Place:
        """The place of the row that an element is, or stands in."""
        while element not in self.places:
            parent = element.getparent()
            assert parent is not None
            element = parent
        return self.places[element]


class RowIndex:
    """Case records and the rows that name them, in a private file that vanishes when closed."""

    def __init__(self) -> None:
        # An empty name: SQLite's own temporary file, readable by this user alone, already unlinked.
        self._database = sqlite3.connect("")
        self._database.executescript(_TABLES)
        self._inputs: list[str] = []
        self._parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def begin_input(self, name: str) -> None:
        """Says that what is added from now on stands in this file or table."""
        self._inputs.append(name)

    def add_case(self, key: str, line: int, element: etree._Element) -> None:
        """Keeps a case record."""
        values = (
            key,
            len(self._inputs) - 1,
            line,
            etree.tostring(element, encoding="utf-8", with_tail=False),
        )
        self._database.execute("INSERT INTO cases VALUES (?, ?, ?, ?)", values)

    def add_row(
        self,
        key: str,
        line: int,
        name: str,
        element: etree._Element,
        *,
        of: str | None = None,
        own: str | None = None,
    ) -> None:
        """Keeps a row; it becomes a child `name` of the case with that key, or of rows `of`.

        `own` is what rows of its own call it by.
        """
        body = etree.tostring(element, encoding="utf-8", with_tail=False)
        values = (of or _CASE, key, name, own, len(self._inputs) - 1, line, body)
        self._database.execute("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def finish(self) -> None:
        """Says that everything is in, before it is read."""
        self._database.executescript(_INDEXES)

    def cases(
        self, wants_rows: Callable[[int], bool] = lambda index: True
    ) -> Iterator[IndexedCase]:
        """Each case, in order; without rows where they are not wanted of the case at an index.

        Of several case records with one key, the first is the case.
        """
        query = """SELECT key, input, line, body FROM cases WHERE rowid IN
            (SELECT min(rowid) FROM cases GROUP BY key) ORDER BY rowid"""
        for index, (key, source, line, body) in enumerate(self._database.execute(query)):
            case = self._parsed(body)
            places = {case: Place(self._inputs[source], line)}
            if wants_rows(index):
                self._add_rows(case, _CASE, key, places)
            yield IndexedCase(case, places)

    def _add_rows(
        self, target: etree._Element, parent: str, key: str, places: dict[etree._Element, Place]
    ) -> None:
        query = """SELECT name, own, input, line, body,
            own IS NOT NULL AND EXISTS
                (SELECT 1 FROM twice WHERE twice.name = rows.name AND twice.own = rows.own)
            FROM rows WHERE parent = ? AND key = ? ORDER BY rowid"""
        for name, own, source, line, body, is_twice in self._database.execute(query, (parent, key)):
            row = self._parsed(body)
            row.tag = name
            if is_twice:
                row.set(AMBIGUOUS, "yes")
            target.append(row)
            places[row] = Place(self._inputs[source], line)
            if own is not None:
                self._add_rows(row, name, own, places)

    def cases_with_a_used_key(self) -> Iterator[Place]:
        """Finds case records whose key another one before them has."""
        query = """SELECT input, line FROM cases WHERE rowid NOT IN
            (SELECT min(rowid) FROM cases GROUP BY key) ORDER BY rowid"""
        return self._places(query)

    def rows_with_one_key(self) -> Iterator[Place]:
        """Finds joined rows whose own key another one of the same name has."""
        query = """SELECT input, line FROM rows WHERE own IS NOT NULL AND EXISTS
            (SELECT 1 FROM twice WHERE twice.name = rows.name AND twice.own = rows.own)
            ORDER BY rowid"""
        return self._places(query)

    def rows_without_case(self) -> Iterator[Place]:
        """Finds rows that name no case record of the source."""
        query = """SELECT input, line FROM rows WHERE parent = ''
            AND NOT EXISTS (SELECT 1 FROM cases WHERE cases.key = rows.key) ORDER BY rowid"""
        return self._places(query)

    def rows_without_row(self) -> Iterator[Place]:
        """Finds rows that name none of the rows to which they should belong."""
        query = """SELECT input, line FROM rows WHERE parent <> '' AND NOT EXISTS
            (SELECT 1 FROM rows AS one WHERE one.name = rows.parent AND one.own = rows.key
             AND one.own IS NOT NULL) ORDER BY rowid"""
        return self._places(query)

    def _places(self, query: str) -> Iterator[Place]:
        for source, line in self._database.execute(query):
            yield Place(self._inputs[source], line)

    def _parsed(self, body: bytes) -> etree._Element:
        return etree.fromstring(body, self._parser)
