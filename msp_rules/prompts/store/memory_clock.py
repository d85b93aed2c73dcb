"""Keeps what is known of a memory as a whole: its epoch, and the newest moment of a look at it.

Numbers of changes order them within an epoch. A memory that is made anew, or restored from an older
copy, gives numbers that were given before; a later epoch tells them apart.

The newest moment guards against a clock that is wrong: one message with a date of 2036 would make
every prompt overdue for good, since time never runs backwards for a case. It is written down at
most once an hour, so that processes don't wait for one another at its row.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    MetaData,
    Table,
    case,
    select,
    text,
    update,
)

from msp_rules.casework.moments import Cutoff, Moment, moment_at
from msp_rules.prompts.store.database import Database
from msp_rules.prompts.store.tables import memory

DEFAULT_SKEW: Final = timedelta(hours=24)
"""The distance of `now` from the newest look at a memory that is allowed by default."""

_AN_HOUR: Final = 3_600_000_000
_MICROSECOND: Final = timedelta(microseconds=1)
_EPOCH: Final = select(memory.c.epoch)
_NEWEST: Final = select(memory.c.newest_look)
_NEWEST_IN_SQLITE: Final = text(
    "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'msp_change'"
)
# As a table, so that it is looked for in the schema of the memory.
_SEQUENCE: Final = Table(
    "msp_change_number_seq",
    MetaData(),
    Column("last_value", BigInteger),
    Column("is_called", Boolean),
)
_NEWEST_IN_POSTGRESQL: Final = select(
    case((_SEQUENCE.c.is_called, _SEQUENCE.c.last_value), else_=0)
)


def read_epoch(connection: Connection) -> int:
    """Reads the epoch in which the numbers of changes count."""
    return int(connection.execute(_EPOCH).scalar_one())


def begin_epoch(connection: Connection) -> int:
    """Begins a new epoch, later than the one before whatever the clock says; gives it.

    It reads the system's clock: of two copies restored one after the other, the second must begin a
    later epoch than the first, of which it knows nothing.
    """
    found = int(connection.execute(_EPOCH.with_for_update()).scalar_one())
    begun = max(found + 1, time.time_ns() // 1000)
    connection.execute(update(memory).values(epoch=begun))
    return begun


def newest_number(connection: Connection) -> int:
    """Gives the highest number that a change of this memory was given; 0 where none was."""
    if connection.dialect.name == "sqlite":
        return int(connection.execute(_NEWEST_IN_SQLITE).scalar_one())
    return int(connection.execute(_NEWEST_IN_POSTGRESQL).scalar_one())


def forget_newest_look(connection: Connection) -> None:
    """Lets the next call begin anew with its own `now`."""
    connection.execute(update(memory).values(newest_look=None))


class MemoryClock:
    """Compares each `now` with the newest look at the memory; for many threads."""

    def __init__(self, database: Database, skew: timedelta | None) -> None:
        self._database = database
        self._skew = None if skew is None else skew // _MICROSECOND
        self._hours = None if skew is None else skew // timedelta(hours=1)
        self._newest: int | None = None
        self._kept: int | None = None
        self._lock = threading.Lock()

    @property
    def newest(self) -> int | None:
        """The newest look that is known to this process; None before the first."""
        return self._newest

    def problem(self, now: Cutoff, *, is_forced: bool) -> str | None:
        """Says why a call must not be answered as of a moment; None where it may be."""
        if self._skew is None:
            return None
        with self._lock:
            if self._is_beyond(now.instant, self._newest):
                self._newest = self._kept = self._database.read(_read_newest)
            if self._newest is not None and self._is_beyond(now.instant, self._newest):
                if not is_forced:
                    return self._refusal(now.instant > self._newest)
                self._newest = None
            self._note(now.instant)
        return None

    def possible(self, at: Moment, now: Cutoff | None) -> Moment:
        """Gives the moment of feedback: that of `now` where its own lies in the future.

        Without `now`, the newest look stands for it where the moment lies beyond the skew.
        """
        if now is not None:
            return at if at.instant <= now.instant else _moment_at(now.instant)
        if self._skew is None:
            return at
        with self._lock:
            if self._newest is None:
                self._newest = self._kept = self._database.read(_read_newest)
            newest = self._newest
        if newest is None or at.instant - newest <= self._skew:
            return at
        return _moment_at(newest)

    def _is_beyond(self, instant: int, newest: int | None) -> bool:
        assert self._skew is not None
        return newest is None or abs(instant - newest) > self._skew

    def _note(self, instant: int) -> None:
        """Remembers a look, and writes it down where the one that is kept is old."""
        is_first = self._newest is None
        self._newest = instant if self._newest is None else max(self._newest, instant)
        if is_first or self._kept is None or self._newest - self._kept >= _AN_HOUR:
            newest = self._newest
            self._database.write(lambda connection: _keep_newest(connection, newest))
            self._kept = newest

    def _refusal(self, is_after: bool) -> str:
        side = "after" if is_after else "before"
        return (
            f"now lies more than {self._hours} hours {side} the newest moment at which this memory "
            "was asked; nothing was changed: correct the clock or, if it is right, force the call "
            "once (force=True, or msp-rules memory reset-clock)"
        )


def _moment_at(instant: int) -> Moment:
    return moment_at(datetime.fromtimestamp(0, UTC) + instant * _MICROSECOND)


def _read_newest(connection: Connection) -> int | None:
    return connection.execute(_NEWEST).scalar()


def _keep_newest(connection: Connection, newest: int) -> None:
    connection.execute(update(memory).values(newest_look=newest))
