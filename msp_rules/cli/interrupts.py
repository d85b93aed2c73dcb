"""Ctrl-C and SIGTERM as a wish to stop in order; asked twice, as an order to stop at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def orderly_interrupts(tell: Callable[[], None]) -> Iterator[Callable[[], bool]]:
    """Gives what says whether somebody wants the program to stop; `tell` is called when they do.

    Outside the main thread nothing can be asked, and the answer is no.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = {one: signal.getsignal(one) for one in _SIGNALS}
    is_asked = False

    def note(_signal: int, _frame: FrameType | None) -> None:
        nonlocal is_asked
        is_asked = True
        for one, handler in before.items():
            signal.signal(one, handler)
        tell()

    for one in _SIGNALS:
        signal.signal(one, note)
    try:
        yield lambda: is_asked
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
