"""Places the points and the limits of a funnel plot; the template draws them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from msp_rules.audit.measures.document import LIMITS
from msp_rules.audit.measures.funnel import funnel_limits

SIZE: Final = (420, 250)
"""The width and height of the drawing, with its axes."""
_LEFT: Final = 44
_BOTTOM: Final = 210
_RIGHT: Final = 372
_TOP: Final = 8
_STEPS: Final = 60


class FunnelPoint(NamedTuple):
    """One group of a funnel plot."""

    number: int
    """The number of its row in the table beside."""
    x: float
    """Its place across: the size of the group."""
    y: float
    """Its place down: its share."""


class FunnelPlot(NamedTuple):
    """A funnel plot as it is drawn."""

    points: tuple[FunnelPoint, ...]
    """The groups."""
    lines: Mapping[str, str]
    """The points of each limit's line, by the name of the limit."""
    ends: Mapping[str, float]
    """The place down at which each line ends."""
    middle: float
    """The place down of the share of all."""
    ticks: tuple[tuple[float, int], ...]
    """The places across that are labelled with a size."""
    shares: tuple[tuple[float, int], ...]
    """The places down that are labelled with a percentage."""


def funnel_plot(whole: Mapping[str, Any], groups: Sequence[Mapping[str, Any]]) -> FunnelPlot | None:
    """Draws the groups of a part; None where they have no limits."""
    if not groups or "funnel" not in groups[0]:
        return None
    share = whole["numerator"] / whole["denominator"]
    most: int = max(10, *(group["denominator"] for group in groups))
    sizes = sorted({max(1, round(most * at / _STEPS)) for at in range(1, _STEPS + 1)})
    limits = {size: funnel_limits(share, size) for size in sizes}

    def across(size: float) -> float:
        return round(_LEFT + (_RIGHT - _LEFT) * size / most, 1)

    return FunnelPlot(
        points=tuple(
            FunnelPoint(
                number,
                across(group["denominator"]),
                _down(group["numerator"] / group["denominator"]),
            )
            for number, group in enumerate(groups, 1)
        ),
        lines={
            name: " ".join(f"{across(size)},{_down(getattr(limits[size], name))}" for size in sizes)
            for name in LIMITS
        },
        ends={name: _down(getattr(limits[sizes[-1]], name)) for name in LIMITS},
        middle=_down(share),
        ticks=tuple((across(size), size) for size in _ticks(most)),
        shares=tuple((_down(percent / 100), percent) for percent in (0, 25, 50, 75, 100)),
    )


def _down(share: float) -> float:
    return round(_BOTTOM - (_BOTTOM - _TOP) * share, 1)


def _ticks(most: int) -> list[int]:
    """Gives a few round sizes up to the largest."""
    step = next(
        factor * 10**power
        for power in range(12)
        for factor in (1, 2, 5)
        if factor * 10**power * 5 >= most
    )
    return [*range(0, most + 1, step)]
