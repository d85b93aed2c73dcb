"""Writes the changes of layers into a rule's parsed file, where every part keeps its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msp_rules.errors import SourceLocation
from msp_rules.rules.layers.overlay import Change, FilterText
from msp_rules.yaml_source.nodes import Block, Items, Node, Text


def with_change(block: Block, change: Change) -> Block:
    """Writes the severity, switch, parameter values and examples of a change into a rule."""
    nodes = {key: node for key, node in change.nodes.items() if key != "summary"}
    block = _with_entries(block, nodes, change.keys)
    prompt, summary = block.entries.get("prompt"), change.nodes.get("summary")
    if summary is not None and isinstance(prompt, Block):
        asked = _with_entries(prompt, {"summary": summary}, change.keys)
        block = _with_entries(block, {"prompt": asked}, block.keys)
    if change.accepts:
        block = _with_reasons(block, change)
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


def _with_reasons(block: Block, change: Change) -> Block:
    """Adds codes of explanations to those that a rule accepts."""
    where = change.keys["accepts"]
    kind = Text("explanation", False, where)
    codes = Items(change.accepts, where)
    own = Block(
        {"recorded": kind, "codes": codes}, dict.fromkeys(("recorded", "codes"), where), where
    )
    before = block.entries.get("explained_when")
    if before is None:
        return _with_entries(block, {"explained_when": own}, {"explained_when": where})
    both = Block({"any": Items((before, own), where)}, {"any": where}, where)
    return _with_entries(block, {"explained_when": both}, block.keys)


def with_filters(block: Block, filters: Iterable[FilterText]) -> Block:
    """Writes filters into a rule, after its own conditions: it does not apply where one holds."""
    conditions = list(filters)
    before = block.entries.get("applies_when")
    if not conditions:
        return block
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
    return _with_entries(block, entries, {**block.keys, **keys})


def _with_entries(
    block: Block, entries: Mapping[str, Node], keys: Mapping[str, SourceLocation]
) -> Block:
    places = {**block.keys, **{key: keys[key] for key in entries}}
    return Block({**block.entries, **entries}, places, block.where)


def _with_values(body: Block, rows: Items) -> Block:
    """Sets new values from their first day on; older ones that begin later are dropped."""
    old = body.entries.get("values")
    first = first_day(rows.items[0]) if rows.items else None
    if not isinstance(old, Items) or first is None:
        return Block({**body.entries, "values": rows}, body.keys, body.where)
    kept = tuple(row for row in old.items if (first_day(row) or "") < first)
    values = Items((*kept, *rows.items), rows.where)
    return Block({**body.entries, "values": values}, body.keys, body.where)


def first_day(row: Node) -> str | None:
    """Gives the first day of a dated value as written; None where it has none."""
    node = row.entries.get("from") if isinstance(row, Block) else None
    return node.value if isinstance(node, Text) else None


def _none(one: FilterText) -> Block:
    where = one.when_key
    return Block({"none": Items((one.when,), where)}, {"none": where}, where)


def _all(parts: list[Node], where: SourceLocation) -> Block:
    return Block({"all": Items(tuple(parts), where)}, {"all": where}, where)


def names_this(node: Node) -> bool:
    """Tells whether a condition asks about the subject."""
    if isinstance(node, Text):
        return node.value == "this"
    if isinstance(node, Items):
        return any(names_this(item) for item in node.items)
    return "this" in node.entries or any(names_this(value) for value in node.entries.values())
