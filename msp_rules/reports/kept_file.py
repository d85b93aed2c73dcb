"""A file of results on its way: what is written is counted and summed up, to be found again."""

from __future__ import annotations

import io
import os
import zlib
from pathlib import Path
from typing import Any, Final, NamedTuple

_BUFFER: Final = 256 * 1024
_CHUNK: Final = 1024 * 1024


class Extent(NamedTuple):
    """How much of a file counts: its bytes, and their CRC-32 (None where the size must do)."""

    size: int = 0
    crc: int | None = 0


class KeptFile(io.BufferedRandom):
    """A file that is appended to; `extent` is that of all that was written.

    Readable by this user only. The count holds as long as nothing is written elsewhere than at the
    end.
    """

    def __init__(self, path: Path) -> None:
        self.extent = Extent()
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        super().__init__(io.FileIO(file, "r+"), _BUFFER)

    def write(self, data: Any, /) -> int:
        """Appends some bytes."""
        size, crc = self.extent
        self.extent = Extent(size + len(data), zlib.crc32(data, crc or 0))
        return super().write(data)

    def truncate(self, size: int | None = None, /) -> int:
        """As of every file; one that is emptied begins its count anew."""
        left = super().truncate(size)
        if left == 0:
            self.extent = Extent()
        return left

    def empty(self) -> None:
        """Drops everything."""
        self.seek(0)
        self.truncate()

    def back_to(self, extent: Extent) -> None:
        """Drops everything after an extent."""
        self.flush()
        self.truncate(extent.size)
        self.seek(extent.size)
        self.extent = extent

    def begins_with(self, extent: Extent) -> bool:
        """Whether the file holds what an extent says; the place in it is at the end of that."""
        self.seek(0)
        left, crc = extent.size, 0
        while left and (chunk := self.read(min(left, _CHUNK))):
            left -= len(chunk)
            crc = zlib.crc32(chunk, crc)
        return not left and crc == extent.crc

    def settle(self) -> None:
        """Waits until the file is on the disk."""
        self.flush()
        os.fsync(self.fileno())
