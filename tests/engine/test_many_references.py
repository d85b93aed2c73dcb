"""Very many events in one case (W32): answers of small cases, and work that grows with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Final

import pytest

from msp_rules.casework.case import Case
from msp_rules.engine.engine import IS_COMPILED, NO_CODE, Engine
from msp_rules.rules.loading import load_ruleset
from tests.builders.case import EventParts, case_of
from tests.support.work import lines_run

pytestmark = pytest.mark.slow
AS_OF: Final = "2026-03-31"
REVIEWED: Final = {"occurred": "2026-02-06", "achieved": "full", "view_of": "adult"}
MOST_GROWTH: Final = 2.3
"""The work that twice the events may take, for each rule and of that of half as many."""
Answers = dict[tuple[str, str], tuple[str, tuple[str, ...]]]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(load_ruleset("msp-core", ()), matcher="python")


@pytest.fixture(scope="module", params=[NO_CODE, 0], ids=["by objects", "by code"])
def desk(engine: Engine, request: pytest.FixtureRequest) -> Engine:
    return Engine(engine.ruleset, matcher="python", foresees=True, code_after=request.param)


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


def work_of(engine: Engine, case: Case) -> int:
    return lines_run(lambda: engine.evaluate(case, AS_OF))


def days(count: int) -> Iterator[tuple[int, str]]:
    """Numbers that many moments of half a year, several a day."""
    for number in range(count):
        day = date(2025, 8, 1) + timedelta(days=number * 180 // count)
        yield number, f"{day}T{9 + number % 9:02}:00:00"


def case_of_outcomes(count: int) -> Case:
    """Outcomes, a review of each (a third of them after closure), and contacts."""
    rows: list[EventParts] = [
        ("concern_raised", {"id": "e1", "occurred": "2025-07-31"}),
        ("case_closed", {"id": "z1", "occurred": "2026-02-10"}),
    ]
    for number, when in days(count):
        name, late = f"o{number}", "2026-02-20" if number % 3 == 0 else when
        review = {"id": f"r{number}", "occurred": late, "achieved": "full", "view_of": "adult"}
        named = {} if number % 5 == 0 else {"outcome": name}
        results = ("spoke", "no_reply", "refused")
        rows += [
            ("outcome_expressed", {"id": name, "occurred": when, "text": "To feel safe."}),
            ("outcome_reviewed", {**review, **named}),
            (
                "contact_with_adult",
                {"id": f"c{number}", "occurred": when, "result": results[number % 3]},
            ),
            ("plan_action", {"id": f"p{number}", "occurred": late, "outcome": [name]}),
        ]
    return case_of(*rows)


def case_of_late_reviews(count: int) -> Case:
    """Outcomes that were each reviewed only after closure, and contacts by then."""
    rows: list[EventParts] = [("case_closed", {"id": "z1", "occurred": "2026-02-10"})]
    for number, when in days(count):
        name = f"o{number}"
        review = {"id": f"r{number}", "occurred": "2026-02-20", "outcome": name}
        rows += [
            ("outcome_expressed", {"id": name, "occurred": when}),
            ("outcome_reviewed", {**review, "achieved": "full", "view_of": "adult"}),
            ("contact_with_adult", {"id": f"c{number}", "occurred": when, "result": "no_reply"}),
        ]
    return case_of(*rows)


def case_of_concerns(count: int) -> Case:
    """Concerns and decisions, of which most name no concern."""
    rows: list[EventParts] = []
    for number, when in days(count):
        named = {"concern": [f"e{number}"]} if number % 4 == 0 else {}
        decision = {"id": f"d{number}", "occurred": when, "result": "no_enquiry", **named}
        rows += [
            ("concern_raised", {"id": f"e{number}", "occurred": when}),
            ("s42_decided", decision),
        ]
    return case_of(*rows)


def case_of_explanations(count: int) -> Case:
    """Outcomes of which none is reviewed, and an explanation that names each."""
    rows: list[EventParts] = [("case_closed", {"id": "z1", "occurred": "2026-02-10"})]
    for number, when in days(count):
        reason = {
            "rule": "CLO-01",
            "subject": f"o{number}",
            "code": "adult_declined",
            "text": "So.",
        }
        rows += [
            ("outcome_expressed", {"id": f"o{number}", "occurred": when}),
            ("explanation", {"id": f"x{number}", "occurred": "2026-02-01", **reason}),
        ]
    return case_of(*rows)


@pytest.mark.skipif(IS_COMPILED, reason="compiled code has no lines to count")
@pytest.mark.parametrize(
    "make", [case_of_outcomes, case_of_late_reviews, case_of_concerns, case_of_explanations]
)
def test_twice_the_events_take_about_twice_the_work_rule_by_rule(
    desk: Engine, make: Callable[[int], Case]
) -> None:
    small, large = make(40), make(80)
    growth: dict[str, float] = {}
    for rule in desk.ruleset.enabled_rules:
        alone = desk.only(frozenset({rule.id}))
        alone.evaluate(large, AS_OF)  # what is kept for good is made the first time
        growth[rule.id] = work_of(alone, large) / work_of(alone, small)

    assert {rule: round(by, 2) for rule, by in growth.items() if by > MOST_GROWTH} == {}
