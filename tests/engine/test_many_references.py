"""Very many outcomes in one case (W32): answers of small cases, and time that grows with them."""

from __future__ import annotations

import time
from typing import Final

import pytest

from msp_rules.casework.case import Case
from msp_rules.engine.engine import Engine
from msp_rules.rules.loading import load_ruleset
from tests.builders.case import EventParts, case_of

pytestmark = pytest.mark.slow
AS_OF: Final = "2026-03-31"
REVIEWED: Final = {"occurred": "2026-02-06", "achieved": "full", "view_of": "adult"}
Answers = dict[tuple[str, str], tuple[str, tuple[str, ...]]]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(load_ruleset("msp-core", ()), matcher="python")


def outcome(number: int) -> list[EventParts]:
    """One outcome, and by its number: a review of it, one of its earlier version, or none."""
    name, day = f"o{number:03}", {"occurred": "2026-01-06"}
    own = ("outcome_expressed", {"id": name, **day})
    review = ("outcome_reviewed", {"id": f"r{number:03}", **REVIEWED, "outcome": name})
    if number % 3 == 0:
        return [own]
    if number % 3 == 1:
        return [own, review]
    later = ("outcome_expressed", {"id": f"p{number:03}", **day, "supersedes": name})
    return [own, later, review]


def case_with(numbers: range, *more: EventParts) -> Case:
    first = [
        ("concern_raised", {"id": "e1", "occurred": "2026-01-05"}),
        ("case_closed", {"id": "c1", "occurred": "2026-02-10"}),
    ]
    return case_of(*first, *(one for number in numbers for one in outcome(number)), *more)


def answers_on_outcomes(engine: Engine, case: Case) -> Answers:
    found = engine.evaluate(case, AS_OF)
    return {
        (one.rule, one.subject): (one.verdict, one.evidence)
        for one in found.answers
        if one.subject is not None and one.subject[0] in "op"
    }


def test_every_outcome_of_a_large_case_is_answered_as_in_a_small_one(engine: Engine) -> None:
    small: Answers = {}
    for first in range(0, 60, 3):
        small |= answers_on_outcomes(engine, case_with(range(first, first + 3)))

    large = answers_on_outcomes(engine, case_with(range(60)))

    assert large == small
    assert {verdict for verdict, _ in large.values()} >= {"met", "not_met"}


def test_a_review_that_names_nobody_knows_which_outcome_may_be_of_any(engine: Engine) -> None:
    unreadable = ("outcome_reviewed", {"id": "r999", **REVIEWED, "unreadable": ["outcome"]})

    before = answers_on_outcomes(engine, case_with(range(60)))
    after = answers_on_outcomes(engine, case_with(range(60), unreadable))

    changed = {key for key in before if before[key][0] != after[key][0]}
    assert changed
    assert {before[key][0] for key in changed} == {"not_met"}
    assert {after[key][0] for key in changed} == {"cannot_tell"}


@pytest.mark.thorough
def test_three_times_the_outcomes_take_much_less_than_nine_times_as_long(engine: Engine) -> None:
    def seconds(count: int) -> float:
        case = case_with(range(count))
        start = time.process_time()
        engine.evaluate(case, AS_OF)
        return time.process_time() - start

    seconds(10)

    assert seconds(1500) < 5 * seconds(500)
