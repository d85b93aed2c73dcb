"""Cases with many events are judged as small ones are, and in time that grows with them."""

from __future__ import annotations

import time

import pytest

from msp_rules.casework.case import Case, Event
from msp_rules.casework.moments import parse_as_of, parse_moment
from msp_rules.engine import selections
from msp_rules.engine.engine import Engine
from tests.support.core import core_ruleset

AS_OF = parse_as_of("2026-03-31")


def case(outcomes: int) -> Case:
    """Gives a case in which each outcome is reviewed but every fifth, and some are corrected."""
    first, later = parse_moment("2026-01-06"), parse_moment("2026-02-06")
    day = parse_moment("2026-01-05")
    events = [
        Event("c", "concern_raised", day, day, {"source": "police", "identified_adult": "yes"})
    ]
    for number in range(outcomes):
        name = f"o{number}"
        events.append(Event(name, "outcome_expressed", first, first, {"text": "t"}))
        if number % 7 == 0:
            fixed = Event(f"{name}b", "outcome_expressed", first, first, {"text": "u"})
            events.append(fixed._replace(supersedes=name))
        if number % 5:
            said = {"outcome": name, "achieved": "full", "view_of": "adult"}
            if number % 11 == 0:
                said.pop("outcome")
            events.append(Event(f"r{number}", "outcome_reviewed", later, later, dict(said)))
    return Case("SA-1", tuple(events), adult={"ref": "P"})


def test_the_answers_do_not_hang_on_how_the_events_are_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = []
    for few in (0, 10_000):
        monkeypatch.setattr(selections, "_FEW", few)
        found.append(Engine(core_ruleset()).evaluate(case(40), AS_OF).answers)

    assert found[0] == found[1]
    assert len(found[0]) > 100


def test_five_times_the_events_take_no_more_than_a_few_times_the_time() -> None:
    engine = Engine(core_ruleset())
    seconds = []
    for outcomes in (200, 1_000):
        large = case(outcomes)
        begin = time.process_time()
        engine.evaluate(large, AS_OF)
        seconds.append(time.process_time() - begin)

    assert seconds[1] < 12 * seconds[0], seconds
