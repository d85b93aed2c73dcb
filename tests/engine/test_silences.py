"""Steps between very many events are those that a walk from event to event finds."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from msp_rules.casework.case import Event
from msp_rules.casework.moments import Moment, is_by, parse_moment
from msp_rules.engine.silences import Steps
from msp_rules.engine.truth import FALSE, TRUE

HOUR = 3_600_000_000
DAYS = ("2026-10-24", "2026-10-25", "2026-10-26")
"""On 25 October one hour occurs twice."""


def random_moment(rng: random.Random) -> Moment:
    day = rng.choice(DAYS)
    zone = rng.choice(("+00:00", "+01:00"))
    time = rng.choice(("", "T00:00:00", f"T01:30:00{zone}", "T12:00:00", "T23:30:00"))
    return parse_moment(day + time)


def is_short(one: Moment, other: Moment) -> int:
    return TRUE if other.instant - one.instant <= 12 * HOUR else FALSE


def walk(events: list[Event], start: Moment, stop: Moment) -> list[tuple[Moment, Moment]]:
    """Goes from the start to each event that lies between, and to the stop."""
    moments = [one.moment for one in events if one.moment is not None]
    between = [one for one in moments if is_by(start, one) and is_by(one, stop)]
    return list(pairwise([start, *between, stop]))


@pytest.mark.parametrize("seed", range(200))
def test_steps_are_those_of_a_walk(seed: int) -> None:
    rng = random.Random(seed)
    moments = sorted(random_moment(rng) for _ in range(rng.randrange(25)))
    numbered = enumerate(moments)
    events = [Event(f"e{number:02}", "contact_with_adult", one, one) for number, one in numbered]
    start, stop = random_moment(rng), random_moment(rng)
    steps = walk(events, start, stop)
    broken = [step for step in steps if is_short(*step) != TRUE]

    found = Steps(events, is_short)

    assert list(found.broken(start, stop)) == broken
    from_first = [step for step in steps[1:] if is_short(*step) != TRUE]
    assert list(found.broken(start, stop, is_from_first=True)) == from_first
