"""Lets Python look for garbage less often while cases are read and judged.

It may be in use in several threads of a host's process at once: what the host has set is put back
when the last of them is done.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

NEW_OBJECTS: Final = 10_000
"""The number of new objects after which Python looks for garbage then; usually it is 700.

Sixteen cases that are read ahead make some 6,000."""


class _Threshold:
    """Raises Python's threshold for whoever is first inside, and lowers it for the last."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._usual: int | None = None

    def raise_it(self) -> None:
        with self._lock:
            self._inside += 1
            usual, *others = gc.get_threshold()
            # 0: whoever runs this wants no collections.
            if self._inside == 1 and 0 < usual < NEW_OBJECTS:
                self._usual = usual
                gc.set_threshold(NEW_OBJECTS, *others)

    def put_it_back(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside or self._usual is None:
                return
            usual, self._usual = self._usual, None
            now, *others = gc.get_threshold()
            if now == NEW_OBJECTS:  # else the host has set it anew meanwhile
                gc.set_threshold(usual, *others)


_THRESHOLD: Final = _Threshold()


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Lets Python look for garbage only where there are many more new objects than usual.

    A case leaves no garbage (tested), but at the usual threshold it is looked for again and again
    among objects that are all in use. That takes up to a tenth of the time of a scan; and while a
    desk takes a case of thousands of events in, all objects of its host were gone through, too.
    """
    _THRESHOLD.raise_it()
    try:
        yield
    finally:
        _THRESHOLD.put_it_back()
