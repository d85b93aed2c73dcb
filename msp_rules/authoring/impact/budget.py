"""How many prompts a view may hold, and which of them wait, as a live desk decides it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from msp_rules.engine.prompting import CRITICAL, WARNING, Timing

_URGENCIES: Final = {CRITICAL: 0, WARNING: 1, "info": 2}
_TIMINGS: Final = {Timing.OVERDUE: 0, Timing.DUE_SOON: 1, Timing.EARLY: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The most prompts of one view, for one role: those that interrupt, and those that don't."""

    interrupting: int = 1
    passive: int = 3


class Asked(NamedTuple):
    """A prompt that asks in a view. `due` is the instant through which it is in time, or None."""

    rule: str
    subject: str | None
    urgency: str
    timing: Timing
    due: int | None
    roles: tuple[str, ...]


def held_back(asked: Sequence[tuple[Asked, bool]], budget: Budget) -> list[Asked]:
    """The prompts for which a view has no room, the most pressing of them first.

    Beside each prompt stands whether it is new to the worker. New critical ones interrupt; those
    for which there is no such place, and critical ones seen before, take a passive one.
    """
    if len(asked) <= budget.passive:
        return []
    ordered = sorted(asked, key=lambda one: _order(one[0]))
    room, others = budget.interrupting, list[Asked]()
    for one, is_new in ordered:
        if room and is_new and one.urgency == CRITICAL:
            room -= 1
        else:
            others.append(one)
    return others[budget.passive :]


def _order(one: Asked) -> tuple[int, int, bool, int, str, str]:
    return (
        _URGENCIES[one.urgency],
        _TIMINGS[one.timing],
        one.due is None,
        one.due or 0,
        one.rule,
        one.subject or "",
    )
