"""Where the bytes of an export come from, and how they can fail."""

from __future__ import annotations

from typing import Protocol


class BrokenSource(Exception):
    """Bytes that end before the export does; `reason` is what to say of it."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class ByteSource(Protocol):
    """What a reader of exports reads from: any binary file will do."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most `size`; none at the end. May raise BrokenSource once."""
        ...

    def close(self) -> None:
        """Lets go of it."""
        ...
