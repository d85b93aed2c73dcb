"""Places the points and the limits of a funnel plot; the template draws them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor
from typing import Any, Final, NamedTuple

from msp_rules.audit.measures.document import LIMITS
from msp_rules.audit.measures.funnel import funnel_limits

BOX: Final = (0, -32, 640, 282)
"""The left, top, width and height of the drawing: axes, and numbers of groups above the top."""
_LEFT: Final = 44
_BOTTOM: Final = 210
_RIGHT: Final = 592
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
    label: tuple[float, float]
    """The place of its number, beside no other one where there is room."""
    is_led: bool
    """True where a line leads to its number, which stands further off."""


class FunnelPlot(NamedTuple):
    """A funnel plot as it is drawn."""

    points: tuple[FunnelPoint, ...]
    """The groups."""
    lines: Mapping[str, str]
    """The points of each limit's line, by the name of the limit."""
    middle: float
    """The place down of the share of all."""
    ticks: tuple[tuple[float, int], ...]
    """The places across that are labelled with a size."""
    shares: tuple[tuple[float, int], ...]
    """The places down that are labelled with a percentage."""


class _Axes(NamedTuple):
    """The size at the right end, and the shares at the bottom and the top."""

    most: int
    low: float
    high: float

    def across(self, size: float) -> float:
        return round(_LEFT + (_RIGHT - _LEFT) * size / self.most, 1)

    def down(self, share: float) -> float:
        inside = min(max(share, self.low), self.high)
        return round(_BOTTOM - (_BOTTOM - _TOP) * (inside - self.low) / (self.high - self.low), 1)


def funnel_plot(whole: Mapping[str, Any], groups: Sequence[Mapping[str, Any]]) -> FunnelPlot | None:
    """Draws the groups of a part; None where they have no limits."""
    if not groups or "funnel" not in groups[0]:
        return None
    share: float = whole["numerator"] / whole["denominator"]
    places = [(one["denominator"], one["numerator"] / one["denominator"]) for one in groups]
    axes = _axes(share, places)
    sizes = sorted({max(1, round(axes.most * at / _STEPS)) for at in range(1, _STEPS + 1)})
    limits = {size: funnel_limits(share, size) for size in sizes}
    return FunnelPlot(
        points=_points([(axes.across(size), axes.down(part)) for size, part in places]),
        lines={
            name: " ".join(
                f"{axes.across(size)},{axes.down(getattr(limits[size], name))}" for size in sizes
            )
            for name in LIMITS
        },
        middle=axes.down(share),
        ticks=tuple((axes.across(size), size) for size in _ticks(axes.most)),
        shares=tuple((axes.down(one / 100), one) for one in _percentages(axes)),
    )


def _axes(share: float, places: Sequence[tuple[int, float]]) -> _Axes:
    """Chooses the axes so that all groups, and the limits of the smallest, are on the drawing."""
    limits = funnel_limits(share, min(size for size, _ in places))
    shares = [share, limits.low_998, limits.high_998, *(one for _, one in places)]
    return _Axes(
        max(10, *(size for size, _ in places)),
        min(9, floor(min(shares) * 10)) / 10,
        min(10, floor(max(shares) * 10) + 1) / 10,
    )


def _points(places: Sequence[tuple[float, float]]) -> tuple[FunnelPoint, ...]:
    taken: list[tuple[float, float]] = []
    found: dict[int, FunnelPoint] = {}
    for number, (x, y) in sorted(enumerate(places, 1), key=lambda one: one[1]):
        tried = [(round(x + across, 1), round(y + down, 1)) for across, down in _ASIDE]
        free = [one for one in tried if not _is_covered(one, (x, y), taken, places)]
        label = free[0] if free else tried[0]
        taken.append(label)
        found[number] = FunnelPoint(number, x, y, label, is_led=label != tried[0])
    return tuple(found[number] for number in sorted(found))


def _is_covered(
    label: tuple[float, float],
    own: tuple[float, float],
    labels: Sequence[tuple[float, float]],
    points: Sequence[tuple[float, float]],
) -> bool:
    """Says whether another number, or the point of another group, lies where a number would."""
    if any(abs(label[0] - x) < _WIDE and abs(label[1] - y) < _HIGH for x, y in labels):
        return True
    middle = label[0] + 6, label[1] - 4
    return any(
        abs(middle[0] - x) < _WIDE - 3 and abs(middle[1] - y) < _HIGH - 2
        for x, y in points
        if (x, y) != own
    )


_WIDE: Final = 14
_HIGH: Final = 10
_ASIDE: Final = (
    *((4, -4), (4, 11), (-14, -4), (-14, 11), (4, -15), (4, 22), (-14, -15), (-14, 22)),
    *((16, 4), (-26, 4), (4, -26), (4, 33), (-14, -26), (-14, 33)),
)
"""The places of a label beside its point, the best first."""


def _percentages(axes: _Axes) -> range:
    low, high = round(axes.low * 100), round(axes.high * 100)
    return range(low, high + 1, 10 if high - low <= 50 else 20)


def _ticks(most: int) -> list[int]:
    """Gives a few round sizes up to the largest."""
    step = next(
        factor * 10**power
        for power in range(12)
        for factor in (1, 2, 5)
        if factor * 10**power * 5 >= most
    )
    return [*range(0, most + 1, step)]
