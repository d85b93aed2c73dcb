"""A memory of an earlier release is brought to this one, from files that were kept of it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from msp_rules.casework.moments import at_instant, iso_date
from msp_rules.engine.engine import Engine
from msp_rules.prompts.store import Desk, Memory, Status, downgrade, read_askings, upgrade
from msp_rules.prompts.store.database import Database
from msp_rules.prompts.store.migrations import newest_version

KEPT = Path(__file__).parents[2] / "data" / "memories"
CASES = ("SA-0000001", "SA-0000002", "SA-0000003")
ORDER = {
    "msp_case": "case_id",
    "msp_change": "number",
    "msp_entry": "number",
    "msp_feedback": "case_id, feedback_id",
    "msp_prompt": "case_id, rule, subject",
}


@pytest.fixture
def kept(empty: str) -> str:
    """A memory of version 0001 with three cases, as that release left it."""
    if "://" not in empty:
        with sqlite3.connect(empty) as opened:
            opened.executescript((KEPT / "v0001-sqlite.sql").read_text(encoding="utf-8"))
        opened.close()
        return empty
    script = (KEPT / "v0001-postgresql.sql").read_text(encoding="utf-8")
    in_database(empty, lambda opened: raw(opened).execute(script))
    return empty


def raw(connection: Connection) -> Any:
    return connection.connection.driver_connection


def in_database(where: str, work: Any) -> Any:
    database = Database(where)
    try:
        return database.write(work)
    finally:
        database.close()


def rows(where: str) -> dict[str, list[dict[str, Any]]]:
    def read(connection: Connection) -> dict[str, list[dict[str, Any]]]:
        return {
            table: [
                dict(one)
                for one in connection.execute(
                    text(f"SELECT * FROM {table} ORDER BY {order}")  # noqa: S608 - our own names
                ).mappings()
            ]
            for table, order in ORDER.items()
        }

    found: dict[str, list[dict[str, Any]]] = in_database(where, read)
    return found


def test_an_upgrade_keeps_every_row_and_a_downgrade_gives_it_back(kept: str) -> None:
    before = rows(kept)

    upgraded = upgrade(kept)
    after = rows(kept)
    downgraded = downgrade(kept, "0001")

    assert (upgraded, downgraded) == (newest_version(), "0001")
    assert all(before.values())
    assert {
        table: [
            {name: one[name] for name in old} for old, one in zip(found, after[table], strict=True)
        ]
        for table, found in before.items()
    } == before
    assert {table: len(found) for table, found in after.items()} == {
        table: len(found) for table, found in before.items()
    }
    assert rows(kept) == before


def test_a_desk_goes_on_with_what_an_earlier_release_kept(kept: str, engine: Engine) -> None:
    prompts = [(one["case_id"], one["rule"], one["subject"]) for one in rows(kept)["msp_prompt"]]
    waiting = [one["number"] for one in rows(kept)["msp_change"]]
    now = at_instant(max(one["as_of"] for one in rows(kept)["msp_case"]))
    message = {
        "specversion": "1.0",
        "id": "after the upgrade",
        "source": "urn:example:host",
        "type": "org.msp-rules.risk_assessed.v1",
        "subject": CASES[0],
        "data": {"id": "after the upgrade", "occurred": iso_date(now.day)},
    }

    upgrade(kept)

    with Memory(kept) as memory:
        desk = Desk(memory, engine)
        states = [desk.state(case) for case in CASES]
        changes = [one.number for one in desk.changes()]
        received = desk.receive(message, now)
        newer = [one.number for one in received.kept]
    assert {
        (key.case, key.rule, key.subject or "") for state in states for key in state.prompts
    } == set(prompts)
    assert changes == waiting
    assert received.status is Status.RECORDED
    assert all(number > max(waiting) for number in newer)


def test_what_was_asked_and_said_before_is_counted_after_the_upgrade(
    kept: str, engine: Engine
) -> None:
    prompts, said = rows(kept)["msp_prompt"], rows(kept)["msp_feedback"]

    upgrade(kept)

    with Memory(kept) as memory:
        read = read_askings(memory.database, 0)
        standing = [one for case in CASES for one in Desk(memory, engine).state(case).standing]
    assert len(read.askings) == len(prompts)
    assert {(one.key.case, one.key.rule, one.key.subject) for one in read.askings} == {
        (one["case_id"], one["rule"], one["subject"]) for one in prompts
    }
    # Of feedback on earlier askings of a prompt there is no asking to count it by.
    assert 0 < sum(len(one.said) for one in read.askings) < len(said)
    assert sum(read.open_prompts.values()) == len(standing) > 0
    assert all(one.raised_at > 0 for one in read.askings)


def test_each_memory_begins_an_epoch_of_its_own_when_it_is_upgraded(kept: str) -> None:
    upgrade(kept)

    with Memory(kept) as memory:
        first = memory.epoch
    downgrade(kept, "0001")
    upgrade(kept)
    with Memory(kept) as memory:
        second = memory.epoch

    assert first < second
