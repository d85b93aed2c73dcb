"""Writes a tree of frozen dataclasses as a table of plain nodes, and reads it back.

Each distinct node is in the table once, after the nodes that it is made of, and is named by its
index: what a tree holds many times (a named condition, a place in a file) is written and built
once. Plain values (texts, numbers, lists, keys and values) are written as in JSON. How a field is
read follows from its annotation, so a new class or field of the rule language needs no change here.

Only for documents that this package wrote itself and keeps under a hash: their values are not
checked individually, and only classes that the root's annotations lead to are ever built.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Final, Literal, NamedTuple, TypeVar, Union, get_args, get_origin
from typing import get_type_hints as annotations_of

_Root = TypeVar("_Root")
_Node = list[Any]
_Read = Callable[[Any, list[Any]], Any]


class TableForeign(Exception):
    """Raised for a table that was written for other classes than there are now."""


class Table(NamedTuple):
    """A tree as plain data.

    A node is a row: the place of its class in `classes`, then the value of each field in turn.
    The last node is the root.
    """

    classes: list[list[str]]
    """The name of each class, then those of its fields."""
    nodes: list[_Node]
    """The rows, each after those that it names."""


def write_table(root: object) -> Table:
    """Writes a tree; equal parts become one."""
    classes = _classes_below(type(root))
    writer = _Writer(classes)
    writer.place(root)
    return Table(_legend(classes), writer.nodes)


def read_table(kind: type[_Root], table: Table) -> _Root:
    """Builds a tree whose root is of a class; raises TableForeign where that has changed."""
    classes = _classes_below(kind)
    if table.classes != _legend(classes):
        raise TableForeign(kind.__name__)
    plans = [_plan(one) for one in classes]
    built: list[Any] = []
    for number, *row in table.nodes:
        build, names, reads = plans[number]
        values = dict(zip(names, row, strict=True))
        for name, read in reads:
            values[name] = read(values[name], built)
        built.append(build(**values))
    root = built[-1]
    if not isinstance(root, kind):
        raise TableForeign(kind.__name__)
    return root


def _legend(classes: tuple[type, ...]) -> list[list[str]]:
    return [[kind.__name__, *_names(kind)] for kind in classes]


def _names(kind: type) -> tuple[str, ...]:
    if is_dataclass(kind):
        return tuple(one.name for one in fields(kind))
    names: tuple[str, ...] = vars(kind)["_fields"]
    return names


def _is_node(kind: object) -> bool:
    """Tells whether values of a class are nodes: dataclasses, and tuples with names."""
    return isinstance(kind, type) and (is_dataclass(kind) or hasattr(kind, "_fields"))


def _classes_below(root: type) -> tuple[type, ...]:
    """Lists the classes of nodes that a class leads to by its annotations, itself included."""
    found: dict[type, None] = {}
    waiting: list[Any] = [root]
    while waiting:
        one = waiting.pop()
        if _is_node(one) and one not in found:
            found[one] = None
            waiting += annotations_of(one).values()
        waiting += get_args(one)
    return tuple(sorted(found, key=lambda kind: kind.__name__))


class _Writer:
    """Writes nodes, each after those that it is made of."""

    def __init__(self, classes: tuple[type, ...]) -> None:
        self._numbers = {kind: number for number, kind in enumerate(classes)}
        self._places: dict[str, int] = {}
        self._known: dict[int, int] = {}
        self.nodes: list[_Node] = []

    def place(self, node: object) -> int:
        """Gives the place of a node; writes it where it has none yet."""
        known = self._known.get(id(node))
        if known is not None:
            return known
        kind = type(node)
        row = [self._numbers[kind], *(self._plain(getattr(node, name)) for name in _names(kind))]
        place = self._places.setdefault(repr(row), len(self.nodes))
        if place == len(self.nodes):
            self.nodes.append(row)
        self._known[id(node)] = place  # the tree holds the node, so its id stays its own
        return place

    def _plain(self, value: object) -> Any:
        if _is_node(type(value)):
            return self.place(value)
        if isinstance(value, Enum):
            return value.value
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, frozenset):
            return sorted(value)
        if isinstance(value, tuple | list):
            return [self._plain(one) for one in value]
        if isinstance(value, Mapping):
            entries = [(key, self._plain(one)) for key, one in value.items()]
            # JSON has no other keys than texts.
            return [list(one) for one in entries] if None in value else dict(entries)
        if isinstance(value, str | int | NoneType):
            return value
        raise TypeError(f"a node can't hold a value of type {type(value).__name__}")


class _Plan(NamedTuple):
    """Describes how a class is built: its constructor, its fields, and those that are not plain."""

    build: Callable[..., Any]
    names: tuple[str, ...]
    reads: tuple[tuple[str, _Read], ...]


def _plan(kind: type) -> _Plan:
    hints = annotations_of(kind)
    reads = ((name, _reader(hints[name])) for name in _names(kind))
    return _Plan(kind, _names(kind), tuple((name, read) for name, read in reads if read))


def _reader(annotation: Any) -> _Read | None:
    """Gives the function that reads the values of an annotation; None if they are plain."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if annotation in _PLAIN or origin is Literal:
        return None
    if _is_node(annotation):
        return _node
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _Word(annotation).read
    if annotation is date:
        return _day
    if origin in (Union, UnionType):
        return _Union(parts).read
    if origin is tuple:
        item = parts[0] if parts[1:] == (Ellipsis,) else None
        return _Row(tuple(_reader(one) for one in parts)).read if item is None else _row_of(item)
    if origin is frozenset:
        return _words
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _Entries(_reader(parts[1])).read
    raise TypeError(f"a node with something that can't be read back: {annotation}")


_PLAIN: Final = (str, int, bool, NoneType, Any)


def _node(value: Any, built: list[Any]) -> Any:
    return built[value]


def _day(value: Any, _: list[Any]) -> Any:
    return date.fromisoformat(value)


def _words(value: Any, _: list[Any]) -> Any:
    return frozenset(value)


def _plain_row(value: Any, _: list[Any]) -> Any:
    return tuple(value)


def _row_of(item: Any) -> _Read:
    read = _reader(item)
    return _plain_row if read is None else _Each(read).read


class _Each:
    """Reads a tuple of any number of values, all of one kind."""

    def __init__(self, item: _Read) -> None:
        self._item = item

    def read(self, value: Any, built: list[Any]) -> Any:
        item = self._item
        return tuple([item(one, built) for one in value])


class _Row:
    """Reads a tuple in which each value has its own kind."""

    def __init__(self, items: tuple[_Read | None, ...]) -> None:
        self._items = items

    def read(self, value: Any, built: list[Any]) -> Any:
        pairs = zip(self._items, value, strict=True)
        return tuple([one if read is None else read(one, built) for read, one in pairs])


class _Entries:
    """Reads keys and values; a mapping with the key None is written as a list of pairs."""

    def __init__(self, item: _Read | None) -> None:
        self._item = item

    def read(self, value: Any, built: list[Any]) -> Any:
        entries = value.items() if isinstance(value, dict) else value
        item = self._item
        if item is None:
            return dict(entries)
        return {key: item(one, built) for key, one in entries}


class _Word:
    """Reads a member of an enumeration."""

    def __init__(self, kind: type[Enum]) -> None:
        self._members = {one.value: one for one in kind}

    def read(self, value: Any, _: list[Any]) -> Any:
        return self._members[value]


class _Union:
    """Reads a value of one of several kinds, which JSON tells apart by its own types."""

    def __init__(self, kinds: tuple[Any, ...]) -> None:
        self._reads: dict[type, _Read | None] = {}
        for kind in kinds:
            read = _reader(kind)
            for written in _written_as(kind):
                if self._reads.setdefault(written, read) is not read:
                    raise TypeError(f"JSON can't tell these apart: {kinds}")

    def read(self, value: Any, built: list[Any]) -> Any:
        read = self._reads[type(value)]
        return value if read is None else read(value, built)


def _written_as(kind: Any) -> tuple[type, ...]:
    """Gives the types that the values of an annotation have in JSON."""
    origin = get_origin(kind)
    if kind in (str, int, bool, NoneType):
        return (kind,)
    if _is_node(kind):
        return (int,)
    if origin in (tuple, frozenset):
        return (list,)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return (dict, list)
    return (str,)
