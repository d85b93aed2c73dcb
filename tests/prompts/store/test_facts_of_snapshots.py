"""Facts about a case and its adult come by snapshots and by messages: what was said last holds."""

from __future__ import annotations

from typing import Any

import pytest

from msp_rules.prompts.store import Desk, Status
from tests.support.told import about

TEN, ELEVEN, NOON = (f"2026-01-05T{hour}:00:00Z" for hour in (10, 11, 12))
LATER = "2026-01-05T13:00:00Z"
CONCERN = {
    "type": "concern_raised",
    "id": "e1",
    "occurred": "2026-01-05T09:00:00",
    "identified_adult": "yes",
}


@pytest.fixture
def desk(sqlite_desk: Desk) -> Desk:
    return sqlite_desk


def snapshot(at: str, **more: Any) -> dict[str, Any]:
    return {"schema": "msp-case/1", "id": "SA-1001", "at": at, "events": [CONCERN], **more}


def held(desk: Desk) -> tuple[Any, Any]:
    """The agency and the adult's age band that are held."""
    found = desk.held_on("SA-1001") or {}
    facts = [found.get(name) or {} for name in ("attributes", "adult")]
    assert all(isinstance(one, dict) for one in facts)
    return facts[0].get("agency"), facts[1].get("age_band")


def council(at: str, **more: Any) -> dict[str, Any]:
    return snapshot(at, agency="council", adult={"ref": "P1", "age_band": "18-64"}, **more)


def police(time: str) -> Any:
    return about(time=time, agency="police", adult={"ref": "P1", "age_band": "65-74"})


def test_same_snapshot_after_a_message_about_the_case_changes_nothing(desk: Desk) -> None:
    desk.receive(police(TEN), NOON)
    desk.put_case(council(ELEVEN), NOON)

    again = desk.put_case(council(NOON), LATER)

    assert again.status is Status.ALREADY_KNOWN
    assert held(desk) == ("council", "18-64")


@pytest.mark.parametrize(
    ("time", "facts"),
    [
        (TEN, ("council", "18-64")),
        (ELEVEN, ("police", "65-74")),
        (NOON, ("police", "65-74")),
    ],
    ids=["before the snapshot", "at its moment", "after it"],
)
@pytest.mark.parametrize("is_message_first", [False, True])
def test_what_was_said_last_holds_whatever_comes_first(
    desk: Desk, time: str, facts: tuple[str, str], *, is_message_first: bool
) -> None:
    if is_message_first:
        desk.receive(police(time), LATER)
        desk.put_case(council(ELEVEN), LATER)
        facts = facts if time == NOON else ("council", "18-64")
    else:
        desk.put_case(council(ELEVEN), LATER)
        desk.receive(police(time), LATER)

    assert held(desk) == facts


def test_older_message_is_older_also_after_the_same_snapshot_came_again(desk: Desk) -> None:
    desk.put_case(council(TEN), NOON)
    desk.put_case(council(NOON), NOON)

    desk.receive(police(ELEVEN), LATER)

    assert held(desk) == ("council", "18-64")


def unreadable(desk: Desk) -> frozenset[str]:
    found = desk.held_on("SA-1001") or {}
    words = found.get("unread") or ()
    assert isinstance(words, list | tuple)
    return frozenset(map(str, words))


def test_what_could_not_be_read_stays_so_where_a_role_does_not_say_it(desk: Desk) -> None:
    desk.put_case(snapshot(TEN, agency="council", unreadable=["adult.age_band"]), TEN)

    desk.put_case(snapshot(ELEVEN, agency="council"), ELEVEN, says=["concern_raised"])
    kept = unreadable(desk)
    desk.put_case(snapshot(NOON, adult={"age_band": "18-64"}), NOON, says=["concern_raised"])

    assert kept == {"adult.age_band"}
    assert unreadable(desk) == set()
    assert held(desk) == ("council", "18-64")


def test_message_about_the_case_says_what_could_not_be_read_before(desk: Desk) -> None:
    desk.put_case(snapshot(TEN, unreadable=["adult.age_band", "case.agency"]), TEN)

    desk.receive(police(ELEVEN), ELEVEN)

    assert unreadable(desk) == set()
    assert held(desk) == ("police", "65-74")
