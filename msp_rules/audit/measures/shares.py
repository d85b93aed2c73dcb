"""Gives a share as documents hold it: a percentage with its interval, from ten units on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msp_rules.audit.case_file.agreement import FEWEST, wilson

NO_SHARE: Final[Mapping[str, float | None]] = {"percent": None, "low": None, "high": None}
"""The share of what is counted only."""


def share_of(numerator: int, denominator: int) -> Mapping[str, float | None]:
    """Gives a percentage with its interval of 95 % (Wilson); none below ten units."""
    if denominator < FEWEST:
        return NO_SHARE
    interval = wilson(numerator, denominator)
    return {
        "percent": round(100 * interval.share, 1),
        "low": round(100 * interval.low, 1),
        "high": round(100 * interval.high, 1),
    }
