"""A service that is killed while messages come in loses none, and comes to the same end."""

from __future__ import annotations

from pathlib import Path

import pytest

from msp_rules.prompts.store import upgrade
from tests.support import effort
from tests.support.postgresql import create_database
from tests.support.service_kill_run import kill_run

pytestmark = [pytest.mark.killed, pytest.mark.slow]


def test_of_one_process_on_a_sqlite_file(tmp_path: Path) -> None:
    upgrade(where := str(tmp_path / "memory.db"))
    messages, kills = effort.of(30, thorough=10_000), effort.of(1, thorough=50)

    killed = kill_run(tmp_path, where, workers=1, messages=messages, kills=kills, seed=1)

    assert killed == kills


def test_of_workers_and_the_whole_on_postgresql(tmp_path: Path, postgresql: str) -> None:
    upgrade(where := create_database(postgresql, "service_kills"))
    messages, kills = effort.of(50, thorough=10_000), effort.of(2, thorough=50)

    killed = kill_run(tmp_path, where, workers=2, messages=messages, kills=kills, seed=2)

    assert killed == kills
