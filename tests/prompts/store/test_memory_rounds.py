"""Rounds go on: one change, message, case or clock that fails never stops the others."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from msp_rules.casework.moments import parse_moment
from msp_rules.engine.engine import Engine
from msp_rules.hooks import Registry, hookimpl
from msp_rules.hooks.contract import HookLimits
from msp_rules.prompts.adapter_round import MOST_CHANGES, exchange_round
from msp_rules.prompts.prompt import Feedback, FeedbackKind
from msp_rules.prompts.store import Desk, DeskOutbox, Memory, Status, upgrade
from msp_rules.prompts.store.writing_order import WritingOrder
from tests.support.told import concern, told

pytestmark = pytest.mark.slow

NOON = "2026-01-05T12:00:00"
CASES = tuple(f"SA-{number}" for number in range(1, 9))


class Host:
    """A host in memory; `breaks` names cases whose changes it can't take."""

    def __init__(self, *, breaks: str = "", names: bool = False) -> None:
        self.queue: list[dict[str, Any]] = [concern(case) for case in CASES]
        self.batches: list[int] = []
        self.shown: dict[str, dict[str, Any]] = {}
        self.breaks = breaks
        self.names = names

    @hookimpl
    def msp_find_events(self, source: str, most: int) -> list[dict[str, Any]]:
        return self.queue[:most]

    @hookimpl
    def msp_acknowledge(
        self, source: str, taken: list[dict[str, str]], refused: list[dict[str, str]]
    ) -> None:
        done = {one["id"] for one in [*taken, *refused]}
        self.queue = [one for one in self.queue if one["id"] not in done]

    @hookimpl
    def msp_receive_changes(self, source: str, changes: list[dict[str, Any]]) -> list[int] | None:
        self.batches.append(len(changes))
        fine = [one for one in changes if one["case"] != self.breaks]
        if not self.names and len(fine) < len(changes):
            raise ValueError
        self.shown |= {one["prompt"]: one for one in fine}
        return [one["revision"] for one in fine] if self.names else None

    @hookimpl
    def msp_shown_prompts(self, source: str) -> list[dict[str, Any]]:
        wanted = ("prompt", "case", "epoch", "revision")
        return [{name: one[name] for name in wanted} for one in self.shown.values()]


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = str(tmp_path / "memory.db")
    upgrade(path)
    return path


@pytest.fixture
def kept(file: str) -> Iterator[Memory]:
    with Memory(file) as memory:
        yield memory


def registered(host: Host) -> Registry:
    registry = Registry()
    registry.register("host", host)
    return registry


def outbox_of(memory: Memory, engine: Engine, now: str = NOON) -> DeskOutbox:
    return DeskOutbox(Desk(memory, engine), engine.ruleset, lambda: now)


def test_a_host_gets_at_most_fifty_changes_at_once(kept: Memory, engine: Engine) -> None:
    host = Host()

    done = exchange_round(registered(host), "host", outbox_of(kept, engine), "s")

    assert (done.taken, done.faults, done.is_done) == (len(CASES), (), True)
    assert done.sent == sum(host.batches) > MOST_CHANGES
    assert max(host.batches) <= MOST_CHANGES


@pytest.mark.parametrize("names", [False, True])
def test_a_change_that_the_host_cannot_take_becomes_a_dead_letter_and_stops_no_other(
    kept: Memory, engine: Engine, names: bool
) -> None:
    host = Host(breaks="SA-3", names=names)
    registry, outbox = registered(host), outbox_of(kept, engine)

    exchange_round(registry, "host", outbox, "s")
    reached = {one["case"] for one in host.shown.values()}
    for number in range(4):
        assert kept.letters() == ()
        host.queue = [concern(f"SA-10{number}")]
        exchange_round(registry, "host", outbox, "s")
    letters = kept.letters()

    assert reached == {*CASES} - {"SA-3"}
    assert {(one.case, one.tries, one.message) for one in letters} == {("SA-3", 5, None)}
    assert outbox.pending() == []

    host.breaks = ""
    again = kept.retry_letters(one.number for one in letters)
    exchange_round(registry, "host", outbox, "s")
    assert again == len(letters)
    assert kept.letters() == ()
    assert {one["case"] for one in host.shown.values()} >= {*CASES}


def test_a_host_that_takes_nothing_makes_no_dead_letters(kept: Memory, engine: Engine) -> None:
    host = Host(breaks="SA-1")
    host.queue = [concern("SA-1")]
    registry, outbox = registered(host), outbox_of(kept, engine)

    for _ in range(6):
        exchange_round(registry, "host", outbox, "s")

    assert kept.letters() == ()
    assert (host.shown, outbox.pending()) == ({}, [])
    host.breaks = ""
    later = outbox_of(kept, engine, "2026-01-05T12:16:00")
    assert exchange_round(registry, "host", later, "s").sent > 0


def test_a_refused_message_leaves_its_digest_and_places_and_no_word(
    kept: Memory, engine: Engine
) -> None:
    host = Host()
    host.queue = [told("concern_raised", 1, "2026-01-05", source="canary-1")]

    done = exchange_round(registered(host), "host", outbox_of(kept, engine), "s")

    (letter,) = kept.letters()
    assert [one["reason"] for one in done.refused] == [letter.reason]
    assert letter.reason.startswith("data.source: unknown word")
    assert (letter.change, len(letter.message or "")) == (None, 64)
    assert "canary-1" not in str(letter)
    assert kept.purge("SA-1001")["letters"] == 1
    assert (kept.letters(), kept.held_on("SA-1001")) == ((), None)


def test_a_round_sweeps_what_is_due(kept: Memory, engine: Engine) -> None:
    host = Host()
    exchange_round(registered(host), "host", outbox_of(kept, engine), "s")

    later = exchange_round(
        registered(host), "host", outbox_of(kept, engine, "2026-01-06T11:59:00"), "s"
    )

    assert later.sent > 0
    assert {one["kind"] for one in host.shown.values()} >= {"overdue"}


@pytest.mark.parametrize("wrong", ["2036-01-05T12:00:00", "2026-01-04T11:59:59"])
def test_a_round_with_a_wrong_clock_takes_nothing_and_loses_nothing(
    kept: Memory, engine: Engine, wrong: str
) -> None:
    host = Host()
    exchange_round(registered(host), "host", outbox_of(kept, engine), "s")
    host.queue = [concern("SA-9")]

    done = exchange_round(registered(host), "host", outbox_of(kept, engine, wrong), "s")

    assert (done.taken, done.refused, len(done.postponed)) == (0, (), 1)
    assert "more than 24 hours" in done.case_faults[0].reason
    assert host.queue == [concern("SA-9")]


def test_a_moment_at_the_edge_of_the_skew_is_taken_and_one_beyond_only_by_force(
    kept: Memory, engine: Engine
) -> None:
    desk = Desk(kept, engine)
    desk.receive(concern("SA-1"), NOON)

    within = desk.receive(concern("SA-2"), "2026-01-06T12:00:00")
    beyond = desk.receive(concern("SA-3"), "2026-01-07T12:00:01")
    forced = desk.receive(concern("SA-3"), "2026-01-07T12:00:01", force=True)

    assert [one.status for one in (within, beyond, forced)] == [
        Status.RECORDED,
        Status.REFUSED,
        Status.RECORDED,
    ]


def test_feedback_from_the_future_leaves_room_for_later_answers(
    kept: Memory, engine: Engine
) -> None:
    desk = Desk(kept, engine)
    desk.receive(concern("SA-1"), NOON)
    prompt = desk.state("SA-1").standing[0]

    heard = [
        desk.hear(
            Feedback(
                id=name,
                key=prompt.key,
                generation=prompt.generation,
                kind=FeedbackKind.ACKNOWLEDGED,
                at=parse_moment(at),
            ),
            now=NOON,
        ).heard_as.value
        for name, at in (("f1", "2099-01-01T00:00:00"), ("f2", "2026-01-05T12:00:00"))
    ]

    assert heard == ["heard", "heard"]


def test_a_host_of_a_memory_that_was_made_anew_is_sent_its_cases_again(
    tmp_path: Path, engine: Engine
) -> None:
    host = Host()
    registry = registered(host)
    for name in ("first.db", "second.db"):
        upgrade(tmp_path / name)
        with Memory(tmp_path / name) as memory:
            if name == "second.db":
                Desk(memory, engine).receive(concern("SA-1"), NOON)
                memory.database.write(lambda c: c.exec_driver_sql("DELETE FROM msp_change"))
            exchange_round(registry, "host", outbox_of(memory, engine), "s")
            epoch = memory.epoch

    assert {one["epoch"] for one in host.shown.values() if one["case"] == "SA-1"} == {epoch}


def test_a_memory_restored_from_an_older_copy_begins_a_new_epoch(
    kept: Memory, engine: Engine
) -> None:
    host = Host()
    exchange_round(registered(host), "host", outbox_of(kept, engine), "s")
    before = kept.epoch
    for one in host.shown.values():
        one["revision"] += 1000  # the host has seen what the copy knows nothing of

    exchange_round(registered(host), "host", outbox_of(kept, engine), "s")

    assert kept.epoch > before
    assert {one["epoch"] for one in host.shown.values()} == {kept.epoch}


def test_a_plug_in_that_was_set_aside_is_tried_again_after_pauses_that_grow() -> None:
    clock, slow = [0.0], [True]

    class Slow:
        @hookimpl
        def msp_receive_changes(self, source: str, changes: list[Any]) -> None:
            if slow[0]:
                time.sleep(0.1)

    limits = {"msp_receive_changes": HookLimits(seconds=0.02, most_results=1)}
    registry = Registry(limits=limits, clock=lambda: clock[0])
    registry.register("slow", Slow())

    def kinds_at(moment: float) -> list[str]:
        clock[0] = moment
        answers = registry.ask("msp_receive_changes", source="s", changes=[])
        return [one.kind.value for one in answers.faults]

    assert [kinds_at(at) for at in (0, 9, 10, 29, 30)] == [
        ["overran"],
        ["set aside"],
        ["overran"],
        ["set aside"],
        ["overran"],
    ]
    slow[0] = False
    time.sleep(0.12)
    assert [kinds_at(at) for at in (69, 70, 71)] == [["set aside"], [], []]


def test_threads_write_in_the_order_in_which_they_came() -> None:
    turns, order = WritingOrder(), list[int]()
    assert turns.take(1)

    def write(number: int) -> None:
        assert turns.take(5)
        order.append(number)
        turns.give_back()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
        time.sleep(0.01)
    late = turns.take(0.01)
    turns.give_back()
    for thread in threads:
        thread.join()

    assert late is False
    assert order == [0, 1, 2, 3, 4]
