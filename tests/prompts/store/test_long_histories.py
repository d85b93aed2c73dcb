"""A long history costs by its length, and not by the square of it."""

from __future__ import annotations

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
