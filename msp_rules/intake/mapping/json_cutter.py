"""Cuts the records that a mapping reads out of a JSON text: a document, or one record a line."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import chain
from typing import Final, NamedTuple

from msp_rules.intake.mapping.json_text import (
    DEEPEST,
    NOT_JSON,
    JsonBroken,
    JsonText,
    TooLong,
)
from msp_rules.intake.mapping.table_names import plain_name

Names = tuple[str, ...]
"""The names of members that lead from the root to a place."""
_LONGEST_START: Final = 1024 * 1024
_LONGEST_NAME: Final = 10_000
_LONGEST_HEAD: Final = 1024 * 1024


class Piece(NamedTuple):
    """A record as it stands in the text."""

    path: Names
    """The place at which it lies."""
    text: str
    """The text of the record; empty if it is not to be read."""
    line: int
    """The line on which it begins."""
    trouble: str | None = None
    """The reason why it can't be read; None where all is well."""
    above: tuple[tuple[tuple[str, str], ...], ...] = ()
    """The members that are asked for of the objects around it, the outermost first."""


class RecordCutter:
    """Cuts out the records at some places, in the order of the text.

    Lists on the way to a record are gone through, whatever they hold. `head` collects what stands
    at the other `wanted_head` places before the first record, and `unread` the places of lists and
    objects that lead to no record. Members of objects around a record come with it, if they are
    among those `wanted_above` and stand before it; `late` collects those that do not.
    """

    def __init__(
        self,
        places: Collection[Names],
        longest: int,
        *,
        wanted_head: Collection[Names] = (),
        wanted_above: Collection[str] = (),
    ) -> None:
        self._places = frozenset(places)
        self._ways = {one[:at] for one in places for at in range(len(one))}
        self._wanted_head = frozenset(wanted_head)
        self._wanted_above = frozenset(wanted_above)
        self._above: list[dict[str, str]] = []
        self._begun: list[int] = []
        self._longest = longest
        self.late: dict[Names, None] = {}
        self.head: list[tuple[Names, str]] = []
        self.unread: dict[Names, None] = {}
        self.records = 0

    def pieces(self, texts: Iterator[str]) -> Iterator[Piece]:
        """Gives each record; raises JsonBroken where the text goes on as no JSON does."""
        start = _start_of(texts)
        if _is_of_lines(start):
            yield from self._from_lines(start, texts)
            return
        text = JsonText(chain((start,), texts))
        while text.peek():
            yield from self._at((), text, 0)

    def _from_lines(self, start: str, rest: Iterator[str]) -> Iterator[Piece]:
        """Gives the records of JSON Lines, of which a broken one affects no other."""
        for number, line in _lines(start, rest, self._longest):
            if line is None:
                self.records += 1
                reason = f"it is larger than {self._longest} characters"
                yield Piece((), "", number, reason)
            elif line.strip():
                try:
                    text = JsonText(iter((line,)), number)
                    while text.peek():
                        yield from self._at((), text, 0)
                except JsonBroken:
                    self.records += 1
                    yield Piece((), line, number, BAD_RECORD)

    def _at(self, names: Names, text: JsonText, depth: int) -> Iterator[Piece]:
        """Gives the records at a place and below it; passes over the value there."""
        first = text.peek()
        if first == "[" and (names in self._places or names in self._ways):
            if depth > DEEPEST:
                raise JsonBroken(f"it is nested more than {DEEPEST} deep")
            yield from self._items(names, text, depth)
        elif first == "{" and names in self._places:
            yield self._piece(names, text)
        elif first == "{" and names in self._ways:
            yield from self._members(names, text, depth)
        else:
            text.skip()

    def _items(self, names: Names, text: JsonText, depth: int) -> Iterator[Piece]:
        text.take("[")
        if text.peek() == "]":
            text.take("]")
            return
        while True:
            yield from self._at(names, text, depth + 1)
            if text.peek() == "]":
                text.take("]")
                return
            text.take(",")

    def _members(self, names: Names, text: JsonText, depth: int) -> Iterator[Piece]:
        self._above.append({})
        self._begun.append(self.records)
        yield from self._each_member(names, text, depth)
        self._above.pop()
        self._begun.pop()

    def _each_member(self, names: Names, text: JsonText, depth: int) -> Iterator[Piece]:
        text.take("{")
        if text.peek() == "}":
            text.take("}")
            return
        while True:
            inside = (*names, _name_in(text))
            text.take(":")
            if inside in self._places or inside in self._ways:
                yield from self._at(inside, text, depth + 1)
            else:
                self._skip_member(inside, text)
            if text.peek() == "}":
                text.take("}")
                return
            text.take(",")

    def _skip_member(self, names: Names, text: JsonText) -> None:
        if names[-1] in self._wanted_above:
            if self.records > self._begun[-1]:
                self.late[names] = None
            with suppress(TooLong):
                value = text.value(_LONGEST_HEAD)
                self._above[-1].setdefault(names[-1], value)
                self.head.append((names, value))
            return
        is_head = any(one[: len(names)] == names for one in self._wanted_head)
        if is_head and self.records == 0:
            try:
                self.head.append((names, text.value(_LONGEST_HEAD)))
            except TooLong:
                return
            return
        if text.peek() in ("{", "[") and not is_head:
            self.unread[names] = None
        text.skip()

    def _piece(self, names: Names, text: JsonText) -> Piece:
        line = text.line
        try:
            above = tuple(tuple(one.items()) for one in self._above) if self._wanted_above else ()
            piece = Piece(names, text.value(self._longest), line, above=above)
        except TooLong as error:
            piece = Piece(names, "", line, str(error))
        self.records += 1
        return piece


BAD_RECORD: Final = "it is not well-formed JSON"


def _name_in(text: JsonText) -> str:
    """Reads the name of a member."""
    if text.peek() != '"':
        raise JsonBroken(NOT_JSON)
    try:
        return plain_name(json.loads(text.value(_LONGEST_NAME)))
    except TooLong:
        return ""
    except ValueError:
        raise JsonBroken(NOT_JSON) from None


def _start_of(texts: Iterator[str]) -> str:
    """Takes as much of a text as its first two lines that are not empty, if they are short."""
    taken = ""
    for piece in texts:
        taken += piece
        if taken.strip().count("\n") > 1 or len(taken) > _LONGEST_START:
            break
    return taken


def _is_of_lines(start: str) -> bool:
    """Tells whether each line is a document of its own, by the first or the second."""
    lines = [one for one in start.split("\n", 3)[:3] if one.strip()][:2]
    if not lines or not lines[0].lstrip().startswith("{"):
        return False
    is_whole = lines[0].rstrip().endswith("}")
    return is_whole and any(_is_one_object(one) for one in lines)


def _is_one_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line, strict=False), dict)
    except (ValueError, RecursionError):
        return False


def _lines(start: str, rest: Iterator[str], longest: int) -> Iterator[tuple[int, str | None]]:
    """Gives each line with its number; None for one that is too long, of which nothing is held."""
    held, number, is_dropped = start, 1, False
    while True:
        *whole, held = held.split("\n")
        for line in whole:
            yield number, None if is_dropped or len(line) > longest else line
            number, is_dropped = number + 1, False
        if len(held) > longest:
            held, is_dropped = "", True
        more = next(rest, None)
        if more is None:
            break
        held += more
    if held or is_dropped:
        yield number, None if is_dropped else held
