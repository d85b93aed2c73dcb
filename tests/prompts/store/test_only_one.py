"""One of the processes on a memory sweeps at a time; none waits for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from msp_rules.prompts.store import Memory, upgrade
from msp_rules.prompts.store.only_one import only_one_sweeps


def test_on_postgresql_one_at_a_time_sweeps_and_the_next_when_it_has_ended(
    postgresql_memory: str,
) -> None:
    with Memory(postgresql_memory) as one, Memory(postgresql_memory) as other:
        with only_one_sweeps(one.database) as first, only_one_sweeps(other.database) as second:
            assert (first, second) == (True, False)
        with only_one_sweeps(other.database) as afterwards:
            assert afterwards


def test_who_fails_in_a_sweep_leaves_it_to_the_next(postgresql_memory: str) -> None:
    with Memory(postgresql_memory) as one, Memory(postgresql_memory) as other:
        with pytest.raises(ZeroDivisionError), only_one_sweeps(one.database):
            raise ZeroDivisionError
        with only_one_sweeps(other.database) as afterwards:
            assert afterwards


def test_a_session_that_the_server_ended_frees_its_place(postgresql_memory: str) -> None:
    with Memory(postgresql_memory) as one, Memory(postgresql_memory) as other:
        with only_one_sweeps(one.database), other.database.engine.connect() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        with only_one_sweeps(other.database) as afterwards:
            assert afterwards


def test_a_sqlite_file_has_one_process_that_sweeps(tmp_path: Path) -> None:
    upgrade(path := tmp_path / "memory.db")
    with Memory(path) as memory, only_one_sweeps(memory.database) as is_mine:
        assert is_mine
