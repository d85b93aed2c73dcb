"""Leaves other readers' cases out of an export before it is parsed: parsing is half of reading.

Only the plain form that exporters write is cut: UTF-8, and after the header one `<case ...>` behind
the other with nothing but white space between them. From the first byte that differs, everything is
given to the parser, which decides alone. A case that is left out leaves its line breaks, so that
every later line keeps its number: in a comment, which the parser forgets at once.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import Final, NamedTuple

_HEAD_ENDS: Final = b"</header>"
_CASE_ENDS: Final = b"</case>"
# A start tag whose id needs no decoding, and no other tag that begins with the same letters.
_CASE_BEGINS: Final = re.compile(
    rb"""\s*<case(?=\s)(?:\s+(?!xmlns)[A-Za-z_]+="[^"<&>]*")*\s*>""", re.ASCII
)
_ATTRIBUTE: Final = re.compile(rb'\s+([A-Za-z_]+)="([^"]*)"')
_AS_PARSED: Final = bytes.maketrans(b"\t\n\r", b"   ")
"""A parser gives white space in an attribute as spaces."""
_MAY_BEGIN: Final = re.compile(rb"\s*(?:<c?a?s?e?|<case\s[^>]*)?", re.ASCII)
_BEGINS: Final = re.compile(rb"<case[\s/>]")
_HEAD_BEGINS: Final = re.compile(
    rb"""\s*(?:<\?xml\s[^<>]*\?>\s*)?<case_export\s[^<>]*?xmlns="urn:msp-rules:case-export:1"[^<>]*>"""
    rb"""\s*<header>""",
    re.ASCII,
)
_DECLARED: Final = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)""")
_LONGEST_HEAD: Final = 1024 * 1024
_PLAIN_ENCODINGS: Final = frozenset({b"utf-8", b"utf8", b"us-ascii", b"ascii"})


class Piece(NamedTuple):
    """Bytes to parse."""

    text: bytes
    """The bytes."""
    case_index: int | None = None
    """The index of the complete case that they are; None for anything else."""


class Skipped(NamedTuple):
    """A case that is not this reader's."""

    case_id: str
    """Its id, as a parser gives it."""
    size: int
    """The number of its bytes, with the white space before it."""
    lines: int
    """The number of its line breaks."""
    columns: int
    """The number of characters on its last line."""

    @property
    def blank(self) -> bytes:
        """A comment of the same extent, which keeps the numbers of lines."""
        spaces = self.columns - (3 if self.lines else 7)  # the last line holds </case>
        return b"<!--" + b"\n" * self.lines + b" " * spaces + b"-->"


class CaseCutter:
    """Cuts the bytes of one export into pieces; `Shard.owns` says whose each case is."""

    def __init__(
        self, reader: int, readers: int, block: int, first: int, longest_case: int
    ) -> None:
        self._reader, self._readers, self._block, self._first = reader, readers, block, first
        self._longest = longest_case
        self._held = b""
        self._is_in_head = True
        self._is_plain = True
        self._index = 0

    def cut(self, chunk: bytes) -> Iterator[Piece | Skipped]:
        """Gives the cases that the next bytes of the file complete."""
        held = self._held + chunk
        self._held = b""
        if self._is_in_head and self._is_plain:
            held = yield from self._head(held)
        at = 0  # where what is not yet given begins: to cut it off each time would copy the rest
        while self._is_plain and not self._is_in_head:
            begin = _CASE_BEGINS.match(held, at)
            if begin is None:
                # The tag may go on in the next chunk; all else ends the plain form.
                self._is_plain = _MAY_BEGIN.fullmatch(held, at) is not None
                break
            end = held.find(_CASE_ENDS, begin.end())
            if end < 0:
                break
            end += len(_CASE_ENDS)
            text = held[at:end]
            if _is_odd(text, begin.end() - at):
                self._is_plain = False
                break
            at = end
            yield self._case(text, begin[0])
        held = held[at:]
        if self._is_plain and len(held) <= self._longest:
            self._held = held
            return
        self._is_plain = False
        yield Piece(held)

    def stop(self) -> None:
        """Stops cutting: all that follows is given as it is."""
        self._is_plain = False

    def remainder(self) -> bytes:
        """Gives what was held back when the file ended."""
        held, self._held = self._held, b""
        return held

    def _head(self, held: bytes) -> Generator[Piece, None, bytes]:
        """Gives the head once it is whole; returns what follows it."""
        end = held.find(_HEAD_ENDS)
        if end < 0:
            self._is_plain = len(held) <= _LONGEST_HEAD
            return held
        end += len(_HEAD_ENDS)
        head = held[:end]
        self._is_in_head = False
        if not is_plain_head(head):
            self._is_plain = False
            return held
        yield Piece(head)
        return held[end:]

    def _case(self, text: bytes, tag: bytes) -> Piece | Skipped:
        index = self._index
        self._index += 1
        place = index - self._first
        if place >= 0 and place // self._block % self._readers == self._reader:
            if self._readers == 1:  # and so is all that follows
                self._is_plain = False
            return Piece(text, index)
        try:
            case_id = _id_of(tag)
            last_line = str(text[text.rfind(b"\n") + 1 :], "utf-8")
        except UnicodeDecodeError:
            return Piece(text, index)
        # The parser counts the columns of a line in characters.
        return Skipped(case_id, len(text), text.count(b"\n"), len(last_line))


def is_plain_head(head: bytes) -> bool:
    """Tells whether the bytes to the end of a header are of the plain form, and of it only."""
    text = head.removeprefix(b"\xef\xbb\xbf")
    declared = _DECLARED.match(text)
    is_plain = declared is None or declared[1].lower() in _PLAIN_ENCODINGS
    begins = is_plain and _HEAD_BEGINS.match(text) is not None
    return begins and b"<!" not in text and _BEGINS.search(text) is None


def _id_of(tag: bytes) -> str:
    """Finds the id in a start tag; empty where it has none. Raises UnicodeDecodeError."""
    for name, value in _ATTRIBUTE.findall(tag):
        if name == b"id":
            return str(value.replace(b"\r\n", b" ").translate(_AS_PARSED), "utf-8").strip()
    return ""


def _is_odd(text: bytes, start: int) -> bool:
    """Tells whether the first "</case>" in a case may not be its own end tag."""
    less_than = 0x3C
    for mark in (b"!", b"?"):  # of a comment, CDATA section or processing instruction
        at = text.find(mark, start)
        while at >= 0:
            if text[at - 1] == less_than:
                return True
            at = text.find(mark, at + 1)
    at = text.find(b"<case", start)
    while at >= 0:
        if _BEGINS.match(text, at):
            return True
        at = text.find(b"<case", at + 1)
    return False
