"""Finds what an overlay weakens in a floor rule, and in which direction a number is weaker.

For a number or list of a floor rule that rests on a published value, every use of it in the rule is
examined: does more of it make the rule ask for less? Where all places agree, a change the other way
is proved not to weaken the rule; where they do not, no change can be proved, and none is allowed.

A direction (`way`) is 1 where more is weaker, -1 where less is, and 0 where it is unclear.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from msp_rules.rules.language.rule import BLOCKS, Basis, Parameter, Rule
from msp_rules.yaml_source.nodes import Block, Items, Node, Text

MORE_IS_WEAKER: Final = 1
UNCLEAR: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Weakening:
    """Something that a layer weakens in a rule."""

    key: str
    """`severity`, `enabled` or `$parameter`."""
    reason: str
    """The way in which it is weakened, in words."""


def weakenings(
    below: Rule, above: Rule, lower: tuple[Mapping[str, Parameter], ...], block: Block
) -> Iterator[Weakening]:
    """Yields what a layer weakens of a floor rule, as a day has it.

    `lower` are the parameters of all layers below, lowest first; `block` is the rule as parsed.
    """
    if above.severity.rank < below.severity.rank:
        fall = f"its severity can't fall from {below.severity} to {above.severity}"
        yield Weakening(key="severity", reason=fall)
    if below.is_enabled and not above.is_enabled:
        yield Weakening(key="enabled", reason="it can't be switched off")
    for name, parameter in above.parameters.items():
        if parameter.values == below.parameters[name].values:
            continue
        way = which_is_weaker(block, name)
        # Numbers that are assumed are the council's to set; what counts as a reason is not.
        is_reason = parameter.unit == "codes" and _is_reason(block, name)
        for layer in lower:
            reason = _weaker_value(layer[name], parameter, way, is_reason=is_reason)
            if reason is not None:
                yield Weakening(key=f"${name}", reason=reason)
                break


def _is_reason(block: Block, name: str) -> bool:
    reasons = block.entries.get("explained_when")
    return reasons is not None and any(True for _ in _anywhere(reasons, f"${name}"))


def _weaker_value(bound: Parameter, new: Parameter, way: int, *, is_reason: bool) -> str | None:
    """Says why a new value is weaker than a binding one on some day; None where it never is."""
    days = sorted({value.first_day for value in (*bound.values, *new.values)})
    for day in days:
        published = _binding_on(bound, day, is_reason=is_reason)
        if published is None:
            continue
        value = new.value_on(day)
        if value == published or not _is_weaker(value, published, way):
            continue
        since = f"from {day} on"
        if way == UNCLEAR:
            return (
                f"{new.name} is {_words(published)}; it can't be proved that "
                f"{_words(value)} ({since}) asks for as much"
            )
        return f"{new.name} is {_words(published)}; {_words(value)} ({since}) would ask for less"
    return None


def _binding_on(
    parameter: Parameter, day: date, *, is_reason: bool
) -> int | tuple[str, ...] | None:
    started = [value for value in parameter.values if value.first_day <= day]
    found = started[-1] if started else parameter.values[0]
    return found.value if is_reason or found.basis is Basis.PUBLISHED else None


def _is_weaker(value: int | tuple[str, ...], bound: int | tuple[str, ...], way: int) -> bool:
    if way == UNCLEAR:
        return True
    if isinstance(value, tuple) or isinstance(bound, tuple):
        new, old = (set(v) if isinstance(v, tuple) else {str(v)} for v in (value, bound))
        return not (new <= old if way == MORE_IS_WEAKER else new >= old)
    return value > bound if way == MORE_IS_WEAKER else value < bound


def _words(value: int | tuple[str, ...]) -> str:
    return str(value) if isinstance(value, int) else f"[{', '.join(value)}]"


def which_is_weaker(block: Block, parameter: str) -> int:
    """Tells whether more (or less) of a parameter makes a rule ask for less, or UNCLEAR."""
    ways = set(_ways(block, f"${parameter}"))
    return ways.pop() if len(ways) == 1 else UNCLEAR


def _ways(block: Block, word: str) -> Iterator[int]:
    entries = block.entries
    for one in BLOCKS:
        # A rule that applies more often finds more; any other block that holds more often, less.
        way = -1 if one.key == "applies_when" else 1
        if one.key in entries:
            yield from _in_condition(entries[one.key], word, way)
    if "due" in entries:
        yield from _in_due(entries["due"], word)
    if_none, colour = entries.get("if_none"), entries.get("colour")
    if isinstance(if_none, Block):
        if "applies_when" in if_none.entries:
            yield from _in_condition(if_none.entries["applies_when"], word, -1)
        if "due" in if_none.entries:
            yield from _in_due(if_none.entries["due"], word)
    if isinstance(colour, Block) and "red_when" in colour.entries:
        yield from _in_condition(colour.entries["red_when"], word, -1)


def _in_due(node: Node, word: str) -> Iterator[int]:
    """Yields the directions in a limit: a later one asks for less; its event may come any time."""
    if isinstance(node, Items):
        for item in node.items:
            yield from _in_due(item, word)
        return
    if not isinstance(node, Block):
        return
    for key, value in node.entries.items():
        if key == "within" and _is(value, word):
            yield MORE_IS_WEAKER
        elif key in ("earliest", "then", "else"):
            yield from _in_due(value, word)
        else:
            yield from _anywhere(value, word)


def _in_condition(node: Node, word: str, way: int) -> Iterator[int]:
    """Yields the directions in a condition; `way` is 1 if the rule asks for less when it holds."""
    if not isinstance(node, Block):
        return
    entries = node.entries
    for key, sign in (("all", 1), ("any", 1), ("none", -1)):
        if key in entries:
            parts = entries[key]
            for item in parts.items if isinstance(parts, Items) else ():
                yield from _in_condition(item, word, way * sign)
            return
    if "at_least_n_of" in entries:
        body = entries["at_least_n_of"]
        if isinstance(body, Block):
            if "n" in body.entries and _is(body.entries["n"], word):
                yield -way
            several = body.entries.get("of")
            for item in several.items if isinstance(several, Items) else ():
                yield from _in_condition(item, word, way)
        return
    yield from _in_verb(entries, word, way)


def _in_verb(entries: Mapping[str, Node], word: str, way: int) -> Iterator[int]:
    more_events = _sign_of_events(entries) * way
    for key, value in entries.items():
        if key in ("this", "case", "adult") and isinstance(value, Block):
            yield from _in_tests(value, word, way)
        elif key in ("codes", "stands_for") and _is(value, word):
            yield way
        elif key == "needs" and _is(value, word) or key == "at_least" and _is(value, word):
            yield -way
        elif key == "at_most" and _is(value, word):
            yield way
        elif key == "within" and isinstance(value, Block):
            for name, part in value.entries.items():
                if name == "limit":
                    yield from (more_events for _ in range(_is(part, word)))
                else:
                    yield from _anywhere(part, word)
        elif key == "where" and isinstance(value, Block):
            yield from _in_tests(value, word, _sign_of_tests(entries) * way)
        else:
            yield from _anywhere(value, word)


def _sign_of_events(entries: Mapping[str, Node]) -> int:
    """Tells whether more events make the condition hold more (1) or less often (-1); 0: either."""
    if "recorded" in entries:
        return 1
    if "not_recorded" in entries:
        return -1
    if "count" in entries:
        return {(True, False): 1, (False, True): -1}.get(
            ("at_least" in entries, "at_most" in entries), 0
        )
    return 0


def _sign_of_tests(entries: Mapping[str, Node]) -> int:
    return 1 if "latest" in entries or "first" in entries else _sign_of_events(entries)


def _in_tests(block: Block, word: str, way: int) -> Iterator[int]:
    for test in block.entries.values():
        if _is(test, word):
            yield way
        elif isinstance(test, Block):
            for name, value in test.entries.items():
                if _is(value, word):
                    yield -way if name in ("is_not", "not_one_of", "at_least") else way
                else:
                    yield from _anywhere(value, word)


def _anywhere(node: Node, word: str) -> Iterator[int]:
    """Yields UNCLEAR for each use, wherever it is, without examining its effect."""
    if _is(node, word):
        yield UNCLEAR
    elif isinstance(node, Items):
        for item in node.items:
            yield from _anywhere(item, word)
    elif isinstance(node, Block):
        for value in node.entries.values():
            yield from _anywhere(value, word)


def _is(node: Node, word: str) -> bool:
    return isinstance(node, Text) and node.value == word
