"""A long history costs by its length, and not by the square of it."""

from __future__ import annotations

import time

import pytest

from msp_rules.prompts.store import Desk, Status
from tests.support.told import at, concern, told

NOW = at("2026-02-27T12:00:00")


def seconds_of(desk: Desk, case: str, events: int) -> float:
    """The processor time in which a history of so many talks is taken in, and one more talk."""
    history = [concern(case)]
    history += [
        told(
            "contact_with_adult", number, f"2026-01-{number % 20 + 6:02}", case=case, result="spoke"
        )
        for number in range(2, events)
    ]
    more = told("contact_with_adult", events, "2026-02-20", case=case, result="spoke")
    begun = time.process_time()
    taken = desk.receive_history(history, NOW), desk.receive(more, NOW)
    assert [one.status for one in taken] == [Status.RECORDED, Status.RECORDED]
    return time.process_time() - begun


@pytest.mark.slow
def test_four_times_as_many_events_cost_no_more_than_seven_times_the_work(
    sqlite_desk: Desk,
) -> None:
    seconds_of(sqlite_desk, "SA-0", 10)

    few, many = seconds_of(sqlite_desk, "SA-1", 400), seconds_of(sqlite_desk, "SA-2", 1600)

    assert many < 7 * few
