"""Draws the wellbeing and safety grid: four fields, and an arrow for each move between them.

The drawing is lines and numbers in the colour of text, so that it reads the same in grey.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, NamedTuple

WIDTH: Final = 380
"""The width of the drawing, in units of its own."""
HEIGHT: Final = 250
"""The height of the drawing."""
_PLACES: Final = {"low": 0, "high": 1}
_LEFT: Final = 70
_FIELD: Final = (150, 110)
_START: Final = 22
_END: Final = 26
_ASIDE: Final = 9
_THIN: Final = 1.5
_THICK: Final = 6.0
_LABEL_AT: Final = 0.3


class Arrow(NamedTuple):
    """A move between two fields."""

    start: tuple[float, float]
    """The place where it begins."""
    end: tuple[float, float]
    """The place of its point."""
    label: tuple[float, float]
    """The place of its number."""
    width: float
    """The width of its line, by the number of cases."""
    cases: int
    """The number of cases that moved so."""


class Stay(NamedTuple):
    """The cases whose latest position is their first one."""

    place: tuple[float, float]
    """The middle of the field."""
    cases: int
    """Their number."""


class GridDrawing(NamedTuple):
    """The moves as they are drawn."""

    arrows: tuple[Arrow, ...]
    """Those between two fields, the most frequent ones last, so that they lie on top."""
    stays: tuple[Stay, ...]
    """Those that end where they began."""
    left_out: int
    """The number of cases one end of which is known in part, so that it has no field."""


def drawn_moves(moves: Mapping[str, int]) -> GridDrawing:
    """Places each move ("low low high high": wellbeing and safety, first and latest)."""
    arrows, stays, left_out = [], [], 0
    most = max(moves.values(), default=1)
    for move, cases in sorted(moves.items(), key=lambda one: (one[1], one[0])):
        parts = move.split(" ")
        if not all(part in _PLACES for part in parts):
            left_out += cases
        elif parts[:2] == parts[2:]:
            stays.append(Stay(_middle(*parts[:2]), cases))
        else:
            width = _THIN + (_THICK - _THIN) * cases / most
            arrows.append(_arrow(_middle(*parts[:2]), _middle(*parts[2:]), width, cases))
    return GridDrawing(tuple(arrows), tuple(stays), left_out)


def _middle(wellbeing: str, safety: str) -> tuple[float, float]:
    """Gives the middle of a field: safety grows to the right, wellbeing upwards."""
    across, down = _FIELD
    x = _LEFT + across * (_PLACES[safety] + 0.5)
    return x, down * (1.5 - _PLACES[wellbeing])


def _arrow(start: tuple[float, float], end: tuple[float, float], width: float, cases: int) -> Arrow:
    """Draws a line from field to field, to the side of the one that goes the other way."""
    length = math.dist(start, end)
    x, y = (end[0] - start[0]) / length, (end[1] - start[1]) / length

    def at(way: float, aside: float = _ASIDE) -> tuple[float, float]:
        return (
            round(start[0] + x * way - y * aside, 1),
            round(start[1] + y * way + x * aside, 1),
        )

    label = at(_START + (length - _START - _END) * _LABEL_AT, _ASIDE + _THICK + 6)
    return Arrow(at(_START), at(length - _END), label, round(width, 1), cases)
