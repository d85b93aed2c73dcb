"""Reaches a database, and does each piece of work on it as one transaction, whole or not at all.

SQLite runs with a write-ahead log. What is committed to it outlives the process, however that ends:
the operating system holds it. That is what "a crash loses nothing" needs, and SQLite's
`synchronous = NORMAL` gives it without waiting for the disk at each message: where this was
measured, 0.2 ms on a quiet disk, and 8 on a busy one, of the 10 that a message may take. A power
cut is another matter: NORMAL keeps the file sound, but may lose the newest transactions
(sqlite.org, "PRAGMA synchronous"), back to the last sweep, which writes the log through. A host
that can't deliver those again asks for `survives_power_cut`: FULL. PostgreSQL waits for its disk by
its own default (`synchronous_commit = on`).

The errors of the memory are defined here. No message holds a value, address or password.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from msp_rules.engine.garbage import seldom_collected
from msp_rules.errors import MspRulesError
from msp_rules.log_events import LogEvent, log
from msp_rules.prompts.documents import DocumentInvalid
from msp_rules.prompts.store.writing_order import order_at


class MemoryNotReady(MspRulesError):
    """A database whose tables are not those of this version of the package: upgrade it first."""


class MemoryUnavailable(MspRulesError):
    """A database that did not answer, or not in time. Nothing of the call was kept: ask again."""


class MemoryDamaged(MspRulesError):
    """A row that says what this package never writes."""


class FeedbackConflict(MspRulesError):
    """Feedback whose id came before with another content. Nothing of it was kept."""


BUSY_SECONDS: Final = 10
"""The time for which one writer of a SQLite file waits for another before it gives up."""

_CACHE_KIBIBYTES: Final = 16_384
# Writing the log through takes tens of milliseconds. SQLite's own 1,000 pages make some message
# pay that in every fifty; a sweep does it between messages, and this is for hosts that don't sweep.
_LOG_PAGES: Final = 8_000
_ATTEMPTS: Final = 5
_PAUSE_SECONDS: Final = 0.02
# PostgreSQL: serialization_failure, deadlock_detected, lock_not_available.
_PASSING: Final = frozenset({"40001", "40P01", "55P03"})
_WRITES: Final = "msp_writes"

_LONGEST_SCHEMA: Final = 63
"""The longest name that PostgreSQL has (NAMEDATALEN - 1, in bytes)."""

Result = TypeVar("Result")


class _Kind(Enum):
    """Says what a piece of work does."""

    READ = auto()
    READ_ONCE = auto()
    WRITE = auto()


class Overtaken(Exception):  # noqa: N818 - a signal inside this package, never seen outside
    """Another process did something at the same time that this work must see: begin again."""


def database_url(where: str | Path) -> URL:
    """Reads a URL, or the path of a SQLite file, as an address; raises MemoryNotReady."""
    if isinstance(where, Path) or "://" not in where:
        return URL.create("sqlite", database=str(where))
    try:
        url = make_url(where)
    except (ArgumentError, ValueError):
        raise MemoryNotReady(
            "the address of the memory can't be read; write a file's path, or "
            "postgresql://user@host/database"
        ) from None
    name, _, _ = url.drivername.partition("+")
    if name in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if name == "sqlite" and url.database not in (None, "", ":memory:"):
        return url
    raise MemoryNotReady("the memory must be a SQLite file or a PostgreSQL database")


class Database:
    """Reaches one database, for many threads; other processes may work on it at the same time.

    `where` is its address, or an engine of SQLAlchemy that the host has made and closes itself.
    `schema` is the schema of PostgreSQL that holds the tables; None: the one that a connection has.
    """

    def __init__(
        self,
        where: str | Path | Engine,
        *,
        schema: str | None = None,
        survives_power_cut: bool = False,
    ) -> None:
        self._is_lent = isinstance(where, Engine)
        self.engine: Final = _lent(where) if isinstance(where, Engine) else _made(where)
        """Its connections: each thread takes one from their pool."""
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        """True for a SQLite file; else it is PostgreSQL."""
        self.schema = None if schema is None else _checked_schema(schema, self.is_sqlite)
        """The schema that holds the tables; None: the one that a connection has by itself."""
        self._order = order_at(self.engine.url.database or "") if self.is_sqlite else None
        if self.is_sqlite:
            _tune_sqlite(self.engine, "FULL" if survives_power_cut else "NORMAL")

    def write_through(self, *, empties_log: bool = False) -> None:
        """Writes SQLite's write-ahead log into the file and onto the disk.

        With `empties_log`, nothing remains in the log. It does not wait: what a reader or a writer
        blocks is left to the next call. PostgreSQL does that by itself.
        """
        if self.is_sqlite:
            with self.engine.connect() as connection:
                raw = connection.connection.driver_connection
                assert raw is not None
                mode = "TRUNCATE" if empties_log else "PASSIVE"
                raw.execute(f"PRAGMA wal_checkpoint({mode})").close()

    def close(self) -> None:
        """Closes every connection, unless the host made them."""
        if not self._is_lent:
            self.engine.dispose()

    def read(self, work: Callable[[Connection], Result]) -> Result:
        """Does work that changes nothing, all of it as of one moment, and gives its result."""
        return self._attempt(work, _Kind.READ)

    def read_once(self, work: Callable[[Connection], Result]) -> Result:
        """Does work that changes nothing and asks one question, and gives its result.

        That needs no transaction: on PostgreSQL, where it makes three journeys of one.
        """
        return self._attempt(work, _Kind.READ_ONCE)

    def write(self, work: Callable[[Connection], Result]) -> Result:
        """Does work whose changes are kept all together or not at all, and gives its result.

        Work may be repeated a few times where another process interfered. Raises MemoryUnavailable
        where that did not help, or where the database fails.
        """
        return self._attempt(work, _Kind.WRITE)

    def _attempt(self, work: Callable[[Connection], Result], kind: _Kind) -> Result:
        for attempt in range(_ATTEMPTS):
            if attempt:
                log(LogEvent.MEMORY_RETRIED, attempt=attempt)
                time.sleep(_PAUSE_SECONDS * 2**attempt)
            try:
                return self._once(work, kind)
            except (Overtaken, IntegrityError):
                # Two processes began the same case, or took in the same message, at once.
                continue
            except DocumentInvalid as error:
                raise MemoryDamaged(f"a row of the memory can't be read: {error}") from None
            except OperationalError as error:
                # A server that was started again closed the connection: there is another one. Work
                # that was done after all is known again, as that of a host which repeats it.
                is_stale = error.connection_invalidated and attempt == 0
                if not is_stale and getattr(error.orig, "sqlstate", None) not in _PASSING:
                    raise _unavailable(error) from None
            except SQLAlchemyError as error:
                raise _unavailable(error) from None
        log(LogEvent.MEMORY_UNAVAILABLE, error=Overtaken)
        raise MemoryUnavailable(
            f"the memory was busy: {_ATTEMPTS} attempts were overtaken by other work; ask again"
        )

    def _once(self, work: Callable[[Connection], Result], kind: _Kind) -> Result:
        if self._order is None or kind is not _Kind.WRITE:
            return self._transaction(work, kind)
        if not self._order.take(BUSY_SECONDS):
            log(LogEvent.MEMORY_UNAVAILABLE, error=TimeoutError)
            raise MemoryUnavailable("the memory was busy: other threads wrote all the time")
        try:
            return self._transaction(work, kind)
        finally:
            self._order.give_back()

    @seldom_collected()
    def _transaction(self, work: Callable[[Connection], Result], kind: _Kind) -> Result:
        with self.engine.connect() as connection:
            if self.is_sqlite:
                connection = connection.execution_options(**{_WRITES: kind is _Kind.WRITE})
            elif kind is _Kind.READ:
                connection = connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            elif kind is _Kind.READ_ONCE:
                connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            elif self._is_lent:  # whatever the host has chosen for its own work
                connection = connection.execution_options(isolation_level="READ COMMITTED")
            if self.schema is not None:
                tables_in = {None: self.schema}
                connection = connection.execution_options(schema_translate_map=tables_in)
            with connection.begin():
                return work(connection)


def _made(where: str | Path) -> Engine:
    url = database_url(where)
    # The values of a statement are case content: no error may repeat them.
    try:
        return create_engine(url, hide_parameters=True)
    except ImportError:
        raise MemoryNotReady(
            'the driver for PostgreSQL is not installed: pip install "msp-rules[postgresql]"'
        ) from None


def _lent(engine: Engine) -> Engine:
    """Gives an engine over the host's pool that repeats no values; the host's stays as it is."""
    if engine.dialect.name != "postgresql":
        raise MemoryNotReady(
            "an engine that is handed in must be one of PostgreSQL; open a SQLite file by its path"
        )
    lent = engine.execution_options()
    lent.hide_parameters = True
    return lent


def _checked_schema(schema: str, is_sqlite: bool) -> str:
    if is_sqlite:
        raise MemoryNotReady("a SQLite file has no schemas; give each memory a file of its own")
    if not schema.isprintable() or not 0 < len(schema.encode()) <= _LONGEST_SCHEMA:
        raise MemoryNotReady(
            f"the name of a schema must have 1 to {_LONGEST_SCHEMA} bytes, all of them printable"
        )
    return schema


def _tune_sqlite(engine: Engine, synchronous: str) -> None:
    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # sqlite3 would begin transactions by its own lights
        for pragma in (
            f"busy_timeout = {BUSY_SECONDS * 1000}",
            "journal_mode = WAL",
            f"synchronous = {synchronous}",
            "foreign_keys = ON",
            "secure_delete = ON",  # what is purged is overwritten, not only unlinked
            f"cache_size = {-_CACHE_KIBIBYTES}",
            f"wal_autocheckpoint = {_LOG_PAGES}",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer takes its place in the queue at once: one that began as a reader would fail,
        # not wait, where another had written meanwhile.
        writes = connection.get_execution_options().get(_WRITES, True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


_REASONS: Final = (
    (
        "28",
        ("authentication failed", "no password supplied", "role ", "pg_hba"),
        "the server refused the user or the password",
    ),
    ("3D", (" does not exist",), "the server has no database of this name"),
    (
        "",
        (
            "refused",
            "no such file",
            "translate host",
            "resolve host",
            "timed out",
            "timeout",
            "unreachable",
        ),
        "no server answered at this address",
    ),
    (
        "",
        ("unable to open", "readonly", "permission denied"),
        "the file can't be opened for writing",
    ),
    ("", ("disk is full", "disk full", "no space"), "the disk is full"),
)
"""Says what has to be put right, by the state of an error or a word of the driver's text. That text
may hold an address or a value, and is never repeated."""


def _unavailable(error: SQLAlchemyError) -> MemoryUnavailable:
    cause = getattr(error, "orig", None) or error
    state = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)
    code = f" ({state})" if state else ""
    log(LogEvent.MEMORY_UNAVAILABLE, error=type(cause))
    text = str(cause).lower()
    found = (
        f": {reason}"
        for states, words, reason in _REASONS
        if (states and str(state or "").startswith(states)) or any(one in text for one in words)
    )
    return MemoryUnavailable(
        f"the memory did not answer: {type(cause).__name__}{code}{next(found, '')}"
    )
