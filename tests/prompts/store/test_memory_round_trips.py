"""On PostgreSQL a message takes at most five journeys over the network, whatever it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Connection, event

from msp_rules.engine.engine import Engine
from msp_rules.prompts.prompt import FeedbackKind
from msp_rules.prompts.store import Desk, Memory
from tests.support.told import CASE, about, concern, prompt_of, safety_check, said, told

NOON = "2026-01-05T12:00:00"
LATER = "2026-01-06T11:00:00"
MOST = 5
RECORD = {
    "schema": "msp-case/1",
    "id": "SA-2",
    "events": [{"type": "concern_raised", **concern()["data"]}],
}


def asked(number: int) -> Any:
    """A conversation about outcomes."""
    return told("outcomes_conversation", number, "2026-01-05T10:30", asked="asked_expressed")


@dataclass
class Journeys:
    """Counts what is sent to the server: each statement, and begin and end of a transaction."""

    count: int = 0

    def of(self, call: Callable[[], object]) -> int:
        self.count = 0
        call()
        return self.count

    def statement(self, *_: object) -> None:
        self.count += 1

    def end(self, connection: Connection) -> None:
        raw = connection.connection.driver_connection
        self.count += 0 if raw is None or raw.autocommit else 1


@pytest.fixture
def desk(postgresql_memory: str, engine: Engine) -> Iterator[Desk]:
    """A desk on PostgreSQL whose clock has been asked: once an hour it notes the time."""
    with Memory(postgresql_memory) as memory:
        made = Desk(memory, engine, skew=None)
        made.receive(concern("SA-0"), NOON)
        yield made


@pytest.fixture
def journeys(desk: Desk) -> Journeys:
    """The journeys of a desk, counted by the events of SQLAlchemy."""
    counted, pool = Journeys(), desk.memory.database.engine
    event.listen(pool, "before_cursor_execute", counted.statement)
    event.listen(pool, "begin", counted.end)
    event.listen(pool, "commit", counted.end)
    event.listen(pool, "rollback", counted.end)
    return counted


def test_a_message_takes_five_journeys_at_most(desk: Desk, journeys: Journeys) -> None:
    wrong = {**concern(), "id": "other", "data": {**concern()["data"], "identified_adult": "no"}}

    taken = {
        "a new case": journeys.of(lambda: desk.receive(concern(), NOON)),
        "an event": journeys.of(lambda: desk.receive(safety_check(), NOON)),
        "the case": journeys.of(lambda: desk.receive(about(agency="council"), NOON)),
        "known": journeys.of(lambda: desk.receive(concern(), NOON)),
        "known event": journeys.of(lambda: desk.receive({**concern(), "id": "again"}, NOON)),
        "conflict": journeys.of(lambda: desk.receive(wrong, NOON)),
        "correction": journeys.of(lambda: desk.receive({**wrong, "mspcorrection": True}, NOON)),
        "a history": journeys.of(
            lambda: desk.receive_history([asked(n) for n in range(10, 60)], NOON)
        ),
    }

    assert {name: count for name, count in taken.items() if not 0 < count <= MOST} == {}


def test_a_snapshot_takes_five_journeys_at_most(desk: Desk, journeys: Journeys) -> None:
    taken = {
        "new": journeys.of(lambda: desk.put_case(RECORD, NOON)),
        "again": journeys.of(lambda: desk.put_case(RECORD, NOON)),
        "emptied": journeys.of(lambda: desk.put_case({**RECORD, "events": []}, NOON)),
    }

    assert {name: count for name, count in taken.items() if not 0 < count <= MOST} == {}


def test_feedback_takes_five_journeys_at_most(desk: Desk, journeys: Journeys) -> None:
    desk.receive(concern(), NOON)
    feedback = said(prompt_of(desk, "RISK-01"), FeedbackKind.ACKNOWLEDGED)

    taken = [journeys.of(lambda: desk.hear(feedback)) for _ in range(2)]

    assert [count for count in taken if not 0 < count <= MOST] == []


def test_a_view_takes_one_journey_and_five_more_and_another_where_the_case_is_due(
    desk: Desk, journeys: Journeys
) -> None:
    desk.receive(concern(), NOON)

    assert journeys.of(lambda: desk.view(CASE)) == 1
    assert journeys.of(lambda: desk.view(CASE, now=NOON)) == 1
    assert journeys.of(lambda: desk.view(CASE, now=LATER)) <= 1 + 1 + MOST + 1
    assert journeys.of(lambda: desk.view(CASE, now=LATER)) == 1


@pytest.mark.slow
def test_a_server_that_closes_its_connections_is_reached_again(
    desk: Desk, postgresql_memory: str
) -> None:
    with Memory(postgresql_memory) as other:
        other.database.write(
            lambda c: c.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )

    received = desk.receive(concern(), NOON)

    assert received.status == "recorded"
    assert desk.view(CASE).shown != ()
