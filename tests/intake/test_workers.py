"""Several processes do one task, and what they send arrives in its order."""

from __future__ import annotations

import os
from dataclasses import dataclass

import pytest

from msp_rules.casework.bank_holidays import bank_holidays
from msp_rules.errors import InputUnreadable, MspRulesError, SourceLocation
from msp_rules.intake.reading import Shard
from msp_rules.intake.workers import BLOCK, Receive, Send, WaitingProcesses, worker_pool

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Counting:
    """Sends the numbers of its shard, and how many bank holidays it was given."""

    until: int

    def __call__(self, shard: Shard, send: Send[int | str], receive: Receive) -> None:
        for number in range(self.until):
            if shard.owns(number * shard.block):
                send(number)
        send(f"{shard.block}, {len(bank_holidays())}")


def refusing(shard: Shard, send: Send[InputUnreadable], receive: Receive) -> None:
    send(InputUnreadable("it is empty", SourceLocation(path=f"{shard.reader}.xml")))


def repeating(shard: Shard, send: Send[object], receive: Receive) -> None:
    for _ in range(2):
        send((shard.reader, receive()))


def failing(shard: Shard, send: Send[int], receive: Receive) -> None:
    if shard.reader == 1:
        raise ValueError("Zebedee Quux")
    send(1)


def dying(shard: Shard, send: Send[int], receive: Receive) -> None:
    if shard.reader == 1:
        os._exit(1)
    send(1)


def test_each_process_is_given_its_share_and_keeps_its_order() -> None:
    with worker_pool(Counting(40), 2) as pool:
        # More than one process may send ahead of the others.
        late = [pool.next_of(1) for _ in range(21)]
        early = [pool.next_of(0) for _ in range(21)]

    ends = f"{BLOCK}, {len(bank_holidays())}"
    assert early == [*range(0, 40, 2), ends]
    assert late == [*range(1, 40, 2), ends]


def test_a_refusal_is_a_message_as_any_other() -> None:
    with worker_pool(refusing, 2) as pool:
        found = [str(pool.next_of(worker)) for worker in range(2)]

    assert found == ["0.xml: it is empty", "1.xml: it is empty"]


def test_an_error_that_nobody_expected_is_told_without_its_text() -> None:
    with worker_pool(failing, 2) as pool, pytest.raises(MspRulesError) as told:
        _ = [pool.next_of(worker) for worker in (0, 1)]

    assert str(told.value) == "internal error in a process of the scan (ValueError)"


def test_the_silence_of_a_process_is_told() -> None:
    with worker_pool(dying, 2, called="run") as pool, pytest.raises(MspRulesError) as told:
        _ = [pool.next_of(worker) for worker in (0, 1)]

    assert str(told.value) == "a worker process of the run exited unexpectedly"


def test_what_is_broadcast_reaches_all_processes_in_its_order() -> None:
    with worker_pool(repeating, 2) as pool:
        pool.broadcast("a")
        pool.broadcast(list(range(100_000)))
        found = [pool.next_of(worker) for _ in range(2) for worker in (0, 1)]

    assert found == [
        (0, "a"),
        (1, "a"),
        (0, list(range(100_000))),
        (1, list(range(100_000))),
    ]


def test_processes_that_were_started_before_take_the_task() -> None:
    processes = WaitingProcesses("msp_rules.intake.source")
    with processes:
        processes.start(3)

    with WaitingProcesses("msp_rules.intake.source") as waiting:
        waiting.start(1)
        with worker_pool(refusing, 2, processes=waiting) as pool:
            found = [str(pool.next_of(worker)) for worker in range(2)]

    assert found == ["0.xml: it is empty", "1.xml: it is empty"]
