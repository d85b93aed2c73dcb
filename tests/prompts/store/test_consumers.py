"""Several consumers get every change, each once, in order, and until they acknowledge it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from msp_rules.errors import MspRulesError
from msp_rules.prompts.store import ChangeFeed, Desk, KeptChange, Memory
from tests.support.told import concern, safety_check

pytestmark = pytest.mark.slow

NOW = "2026-01-05T12:00:00Z"
LATER = "2026-01-05T12:01:00Z"


def numbers(kept: tuple[KeptChange, ...]) -> list[int]:
    return [one.number for one in kept]


@pytest.fixture
def feed(memory: Memory, desk: Desk) -> ChangeFeed:
    """The feed of a memory in which two cases have changes."""
    desk.receive(concern("SA-1"), NOW)
    desk.receive(concern("SA-2"), NOW)
    return ChangeFeed(memory)


def test_each_consumer_gets_every_change_in_order(feed: ChangeFeed, desk: Desk) -> None:
    one, other = feed.claim("one", NOW), feed.claim("other", NOW)

    assert one == other == desk.changes()
    assert numbers(one) == sorted(numbers(one))


def test_what_is_claimed_is_not_claimed_again_until_the_time_is_over(feed: ChangeFeed) -> None:
    first = feed.claim("one", NOW, seconds=60)

    assert feed.claim("one", "2026-01-05T12:00:59Z") == ()
    assert feed.claim("one", LATER) == first


def test_nobody_overtakes_an_earlier_change_of_the_same_case(feed: ChangeFeed, desk: Desk) -> None:
    first = feed.claim("one", NOW, limit=1)
    second = feed.claim("one", NOW)

    assert {one.change.prompt.key.case for one in first} == {"SA-1"}
    assert {one.change.prompt.key.case for one in second} == {"SA-2"}
    feed.acknowledge("one", numbers(first))
    assert {one.change.prompt.key.case for one in feed.claim("one", NOW)} == {"SA-1"}


def test_a_change_is_removed_when_every_consumer_has_acknowledged_it(
    feed: ChangeFeed, desk: Desk
) -> None:
    held = numbers(feed.claim("one", NOW))
    feed.claim("other", NOW)

    assert feed.acknowledge("one", held) == len(held)
    assert numbers(desk.changes()) == held
    assert feed.acknowledge("other", held[1:]) == len(held) - 1
    assert numbers(desk.changes()) == held[:1]


def test_a_change_waits_for_each_consumer_whatever_else_that_one_has_acknowledged(
    feed: ChangeFeed, desk: Desk
) -> None:
    held = numbers(feed.claim("one", NOW))
    feed.claim("other", NOW)

    feed.acknowledge("one", held[:2])
    feed.acknowledge("other", held[2:4])

    assert numbers(desk.changes()) == held
    feed.acknowledge("other", held[1:2])
    assert numbers(desk.changes()) == [held[0], *held[2:]]


def test_what_is_acknowledged_again_or_is_not_held_changes_nothing(feed: ChangeFeed) -> None:
    feed.claim("other", NOW)
    held = numbers(feed.claim("one", NOW))

    assert feed.acknowledge("one", [held[0], held[0], 10**17]) == 1
    assert feed.acknowledge("one", [held[0]]) == 0
    assert feed.acknowledge("never seen", held) == 0


def test_what_is_acknowledged_is_not_claimed_again(feed: ChangeFeed, desk: Desk) -> None:
    feed.claim("other", NOW)
    feed.acknowledge("one", numbers(feed.claim("one", NOW)))
    desk.receive(safety_check("SA-1"), NOW)

    (gone,) = [one for one in feed.claim("one", LATER) if one.change.kind == "withdrawn"]

    assert gone.change.prompt.key.rule == "RISK-01"


def test_a_consumer_that_is_forgotten_holds_nothing_back(feed: ChangeFeed, desk: Desk) -> None:
    feed.claim("other", NOW)
    feed.acknowledge("one", numbers(feed.claim("one", NOW)))

    assert (feed.consumers(), feed.forget("other")) == (("one", "other"), True)
    assert (feed.consumers(), desk.changes(), feed.forget("other")) == (("one",), (), False)


def test_without_any_consumer_nothing_is_removed(feed: ChangeFeed, desk: Desk) -> None:
    feed.claim("one", NOW)
    before = desk.changes()

    feed.forget("one")

    assert desk.changes() == before


def test_a_purged_case_leaves_nothing_to_claim(feed: ChangeFeed, desk: Desk) -> None:
    feed.claim("one", NOW)
    desk.purge("SA-1")

    assert {one.change.prompt.key.case for one in feed.claim("one", LATER)} == {"SA-2"}


@pytest.mark.parametrize(
    ("consumer", "limit", "seconds", "reason"),
    [
        ("", 1, 1, "name of a consumer"),
        ("a" * 201, 1, 1, "name of a consumer"),
        ("a\n", 1, 1, "name of a consumer"),
        ("a", 0, 1, "limit"),
        ("a", 1001, 1, "limit"),
        ("a", 1, -1, "seconds"),
        ("a", 1, 3601, "seconds"),
    ],
)
def test_a_claim_that_can_not_be_is_refused(
    feed: ChangeFeed, consumer: str, limit: int, seconds: int, reason: str
) -> None:
    with pytest.raises(MspRulesError, match=reason):
        feed.claim(consumer, NOW, limit=limit, seconds=seconds)


def test_two_processes_of_a_consumer_share_the_changes_and_two_consumers_remove_them(
    feed: ChangeFeed, desk: Desk
) -> None:
    for number in range(3, 9):
        desk.receive(concern(f"SA-{number}"), NOW)
    wanted = numbers(desk.changes())
    for consumer in ("one", "other"):  # known before anything can be removed
        feed.claim(consumer, NOW, limit=1)
    seen: dict[str, list[int]] = {"one": [], "other": []}

    def work(consumer: str) -> None:
        for _ in range(60):
            found = numbers(feed.claim(consumer, LATER, limit=7))
            seen[consumer] += found
            feed.acknowledge(consumer, found)

    with ThreadPoolExecutor() as threads:
        for done in [threads.submit(work, name) for name in ("one", "one", "other")]:
            done.result()

    assert {name: sorted(found) for name, found in seen.items()} == dict.fromkeys(seen, wanted)
    assert desk.changes() == ()
