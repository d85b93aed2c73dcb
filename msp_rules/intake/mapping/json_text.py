"""Finds where the values of a JSON text begin and end, without holding more than one of them.

A value is only cut out here: its own parser says later whether it is well-formed, so that a
mistake inside one record affects no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_BLANK: Final = re.compile(r"[ \t\r\n]*")
_STRING: Final = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_FLAT: Final = re.compile(rf'(?:[^{{}}\[\]"]++|{_STRING})*+', re.DOTALL)
"""Whatever holds no bracket outside of a string."""
_STRING_ENDS: Final = re.compile(r'[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_STRING_GOES_ON: Final = re.compile(r'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_WORD: Final = re.compile(r'[^\s,:{}\[\]"]*+')
_LONG: Final = ("{", "[", '"')
_STEPS: Final = {"{": 1, "[": 1, "}": -1, "]": -1, '"': 0}
DEEPEST: Final = 100
"""The most lists and objects inside each other that are read."""


class JsonBroken(ValueError):
    """Raised where a text ends early, or goes on as no JSON does; its text is fit for a message."""


class TooLong(ValueError):
    """Raised, behind its end, for a value that is too long or nested too deeply to be read."""


class JsonText:
    """Goes through a JSON text that comes in pieces; `line` is the line that it has come to."""

    def __init__(self, pieces: Iterator[str], line: int = 1) -> None:
        self._pieces = pieces
        self._held = ""
        self._at = 0
        self._has_ended = False
        self.line = line

    def peek(self) -> str:
        """Gives the next character that is not white space; empty at the end."""
        while True:
            found = _BLANK.match(self._held, self._at)
            self._move(self._at if found is None else found.end())
            if self._at < len(self._held):
                return self._held[self._at]
            if not self._fill():
                return ""

    def take(self, wanted: str) -> None:
        """Passes a character that must be there."""
        if self.peek() != wanted:
            raise JsonBroken(NOT_JSON if self.peek() else ENDS_EARLY)
        self._at += 1

    def value(self, longest: int) -> str:
        """Cuts out the value that begins here.

        Raises TooLong for one with more than `longest` characters, which is passed over.
        """
        first = self.peek()
        if not first:
            raise JsonBroken(ENDS_EARLY)
        return self._long(longest) if first in _LONG else self._word()

    def skip(self) -> None:
        """Passes over the value that begins here, however long it is."""
        try:
            self.value(0)
        except TooLong:
            return

    def _long(self, longest: int) -> str:
        """Cuts out a list, an object or a string; of one that is too long nothing is held."""
        depth, deepest, is_too_long = 0, 0, False
        is_inside = self._held[self._at] == '"'
        end = self._at + is_inside
        while True:
            found = (_STRING_ENDS if is_inside else _FLAT).match(self._held, end)
            if is_inside and found is not None:
                is_inside, end = False, found.end()
                if depth == 0:
                    break
                continue
            if found is None:  # the string goes on in the next piece
                found = _STRING_GOES_ON.match(self._held, end)
            end = end if found is None else found.end()
            mark = "" if is_inside else self._held[end : end + 1]
            if mark:
                end += 1
                is_inside = mark == '"'  # it does not end in this piece, or nothing precedes it
                depth += _STEPS[mark]
                deepest = max(deepest, depth)
                if depth == 0 and not is_inside:
                    break
                continue
            is_too_long = is_too_long or end - self._at > longest
            if is_too_long:
                self._move(end)
                end = self._at
            begin = self._at
            if not self._fill():
                raise JsonBroken(ENDS_EARLY)
            end -= begin
        text = self._held[self._at : end]
        self._move(end)
        if is_too_long or len(text) > longest:
            raise TooLong(f"it is larger than {longest} characters")
        if deepest > DEEPEST:
            raise TooLong(f"it is nested more than {DEEPEST} deep")
        return text

    def _word(self) -> str:
        while True:
            found = _WORD.match(self._held, self._at)
            end = self._at if found is None else found.end()
            if end < len(self._held) or not self._fill():
                break
        text = self._held[self._at : end]
        if not text:
            raise JsonBroken(NOT_JSON)
        self._move(end)
        return text

    def _move(self, end: int) -> None:
        self.line += self._held.count("\n", self._at, end)
        self._at = end

    def _fill(self) -> bool:
        """Takes as much again as is held, so that nothing is looked through many times."""
        if self._has_ended:
            return False
        left = self._held[self._at :]
        more: list[str] = []
        size = 0
        while size <= len(left):
            piece = next(self._pieces, None)
            if piece is None:
                self._has_ended = True
                break
            more.append(piece)
            size += len(piece)
        self._held = "".join([left, *more])
        self._at = 0
        return size > 0


NOT_JSON: Final = "it is not well-formed JSON from here on"
ENDS_EARLY: Final = "the JSON text ends before its last value does"
