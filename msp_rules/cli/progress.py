"""How far a scan is: for a person at a terminal, or as lines of JSON for a program.

Ctrl-C and SIGTERM as a wish to stop in order; asked twice, as an order to stop at once.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from types import FrameType
from typing import Final

import orjson
from rich.console import Console

from msp_rules.audit.scan import Position, Scan

_EVERY_SECONDS: Final = 1.0
_MEGABYTE: Final = 1_000_000


@dataclass(slots=True)
class Pace:
    """The rate of a scan since it began here; what an earlier run did counts in no rate.

    `bytes_before` is None until a scan that goes on with another has come where that one was.
    """

    of_bytes: int
    cases_before: int
    bytes_before: int | None = 0
    start: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, scan: Scan, of_bytes: int) -> Pace:
        """The pace of a scan that is about to begin, or to go on."""
        return cls(of_bytes, scan.tally.cases, 0 if scan.position == Position() else None)

    def row(self, scan: Scan, *, is_last: bool = False) -> dict[str, float | int | None]:
        """Counts and rates; `seconds_left` is None as long as there is no rate to tell it by."""
        read = self.of_bytes if is_last else min(scan.bytes_read, self.of_bytes)
        if self.bytes_before is None:
            self.bytes_before, self.start = read, time.monotonic()
        seconds = max(time.monotonic() - self.start, 1e-6)
        rate = (read - self.bytes_before) / seconds
        left = (self.of_bytes - read) / rate if rate > 0 else None
        return {
            "cases": scan.tally.cases,
            "faults": len(scan.tally.faults),
            "bytes": read,
            "of_bytes": self.of_bytes,
            "cases_per_second": round((scan.tally.cases - self.cases_before) / seconds, 1),
            "seconds_left": None if left is None else round(left, 1),
        }


def show_progress(
    form: str | None, scan: Scan, of_bytes: int, errors: Console, *, quiet: bool
) -> AbstractContextManager[None]:
    """Shows how far a scan is, as long as the block lasts; in no form where nobody is to see it."""
    if form == "json":
        return _progress_as_json(scan, of_bytes)
    if quiet or not errors.is_terminal:
        return nullcontext()
    return _progress_for_a_person(scan, of_bytes, errors)


@contextmanager
def _progress_as_json(scan: Scan, of_bytes: int) -> Iterator[None]:
    """One JSON object a line on standard error, at most once a second, and one at the end."""
    pace, told = Pace.of(scan, of_bytes), 0.0

    def tell(scan: Scan) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= _EVERY_SECONDS:
            told = now
            _write(pace.row(scan))

    scan.progress = tell
    yield
    _write(pace.row(scan, is_last=scan.tally.is_complete))


def _write(row: dict[str, float | int | None]) -> None:
    sys.stderr.write(orjson.dumps(row).decode("ascii") + "\n")
    sys.stderr.flush()


@contextmanager
def _progress_for_a_person(scan: Scan, of_bytes: int, errors: Console) -> Iterator[None]:
    """A line that moves on standard error."""
    from rich.progress import (  # noqa: PLC0415 - only a person at a terminal waits for it
        BarColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (SpinnerColumn(), BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    pace, told = Pace.of(scan, of_bytes), 0.0
    with Progress(*columns, console=errors, transient=True) as shown:
        task = shown.add_task("reading", total=max(of_bytes, 1))

        def tell(scan: Scan) -> None:
            nonlocal told
            now = time.monotonic()
            if now - told >= 0.2:
                told = now
                row = pace.row(scan)
                shown.update(task, completed=row["bytes"], description=in_words(row, pace))

        scan.progress = tell
        yield


def in_words(row: dict[str, float | int | None], pace: Pace) -> str:
    """The rate and the time left, for a person."""
    seconds = max(time.monotonic() - pace.start, 1e-6)
    megabytes = (float(row["bytes"] or 0) - (pace.bytes_before or 0)) / seconds / _MEGABYTE
    words = f"{row['cases']} cases, {row['cases_per_second']:.0f} cases/s, {megabytes:.1f} MB/s"
    left = row["seconds_left"]
    if left is None:
        return words
    minutes, rest = divmod(round(left), 60)
    return f"{words}, about {f'{minutes} min ' if minutes else ''}{rest} s left"


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
