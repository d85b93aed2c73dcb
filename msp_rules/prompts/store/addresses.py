"""Reads where a memory lies, for those who open several and know no database."""

from __future__ import annotations

from dataclasses import dataclass, field

from msp_rules.prompts.store.database import MemoryNotReady, database_url


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryAddress:
    """The place of a memory."""

    whole: str = field(repr=False)
    """The address with its password, for the driver and nobody else."""
    shown: str
    """The address as it may be shown, without its password; of a SQLite file the path."""
    is_sqlite: bool
    """True for a SQLite file; else it is PostgreSQL."""
    schema: str | None = None
    """The schema of PostgreSQL that holds the tables; None: the one that a connection has."""


def memory_address(where: str, *, schema: str | None = None) -> MemoryAddress:
    """Reads a path or URL; with `schema`, the tables lie in that schema of a PostgreSQL database.

    Raises MemoryNotReady where it can't be read, or where a SQLite file should have a schema.
    """
    url = database_url(where)
    is_sqlite = url.get_backend_name() == "sqlite"
    if schema is not None and is_sqlite:
        raise MemoryNotReady("only a PostgreSQL database has schemas")
    return MemoryAddress(
        whole=url.render_as_string(hide_password=False),
        shown=(url.database or "") if is_sqlite else url.render_as_string(),
        is_sqlite=is_sqlite,
        schema=schema,
    )
