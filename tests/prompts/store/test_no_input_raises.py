"""No input makes the desk raise anything: what can't be read is refused, by place."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from benchmarks.live_messages import made_up_cases
from msp_rules.casework.moments import parse_as_of
from msp_rules.engine.engine import Engine
from msp_rules.intake.case_json import case_document
from msp_rules.prompts.store import Desk, Memory, Received, Status
from tests.support import effort
from tests.support.host_json import RECORD, host_mapping
from tests.support.spoilt_input import spoilt_messages, spoilt_says, spoilt_snapshots

NOW = parse_as_of("2026-01-05T12:00:00")
A_MEMORY = 2_500
ROUNDS = effort.of(2, thorough=200)
"""So many memories: half a million messages and half a million snapshots in a thorough run."""
# Numbers for ids, nine digits of a second, a list of one without its list.
OWN = RECORD | {
    "worries": [
        {"id": 1, "day": "2026-01-02", "sorts": ["Money", "Neglect"], "known": "Yes"},
        {"id": "2", "day": "2026-01-03T10:00:00.123456789Z", "sorts": "Money", "before": "2"},
    ]
}


@pytest.fixture(params=range(ROUNDS))
def seed(request: pytest.FixtureRequest) -> int:
    """What is spoilt, and how, in one memory."""
    return int(request.param)


def statuses(handed: Iterator[Any], take: Callable[[Any], Received]) -> set[Status]:
    """Hands each over; what is refused is said, and a message is never a person's value."""
    seen = set[Status]()
    for one in handed:
        received = take(one)
        assert received.faults or received.status is not Status.REFUSED
        assert not any("x" * 300 in fault.reason for fault in received.faults)
        seen.add(received.status)
    return seen


@pytest.mark.fuzz
def test_no_message_makes_the_desk_raise(sqlite_desk: Desk, seed: int) -> None:
    seen = statuses(spoilt_messages(A_MEMORY, seed), lambda one: sqlite_desk.receive(one, NOW))

    assert {Status.RECORDED, Status.REFUSED} <= seen


@pytest.mark.fuzz
def test_no_snapshot_makes_the_desk_raise(sqlite_desk: Desk, seed: int) -> None:
    chance = random.Random(seed)
    cases = made_up_cases(20, seed=seed)
    documents = [case_document(case._replace(events=case.events[:4])) for case in cases]
    snapshots = spoilt_snapshots(documents, A_MEMORY * 4 // 5, seed)

    seen = statuses(snapshots, lambda one: sqlite_desk.put_case(one, NOW, says=spoilt_says(chance)))

    assert {Status.RECORDED, Status.REFUSED, Status.ALREADY_KNOWN} <= seen


@pytest.mark.fuzz
def test_no_record_in_the_host_s_own_shape_makes_the_desk_raise(
    sqlite_desk: Desk, seed: int
) -> None:
    mapping, chance = host_mapping(), random.Random(seed)
    records = spoilt_snapshots([OWN], A_MEMORY // 5, seed)

    seen = statuses(
        records,
        lambda one: sqlite_desk.put_case(one, NOW, says=spoilt_says(chance), mapping=mapping),
    )

    assert {Status.RECORDED, Status.REFUSED, Status.ALREADY_KNOWN} <= seen


@pytest.mark.fuzz
def test_no_input_makes_a_desk_on_postgresql_raise(postgresql_memory: str, engine: Engine) -> None:
    with Memory(postgresql_memory) as memory:
        desk = Desk(memory, engine)
        documents = [case_document(case) for case in made_up_cases(2, seed=1)]
        seen = statuses(spoilt_messages(100, seed=1), lambda one: desk.receive(one, NOW))
        seen |= statuses(spoilt_snapshots(documents, 100, 1), lambda one: desk.put_case(one, NOW))

    assert {Status.RECORDED, Status.REFUSED} <= seen
