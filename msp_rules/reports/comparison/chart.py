"""Draws run charts: a share in the course of time, and marks where what it rests on changed.

The drawing is lines, points and letters in the colour of text, so that it reads the same in grey.
The line is broken where the coverage changed or is not on record: what lies on both sides of such a
mark is not to be compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from statistics import median
from typing import Any, Final, NamedTuple

from msp_rules.audit.case_file.agreement import FEWEST

FEWEST_POINTS: Final = 8
"""The number of points from which on a run chart is drawn: fewer show no run."""
SIZE: Final = (680, 250)
"""The width and height of a drawing, in units of its own."""
_LEFT: Final = 44
_RIGHT: Final = 14
_TOP: Final = 30
_BOTTOM: Final = 34
_MOST_LABELS: Final = 10


class Dot(NamedTuple):
    """One point of a chart."""

    x: float
    """The distance from the left."""
    y: float
    """The distance from the top."""


class Mark(NamedTuple):
    """A line across the chart where something changed."""

    x: float
    """The distance from the left."""
    letters: str
    """The letters: R for rules, M for mapping, C for coverage, C? for one that is not on record."""


class MedianLine(NamedTuple):
    """The median of a stretch of points that may be compared."""

    start: Dot
    """The place where it begins."""
    end: Dot
    """The place where it ends."""
    percent: float
    """The median."""


class RunChart(NamedTuple):
    """A chart as it is drawn."""

    dots: tuple[Dot, ...]
    """The points."""
    lines: tuple[str, ...]
    """The stretches of points joined by a line, each as SVG has the points of one."""
    marks: tuple[Mark, ...]
    """The marks between points."""
    medians: tuple[MedianLine, ...]
    """The medians of stretches of eight points or more."""
    days: tuple[tuple[float, str], ...]
    """The labels below, each with its place."""
    levels: tuple[tuple[float, str], ...]
    """The labels on the left, each with its place."""


def percents_of(points: Sequence[Mapping[str, Any]], part: str) -> list[float | None]:
    """Gives the share of each point in per cent; None where it is of fewer than ten."""
    found: list[float | None] = []
    for one in points:
        counted, of = one["measures"].get(part, (0, 0))
        found.append(None if of < FEWEST else 100 * counted / of)
    return found


def run_chart(
    points: Sequence[Mapping[str, Any]], between: Sequence[Mapping[str, Any]], part: str
) -> RunChart | None:
    """Draws one part of a measure; None where fewer than eight points have a share."""
    percents = percents_of(points, part)
    if sum(one is not None for one in percents) < FEWEST_POINTS:
        return None
    places = _across(len(points))
    dots = [
        None if percent is None else Dot(x, _down(percent))
        for x, percent in zip(places, percents, strict=True)
    ]
    breaks = [one["coverage"] is not False for one in between]
    stretches = list(_stretches(dots, breaks))
    return RunChart(
        dots=tuple(one for one in dots if one is not None),
        lines=tuple(" ".join(f"{dot.x},{dot.y}" for dot in stretch) for stretch in stretches),
        marks=tuple(_marks(places, between)),
        medians=tuple(_medians(stretches)),
        days=tuple(_days(points, places)),
        levels=tuple((_down(level), f"{level}%") for level in (0, 50, 100)),
    )


def letters_of(change: Mapping[str, Any]) -> str:
    """Names what changed between two points by letters; empty where nothing did."""
    found = ["R"] if change["ruleset"] else []
    found += ["M"] if change["mapping"] else []
    if change["coverage"] is None:
        found.append("C?")
    elif change["coverage"]:
        found.append("C")
    return " ".join(found)


def _across(count: int) -> list[float]:
    """Places points at equal distances: a run chart counts points, not days."""
    step = (SIZE[0] - _LEFT - _RIGHT) / max(count, 1)
    return [round(_LEFT + step * (at + 0.5), 1) for at in range(count)]


def _down(percent: float) -> float:
    return round(_TOP + (SIZE[1] - _TOP - _BOTTOM) * (1 - percent / 100), 1)


def _percent(y: float) -> float:
    return 100 * (1 - (y - _TOP) / (SIZE[1] - _TOP - _BOTTOM))


def _stretches(dots: Sequence[Dot | None], breaks: Sequence[bool]) -> Iterator[list[Dot]]:
    """Gives the points that a line joins: one after the other, of one coverage."""
    stretch = list[Dot]()
    for dot, is_broken in zip(dots, (*breaks, True), strict=True):
        if dot is not None:
            stretch.append(dot)
        if stretch and (dot is None or is_broken):
            yield stretch
            stretch = []


def _medians(stretches: Sequence[Sequence[Dot]]) -> Iterator[MedianLine]:
    for one in stretches:
        if len(one) >= FEWEST_POINTS:
            y = round(median(dot.y for dot in one), 1)
            yield MedianLine(Dot(one[0].x, y), Dot(one[-1].x, y), round(_percent(y), 1))


def _marks(places: Sequence[float], between: Sequence[Mapping[str, Any]]) -> Iterator[Mark]:
    for (one, other), change in zip(pairwise(places), between, strict=True):
        letters = letters_of(change)
        if letters:
            yield Mark(round((one + other) / 2, 1), letters)


def _days(
    points: Sequence[Mapping[str, Any]], places: Sequence[float]
) -> Iterator[tuple[float, str]]:
    step = -(-len(points) // _MOST_LABELS)
    for at, (point, x) in enumerate(zip(points, places, strict=True)):
        if (len(points) - 1 - at) % step == 0:  # so that the newest has one
            yield x, f"{date.fromisoformat(point['as_of']):%b %y}"
