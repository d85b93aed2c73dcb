"""What a term sees: the events in force, the subject, and how far in time it may look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Final

from msp_rules.casework.case import Case, Event, Supply
from msp_rules.casework.moment import Cutoff, Moment
from msp_rules.casework.workdays import Due

EVERYTHING: Final = Supply()


class Unclear(Enum):
    """The answer of an anchor or limit that cannot be known, where None means "not happened"."""

    UNKNOWN = "unknown"


UNKNOWN_MOMENT: Final = Unclear.UNKNOWN


class Scope:
    """The view of one evaluation of one condition.

    `horizon` is the last instant that counts, None for "now" (the view holds nothing later).
    `stands_at` is the instant at which a reason must stand; `is_weak` asks only whether a reason
    was given; `evidence_horizon` is set while judging whether a reason excused late evidence.
    """

    __slots__ = (
        "as_of",
        "by_type",
        "case",
        "current_id",
        "evidence_horizon",
        "horizon",
        "is_weak",
        "stands_at",
        "supply",
        "this",
    )

    def __init__(
        self,
        case: Case,
        as_of: Cutoff,
        by_type: Mapping[str, tuple[Event, ...]],
        current_id: Mapping[str, str],
        this: Event | None = None,
    ) -> None:
        self.case = case
        self.as_of = as_of
        self.by_type = by_type
        self.current_id = current_id
        self.this = this
        self.supply = case.supply
        self.horizon: Cutoff | None = None
        self.stands_at = as_of.instant
        self.is_weak = False
        self.evidence_horizon: Cutoff | None = None

    def seen_through(self, horizon: Cutoff | None) -> Scope:
        """The same view, cut off at an earlier instant."""
        other = Scope(self.case, self.as_of, self.by_type, self.current_id, self.this)
        other.supply = self.supply
        other.stands_at = self.stands_at
        other.is_weak = self.is_weak
        other.evidence_horizon = self.evidence_horizon
        other.horizon = horizon
        if self.horizon is not None and (horizon is None or self.horizon < horizon):
            other.horizon = self.horizon
        return other


Term = Callable[[Scope], int]
"""Gives 1 true, 0 false or 2 unknown."""

AnchorMoment = Moment | Unclear | None
DueAnswer = Due | Unclear | None


def kleene_and(values: list[int]) -> int:
    """True if all are, false if any is, else unknown."""
    if 0 in values:
        return 0
    return 2 if 2 in values else 1


def kleene_or(values: list[int]) -> int:
    """True if any is, false if none is, else unknown."""
    if 1 in values:
        return 1
    return 2 if 2 in values else 0


def kleene_not(value: int) -> int:
    """False for true, true for false, unknown for unknown."""
    return value if value == 2 else 1 - value
