"""A rule's parsed file with the changes of layers written into it; every part keeps its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from msp_rules.errors import SourceLocation
from msp_rules.rules.overlay import Change, FilterText
from msp_rules.rules.yaml_source import Block, Items, Node, Text


def with_change(block: Block, change: Change) -> Block:
    """The rule with the severity, switch, parameter values and examples of a change."""
    block = _with_entries(block, change.nodes, change.keys)
    parameters = block.entries.get("parameters")
    if change.parameters and isinstance(parameters, Block):
        bodies = dict(parameters.entries)
        for name, rows in change.parameters.items():
            body = bodies.get(name)
            if isinstance(body, Block):
                bodies[name] = _with_values(body, rows)
        changed = Block(bodies, parameters.keys, parameters.where)
        block = _with_entries(block, {"parameters": changed}, block.keys)
    examples = block.entries.get("examples")
    if change.examples and isinstance(examples, Items):
        every = Items((*examples.items, *change.examples), examples.where)
        block = _with_entries(block, {"examples": every}, block.keys)
    return block


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtered:
    """A rule with filters written into it; `has_before` says whether it asked before, too."""

    block: Block
    has_before: bool


def with_filters(block: Block, filters: Iterable[FilterText]) -> Filtered:
    """The rule, which no longer applies where a filter holds; filters follow what it asked."""
    conditions = list(filters)
    before = block.entries.get("applies_when")
    if not conditions:
        return Filtered(block=block, has_before=before is not None)
    parts = [] if before is None else [before]
    parts += [_none(one) for one in conditions]
    entries: dict[str, Node] = {"applies_when": _all(parts, conditions[0].when_key)}
    if_none = block.entries.get("if_none")
    # Where there is no subject, a filter that asks about it has nothing to exclude.
    without_subject = [one for one in conditions if not names_this(one.when)]
    if isinstance(if_none, Block) and without_subject and "applies_when" in if_none.entries:
        own = [if_none.entries["applies_when"], *(_none(one) for one in without_subject)]
        changed = _all(own, without_subject[0].when_key)
        entries["if_none"] = _with_entries(if_none, {"applies_when": changed}, if_none.keys)
    keys = {"applies_when": block.keys.get("applies_when", conditions[0].when_key)}
    return Filtered(
        block=_with_entries(block, entries, {**block.keys, **keys}), has_before=before is not None
    )


def _with_entries(
    block: Block, entries: Mapping[str, Node], keys: Mapping[str, SourceLocation]
) -> Block:
    places = {**block.keys, **{key: keys[key] for key in entries}}
    return Block({**block.entries, **entries}, places, block.where)


def _with_values(body: Block, rows: Items) -> Block:
    """New values stand from their first day on; older ones that begin later fall away."""
    old = body.entries.get("values")
    first = _first_day(rows.items[0]) if rows.items else None
    if not isinstance(old, Items) or first is None:
        return Block({**body.entries, "values": rows}, body.keys, body.where)
    kept = tuple(row for row in old.items if (_first_day(row) or "") < first)
    values = Items((*kept, *rows.items), rows.where)
    return Block({**body.entries, "values": values}, body.keys, body.where)


def _first_day(row: Node) -> str | None:
    node = row.entries.get("from") if isinstance(row, Block) else None
    return node.value if isinstance(node, Text) else None


def _none(one: FilterText) -> Block:
    where = one.when_key
    return Block({"none": Items((one.when,), where)}, {"none": where}, where)


def _all(parts: list[Node], where: SourceLocation) -> Block:
    return Block({"all": Items(tuple(parts), where)}, {"all": where}, where)


def names_this(node: Node) -> bool:
    """Whether a condition asks about the subject."""
    if isinstance(node, Text):
        return node.value == "this"
    if isinstance(node, Items):
        return any(names_this(item) for item in node.items)
    return "this" in node.entries or any(names_this(value) for value in node.entries.values())
