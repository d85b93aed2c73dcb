"""Shows how far a scan is, and lets a person stop it.

Progress is a line that moves for a person at a terminal, or lines of JSON for a program. Ctrl-C and
SIGTERM stop a scan at the next safe point; the second time, at once.
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

from msp_rules.audit.state import Progress as ScanProgress

_EVERY_SECONDS: Final = 1.0
_LINE_SECONDS: Final = 0.2
_MEGABYTE: Final = 1_000_000

Row = dict[str, float | int | None]
"""Counts and rates, by the names of docs/scale.md."""


@dataclass(slots=True)
class Pace:
    """The rate of a scan since it began here; the work of an earlier run does not count."""

    of_bytes: int
    """Bytes on disk of all exports."""

    cases_before: int
    """Cases that an earlier run had counted."""

    bytes_before: int | None = 0
    """Bytes that an earlier run had read; None until this one has come where that one was."""

    start: float = field(default_factory=time.monotonic)
    """The time at which the scan began here, in seconds."""

    @classmethod
    def of(cls, progress: ScanProgress) -> Pace:
        """Gives the pace of a scan that is about to begin, or to be resumed."""
        return cls(progress.of_bytes, progress.cases, None if progress.is_resumed else 0)

    def row(self, progress: ScanProgress, *, is_last: bool = False) -> Row:
        """Gives counts and rates; `seconds_left` is None where there is no rate to tell it by."""
        read = self.of_bytes if is_last else min(progress.bytes_read, self.of_bytes)
        if self.bytes_before is None:
            self.bytes_before, self.start = read, time.monotonic()
        seconds = max(time.monotonic() - self.start, 1e-6)
        rate = (read - self.bytes_before) / seconds
        left = (self.of_bytes - read) / rate if rate > 0 else None
        return {
            "cases": progress.cases,
            "faults": progress.faults,
            "bytes": read,
            "of_bytes": self.of_bytes,
            "cases_per_second": round((progress.cases - self.cases_before) / seconds, 1),
            "seconds_left": None if left is None else round(left, 1),
        }


def progress_shown(
    form: str | None, errors: Console, *, quiet: bool
) -> AbstractContextManager[Callable[[ScanProgress], None]]:
    """Gives a function to call as a scan continues, which shows its progress where it is seen."""
    if form == "json":
        return _as_json()
    if quiet or not errors.is_terminal:
        return nullcontext(_show_nothing)
    return _for_a_person(errors)


def _show_nothing(_progress: ScanProgress) -> None:
    pass


@contextmanager
def _as_json() -> Iterator[Callable[[ScanProgress], None]]:
    """Writes one JSON object per line on standard error, at most once a second, and at the end."""
    pace: Pace | None = None
    last: ScanProgress | None = None
    written = 0.0

    def show(progress: ScanProgress) -> None:
        nonlocal pace, last, written
        last = progress
        if pace is None:
            pace = Pace.of(progress)
            return
        now = time.monotonic()
        if now - written >= _EVERY_SECONDS:
            written = now
            _write(pace.row(progress))

    yield show
    if pace is not None and last is not None:
        _write(pace.row(last, is_last=not last.faults))


def _write(row: Row) -> None:
    sys.stderr.write(orjson.dumps(row).decode("ascii") + "\n")
    sys.stderr.flush()


@contextmanager
def _for_a_person(errors: Console) -> Iterator[Callable[[ScanProgress], None]]:
    """Shows a line that moves on standard error."""
    from rich.progress import (  # noqa: PLC0415 - only a person at a terminal waits for it
        BarColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    spinner = SpinnerColumn("line" if errors.options.ascii_only else "dots")
    columns = (spinner, BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    pace: Pace | None = None
    written = 0.0
    with Progress(*columns, console=errors, transient=True) as line:
        task = line.add_task("reading", total=None)

        def show(progress: ScanProgress) -> None:
            nonlocal pace, written
            if pace is None:
                pace = Pace.of(progress)
                line.update(task, total=max(progress.of_bytes, 1))
                return
            now = time.monotonic()
            if now - written >= _LINE_SECONDS:
                written = now
                row = pace.row(progress)
                line.update(task, completed=row["bytes"], description=in_words(row, pace))

        yield show


def in_words(row: Row, pace: Pace) -> str:
    """Says the rate and the time left, for a person."""
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
    """Gives a function that says whether somebody wants the program to stop.

    `tell` is called when they do. Outside the main thread nothing can be asked; then the answer is
    always False.
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
