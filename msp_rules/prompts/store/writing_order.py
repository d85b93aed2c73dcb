"""Gives the threads of a process their turns at writing to a SQLite file, first come first served.

SQLite lets a writer that waits look again after longer and longer pauses, so that under a web
server's threads the one that has waited longest is often the last. Here each waits for the one
before it; other processes are still met by SQLite's own waiting.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from pathlib import Path
from typing import Final
from weakref import WeakValueDictionary


class WritingOrder:
    """A lock whose holders follow one another in the order in which they came."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._is_taken = False

    def take(self, seconds: float) -> bool:
        """Waits for the turn; False where it has not come in time."""
        ticket = threading.Event()
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return True
            self._waiting.append(ticket)
        if ticket.wait(seconds):
            return True
        with self._guard:
            if ticket.is_set():  # it came in the moment between
                return True
            self._waiting.remove(ticket)
        return False

    def give_back(self) -> None:
        """Ends the turn: the thread that has waited longest is next."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False


_all: Final[WeakValueDictionary[tuple[int, str], WritingOrder]] = WeakValueDictionary()
_guard: Final = threading.Lock()


def order_at(file: str) -> WritingOrder:
    """Gives the turns at a file: the same for every memory that this process opened on it."""
    # A fork has none of the threads that hold or await a turn, so it begins anew.
    key = (os.getpid(), str(Path(file).resolve()))
    with _guard:
        found = _all.get(key)
        if found is None:
            found = _all[key] = WritingOrder()
        return found
