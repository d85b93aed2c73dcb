"""YAML with places: a strict, small subset in which nothing surprising can be said.

Values are text, and nothing else: `no`, `off`, `1.10` and dates stay as written, so that every
reader decides what it wants. Anchors, aliases, tags, merge keys and duplicate keys are refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.tokens import AliasToken, AnchorToken, TagToken

from msp_rules.casework.vocabulary import nearest
from msp_rules.errors import Problem, SourceLocation

_LARGEST: Final = 1_048_576
_MARKS: Final = frozenset("&*!")


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar as written, and whether it stood in quotes."""

    value: str
    is_quoted: bool
    where: SourceLocation


@dataclass(frozen=True, slots=True)
class Items:
    """A sequence."""

    items: tuple[Node, ...]
    where: SourceLocation


@dataclass(frozen=True, slots=True)
class Block:
    """A mapping, in file order; `keys` holds the place of each key."""

    entries: dict[str, Node]
    keys: dict[str, SourceLocation]
    where: SourceLocation


Node = Text | Items | Block


class Problems:
    """Everything found wrong, in the order found."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def error(self, where: SourceLocation, code: str, message: str) -> None:
        """Notes a mistake that stops the ruleset."""
        self.found.append(Problem(where=where, code=code, message=message))

    def warn(self, where: SourceLocation, code: str, message: str) -> None:
        """Notes what should be looked at but stops nothing."""
        self.found.append(Problem(where=where, code=code, message=message, is_warning=True))

    def unknown(self, where: SourceLocation, what: str, word: str, known: Iterable[str]) -> None:
        """Notes an unknown word, with the nearest right one."""
        words = sorted(known)
        guess = nearest(word, words)
        hint = f'; did you mean "{guess}"?' if guess else f"; known are {', '.join(words)}"
        self.error(where, "unknown", f'unknown {what} "{word}"{hint}')

    @property
    def has_errors(self) -> bool:
        """Whether anything stops the ruleset."""
        return any(not problem.is_warning for problem in self.found)


def read_yaml(path: Path, shown: str, problems: Problems) -> Block | None:
    """The mapping that a file holds; None, with a problem noted, where it holds none."""
    start = SourceLocation(path=shown, line=1)
    try:
        raw = path.read_bytes()
    except OSError as error:
        problems.error(SourceLocation(path=shown), "unreadable", f"can't be read: {error.strerror}")
        return None
    if len(raw) > _LARGEST:
        problems.error(start, "too-big", f"the file is larger than {_LARGEST} bytes")
        return None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        problems.error(start, "encoding", "the file is not UTF-8 text")
        return None
    return parse_yaml(text, shown, problems)


def parse_yaml(text: str, shown: str, problems: Problems) -> Block | None:
    """The mapping that a text holds, as `read_yaml`."""
    start = SourceLocation(path=shown, line=1)
    # "safe" builds nothing here that "rt" does not; but "rt" leaves marks of its own in folded texts.
    yaml = YAML(typ="safe", pure=True)
    try:
        # Without one of these characters there is nothing to find, and reading goes twice as fast.
        for token in yaml.scan(text) if _MARKS.intersection(text) else ():
            if isinstance(token, (AliasToken, AnchorToken, TagToken)):
                message = "anchors, aliases and tags are not allowed here; write the value out"
                problems.error(_place(shown, token), "yaml", message)
                return None
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = SourceLocation(path=shown, line=mark.line + 1, column=mark.column + 1)
        problems.error(where if mark else start, "yaml", f"not readable as YAML: {error.problem}")
        return None
    except YAMLError:
        problems.error(start, "yaml", "not readable as YAML")
        return None
    except RecursionError:
        problems.error(start, "yaml", "not readable as YAML: nested too deeply")
        return None
    if node is None:
        problems.error(start, "empty", "the file is empty")
        return None
    built = _build(node, shown, problems)
    if not isinstance(built, Block):
        problems.error(start, "form", "the file must hold keys and values")
        return None
    return built


def _build(node: object, shown: str, problems: Problems) -> Node:
    where = _place(shown, node)
    if isinstance(node, ScalarNode):
        return Text(str(node.value), node.style in ("'", '"', "|", ">"), where)
    if isinstance(node, SequenceNode):
        return Items(tuple(_build(item, shown, problems) for item in node.value), where)
    assert isinstance(node, MappingNode)
    entries: dict[str, Node] = {}
    keys: dict[str, SourceLocation] = {}
    for key, value in node.value:
        place = _place(shown, key)
        if not isinstance(key, ScalarNode):
            problems.error(place, "yaml", "a key must be one plain word")
            continue
        if key.value == "<<":
            problems.error(place, "yaml", "merge keys are not allowed here; write the keys out")
            continue
        if key.value in entries:
            first = keys[key.value].line
            problems.error(
                place, "duplicate", f'"{key.value}" stands here again; first: line {first}'
            )
            continue
        entries[key.value], keys[key.value] = _build(value, shown, problems), place
    return Block(entries, keys, where)


def _place(shown: str, node: object) -> SourceLocation:
    mark = getattr(node, "start_mark", None)
    if mark is None:
        return SourceLocation(path=shown, line=1)
    return SourceLocation(path=shown, line=mark.line + 1, column=mark.column + 1)


def plain(node: Node) -> object:
    """A node as plain text, lists and mappings; `true` alone is a truth value (for `withheld`)."""
    if isinstance(node, Text):
        return True if node.value == "true" and not node.is_quoted else node.value
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, value in node.entries.items()}
