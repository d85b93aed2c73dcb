"""Defines the three truth values, how they combine, and why a moment can be missing.

A record leaves much open: a field that could not be read, a type that the source does not supply.
So whatever is asked of it is true, false or unknown, and combines as in Kleene's strong logic: an
unknown part leaves the whole unknown, unless the other parts settle it alone.

The values are whole numbers, not an enum, because rows of them go to the matchers, and because
mypyc writes a `Final` number directly into the compiled code.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

FALSE: Final = 0
TRUE: Final = 1
UNKNOWN: Final = 2


class NoMoment(Enum):
    """Says why there is no moment (or limit) to compare with."""

    UNKNOWN = "unknown"
    NOT_HAPPENED = "not happened"


UNKNOWN_MOMENT: Final = NoMoment.UNKNOWN
"""The record does not say when it was, or whether it was at all."""
NOT_HAPPENED: Final = NoMoment.NOT_HAPPENED
"""It certainly has not happened yet."""


def kleene_and(values: list[int]) -> int:
    """True if all are, false if any is, else unknown."""
    if FALSE in values:
        return FALSE
    return UNKNOWN if UNKNOWN in values else TRUE


def kleene_or(values: list[int]) -> int:
    """True if any is, false if all are, else unknown."""
    if TRUE in values:
        return TRUE
    return UNKNOWN if UNKNOWN in values else FALSE


def kleene_not(value: int) -> int:
    """False for true, true for false, unknown for unknown."""
    if value == UNKNOWN:
        return UNKNOWN
    return FALSE if value == TRUE else TRUE
