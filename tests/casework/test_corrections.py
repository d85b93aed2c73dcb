"""Chains of corrections of any length and shape lead to their ends."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest

from msp_rules.casework.case import Case, Event
from msp_rules.casework.moments import parse_as_of, parse_moment
from msp_rules.casework.visibility import in_force

AS_OF = parse_as_of("2026-03-31")
MOMENT = parse_moment("2026-01-05")


def event(event_id: str, supersedes: str | None = None, *, is_certain: bool = True) -> Event:
    return Event(
        event_id, "oversight", MOMENT, MOMENT, supersedes=supersedes, is_certain=is_certain
    )


def chain(length: int, *, is_certain: bool = True) -> list[Event]:
    first = event("e0")
    later = [event(f"e{n}", f"e{n - 1}", is_certain=is_certain) for n in range(1, length)]
    return [first, *later]


@pytest.mark.parametrize("turned", [False, True])
def test_five_thousand_corrections_of_one_event_leave_the_last_of_them(turned: bool) -> None:
    events = chain(5_000)[:: -1 if turned else 1]

    view = in_force(Case("SA-1", tuple(events)), AS_OF)

    assert [one.id for one in view.by_type["oversight"]] == ["e4999"]
    assert set(view.leads_to.values()) == {frozenset({"e4999"})}


def test_a_chain_of_doubtful_corrections_may_lead_to_any_event_once_it_is_long() -> None:
    short, long = (
        in_force(Case("SA-1", (event("x"), *chain(length, is_certain=False))), AS_OF).leads_to["e0"]
        for length in (64, 65)
    )

    assert short == {f"e{n}" for n in range(64)}
    assert long == {"x", *(f"e{n}" for n in range(65))}


def ends(event_id: str, after: Mapping[str, list[Event]], seen: frozenset[str]) -> frozenset[str]:
    """Says in the fewest words where a chain may end."""
    if event_id not in after or event_id in seen:
        return frozenset({event_id})
    events = sorted(after[event_id], key=lambda one: one.id)
    sure = [at for at, one in enumerate(events) if one.is_certain]
    found = {
        end
        for one in events[sure[-1] if sure else 0 :]
        for end in ends(one.id, after, seen | {event_id})
    }
    return frozenset(found if sure else found | {event_id})


@pytest.mark.parametrize("seed", range(200))
def test_chains_that_branch_or_use_an_id_twice_lead_where_the_plain_definition_says(
    seed: int,
) -> None:
    draw = random.Random(seed)
    ids = [f"e{n}" for n in range(draw.randint(2, 7))]
    events = [
        event(draw.choice(ids), draw.choice([None, *ids]), is_certain=draw.random() < 0.6)
        for _ in range(draw.randint(2, 9))
    ]

    view = in_force(Case("SA-1", tuple(events)), AS_OF)

    known, after = {one.id for one in events}, dict[str, list[Event]]()
    for one in events:
        is_taken = one.supersedes in view.leads_to and not _is_in_circle(one, events)
        if one.supersedes in known and is_taken and one.supersedes is not None:
            after.setdefault(one.supersedes, []).append(one)
    assert view.leads_to == {old: ends(old, after, frozenset()) for old in view.leads_to}


def _is_in_circle(one: Event, events: list[Event]) -> bool:
    """Tells whether an event and the one that it supersedes correct each other in a circle."""
    reached, before = {one.supersedes}, set[str | None]()
    while reached != before:
        before = set(reached)
        reached |= {other.supersedes for other in events if other.id in before}
    return one.id in reached


@pytest.mark.parametrize("turned", [False, True])
def test_a_circle_is_found_also_where_an_id_of_it_is_used_twice(turned: bool) -> None:
    doubtful = [event("e7", "e6", is_certain=False), event("e7", "e99", is_certain=False)]
    events = [event("e6", "e9"), *doubtful[:: -1 if turned else 1], event("e9", "e7")]

    view = in_force(Case("SA-1", tuple(events)), AS_OF)

    kept = [(one.id, one.is_certain) for one in view.by_type["oversight"]]
    assert kept == [("e6", False), ("e7", False), ("e7", False), ("e9", False)]


def test_five_thousand_events_in_one_circle_are_all_in_doubt() -> None:
    events = [event("e0", "e4999"), *chain(5_000)[1:]]

    view = in_force(Case("SA-1", tuple(events)), AS_OF)

    assert [one.is_certain for one in view.by_type["oversight"]] == [False] * 5_000
