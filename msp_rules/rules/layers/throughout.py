"""Makes a ruleset as if what some layers change had been in force all along.

Findings of a past year say nothing about a number that begins next month. So that an edit can be
tried on them, its days are taken away: changes, filters and waivers of the edited layers hold on
every day, rules of their own begin and end on none, and of the dated values of a number only the
last is left. Nothing is checked again: the layers have been checked with their days.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from msp_rules.rules.language.rule import Period, Reasons, Rule, Ruleset
from msp_rules.rules.layers.changed_rule import LayerChanges
from msp_rules.rules.layers.layers import Layered
from msp_rules.rules.layers.overlay import Change
from msp_rules.yaml_source.nodes import Block, Items, Node, Text

DAYS: Final = ("from", "until")
"""The keys of a rule that say on which days it is in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedLayers:
    """The parts of a stack to try as if they had always been in force."""

    overlays: frozenset[str] = frozenset()
    """The ids of the overlays all of whose entries are."""
    values: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By rule, the parameters (and `from`, `until`) of the ruleset itself that are."""


def edits_between(one: Layered, other: Layered) -> EditedLayers:
    """Finds what is an edit where one stack of layers takes the place of another.

    Layers that both have are none. Of the ruleset below all overlays, only what differs is.
    """
    shared = {layer.sha256 for layer in one.ruleset.layers}
    overlays = frozenset(
        layer.id for layer in other.ruleset.layers[1:] if layer.sha256 not in shared
    )
    if other.ruleset.sha256 in shared:
        return EditedLayers(overlays=overlays)
    values: dict[str, frozenset[str]] = {}
    base = other.ruleset.layers[0]
    for name, block in other.blocks.items():
        if other.layer_of(block.where) == base:
            changed = _dated_differently(one.blocks.get(name), block)
            if changed:
                values[name] = frozenset(changed)
    return EditedLayers(overlays=overlays, values=values)


def _dated_differently(old: Block | None, new: Block) -> list[str]:
    """Names the parameters whose dated values differ, and the days of the rule that do."""
    before = old.entries if old is not None else {}
    found: list[str] = [
        key
        for key in DAYS
        if key in new.entries and _said(before.get(key)) != _said(new.entries[key])
    ]
    numbers, known = new.entries.get("parameters"), before.get("parameters")
    for name, body in numbers.entries.items() if isinstance(numbers, Block) else ():
        was = known.entries.get(name) if isinstance(known, Block) else None
        if _said(_values(was)) != _said(_values(body)):
            found.append(name)
    return found


def _values(body: Node | None) -> Node | None:
    return body.entries.get("values") if isinstance(body, Block) else None


def _said(node: Node | None) -> object:
    """Gives a part of a file without its places, to compare it."""
    if isinstance(node, Text):
        return node.value
    if isinstance(node, Items):
        return [_said(item) for item in node.items]
    return None if node is None else {key: _said(value) for key, value in node.entries.items()}


def in_force_throughout(layered: Layered, edits: EditedLayers) -> Ruleset:
    """Gives the ruleset as if the edits had been in force on every day."""
    rules: list[Rule] = []
    ruleset = layered.ruleset
    filters = [one for one in ruleset.filters if one.rule not in layered.changed]
    for rule in ruleset.rules:
        changed = layered.changed.get(rule.id)
        block = layered.blocks[rule.id]
        names = edits.values.get(rule.id, frozenset())
        if layered.layer_of(block.where).id in edits.overlays:
            names = frozenset({*DAYS, *_parameters(block)})
        own = without_days(block, names)
        first = layered.reader.reread(own) if names else rule
        if changed is not None:
            first = first if names else changed.rule
            again = changed.again(
                first, own, [_undated(one, first, edits) for one in changed.layers]
            )
            result = again.result()
            if result is None:
                raise ValueError(f"{rule.id} can't be read without the days of its changes")
            first = result
            filters += again.filters()
        rules.append(first)
    waivers = tuple(replace(one, reasons=_always(one.reasons, edits)) for one in ruleset.waivers)
    return replace(ruleset, rules=tuple(rules), filters=tuple(filters), waivers=waivers)


def _parameters(block: Block) -> Iterable[str]:
    numbers = block.entries.get("parameters")
    return numbers.entries if isinstance(numbers, Block) else ()


def without_days(block: Block, names: frozenset[str]) -> Block:
    """Drops days of a rule, and all but the last value of some parameters; that stands always."""
    if not names:
        return block
    entries = {key: node for key, node in block.entries.items() if key not in names & {*DAYS}}
    numbers = block.entries.get("parameters")
    if isinstance(numbers, Block):
        bodies = {
            name: _settled_body(body) if name in names else body
            for name, body in numbers.entries.items()
        }
        entries["parameters"] = Block(bodies, numbers.keys, numbers.where)
    return Block(entries, block.keys, block.where)


def _settled_body(body: Node) -> Node:
    values = _values(body)
    if not isinstance(body, Block) or not isinstance(values, Items):
        return body
    return Block({**body.entries, "values": settled(values, date.min)}, body.keys, body.where)


def settled(rows: Items, first_day: date) -> Items:
    """Keeps only the last of some dated values, as if it had begun on a day."""
    last = rows.items[-1]
    if not isinstance(last, Block):
        return rows
    begins = last.entries["from"]
    row = {**last.entries, "from": Text(first_day.isoformat(), False, begins.where)}
    return Items((Block(row, last.keys, last.where),), rows.where)


def _undated(layer: LayerChanges, rule: Rule, edits: EditedLayers) -> LayerChanges:
    """Takes the days from the changes and filters of one layer, where it is an edited one."""
    # Of two changes of one value, the one that begins later is tried: it is what will stay.
    in_order = sorted(layer.changes, key=lambda one: one.reasons.period.first or date.min)
    return LayerChanges(
        changes=[_always_changed(one, rule, edits) for one in in_order],
        filters=[replace(one, reasons=_always(one.reasons, edits)) for one in layer.filters],
    )


def _always_changed(change: Change, rule: Rule, edits: EditedLayers) -> Change:
    if change.reasons.layer not in edits.overlays:
        return change
    rows = {
        name: settled(values, rule.parameters[name].values[0].first_day)
        for name, values in change.parameters.items()
    }
    return replace(change, parameters=rows, reasons=_always(change.reasons, edits))


def _always(reasons: Reasons, edits: EditedLayers) -> Reasons:
    return replace(reasons, period=Period()) if reasons.layer in edits.overlays else reasons
