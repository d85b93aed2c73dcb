"""Hashes a file in a thread, and notices whether it was changed while others read it."""

from __future__ import annotations

from pathlib import Path
from threading import Thread
from typing import Final

from msp_rules.errors import InputUnreadable
from msp_rules.intake.export_files import sha256_on_disk

CHANGED: Final = "the file was changed while it was read; scan it again"


class FileWatch:
    """Watches one file from now on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._state = _state_of(path)
        self._found: tuple[str, int] | InputUnreadable | None = None
        # As a daemon: whoever stops early need not wait for it.
        self._thread = Thread(target=self._hash, daemon=True)

    def begin_hash(self) -> None:
        """Begins to hash the file."""
        self._thread.start()

    def sha256_and_size(self) -> tuple[str, int]:
        """Gives hash and size, once known; raises InputUnreadable where the file is gone."""
        self._thread.join()
        if isinstance(self._found, InputUnreadable):
            raise self._found
        assert self._found is not None
        return self._found

    def has_changed(self) -> bool:
        """Tells whether the file is another one by now, or was written to."""
        return _state_of(self._path) != self._state

    def _hash(self) -> None:
        try:
            self._found = sha256_on_disk(self._path)
        except InputUnreadable as error:
            self._found = error


def _state_of(path: Path) -> tuple[int, ...] | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns
