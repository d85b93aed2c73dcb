"""The address of a memory is read, and shown without its password."""

from __future__ import annotations

import pytest

from msp_rules.prompts.store import MemoryNotReady
from msp_rules.prompts.store.addresses import memory_address


def test_a_path_is_a_sqlite_file() -> None:
    found = memory_address("folder/memory.db")

    assert (found.whole, found.shown, found.is_sqlite) == (
        "sqlite:///folder/memory.db",
        "folder/memory.db",
        True,
    )


def test_a_password_is_for_the_driver_and_is_not_shown() -> None:
    found = memory_address("postgresql://user:secret@host/database", schema="anytown")

    assert not found.is_sqlite
    assert found.whole == "postgresql+psycopg://user:secret@host/database"
    assert found.schema == "anytown"
    assert found.shown == found.whole.replace("secret", "***")
    assert "secret" not in repr(found)


def test_a_sqlite_file_has_no_schemas() -> None:
    with pytest.raises(MemoryNotReady, match="only a PostgreSQL database has schemas"):
        memory_address("memory.db", schema="anytown")
