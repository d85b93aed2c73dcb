"""Movement on the wellbeing and safety grid, and what stays unknown."""

from typing import Any

import pytest

from msp_rules.audit.case_audit.grid import MOVEMENTS, Grid, Position, grid_of
from msp_rules.casework.case import Case, Supply
from msp_rules.casework.moments import parse_as_of
from msp_rules.casework.visibility import in_force
from tests.builders.case import case_of

NOW = parse_as_of("2026-03-31")


def at(day: str, place: str, **more: Any) -> tuple[str, dict[str, Any]]:
    """A position: `place` is wellbeing and safety, as in "low high"."""
    wellbeing, safety = place.split()
    return ("grid_position", {"occurred": day, "wellbeing": wellbeing, "safety": safety, **more})


def grid(case: Case) -> Grid:
    found = grid_of(in_force(case, NOW))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("first", "latest", "movement"),
    [
        ("low low", "low low", "same"),
        ("low low", "low high", "gain"),
        ("low low", "high low", "gain"),
        ("low low", "high high", "gain"),
        ("low high", "low low", "loss"),
        ("low high", "low high", "same"),
        ("low high", "high low", "higher_wellbeing_but_less_safe"),
        ("low high", "high high", "gain"),
        ("high low", "low low", "loss"),
        ("high low", "low high", "safer_but_lower_wellbeing"),
        ("high low", "high low", "same"),
        ("high low", "high high", "gain"),
        ("high high", "low low", "loss"),
        ("high high", "low high", "loss"),
        ("high high", "high low", "loss"),
        ("high high", "high high", "same"),
    ],
)
def test_every_movement(first: str, latest: str, movement: str) -> None:
    between = at("2026-01-20", "high low")
    case = case_of(at("2026-02-02", latest), between, at("2026-01-05", first))

    found = grid(case)

    assert movement in MOVEMENTS
    assert found.movement == found.state == movement
    assert found.positions == 3


def test_ends_name_their_events_and_who_judged() -> None:
    case = case_of(
        at("2026-01-05", "low low", judged_by="adult"),
        at("2026-02-02", "high low", judged_by="other_professional"),
    )

    assert grid(case) == Grid(
        2,
        Position(("e1",), "low", "low", "adult"),
        Position(("e2",), "high", "low", "other_professional"),
        "gain",
    )


def test_one_position_is_no_movement() -> None:
    found = grid(case_of(at("2026-01-05", "low low")))

    assert found.first == found.latest == Position(("e1",), "low", "low", None)
    assert (found.movement, found.state) == (None, "one_position")


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(at("2026-01-05", "high high"), id="the same day without a time"),
        pytest.param(at("2026-01-05T16:00:00", "high high"), id="the same day, a time on one side"),
        pytest.param(at("unreadable", "high high"), id="a date that can't be read"),
        pytest.param(at("2026-02-02", "high unreadable"), id="a place that can't be read"),
        pytest.param(at("2026-02-02", "high high", unreadable=["void"]), id="perhaps void"),
    ],
)
def test_what_can_not_be_compared_is_not_known(second: tuple[str, dict[str, Any]]) -> None:
    found = grid(case_of(at("2026-01-05", "low low"), second))

    assert (found.positions, found.movement, found.state) == (2, None, "not_known")


def test_a_day_with_two_answers_leaves_what_they_agree_on() -> None:
    case = case_of(
        at("2026-01-05", "low low"),
        at("2026-02-02", "high high", judged_by="adult"),
        at("2026-02-02", "low high", judged_by="imca"),
    )

    assert grid(case).latest == Position(("e2", "e3"), None, "high", None)
    assert grid(case).movement is None


def test_times_on_one_day_are_two_moments() -> None:
    case = case_of(at("2026-01-05T09:00:00", "low low"), at("2026-01-05T09:00:01", "high low"))

    assert grid(case).movement == "gain"


def test_only_what_is_in_force_counts() -> None:
    case = case_of(
        at("2026-01-05", "low low"),
        at("2026-02-02", "high high", void="yes"),
        at("2026-02-03", "low high", id="old"),
        at("2026-02-03", "low low", supersedes="old"),
        at("2026-04-01", "high high"),
    )

    assert grid(case).movement == "same"


def test_a_source_without_the_grid_says_nothing() -> None:
    elsewhere = Supply(declared=True, types=frozenset({"concern_raised"}))
    half = Supply(declared=True, fields={"grid_position": frozenset({"safety"})})

    assert grid(case_of()) == Grid(0, None, None, None)
    assert grid(case_of()).state == "not_recorded"
    assert grid_of(in_force(case_of(supply=elsewhere), NOW)) is None
    assert grid_of(in_force(case_of(supply=half), NOW)) == Grid(0, None, None, None)
