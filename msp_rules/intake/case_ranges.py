"""Finds where the cases of an export stand, so that several processes read a part of it each.

One process goes through the bytes once, without parsing them, and notes where each block of cases
begins, and which ids were used before; the others then read their own blocks, and of the bytes
between them nothing. `between` gives the parser what it needs of those: their line breaks.

Only a file that is of the plain form from its first byte to its last can be shared in this way
(`CaseCutter` knows it); of any other, each process reads everything.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Final

from msp_rules.errors import InputUnreadable
from msp_rules.intake.case_cutter import CaseCutter, Piece, Skipped
from msp_rules.intake.export_files import ExportFile, open_file
from msp_rules.intake.reading import Boundary, CaseIds, CaseRanges, ReadLimits

_CHUNK: Final = 1024 * 1024
_TAIL: Final = re.compile(rb"\s*</case_export\s*>\s*", re.ASCII)
_LONGEST_TAIL: Final = 4096
_LONGEST_BLANK: Final = 65_536
_LEAST_BLANK: Final = 7
"""The length of an empty comment."""


def ranges_of(
    file: ExportFile,
    ids: CaseIds,
    *,
    block: int,
    first: int = 0,
    limits: ReadLimits = ReadLimits(),  # noqa: B008 - immutable
) -> CaseRanges | None:
    """Finds the blocks of cases of an export from the case `first` on; None if it is not plain.

    `ids` are those of earlier files, to which those of this one are added; where the answer is
    None, they stay as they were.
    """
    if file.is_packed or file.refusal is not None or not file.path.is_file():
        return None
    ids.begin_file(file.name)
    # A parser measures cases by the pieces that it is given: near its limit, it has to be asked.
    search = _Search(ids, block, first, limits.max_case_bytes // 2)
    try:
        stream = open_file(file)
    except InputUnreadable:
        return None
    try:
        while search.is_plain and (chunk := stream.read(_CHUNK)):
            search.read(chunk)
    except OSError:
        search.is_plain = False
    finally:
        stream.close()
    found = search.found()
    if found is None:
        ids.keep_of_file(0)
    return found


def between(begin: Boundary, end: Boundary) -> Iterator[bytes]:
    """Gives comments that take up the lines and columns of what stands between two places.

    No comment is long: to a parser, a text that never ends is an attack.
    """
    lines, columns = end.lines - begin.lines, end.column
    if lines == 0:
        columns -= begin.column
    while lines > _LONGEST_BLANK:
        yield _comment(_LONGEST_BLANK, 0)
        lines -= _LONGEST_BLANK
    if lines and columns - 3 > _LONGEST_BLANK:
        yield _comment(lines, 0)
        lines, columns = 0, columns - 3
    while columns > _LONGEST_BLANK + _LEAST_BLANK:
        yield _comment(0, _LONGEST_BLANK - _LEAST_BLANK)
        columns -= _LONGEST_BLANK
    if lines:
        yield _comment(lines, columns - 3)
    elif columns:
        yield _comment(0, columns - _LEAST_BLANK)


def _comment(lines: int, spaces: int) -> bytes:
    return b"<!--" + b"\n" * lines + b" " * spaces + b"-->"


class _Search:
    """Goes through the bytes of one export, chunk by chunk, as long as it is of the plain form."""

    def __init__(self, ids: CaseIds, block: int, first: int, longest_case: int) -> None:
        self.is_plain = True
        self._ids, self._block, self._first = ids, block, first
        # Without a case of its own, the cutter gives nothing but what is not a case.
        self._cutter = CaseCutter(0, 1, 1, sys.maxsize, longest_case)
        self._longest_case = longest_case
        self._head: Boundary | None = None
        self._at = Boundary(0)
        self._blocks: list[Boundary] = []
        self._cases = 0
        self._clashes: dict[int, str] = {}
        self._without_id: list[int] = []
        self._tail: bytes | None = None

    def read(self, chunk: bytes) -> None:
        """Takes the next bytes."""
        for piece in self._cutter.cut(chunk):
            if isinstance(piece, Skipped):
                self._add_case(piece)
            elif self._head is None:
                self._add_head(piece)
            else:
                self._add_tail(piece.text)

    def found(self) -> CaseRanges | None:
        """Gives what was found, once all bytes are read; None if the file is not plain."""
        self._add_tail(self._cutter.remainder())
        if not self.is_plain or self._head is None or not _TAIL.fullmatch(self._tail or b""):
            return None
        return CaseRanges(
            head=self._head,
            blocks=tuple(self._blocks),
            end=self._at,
            cases=self._cases,
            clashes=self._clashes,
            without_id=self._without_id,
        )

    def _add_head(self, piece: Piece) -> None:
        self._head = self._at = Boundary(len(piece.text))
        # A head that is not plain is given with what follows it.
        self.is_plain = piece.text.endswith(b"</header>")

    def _add_case(self, case: Skipped) -> None:
        place = self._cases - self._first
        if place >= 0 and place % self._block == 0:
            self._blocks.append(self._at)
        if not case.case_id:
            self._without_id.append(self._cases)
        elif (clash := self._ids.clash(case.case_id)) is not None:
            self._clashes[self._cases] = clash
        self._cases += 1
        if case.size > self._longest_case:
            self.is_plain = False
        offset, lines, column = self._at
        column = case.columns + (0 if case.lines else column)
        self._at = Boundary(offset + case.size, lines + case.lines, column)

    def _add_tail(self, text: bytes) -> None:
        self._tail = (self._tail or b"") + text
        if len(self._tail) > _LONGEST_TAIL:
            self.is_plain = False
