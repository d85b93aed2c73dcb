"""Evaluates the suspensions of a ruleset, once for a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from msp_rules.engine.conditions import ConditionCompiler
from msp_rules.engine.scope import DueAnswer, Scope
from msp_rules.engine.selections import Clock
from msp_rules.engine.truth import FALSE, NOT_HAPPENED, UNKNOWN, UNKNOWN_MOMENT, NoMoment
from msp_rules.rules.language.rule import Ruleset


@dataclass(slots=True)
class SuspensionState:
    """One suspension in one case: whether it holds, and from which day limits fall under it."""

    holds: int
    from_day: int | NoMoment
    is_limited: bool

    def stops(self, due: DueAnswer) -> int:
        """Tells whether a rule with this limit no longer applies."""
        if self.holds == FALSE or not self.is_limited or due is NOT_HAPPENED:
            return self.holds
        if self.from_day is NOT_HAPPENED:
            return FALSE  # nothing can fall after what has not happened
        if due is UNKNOWN_MOMENT or self.from_day is UNKNOWN_MOMENT:
            return UNKNOWN
        return self.holds if due.cutoff.day >= self.from_day else FALSE


class Suspensions:
    """The suspensions of a ruleset, compiled."""

    def __init__(self, ruleset: Ruleset, clock: Clock) -> None:
        compiler = ConditionCompiler("", None, clock, ruleset.settings)
        self._rows = [
            (
                compiler.compile(one.when),
                clock.anchor(one.limit_after) if one.limit_after is not None else None,
            )
            for one in ruleset.suspensions
        ]

    def states(self, scope: Scope) -> Mapping[int, SuspensionState]:
        """Gives the suspensions that hold, or may, by their place in the ruleset."""
        states: dict[int, SuspensionState] = {}
        # What a source has no way to say suspends nothing, as it explains nothing (readings 11).
        scope = scope.for_reasons()
        for index, (when, limit_after) in enumerate(self._rows):
            holds = when.term(scope)
            if holds == FALSE:
                continue
            day: int | NoMoment = NOT_HAPPENED
            if limit_after is not None:
                moment = limit_after(scope)
                day = moment if isinstance(moment, NoMoment) else moment.day
            states[index] = SuspensionState(holds, day, limit_after is not None)
        return states
