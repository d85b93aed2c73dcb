"""Shows the rules that are in force once all layers are applied.

Each value comes with the layer and the place that it comes from; `differences` says in words how
two such rulesets differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from msp_rules.errors import SourceLocation
from msp_rules.rules import Layered
from msp_rules.rules.language.rule import Reasons
from msp_rules.yaml_source.nodes import Block, Items, Node, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value of a rule, and where it comes from."""

    path: str
    """The keys that lead to it, with dots between."""
    value: str
    """The value in words."""
    layer: str
    """The id of the layer that says it."""
    where: SourceLocation
    """The place in the layer's file."""
    until: date | None = None
    """The last day of a change that ends; None for one that does not."""


def effective(layered: Layered, rule: str, day: date | None = None) -> tuple[Value, ...]:
    """Lists every value of a rule as of a day; None: with every change, whenever in force."""
    changed = layered.changed.get(rule)
    block = layered.blocks[rule] if changed is None else changed.block_on(day)
    rows = list(_values(block))
    ends: dict[SourceLocation, date] = {}
    for change in changed.changes if changed is not None else ():
        last = change.reasons.period.last
        if last is not None:
            places = [node.where for node in change.nodes.values()]
            places += [row.where for items in change.parameters.values() for row in items.items]
            ends |= dict.fromkeys(places, last)
    values = [
        Value(
            path=path,
            value=text,
            layer=layered.layer_of(where).id,
            where=where,
            until=ends.get(where),
        )
        for path, text, where in rows
    ]
    return tuple(values)


def _values(block: Block) -> Iterator[tuple[str, str, SourceLocation]]:
    """Yields the values of a rule in file order; its examples are counted."""
    for key, node in block.entries.items():
        if key == "examples" and isinstance(node, Items):
            yield key, f"{len(node.items)} examples", block.keys[key]
        elif key == "parameters" and isinstance(node, Block):
            for name, body in node.entries.items():
                yield from _parameter(f"parameters.{name}", body)
        else:
            for name, text in _leaves(node, key):
                yield name, text.value, text.where


def _parameter(path: str, body: Node) -> Iterator[tuple[str, str, SourceLocation]]:
    if not isinstance(body, Block):
        return
    unit = body.entries.get("unit")
    for key, node in body.entries.items():
        if key != "values" or not isinstance(node, Items):
            for name, text in _leaves(node, f"{path}.{key}"):
                yield name, text.value, text.where
            continue
        for row in node.items:
            said = {name: text.value for name, text in _leaves(row, "")}
            of = unit.value.replace("_", " ") if isinstance(unit, Text) else ""
            basis = f"{said['basis']}: {said['source']}"
            yield f"{path} from {said['from']}", f"{said['value']} {of} ({basis})", row.where


def _leaves(node: Node, path: str) -> Iterator[tuple[str, Text]]:
    """Yields every value below a node, with its path; a list of words is one value."""
    if isinstance(node, Text):
        yield path, node
    elif isinstance(node, Block):
        for key, value in node.entries.items():
            yield from _leaves(value, f"{path}.{key}".lstrip("."))
    elif all(isinstance(item, Text) for item in node.items):
        words = ", ".join(item.value for item in node.items if isinstance(item, Text))
        yield path, Text(f"[{words}]", False, node.where)
    else:
        for number, item in enumerate(node.items, start=1):
            yield from _leaves(item, f"{path}[{number}]")


def local_exceptions(layered: Layered, rule: str) -> Iterator[tuple[str, str, Reasons]]:
    """Yields the filters and waivers of a rule: what each is, its name, and its reasons."""
    changed = layered.changed.get(rule)
    for one in changed.filter_texts if changed is not None else ():
        yield "filter", one.name, one.reasons
    for waiver in layered.ruleset.waivers:
        if rule in waiver.rules:
            yield "waiver", waiver.name, waiver.reasons


def differences(one: Layered, other: Layered) -> tuple[str, ...]:
    """Says in words how the second ruleset differs from the first; empty if it does not."""
    return tuple(_differences(one, other))


def _differences(one: Layered, other: Layered) -> Iterator[str]:
    for name in sorted(one.blocks.keys() | other.blocks.keys()):
        if name not in one.blocks:
            rule = next(r for r in other.ruleset.rules if r.id == name)
            yield f'{name} is new: "{rule.title}"'
        elif name not in other.blocks:
            rule = next(r for r in one.ruleset.rules if r.id == name)
            yield f'{name} is gone: "{rule.title}"'
        else:
            yield from _rule_differences(name, one, other)
    for what, old, new in (
        ("concept", _concepts(one), _concepts(other)),
        ("event type", _events(one), _events(other)),
    ):
        for word in sorted(old.keys() | new.keys()):
            if word not in old:
                yield f'the {what} "{word}" is new'
            elif word not in new:
                yield f'the {what} "{word}" is gone'
            elif old[word] != new[word]:
                yield f'the {what} "{word}" differs'
    if one.ruleset.settings != other.ruleset.settings:
        yield "the settings of the ruleset differ"
    if one.ruleset.suspensions != other.ruleset.suspensions:
        yield "the suspensions of rules differ"


def _rule_differences(name: str, one: Layered, other: Layered) -> Iterator[str]:
    old, new = (
        {value.path: value for value in effective(layered, name)} for layered in (one, other)
    )
    for path in [*old, *(path for path in new if path not in old)]:
        if path not in new:
            yield f"{name}: {path} is no longer there (it was {old[path].value})"
            continue
        value = new[path]
        # Where a value stands is no difference: another layer may say the same.
        if path in old and (old[path].value, old[path].until) == (value.value, value.until):
            continue
        until = f", until {value.until}" if value.until is not None else ""
        place = f" ({value.where})"
        if path not in old:
            yield f"{name}: {path} is new: {value.value}{until}{place}"
        else:
            yield f"{name}: {path} was {old[path].value} and is {value.value}{until}{place}"
    exceptions = [set(local_exceptions(layered, name)) for layered in (one, other)]
    for what, title, reasons in sorted(exceptions[1] - exceptions[0], key=lambda row: row[:2]):
        yield f'{name}: {what} "{title}" until {reasons.period.last}: {reasons.because}'
    for what, title, _ in sorted(exceptions[0] - exceptions[1], key=lambda row: row[:2]):
        yield f'{name}: {what} "{title}" is gone'


def _concepts(layered: Layered) -> Mapping[str, object]:
    return {name: concept.condition for name, concept in layered.ruleset.concepts.items()}


def _events(layered: Layered) -> Mapping[str, object]:
    events = layered.ruleset.vocabulary.events
    return {name: kind for name, kind in events.items() if name.startswith("x_")}
