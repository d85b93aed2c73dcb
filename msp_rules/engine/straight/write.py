"""Writes straight-line code for the rules of an engine, and lets their blocks use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from msp_rules.engine.compiled import Compiled
from msp_rules.engine.compiler import CompiledRule
from msp_rules.engine.dues import DueOnSubjectDay, DueOnTriggerDay
from msp_rules.engine.selections import Clock
from msp_rules.engine.straight.ahead import compiled_functions
from msp_rules.engine.straight.conditions_text import ConditionWriter
from msp_rules.engine.straight.helpers import HELPERS
from msp_rules.engine.straight.limits_text import LimitWriter
from msp_rules.engine.straight.rule_code import NONE_LACKS, Functions, Key, RuleCode
from msp_rules.engine.straight.selections_text import LIST_OF_EVENTS, SelectionWriter
from msp_rules.engine.straight.source import Source
from msp_rules.engine.straight.terms import StraightCondition, StraightLimit
from msp_rules.engine.verdict import Decision
from msp_rules.rules.language.conditions import NoLimit
from msp_rules.rules.language.rule import Ruleset

_LIMIT: Final = "RunningFrom"


class StraightCode(NamedTuple):
    """Holds what was written for the rules of an engine."""

    text: str
    """The source, as `msp-rules compile --show` prints it."""
    constants: Mapping[str, object]
    """The values that the functions name, by name."""
    is_compiled: bool
    """True where its functions were compiled with the package."""
    functions: int
    """The number of its functions."""
    shared_slots: int
    """The number of values that its functions keep for a case."""
    tested: Mapping[str, frozenset[str]]
    """The fields whose values it compares, by event type: a withheld one leaves that in doubt."""
    codes: tuple[RuleCode, ...]
    """The code of each rule, as they were given."""


Decide = Callable[[Key], Decision | None]
"""Decides a rule by what the table looks at; None where the matchers don't agree."""


def straighten(
    rules: Sequence[tuple[CompiledRule, Decide]],
    clock: Clock,
    ruleset: Ruleset,
    *,
    only_compiled: bool = False,
) -> StraightCode | None:
    """Writes rules as functions, and lets them be judged by those from now on.

    `ruleset` is in its form of the day. With `only_compiled`, nothing is done and None given unless
    the functions were compiled with the package.
    """
    source = Source()
    selections = SelectionWriter(source, clock, ruleset.vocabulary)
    written = [_Rule(rule, selections, decide) for rule, decide in rules]
    compiled = compiled_functions(source.text, source.constants, ruleset)
    if compiled is None and only_compiled:
        return None
    functions = compiled or source.functions(HELPERS, "straight-line code")
    codes = tuple([one.use(functions) for one in written])
    return StraightCode(
        text=source.text,
        constants=source.constants,
        is_compiled=compiled is not None,
        functions=source.functions_written,
        shared_slots=source.shared_slots,
        tested=selections.tested(),
        codes=codes,
    )


class _Rule:
    """The blocks of one rule, which are written first and used once all functions are made."""

    def __init__(self, rule: CompiledRule, selections: SelectionWriter, decide: Decide) -> None:
        self._rule = rule
        self._decide = decide
        self._source = selections.source
        self._writer = ConditionWriter(selections, rule.conditions)
        self._nodes = rule.conditions.nodes()
        whom = ", where there is none" if rule.is_null_row else ""
        self._source.heading(f"{rule.id}{whom}: {rule.rule.title}")
        self._names: dict[Compiled, tuple[str, str | None, str | None]] = {}
        self._write("evidence", rule.expects, is_whole=True)
        self._write("explained", rule.explained, is_whole=True)
        self._write("partly", rule.partly, is_whole=True)
        self._write("cannot tell", rule.cannot_tell)
        self._write("red", rule.red)
        for when, _ in rule.touches:
            self._write("touches", when)
        if isinstance(rule.due, DueOnTriggerDay):
            self._write("trigger", rule.due.applies)
        self._applies = self._write_applies()
        self._lacks = self._write_lacks()
        self._limit = self._write_limit()

    def _write(self, name: str, block: Compiled | None, *, is_whole: bool = False) -> None:
        """Writes whether a block holds and, where `is_whole`, by what, and what is missing."""
        if block is None or (not is_whole and block in self._names):
            return
        node, writer = self._nodes[id(block)], self._writer
        holds = self._function(node, self._stem(name), writer.holds(node))
        events = missing = None
        if is_whole:
            events = self._function(
                node, self._stem(f"{name} events"), writer.events(node), LIST_OF_EVENTS
            )
            missing = self._function(
                node, self._stem(f"{name} missing"), writer.missing(node), "Way"
            )
        self._names[block] = (holds, events, missing)

    def _stem(self, what: str) -> str:
        return f"{self._rule.id} {'of none ' if self._rule.is_null_row else ''}{what}"

    def _function(self, key: object, stem: str, text: str, gives: str = "object") -> str:
        return self._source.function((stem, key), stem, lambda _: [f"return {text}"], gives)

    def _holds(self, condition: Compiled) -> str:
        node = self._nodes.get(id(condition))
        if node is None:  # a period of the rule: it compares two numbers
            return f"sure({self._source.constant('condition', condition)}.term(s))"
        return self._writer.holds(node)

    def _write_applies(self) -> str | None:
        parts = [self._holds(condition) for _, condition in self._rule.applies]
        if not parts:
            return None
        stem = self._stem("applies")
        return self._function(self._rule.id, stem, " and ".join(parts))

    def _write_lacks(self) -> str:
        stem = self._stem("lacks")

        def body(_name: str) -> Sequence[str]:
            lines: list[str] = []
            for place, (_column, condition) in enumerate(self._rule.evidence):
                lines += [f"if not {self._holds(condition)}:", f"    return {place}"]
            return [*lines, f"return {NONE_LACKS}"]

        return self._source.function(stem, stem, body, "int")

    def _write_limit(self) -> str:
        rule, stem = self._rule.rule, self._stem("limit")
        node = rule.due
        if self._rule.is_null_row:
            node = None if rule.if_none is None else rule.if_none.due
        if node is None or isinstance(node, NoLimit):
            return self._function(rule.id, stem, self._due_at_once(), _LIMIT)
        limits = LimitWriter(self._writer, self._rule.conditions, rule.parameters)
        lines = [*limits.limit(node), "value = limit"]
        return self._source.kept(stem, stem, lambda _: lines, _LIMIT, is_own=True)

    def _due_at_once(self) -> str:
        """Gives the text of the limit of a rule that is due on the day on which it applies."""
        due = self._rule.due
        clock = self._source.constant("clock", self._rule.conditions.clock)
        if isinstance(due, DueOnSubjectDay):
            return f"day_of(subject_moment(s), {clock})"
        if isinstance(due, DueOnTriggerDay):
            trigger = None if due.applies is None else self._nodes[id(due.applies)]
            began = self._writer.began(trigger)
            if began is not None:
                return f"day_of(known_moment({began}), {clock})"
        return f"(known_limit({self._source.constant('limit', due)}.due(s)), None)"

    def use(self, functions: Mapping[str, Any]) -> RuleCode:
        """Lets the rule ask the functions."""
        rule = self._rule
        straight = {
            block: StraightCondition(
                block,
                functions[holds],
                functions[events] if events else None,
                functions[missing] if missing else None,
            )
            for block, (holds, events, missing) in self._names.items()
        }

        def of(block: Compiled) -> Compiled:
            return straight.get(block, block)

        def of_any(block: Compiled | None) -> Compiled | None:
            return None if block is None else of(block)

        holds, events, _ = self._names[rule.expects]
        explained = None if rule.explained is None else self._names[rule.explained][0]
        code = Functions(
            applies=None if self._applies is None else functions[self._applies],
            lacks=functions[self._lacks],
            events=functions[events or holds],
            limit=functions[self._limit],
            explained=None if explained is None else functions[explained],
        )
        rule.expects = of(rule.expects)
        rule.explained, rule.partly = of_any(rule.explained), of_any(rule.partly)
        rule.cannot_tell, rule.red = of_any(rule.cannot_tell), of_any(rule.red)
        rule.touches = tuple([(of(when), names) for when, names in rule.touches])
        if isinstance(rule.due, DueOnTriggerDay):
            rule.due.applies = of_any(rule.due.applies)
        rule.due = StraightLimit(rule.due, functions[self._limit])
        return RuleCode(rule, code, self._decide)
