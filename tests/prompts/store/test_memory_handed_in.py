"""A host lends its pool of connections; memories in two schemas of one database never meet."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine as Pool
from sqlalchemy import create_engine, event, inspect

from msp_rules.engine.engine import Engine
from msp_rules.prompts.store import (
    Desk,
    DeskOutbox,
    Memory,
    MemoryNotReady,
    Status,
    downgrade,
    upgrade,
)
from msp_rules.prompts.store.figures import figures_of
from msp_rules.prompts.store.memory_clock import newest_number
from msp_rules.prompts.store.only_one import only_one_sweeps
from tests.support.postgresql import create_database
from tests.support.told import CASE, at, concern, safety_check

NOON = at("2026-01-05T12:00:00")
SCHEMAS = ("council_a", 'Council "B"')


@pytest.fixture(scope="module")
def pool(postgresql: str) -> Iterator[Pool]:
    """A pool as a host makes it, and two schemas with tables."""
    url = create_database(postgresql, f"handed_in_{os.getpid()}").replace(
        "postgresql:", "postgresql+psycopg:", 1
    )
    made = create_engine(url, pool_size=3, isolation_level="AUTOCOMMIT")
    for schema in SCHEMAS:
        upgrade(made, schema=schema)
        upgrade(made, schema=schema)
    yield made
    made.dispose()


@pytest.fixture
def two(pool: Pool) -> Iterator[tuple[Memory, Memory]]:
    """Two memories over one pool, each empty."""
    first, second = (Memory(engine=pool, schema=schema) for schema in SCHEMAS)
    yield first, second
    for memory in (first, second):
        memory.forget_before("2099-01-01", includes_open=True)
        memory.close()


def test_two_schemas_never_meet(two: tuple[Memory, Memory], engine: Engine) -> None:
    first, second = (Desk(memory, engine) for memory in two)

    received = [desk.receive(concern(), NOON).status for desk in (first, second)]
    first.receive(safety_check(), NOON)
    swept = second.sweep("2026-01-06T11:00:00")
    numbers = [memory.database.read(newest_number) for memory in two]

    assert received == [Status.RECORDED, Status.RECORDED]
    assert swept.reevaluated == 1
    assert [desk.state(CASE).as_of for desk in (first, second)] == [
        NOON.instant,
        at("2026-01-06T11:00:00").instant,
    ]
    assert numbers[0] != numbers[1]
    outbox = DeskOutbox(first, engine.ruleset, lambda: NOON)
    outbox.acknowledge(outbox.pending())
    assert [figures_of(memory.database, NOON).waiting_changes > 0 for memory in two] == [
        False,
        True,
    ]
    first.purge(CASE)
    assert (first.held_on(CASE), second.held_on(CASE) is None) == (None, False)


def test_one_process_may_sweep_each_of_two_schemas(two: tuple[Memory, Memory]) -> None:
    first, second = (memory.database for memory in two)

    with (
        only_one_sweeps(first) as mine,
        only_one_sweeps(second) as also_mine,
        only_one_sweeps(first) as again,
    ):
        assert (mine, also_mine, again) == (True, True, False)


def test_nothing_lies_outside_the_schemas_and_the_pool_stays_open(
    two: tuple[Memory, Memory], pool: Pool, engine: Engine
) -> None:
    Desk(two[0], engine).receive(concern(), NOON)

    two[0].close()

    assert inspect(pool).get_table_names(schema="public") == []
    assert pool.pool.checkedin() > 0  # type: ignore[attr-defined]
    with pool.connect() as connection:
        assert connection.exec_driver_sql("SHOW search_path").scalar() == '"$user", public'
        assert connection.connection.driver_connection.autocommit is True  # type: ignore[union-attr]


def test_a_message_is_one_transaction_whatever_the_host_chose_for_its_own_work(
    two: tuple[Memory, Memory], pool: Pool, engine: Engine
) -> None:
    desk = Desk(two[0], engine)

    @event.listens_for(pool, "before_cursor_execute")
    def fail(conn: object, cursor: object, statement: str, *rest: object) -> None:
        if "INTO" in statement and "msp_change" in statement:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        desk.receive(concern(), NOON)
    event.remove(pool, "before_cursor_execute", fail)

    assert desk.held_on(CASE) is None


def test_a_schema_goes_by_an_address_as_well(pool: Pool, engine: Engine) -> None:
    url = pool.url.render_as_string(hide_password=False)
    with Memory(url, schema=SCHEMAS[1]) as memory:
        assert memory.epoch > 0
    with pytest.raises(MemoryNotReady, match="memory upgrade"):
        Memory(url)


def test_tables_can_be_taken_out_of_a_schema_of_its_own(pool: Pool) -> None:
    upgrade(pool, schema="gone")

    downgrade(pool, schema="gone")

    assert set(inspect(pool).get_table_names(schema="gone")) <= {"msp_version"}
    with pytest.raises(MemoryNotReady, match="version base"):
        Memory(engine=pool, schema="gone")


@pytest.mark.parametrize("schema", ["", "x" * 64, "é" * 32, "a\0b"])
def test_a_schema_that_can_not_be_named_is_refused(schema: str) -> None:
    with pytest.raises(MemoryNotReady, match="1 to 63 bytes"):
        Memory("postgresql://user@host/database", schema=schema)


def test_a_sqlite_file_is_opened_by_its_path_and_has_no_schema(tmp_path: Path) -> None:
    with pytest.raises(MemoryNotReady, match="by its path"):
        Memory(engine=create_engine("sqlite://"))
    with pytest.raises(MemoryNotReady, match="a file of its own"):
        upgrade(tmp_path / "memory.db", schema="council_a")
    assert list(tmp_path.iterdir()) == []


def test_a_memory_needs_one_of_address_and_engine(tmp_path: Path) -> None:
    for arguments in ({}, {"where": tmp_path / "m.db", "engine": create_engine("sqlite://")}):
        with pytest.raises(MemoryNotReady, match="and not both"):
            Memory(**arguments)  # type: ignore[arg-type]
