"""Parses whole cases of an export many at once, beside the parser that is fed with the file.

A parser that is fed reports each element while it builds it; one that is given a whole document
does not, and needs a fifth less time. So, once the head of an export is read, the bytes up to the
last `</case>` at hand are parsed as a document of their own, within the root's start tag. That
those are whole cases, the parser finds: it fails where a comment or an element is still open. What
it does not take, or what holds anything but cases, is given to the parser of the file, with all
that follows, and blanks of the same extent for what it did not see: it alone says what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from lxml import etree

from msp_rules.intake.case_cutter import is_plain_head
from msp_rules.intake.case_ranges import between
from msp_rules.intake.quick_elements import NAMESPACE, PREFIX, has_odd_fields
from msp_rules.intake.reading import Boundary
from msp_rules.intake.xml_parsing import LINES_KEPT, guarded_document_parser, has_no_type

_CASE_ENDS: Final = b"</case>"
_HEAD_ENDS: Final = b"</header>"
_HEADER: Final = b"<header>"
# Of an element with a text, the parser knows the line also beyond 65,535.
_ROOT_ENDS: Final = b"<end>.</end></case_export>"
_MAY_DECLARE: Final = re.compile(rb"xmlns").search  # twice as fast as `in`
_NAMESPACE: Final = NAMESPACE.encode()
_DEFAULT_NAMESPACE: Final = re.compile(rb'(\s)xmlns="' + re.escape(_NAMESPACE) + rb'"')


class CaseBatch(NamedTuple):
    """Cases that were parsed at once."""

    cases: list[etree._Element]
    """The elements of the cases."""
    lines_before: int
    """The number to add to the line of each element."""
    prefix: str
    """Begins the names of elements of the export: its namespace, or nothing."""
    has_odd_fields: bool
    """True where some field has an attribute, or an element inside."""


class CaseBatches:
    """Makes of the bytes of an export, piece by piece, batches of cases and what is left to feed.

    The first piece must hold the whole head; otherwise, and of any head that is not plain,
    everything is left.
    """

    def __init__(self) -> None:
        self._is_begun = self._is_parsing = False
        self._root_begins = self._bare_root_begins = b""
        self._lines_of_head, self._first_line = 0, 1
        self._parser = guarded_document_parser()
        self._held: list[bytes] = []
        self._edge = b""
        self._at = Boundary(0)

    def parts(self, piece: bytes) -> Iterator[bytes | CaseBatch]:
        """Gives the cases that the next bytes complete, and what the parser of the file is fed."""
        if not self._is_begun:
            self._is_begun = True
            head = self._head_of(piece)
            if head:
                yield head
                piece = piece[len(head) :]
        if not self._is_parsing:
            yield piece
            return
        self._held.append(piece)
        seam = self._edge + piece
        self._edge = seam[1 - len(_CASE_ENDS) :]
        if _CASE_ENDS not in seam:
            return
        held = b"".join(self._held)
        cut = held.rfind(_CASE_ENDS) + len(_CASE_ENDS)
        text = held[:cut]
        batch = self._parsed(text)
        if batch is None:
            yield from self.stop()
            return
        self._held = [held[cut:]]
        yield batch

    def stop(self) -> Iterator[bytes]:
        """Leaves all that is held, and all that follows, to the parser of the file."""
        if self._is_parsing:
            self._is_parsing = False
            yield from between(Boundary(0), self._at)
            yield b"".join(self._held)
            self._held = []

    def _head_of(self, piece: bytes) -> bytes:
        """Finds the head in the first piece; empty where it is not of the plain form."""
        head = piece[: piece.find(_HEAD_ENDS) + len(_HEAD_ENDS)]
        if not (head.endswith(_HEAD_ENDS) and is_plain_head(head) and has_no_type(head)):
            return b""
        self._root_begins = head[: head.index(_HEADER)]
        self._bare_root_begins = _without_namespace(self._root_begins)
        self._first_line = 1 + self._root_begins.count(b"\n")
        self._lines_of_head = 1 + head.count(b"\n") - self._first_line
        self._is_parsing = True
        return head

    def _parsed(self, text: bytes) -> CaseBatch | None:
        """Parses cases; None where they are not sound, or not cases only."""
        is_bare = bool(self._bare_root_begins) and _MAY_DECLARE(text) is None
        begins = self._bare_root_begins if is_bare else self._root_begins
        try:
            root = etree.fromstring(b"".join((begins, text, _ROOT_ENDS)), self._parser)
        except etree.XMLSyntaxError:
            return None
        prefix = "" if is_bare else PREFIX
        name = prefix + "case"
        cases: list[etree._Element] = root[:]  # type: ignore[index, assignment]
        # The parser has counted the lines up to the element behind the cases: sooner than bytes do.
        line: int = cases.pop().sourceline or LINES_KEPT  # type: ignore[assignment]
        # Of more lines, the parser would not know of each element where it stands.
        if line >= LINES_KEPT or not all(case.tag == name for case in cases):
            return None
        lines_before = self._lines_of_head + self._at.lines
        self._at = _after(self._at, text, line - self._first_line)
        return CaseBatch(cases, lines_before, prefix, has_odd_fields(root))


def _without_namespace(root_begins: bytes) -> bytes:
    """Leaves the export's namespace out of a start tag; empty where a prefix may stand for it."""
    is_only_default = root_begins.count(_NAMESPACE) == 1 and b"&" not in root_begins
    bare = _DEFAULT_NAMESPACE.sub(rb"\1", root_begins)
    return bare if is_only_default and bare != root_begins else b""


def _after(begin: Boundary, text: bytes, lines: int) -> Boundary:
    """Finds the end of a sound text of so many line breaks that stands at a place."""
    column = len(str(text[text.rfind(b"\n") + 1 :], "utf-8"))
    if lines == 0:
        column += begin.column
    return Boundary(begin.offset + len(text), begin.lines + lines, column)
