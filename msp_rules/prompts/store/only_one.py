"""Lets one of many processes do what needs doing once, such as the sweep of what is due.

On PostgreSQL an advisory lock of the session decides, which the server frees when the process ends,
however it ends. A SQLite file has one process that sweeps, which the HTTP service sees to.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from msp_rules.prompts.store.database import Database, MemoryUnavailable

_SWEEP: Final = 0x6D7371
"""Any number that no other user of the database is likely to take."""
# Two memories in the schemas of one database are swept independently.
_TRY: Final = text(
    "SELECT pg_try_advisory_lock(:key, hashtext(coalesce(:schema, current_schema())))"
)
_FREE: Final = text(
    "SELECT pg_advisory_unlock(:key, hashtext(coalesce(:schema, current_schema())))"
)


@contextmanager
def only_one_sweeps(database: Database) -> Iterator[bool]:
    """Yields True to one process at a time, and False to all others, which do not wait.

    Raises MemoryUnavailable where the database does not answer.
    """
    if database.is_sqlite:
        yield True
        return
    lock = {"key": _SWEEP, "schema": database.schema}
    try:
        connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        is_mine = bool(connection.scalar(_TRY, lock))
    except SQLAlchemyError as error:
        raise MemoryUnavailable(f"the memory did not answer: {type(error).__name__}") from None
    try:
        yield is_mine
    finally:
        try:
            if is_mine:
                connection.scalar(_FREE, lock)
        except SQLAlchemyError:
            connection.invalidate()  # the server frees the lock with the session
        finally:
            connection.close()
