"""Gives the limits of a funnel plot: the shares that chance alone would give a group of a size.

They are exact binomial limits around the share of the whole, interpolated between whole counts
(Spiegelhalter 2005, Statistics in Medicine 24:1185), the upper ones as the lower ones of the
complement. A group outside of them is a place to ask; it is not a rank.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import exp, lgamma, log, sqrt
from typing import Final

FEWEST_GROUPS: Final = 2
"""The fewest groups for a funnel."""
_TAILS: Final = (0.025, 0.001)
"""The chance of a share beyond each limit, at either end: of the 95 % and the 99.8 % limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelLimits:
    """The limits for a group of a size, as shares from 0 to 1."""

    low_95: float
    """The lower limit of 95 %."""
    high_95: float
    """The upper limit of 95 %."""
    low_998: float
    """The lower limit of 99.8 %."""
    high_998: float
    """The upper limit of 99.8 %."""

    def position(self, share: float) -> str:
        """Says in words where a share lies."""
        if share < self.low_998:
            return "below 99.8 %"
        if share < self.low_95:
            return "below 95 %"
        if share > self.high_998:
            return "above 99.8 %"
        return "above 95 %" if share > self.high_95 else "within"


@cache
def funnel_limits(share: float, size: int) -> FunnelLimits:
    """Gives the limits around a share for a group of `size`; all are the share where it is 0 or 1.

    Raises ValueError unless 0 <= share <= 1 and size > 0.
    """
    if not 0 <= share <= 1 or size < 1:
        raise ValueError(f"no funnel around {share} for {size}")
    low = [_lower(share, size, tail) for tail in _TAILS]
    high = [1 - _lower(1 - share, size, tail) for tail in _TAILS]
    return FunnelLimits(low_95=low[0], high_95=high[0], low_998=low[1], high_998=high[1])


def _lower(share: float, size: int, tail: float) -> float:
    """Gives the share below which a count lies with less than the chance of `tail`."""
    if share in (0.0, 1.0):
        return share
    log_odds = log(share) - log(1 - share)
    # Below this the chance is nothing: twelve deviations and more from the middle.
    count = max(0, int(size * share - 12 * sqrt(size * share * (1 - share)) - 12))
    at = (
        lgamma(size + 1)
        - lgamma(count + 1)
        - lgamma(size - count + 1)
        + count * log_odds
        + size * log(1 - share)
    )
    up_to = 0.0
    while True:
        chance = exp(at)
        up_to += chance
        if up_to > tail or count == size:
            return max(0.0, count - (up_to - tail) / chance) / size
        at += log(size - count) - log(count + 1) + log_odds
        count += 1
