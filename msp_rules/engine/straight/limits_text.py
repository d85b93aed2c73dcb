"""Writes when evidence is due in a clear record, and the number that decides it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msp_rules.engine.conditions import ConditionCompiler
from msp_rules.engine.dues import dated_numbers, due_term
from msp_rules.engine.straight.conditions_text import DEEPEST, ConditionWriter
from msp_rules.engine.straight.helpers import RunningLimit
from msp_rules.rules.language.conditions import Due as DueNode
from msp_rules.rules.language.conditions import (
    DueAt,
    DueByField,
    DueChosen,
    DueEarliest,
    DueWithin,
    NoLimit,
    This,
)
from msp_rules.rules.language.rule import Parameter


class LimitWriter:
    """Writes the limits of one rule: functions that give a limit with its number."""

    def __init__(
        self,
        conditions: ConditionWriter,
        compiler: ConditionCompiler,
        parameters: Mapping[str, Parameter],
    ) -> None:
        self._conditions = conditions
        self._selections = conditions.selections
        self._clock = self._selections.source.constant("clock", compiler.clock)
        self._compiler = compiler
        self._parameters = parameters
        self._lists = 0
        self._depth = 0

    def limit(self, node: DueNode) -> Sequence[str]:
        """Gives the lines that set `limit`."""
        if self._depth >= DEEPEST:
            term = due_term(node, self._compiler, self._parameters)
            name = self._selections.source.constant("limit", term)
            return [f"limit = (known_limit({name}.due(s)), {name}.number(s))"]
        self._depth += 1
        lines = self._limit(node)
        self._depth -= 1
        return lines

    def _limit(self, node: DueNode) -> Sequence[str]:
        match node:
            case DueWithin():
                running = RunningLimit(
                    self._compiler.clock, node.limit, dated_numbers(node.limit, self._parameters)
                )
                name = self._selections.source.constant("running", running)
                return [
                    f"at = {self._selections.moment(node.anchor)}",
                    f"limit = {name}(at)",
                ]
            case DueAt():
                return [
                    f"at = {self._selections.moment(node.anchor)}",
                    f"limit = day_of(at, {self._clock})",
                ]
            case DueByField():
                return self._by_field(node)
            case DueEarliest():
                return self._earliest(node)
            case DueChosen():
                otherwise = ["limit = NOT_BEGUN"]
                if node.otherwise is not None:
                    otherwise = [*self.limit(node.otherwise)]
                return [
                    f"if {self._conditions.holds(node.when)}:",
                    *[f"    {line}" for line in self.limit(node.then)],
                    "else:",
                    *[f"    {line}" for line in otherwise],
                ]
            case NoLimit():
                raise AssertionError("no limit is the whole of a rule's due")

    def _earliest(self, node: DueEarliest) -> Sequence[str]:
        self._lists += 1
        parts = f"parts{self._lists}"
        lines = [f"{parts}: list[RunningFrom] = []"]
        for part in node.of:
            lines += [*self.limit(part), f"{parts}.append(limit)"]
        return [*lines, f"limit = earliest_of({parts})"]

    def _by_field(self, node: DueByField) -> Sequence[str]:
        event = "s.this"
        if not isinstance(node.anchor, This):
            event = self._selections.event(node.anchor)
        otherwise: Sequence[str] = ["limit = NOT_BEGUN"]
        if node.otherwise is not None:
            otherwise = self.limit(node.otherwise)
        return [
            f"event = {event}",
            f"said = None if event is None else event.fields.get({node.field!r})",
            "if isinstance(said, Moment):",
            f"    limit = day_of(said, {self._clock})",
            "else:",
            *[f"    {line}" for line in otherwise],
        ]
