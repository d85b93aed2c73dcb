"""Evidence of very many events is put in order as that of a few is, each event once."""

from __future__ import annotations

import random

import pytest

from msp_rules.casework.case import Case, Event
from msp_rules.casework.moments import Moment, parse_as_of, parse_moment
from msp_rules.casework.visibility import in_force
from msp_rules.engine.compiled import in_order_of_time
from msp_rules.engine.evidence_order import ids_in_order, latest_instant
from msp_rules.engine.long_lists import Events, Evidence, LongList, Part, gathered
from msp_rules.engine.scope import Scope

# Days with and without times, and the hour that comes twice in October.
MOMENTS = [
    parse_moment(text)
    for text in (
        "2026-10-24",
        "2026-10-24T09:00:00",
        "2026-10-25T01:30:00+01:00",
        "2026-10-25T01:10:00Z",
        "2026-10-25",
        "2026-10-26T12:00:00",
    )
]


def scope_of(rng: random.Random, count: int, *, ids: int) -> Scope:
    """Gives a case of events of two types, which have so many different ids."""
    events = []
    for number in range(count):
        moment = rng.choice(MOMENTS)
        kind = rng.choice(("meeting_held", "risk_assessed"))
        events.append(Event(f"e{number % ids}", kind, moment, moment))
    return Scope(in_force(Case("C", tuple(events)), parse_as_of("2027-03-31")))


def some_of(rng: random.Random, whole: LongList) -> Events:
    """Gives a part of a list, or some events of it in any order."""
    every = whole.events
    if rng.random() < 0.3:
        return rng.sample(every, rng.choice((0, 1, 5, 30)))
    edges = sorted(rng.sample(range(len(every)), 6))
    return whole.as_part().cut([(edges[0], edges[1]), (edges[2], edges[3]), (edges[4], edges[5])])


@pytest.mark.parametrize("ids", [200, 150], ids=["ids used once", "ids used twice"])
@pytest.mark.parametrize("seed", range(8))
def test_joined_parts_are_in_order_of_time_and_each_id_is_there_once(seed: int, ids: int) -> None:
    rng = random.Random(seed)
    scope = scope_of(rng, 200, ids=ids)
    lists = [LongList(list(events)) for events in scope.by_type.values()]
    lists.append(LongList(lists[0].events[::2]))  # what another selection finds of the same type
    for _ in range(60):
        events: Evidence = []
        for _ in range(rng.choice((1, 2, 3, 4))):
            events = gathered(events, some_of(rng, rng.choice(lists)))
        if events:
            assert ids_in_order(events, scope) == in_order_of_time(list(events))
            assert latest_instant(events, scope) == max(
                event.moment.instant for event in events if event.moment is not None
            )


def test_the_same_lists_are_joined_for_one_answer_after_another() -> None:
    scope = scope_of(random.Random(9), 200, ids=200)
    one, other = [LongList(list(events)) for events in scope.by_type.values()]
    for low in range(40):
        events = gathered(part_from(one, low), part_from(other, 2 * low))

        assert ids_in_order(events, scope) == in_order_of_time(list(events))


def part_from(whole: LongList, low: int) -> Part:
    part = whole.as_part().cut([(low, len(whole.events))])
    assert isinstance(part, Part)
    return part


def test_one_without_a_date_may_be_later_than_any_and_comes_last() -> None:
    case = Case("C", (Event("u", "meeting_held", None, None), *events_on(MOMENTS * 8)))
    scope = Scope(in_force(case, parse_as_of("2027-03-31")))
    every = list(scope.by_type["meeting_held"])
    dated, undated = every[:-1], every[-1:]
    last = parse_moment("2030-01-01").instant

    assert latest_instant(gathered(dated, undated), scope) > last
    assert latest_instant(every, scope) > last
    assert latest_instant(LongList(every).as_part(), scope) > last
    assert latest_instant(dated, scope) < last
    assert ids_in_order(every, scope) == (*ids_in_order(dated, scope), "u")


def events_on(moments: list[Moment]) -> list[Event]:
    return [
        Event(f"e{number}", "meeting_held", moment, moment) for number, moment in enumerate(moments)
    ]
