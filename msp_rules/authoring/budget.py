"""How many prompts a view may hold, and which of them wait: by urgency, then by due date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from msp_rules.rules.rule_reader import URGENCIES

_RANKS: Final = {urgency: -rank for rank, urgency in enumerate(URGENCIES)}
_INTERRUPTING: Final = "critical"
_NO_DUE: Final = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The most prompts of one view, for one role: those that interrupt, and those that don't."""

    interrupting: int = 1
    passive: int = 3


class Asked(NamedTuple):
    """A prompt that stands in a view. `due` is the instant through which it is in time, or None."""

    rule: str
    subject: str | None
    urgency: str
    due: int | None


def held_back(asked: Sequence[Asked], budget: Budget) -> list[Asked]:
    """The prompts for which a view has no room, the most pressing of them first.

    Only critical ones interrupt; one for which there is no such place takes a passive one, before
    all that is less urgent.
    """
    ordered = sorted(asked, key=_order)
    critical = sum(one.urgency == _INTERRUPTING for one in ordered)
    return ordered[min(critical, budget.interrupting) + budget.passive :]


def _order(one: Asked) -> tuple[int, float, str, str]:
    due = one.due if one.due is not None else _NO_DUE
    return (_RANKS[one.urgency], due, one.rule, one.subject or "")
