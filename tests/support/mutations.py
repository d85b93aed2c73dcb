"""One change at random in a file of the rule language, for tests."""

from dataclasses import replace
from random import Random

from msp_rules.errors import SourceLocation
from msp_rules.yaml_source.nodes import Block, Items, Node, Text

WHERE = SourceLocation(path="changed.yaml", line=1)
Step = str | int


def mutated(node: Node, random: Random) -> tuple[Node, str]:
    """The tree with one key or value changed, and what was done, in words."""
    path = random.choice(list(_paths(node)))
    target = _at(node, path)
    kind = random.choice(["replace", "graft", "rename", "remove", "add", "repeat"])
    if kind == "rename" and isinstance(target, Block) and target.entries:
        key = random.choice(list(target.entries))
        return _put(node, path, _renamed(target, key, f"{key}x")), f"rename {key} at {path}"
    if kind == "remove" and isinstance(target, Block) and target.entries:
        key = random.choice(list(target.entries))
        return _put(node, path, _without(target, key)), f"remove {key} at {path}"
    if kind == "remove" and isinstance(target, Items) and target.items:
        return _put(node, path, replace(target, items=target.items[1:])), f"drop first of {path}"
    if kind == "add" and isinstance(target, Block):
        key = random.choice(["zzz", "where", "due", "at_least", "codes", "any", "first", "name"])
        added = Block({**target.entries, key: _value(random)}, {**target.keys, key: WHERE}, WHERE)
        return _put(node, path, added), f"add {key} at {path}"
    if kind == "repeat" and isinstance(target, Items) and target.items:
        twice = replace(target, items=(*target.items, target.items[0]))
        return _put(node, path, twice), f"repeat first of {path}"
    if kind == "graft":
        other = random.choice(list(_paths(node)))
        return _put(node, path, _at(node, other)), f"put {other} at {path}"
    value = _value(random)
    return _put(node, path, value), f"put {value} at {path}"


def _value(random: Random) -> Node:
    word = Text("zzz", False, WHERE)
    return random.choice(
        [
            word,
            Text("zzz", True, WHERE),
            Text("", False, WHERE),
            Text(" ", True, WHERE),
            Text("05", False, WHERE),
            Text("5", False, WHERE),
            Text("true", False, WHERE),
            Text("2026-01-05", False, WHERE),
            Text("this", False, WHERE),
            Text("$zzz", False, WHERE),
            Text("²", False, WHERE),
            Items((), WHERE),
            Items((word,), WHERE),
            Block({}, {}, WHERE),
            Block({"zzz": word}, {"zzz": WHERE}, WHERE),
        ]
    )


def _paths(node: Node, path: tuple[Step, ...] = ()) -> list[tuple[Step, ...]]:
    found = [path] if path else []
    if isinstance(node, Block):
        for key, value in node.entries.items():
            found += _paths(value, (*path, key))
    elif isinstance(node, Items):
        for place, value in enumerate(node.items):
            found += _paths(value, (*path, place))
    return found


def _at(node: Node, path: tuple[Step, ...]) -> Node:
    for step in path:
        if isinstance(node, Block):
            node = node.entries[str(step)]
        else:
            assert isinstance(node, Items)
            assert isinstance(step, int)
            node = node.items[step]
    return node


def _put(node: Node, path: tuple[Step, ...], value: Node) -> Node:
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(node, Block):
        key = str(step)
        return replace(node, entries={**node.entries, key: _put(node.entries[key], rest, value)})
    assert isinstance(node, Items)
    items = list(node.items)
    assert isinstance(step, int)
    items[step] = _put(items[step], rest, value)
    return replace(node, items=tuple(items))


def _renamed(block: Block, old: str, new: str) -> Block:
    entries = {new if key == old else key: value for key, value in block.entries.items()}
    keys = {new if key == old else key: where for key, where in block.keys.items()}
    return replace(block, entries=entries, keys=keys)


def _without(block: Block, key: str) -> Block:
    entries = {name: value for name, value in block.entries.items() if name != key}
    return replace(block, entries=entries)
