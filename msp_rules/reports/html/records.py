"""Keeps the cases of the page until their counts are known: those with most to look at, in a spool.

A record is the head of a case (what tables and filters need of it), then its text, compressed.
"""

from __future__ import annotations

import heapq
import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Final, NamedTuple

import orjson

_SIZES: Final = struct.Struct(">II")
"""The sizes of head and text, before them."""
# Texts wait on disk until the end of a scan, and are compressed by the processes that render them:
# level 1 takes a tenth of the time of rendering, and leaves a fifth of the bytes.
_LEVEL: Final = 1


class CaseHead(NamedTuple):
    """The part of a case that the page knows before its text is drawn."""

    weight: int
    """The weight of what is not evidenced: cases are sorted by it."""
    case: str
    """The id of the case."""
    owner: str
    """The agency and team that hold the case, in words."""
    facets: str
    """"1" or "0" for each of the `FACETS`."""
    colours: str
    """For each audit question the first letter of its colour; "y" for grey.

    In capitals where an accepted explanation is among the answers.
    """
    answers: str
    """For each listed answer four characters, as `html.case` writes them."""
    signs: tuple[int, ...]
    """The places of the signs of good practice that it shows."""
    movement: str
    """The movement on the grid; empty without one."""
    move: str
    """The ends of that movement, as `PracticeTally.moves` has them; empty without one."""
    records: list[str]
    """Its records, as `html.holdings.records_of` writes them."""
    holdings: Mapping[str, int]
    """Its other counts, by the names that `html.holdings` gives them."""
    course: str
    """The course of the case in a line."""
    first: tuple[str, ...]
    """The ids of the rules to ask about first."""
    counts: tuple[int, ...]
    """The number of answers not evidenced, by weight, the heaviest first."""


def pack_record(head: CaseHead, text: str) -> bytes:
    """Makes the record of a case."""
    packed, body = orjson.dumps(tuple(head)), zlib.compress(text.encode(), _LEVEL)
    return _SIZES.pack(len(packed), len(body)) + packed + body


class Records:
    """The records of the cases with most to look at, in a spool.

    Of two with the same weight, the earlier one counts more. Nothing but their places is held in
    memory, and the places are found again in the spool.
    """

    def __init__(self, spool: BinaryIO, most: int) -> None:
        self._spool, self._most = spool, most
        # Weight, number in the export (negative), offset in the spool.
        self._kept: list[tuple[int, int, int]] = []
        self.seen = 0
        """The number of cases so far."""

    @property
    def count(self) -> int:
        """The number of cases that are kept."""
        return len(self._kept)

    def add(self, rendered: bytes) -> None:
        """Keeps those of the next cases that are among those with most to look at so far."""
        at = 0
        while at < len(rendered):
            head_size, body_size = _SIZES.unpack_from(rendered, at)
            end = at + _SIZES.size + head_size + body_size
            weight = _head(rendered[at + _SIZES.size : at + _SIZES.size + head_size]).weight
            self.seen += 1
            if self._ranks(weight):
                offset = self._spool.tell()
                self._spool.write(_SIZES.pack(self.seen, end - at))
                self._spool.write(rendered[at:end])
                self._keep(weight, self.seen, offset)
            at = end

    def restore(self, seen: int) -> None:
        """Finds the places again in the spool of an earlier run."""
        self._spool.seek(0)
        while True:
            offset = self._spool.tell()
            place = self._spool.read(_SIZES.size)
            if not place:
                break
            number, size = _SIZES.unpack(place)
            head, _ = _split(self._spool.read(size))
            if self._ranks(head.weight, number):
                self._keep(head.weight, number, offset)
        self.seen = seen

    def heads(self) -> Iterator[CaseHead]:
        """Yields the head of each kept case, the one with most to look at first."""
        for head, _ in self._kept_records():
            yield head

    def texts(self) -> Iterator[str]:
        """Yields the text of each kept case, in the order of the heads."""
        for _, body in self._kept_records():
            yield zlib.decompress(body).decode()

    def _kept_records(self) -> Iterator[tuple[CaseHead, bytes]]:
        for _, _, offset in sorted(self._kept, reverse=True):
            self._spool.seek(offset)
            _, size = _SIZES.unpack(self._spool.read(_SIZES.size))
            yield _split(self._spool.read(size))

    def _ranks(self, weight: int, number: int | None = None) -> bool:
        rank = (weight, -(self.seen if number is None else number))
        return len(self._kept) < self._most or rank > self._kept[0][:2]

    def _keep(self, weight: int, number: int, offset: int) -> None:
        entry = (weight, -number, offset)
        if len(self._kept) < self._most:
            heapq.heappush(self._kept, entry)
        else:
            heapq.heapreplace(self._kept, entry)


def _split(record: bytes) -> tuple[CaseHead, bytes]:
    size, _ = _SIZES.unpack_from(record)
    start = _SIZES.size
    return _head(record[start : start + size]), record[start + size :]


def _head(packed: bytes) -> CaseHead:
    parts: list[Any] = orjson.loads(packed)
    return CaseHead(*parts)
