"""Parts of long lists of events are what going through the list gives, without a copy."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from msp_rules.casework.case import Case, Event
from msp_rules.casework.moments import Moment, cutoff_of, moment_on, parse_as_of, parse_moment
from msp_rules.casework.visibility import in_force
from msp_rules.engine.bounds import BOUNDS, DayBounds, cut_off, within
from msp_rules.engine.days import different_days
from msp_rules.engine.long_lists import FEW, Events, LongList, Part, listed
from msp_rules.engine.scope import Matches, Scope, without
from msp_rules.engine.truth import FALSE, TRUE, UNKNOWN
from msp_rules.engine.worlds import (
    newest,
    newest_found,
    newest_in_every_world,
    outermost_day,
)

# Both sides of midnight, days without times, and the hour that comes twice in October.
TIMES = (
    "2026-10-24", "2026-10-24T09:00:00", "2026-10-24T23:59:59", "2026-10-25", "2026-10-25T00:00:00",
    "2026-10-25T01:30:00+01:00", "2026-10-25T01:30:00Z", "2026-10-25T01:10:00Z",
    "2026-10-25T09:00:00", "2026-10-26", "2026-10-26T00:00:00", "2026-10-26T12:00:00",
)  # fmt: skip
MOMENTS = [parse_moment(text) for text in TIMES]


def events_of(count: int, seed: int, moments: list[Moment] = MOMENTS) -> tuple[Scope, list[Event]]:
    """Gives events in order of time, of which the last few have no date, and what sees them."""
    rng = random.Random(seed)
    dates = [rng.choice(moments) for _ in range(count)]
    events = [
        Event(f"e{number:03}", "meeting_held", None if number < 3 else date, date)
        for number, date in enumerate(dates)
    ]
    case = Case("C", tuple(events))
    scope = Scope(in_force(case, parse_as_of("2027-03-31")))
    return scope, list(scope.by_type["meeting_held"])


def ids(events: list[Event] | Part) -> list[str]:
    return [event.id for event in events]


@pytest.mark.parametrize("name", sorted(BOUNDS))
@pytest.mark.parametrize("start", MOMENTS, ids=TIMES)
def test_a_bound_divides_a_long_list_as_it_divides_each_event(name: str, start: Moment) -> None:
    scope, events = events_of(120, seed=1)
    found = Matches(events, events[:20], is_open=False)

    cut = within(found, DayBounds([BOUNDS[name]]), start, scope)

    passing = [e for e in events if e.moment is None or BOUNDS[name](e, scope, start) == TRUE]
    assert ids(cut.certain) == ids(passing)
    assert ids(cut.possible) == [one for one in ids(events[:20]) if one in set(ids(passing))]


@pytest.mark.parametrize("moment", MOMENTS, ids=TIMES)
def test_a_horizon_leaves_what_had_happened_and_what_has_no_date(moment: Moment) -> None:
    _, events = events_of(120, seed=2)
    horizon = cutoff_of(moment)

    cut = cut_off(Matches(events, [], is_open=False), horizon)

    assert ids(cut.certain) == [
        event.id
        for event in events
        if event.moment is None or event.moment.instant <= horizon.instant
    ]


def test_a_part_is_cut_again_and_leaves_out_one_event() -> None:
    scope, events = events_of(120, seed=3)
    found = within(
        Matches(events, [], is_open=False), DayBounds([BOUNDS["from_day"]]), MOMENTS[3], scope
    )
    left = without(found, events[80], scope)
    again = cut_off(left, cutoff_of(MOMENTS[9]))

    assert isinstance(left.certain, Part)
    assert ids(left.certain) == [one for one in ids(found.certain) if one != events[80].id]
    assert ids(again.certain) == [
        event.id
        for event in left.certain
        if event.moment is None or event.moment.instant <= cutoff_of(MOMENTS[9]).instant
    ]
    assert without(left, events[80], scope) is left


def test_what_a_bound_leaves_whole_is_the_same_and_what_it_leaves_short_is_a_list() -> None:
    scope, events = events_of(FEW + 1, seed=4)
    found = Matches(events, [], is_open=False)

    assert within(found, DayBounds([BOUNDS["from_day"]]), MOMENTS[0], scope) is found
    assert isinstance(without(found, events[0], scope).certain, list)


def test_places_in_a_part_are_counted_from_both_ends() -> None:
    _, events = events_of(120, seed=5)
    part = LongList(events).as_part().cut([(2, 30), (40, 41), (50, 120)])
    expected = [*events[2:30], events[40], *events[50:]]

    assert isinstance(part, Part)
    assert [part[place] for place in range(len(part))] == expected
    assert [part[-1 - place] for place in range(len(part))] == expected[::-1]
    with pytest.raises(IndexError):
        part[len(part)]


def test_different_values_come_in_the_order_of_the_first_event_that_has_each() -> None:
    _, events = events_of(120, seed=6)
    part = LongList(events).as_part().cut([(10, 30), (60, 110)])
    assert isinstance(part, Part)

    values = part.different("last figure", lambda event: int(event.id[-1]) // 3)

    assert values == list(dict.fromkeys(int(event.id[-1]) // 3 for event in listed(part)))


# One without the repeated hour, where places in the list are looked up, and one with it.
SOME_MOMENTS = ([one for one in MOMENTS if one.day != MOMENTS[3].day], MOMENTS)


@pytest.mark.parametrize("is_latest", [True, False])
@pytest.mark.parametrize("moments", SOME_MOMENTS, ids=["plain days", "with the repeated hour"])
def test_the_newest_of_a_part_are_the_newest_of_its_events(
    moments: list[Moment], is_latest: bool
) -> None:
    scope, events = events_of(150, 7, moments)
    found = Matches(events[:-3], [], is_open=False)
    for name in ("by", "since"):
        for start in MOMENTS:
            part = within(found, DayBounds([BOUNDS[name]]), start, scope)
            every = list(part.certain)

            assert newest_found(part, is_latest=is_latest) == newest(
                outermost_day(every, is_latest=is_latest), is_latest=is_latest
            )


@pytest.mark.parametrize("is_latest", [True, False])
@pytest.mark.parametrize("moments", SOME_MOMENTS, ids=["plain days", "with the repeated hour"])
def test_what_may_be_the_newest_is_looked_up_as_it_is_asked_one_by_one(
    moments: list[Moment], is_latest: bool
) -> None:
    scope, events = events_of(150, 8, moments)

    def passing(rare: int) -> Callable[[Event], int]:
        values = {FALSE: FALSE, rare % 5: TRUE, rare % 7: UNKNOWN}
        return lambda event: values.get(int(event.id[1:]) % rare, FALSE)

    for rare in (2, 11, 60, 149):
        for number in (0, 1, 3, 20):
            surely = sorted(events[::7][:number], key=events.index)
            others = [event for event in events if event not in surely]
            found = Matches(surely, LongList(others).as_part(), is_open=False)
            for start in moments:
                part = within(found, DayBounds([BOUNDS["by"]]), start, scope)
                as_lists = Matches(listed(part.certain), listed(part.possible), is_open=False)
                test, key = passing(rare), ("passes", rare)

                assert newest_in_every_world(
                    part, test, key, is_latest=is_latest
                ) == newest_in_every_world(as_lists, test, None, is_latest=is_latest)


@pytest.mark.parametrize("seed", range(40))
def test_the_days_of_parts_are_counted_as_those_of_their_events(seed: int) -> None:
    rng = random.Random(seed)
    moments = [moment_on(date(2026, 3, 1) + timedelta(days=rng.randrange(90))) for _ in range(70)]
    _, events = events_of(200, seed, moments)
    lists = [LongList(events[::2]), LongList(events[1::2])]
    for _ in range(20):
        certain, possible = [some_of(rng, one) for one in lists]

        least, most = different_days(Matches(certain, possible, is_open=False))

        surely = {event.moment.day for event in certain if event.moment is not None}
        perhaps = {event.moment.day for event in possible if event.moment is not None}
        undated = sum(event.moment is None for event in (*certain, *possible))
        assert (least, most) == (len(surely), len(surely | perhaps) + undated)


def some_of(rng: random.Random, whole: LongList) -> Events:
    """Gives two ranges of a list, or a few of its events."""
    if rng.random() < 0.3:
        return whole.events[:: rng.choice((7, 30, 200))]
    edges = sorted(rng.choices(range(len(whole.events) + 1), k=4))
    return whole.as_part().cut([(edges[0], edges[1]), (edges[2], edges[3])])
