"""Run charts begin at eight points, and no line runs across a change of coverage."""

from __future__ import annotations

from typing import Any

import pytest

from msp_rules.reports.comparison.chart import RunChart, run_chart

PART = "M1/asked"


def points(*shares: int | None) -> list[dict[str, Any]]:
    """Points of so many per cent, a quarter apart; None is of fewer than ten."""
    return [
        {
            "as_of": f"{2020 + at // 4}-{3 * (at % 4) + 1:02}-01",
            "measures": {PART: (0, 9) if share is None else (share, 100)},
        }
        for at, share in enumerate(shares)
    ]


def steps(count: int, **changed: tuple[str, bool | None]) -> list[dict[str, Any]]:
    """What changed between points: nothing but what is said, as `s3=("coverage", True)`."""
    found: list[dict[str, Any]] = [
        {"ruleset": False, "mapping": False, "coverage": False} for _ in range(count)
    ]
    for name, (what, value) in changed.items():
        found[int(name[1:])][what] = value
    return found


def chart(shares: list[int | None], **changed: tuple[str, bool | None]) -> RunChart:
    found = run_chart(points(*shares), steps(len(shares) - 1, **changed), PART)
    assert found is not None
    return found


def lengths(found: RunChart) -> list[int]:
    return [len(line.split()) for line in found.lines]


@pytest.mark.parametrize(("count", "is_drawn"), [(7, False), (8, True), (9, True)])
def test_a_chart_is_drawn_from_eight_points_on(count: int, is_drawn: bool) -> None:
    found = run_chart(points(*([50] * count)), steps(count - 1), PART)

    assert (found is not None) is is_drawn


def test_points_of_fewer_than_ten_do_not_count_and_break_the_line() -> None:
    assert run_chart(points(*([50] * 7), None), steps(7), PART) is None

    found = chart([50, 50, 50, 50, None, 50, 50, 50, 50])

    assert len(found.dots) == 8
    assert lengths(found) == [4, 4]
    assert found.medians == ()


def test_one_coverage_is_one_line_with_its_median() -> None:
    found = chart([10, 20, 30, 40, 50, 60, 70, 80])

    assert lengths(found) == [8]
    assert [one.percent for one in found.medians] == [45.0]
    assert found.marks == ()
    assert [dot.x for dot in found.dots] == sorted({dot.x for dot in found.dots})
    assert [dot.y for dot in found.dots] == sorted({dot.y for dot in found.dots}, reverse=True)


@pytest.mark.parametrize(
    ("changed", "letters", "lines"),
    [
        ({"s3": ("ruleset", True)}, ["R"], [9]),
        ({"s3": ("mapping", True)}, ["M"], [9]),
        ({"s3": ("mapping", None)}, [], [9]),
        ({"s3": ("coverage", True)}, ["C"], [4, 5]),
        ({"s3": ("coverage", None)}, ["C?"], [4, 5]),
        ({"s7": ("coverage", True)}, ["C"], [8, 1]),
    ],
)
def test_every_change_is_marked_and_one_of_coverage_breaks_the_line(
    changed: dict[str, tuple[str, bool | None]], letters: list[str], lines: list[int]
) -> None:
    found = chart([50] * 9, **changed)

    assert [one.letters for one in found.marks] == letters
    assert lengths(found) == lines
    assert len(found.medians) == sum(length >= 8 for length in lines)


def test_a_mark_lies_between_the_points_that_it_parts() -> None:
    found = chart([50] * 8, s3=("coverage", True))

    (mark,) = found.marks
    assert found.dots[3].x < mark.x < found.dots[4].x


@pytest.mark.parametrize("count", [8, 10, 11, 24])
def test_the_newest_day_is_labelled_however_many_there_are(count: int) -> None:
    found = chart([50] * count)

    assert found.days[-1][0] == found.dots[-1].x
    assert len(found.days) <= 10
