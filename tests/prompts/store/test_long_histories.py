"""A long history costs by its length, and not by the square of it."""

from __future__ import annotations

import gc
import sys
from types import FrameType

import pytest

from msp_rules.prompts.store import Desk, Status
from tests.support.told import at, concern, told

NOW = at("2026-02-27T12:00:00")


def calls_for(desk: Desk, case: str, events: int) -> int:
    """Counts the calls by which a history of so many talks is taken in, and one more talk."""
    history = [concern(case)]
    history += [
        told(
            "contact_with_adult", number, f"2026-01-{number % 20 + 6:02}", case=case, result="spoke"
        )
        for number in range(2, events)
    ]
    more = told("contact_with_adult", events, "2026-02-20", case=case, result="spoke")
    calls = 0

    def count(_frame: FrameType, _event: str, _argument: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        taken = desk.receive_history(history, NOW), desk.receive(more, NOW)
    finally:
        sys.setprofile(None)
    assert [one.status for one in taken] == [Status.RECORDED, Status.RECORDED]
    return calls


@pytest.mark.slow
def test_eight_times_as_many_events_cost_no_more_than_nine_times_the_work(
    sqlite_desk: Desk,
) -> None:
    calls_for(sqlite_desk, "SA-0", 10)

    few, many = calls_for(sqlite_desk, "SA-1", 100), calls_for(sqlite_desk, "SA-2", 800)

    assert many < 9 * few


@pytest.mark.slow
def test_a_long_history_is_taken_in_without_a_look_at_all_objects_of_the_host(
    sqlite_desk: Desk,
) -> None:
    generations = list[int]()
    before = gc.get_threshold()
    history = [concern("SA-3")]
    history += [
        told("contact_with_adult", n, f"2026-01-{n % 20 + 6:02}", case="SA-3", result="spoke")
        for n in range(2, 800)
    ]
    message = told("contact_with_adult", 800, "2026-02-20", case="SA-3", result="spoke")

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            generations.append(info["generation"])

    gc.set_threshold(700, 10, 10)
    gc.callbacks.append(note)
    try:
        gc.collect()
        sqlite_desk.receive_history(history, NOW)
        sqlite_desk.receive(message, NOW)
        sqlite_desk.held_on("SA-3")
        after = gc.get_threshold()
    finally:
        gc.callbacks.remove(note)
        gc.set_threshold(*before)

    assert generations[0] == 2  # the one that was asked for
    assert 2 not in generations[1:]
    assert len(generations) < 10  # at the usual threshold there are some forty
    assert after == (700, 10, 10)
