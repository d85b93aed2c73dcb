"""Reads YAML into nodes with places: a strict, small subset without surprises.

Values are text, and nothing else: `no`, `off`, `1.10` and dates stay as written, so that each
decoder decides how to interpret them. Anchors, aliases, tags, merge keys and duplicate keys are
refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    Event,
    MappingEndEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from msp_rules.errors import Problem, SourceLocation, has_other_numbers, nearest
from msp_rules.yaml_source.odd_characters import curly_quote_in, described, invisible_in
from msp_rules.yaml_source.unreadable import why_unreadable

_LARGEST: Final = 1_048_576
_FEW: Final = 12
"""The number of words that a message lists whole rather than guess among numbers."""


def _libyaml() -> Any:
    """Finds the parser of libyaml; None where the extra "speed" is not installed."""
    try:
        return import_module("_ruamel_yaml_clibz").CParser
    except ImportError:
        return None


_LIBYAML: Final = _libyaml()
# Tabs, other line breaks, control characters, and what may be a directive or a document's end.
_UNUSUAL: Final = re.compile(
    r"[^\n -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe]|^(?:%|---|\.\.\.)", re.M
)
_QUOTES: Final = ("'", '"', "|", ">")


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar as written."""

    value: str
    """The text."""
    is_quoted: bool
    """True if it is in quotes."""
    where: SourceLocation
    """The place of the text."""


@dataclass(frozen=True, slots=True)
class Items:
    """A sequence."""

    items: tuple[Node, ...]
    """The items."""
    where: SourceLocation
    """The place of the sequence."""


@dataclass(frozen=True, slots=True)
class Block:
    """A mapping, in file order."""

    entries: dict[str, Node]
    """The values by key."""
    keys: dict[str, SourceLocation]
    """The place of each key."""
    where: SourceLocation
    """The place of the mapping."""


Node = Text | Items | Block


class Problems:
    """Everything found wrong, in the order found."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def error(self, where: SourceLocation, code: str, message: str) -> None:
        """Notes a mistake that stops the ruleset."""
        self.found.append(Problem(where=where, code=code, message=_naming_the_odd(message)))

    def warn(self, where: SourceLocation, code: str, message: str) -> None:
        """Notes a warning, which stops nothing."""
        self.found.append(Problem(where=where, code=code, message=message, is_warning=True))

    def unknown(self, where: SourceLocation, what: str, word: str, known: Iterable[str]) -> None:
        """Notes an unknown word, with the nearest right one."""
        words = sorted(known)
        near = nearest(word, words)
        if near is None or (len(words) <= _FEW and has_other_numbers(word, near)):
            is_one = len(words) == 1
            hint = f"; the only one is {words[0]}" if is_one else f"; known are {', '.join(words)}"
        else:
            hint = f'; did you mean "{near}"?'
        self.error(where, "unknown", f'unknown {what} "{word}"{hint}')

    @property
    def has_errors(self) -> bool:
        """Tells whether anything stops the ruleset."""
        return any(not problem.is_warning for problem in self.found)


def _naming_the_odd(message: str) -> str:
    """Names a character in a quoted word that is not what it looks like."""
    odd = invisible_in(message) or curly_quote_in(message)
    return message if odd is None else f"{message}; there is {described(odd, message)}"


class Refused(Exception):
    """Ends the reading of a file or value whose problem is noted already."""


def read_yaml(path: Path, shown: str, problems: Problems) -> Block | None:
    """Reads the mapping of a file; None, with a problem noted, where there is none."""
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
    except UnicodeDecodeError as error:
        problems.error(*_not_utf8(raw, error.start, shown))
        return None
    return parse_yaml(text, shown, problems)


def _not_utf8(raw: bytes, position: int, shown: str) -> tuple[SourceLocation, str, str]:
    """Gives the place of the first byte that breaks UTF-8, and what to do about it."""
    is_utf16 = raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw[:64]
    where = SourceLocation(path=shown, line=1 if is_utf16 else raw.count(b"\n", 0, position) + 1)
    found = "the file is UTF-16" if is_utf16 else "this is not UTF-8 text"
    return where, "encoding", f"{found}: save the file as UTF-8 (in Notepad: Save as, Encoding)"


def parse_yaml(text: str, shown: str, problems: Problems) -> Block | None:
    """Reads the mapping of a text, as `read_yaml`."""
    block = _parsed_fast(text, shown)
    return block if block is not None else _parsed_in_python(text, shown, problems)


def _parsed_fast(text: str, shown: str) -> Block | None:
    """Reads a mapping by libyaml, five times as fast; None where Python has to decide.

    libyaml speaks YAML 1.1, and puts a missing value elsewhere. So only that is taken from it in
    which both agree (tests/rules compare them): a file without a mistake, a tab, a missing value or
    an unusual line break. Messages always come from the parser in Python.
    """
    if _LIBYAML is None or _UNUSUAL.search(text) is not None:
        return None
    problems = Problems()
    try:
        built = _TreeBuilder(_events(_LIBYAML(text)), shown, problems).document()
    except (Refused, YAMLError, RecursionError):
        return None
    is_plain = isinstance(built, Block) and not problems.found and not _lacks_a_value(built)
    return built if isinstance(built, Block) and is_plain else None


def _events(parser: Any) -> Iterator[Event]:
    while parser.check_event():
        yield parser.get_event()


def _lacks_a_value(node: Node) -> bool:
    if isinstance(node, Text):
        return not node.value and not node.is_quoted
    parts = node.items if isinstance(node, Items) else node.entries.values()
    return any(_lacks_a_value(part) for part in parts)


def _parsed_in_python(text: str, shown: str, problems: Problems) -> Block | None:
    start = SourceLocation(path=shown, line=1)
    # Events rather than ruamel's own tree: nothing that is asked for here stands in the tree alone,
    # and building it takes a quarter of the time. "rt" leaves marks of its own in folded texts.
    events = YAML(typ="safe", pure=True).parse(text)
    try:
        built = _TreeBuilder(events, shown, problems).document()
    except Refused:
        return None
    except MarkedYAMLError as error:
        problems.error(*_why(error, text, shown))
        return None
    except YAMLError as error:
        position = getattr(error, "position", None)  # of a character that no text may hold
        line = text.count("\n", 0, position) + 1 if isinstance(position, int) else 1
        message = "a control character stands here, which no text may hold; take it out"
        problems.error(SourceLocation(path=shown, line=line), "yaml", message)
        return None
    except RecursionError:
        problems.error(start, "yaml", _TOO_DEEP)
        return None
    if built is None:
        problems.error(start, "empty", "the file is empty")
        return None
    if not isinstance(built, Block):
        problems.error(start, "form", "the file must hold keys and values")
        return None
    return built


def _why(error: MarkedYAMLError, text: str, shown: str) -> tuple[SourceLocation, str, str]:
    """Gives place, code and message of what the parser could not read."""
    mark, began = error.problem_mark or error.context_mark, error.context_mark
    place = (mark.line, mark.column) if mark else (0, 0)
    start = (began.line, began.column) if began else None
    said = f"{error.context or ''} {error.problem or ''}"
    line, column, message = why_unreadable(text, place, start, said)
    return SourceLocation(path=shown, line=line, column=column), "yaml", message


_TOO_DEEP: Final = "lists and blocks stand too deep in one another here"
_DEEPEST: Final = 120
"""So many lists and blocks in one another: twice as many conditions would be too many to read."""


class _TreeBuilder:
    """The tree of one document, from the events of the YAML parser."""

    def __init__(self, events: Iterator[Event], shown: str, problems: Problems) -> None:
        self._events = events
        self._shown = shown
        self._problems = problems
        self._depth = 0

    def document(self) -> Node | None:
        """Builds the only document's tree; None where there is no document."""
        next(self._events)  # the stream begins
        if isinstance(next(self._events), StreamEndEvent):
            return None
        root = self._node(next(self._events))
        next(self._events)  # the document ends
        after = next(self._events)
        if not isinstance(after, StreamEndEvent):
            message = 'a line of "---" begins a second document here; a file holds one'
            self._problems.error(self._place(after), "yaml", message)
            raise Refused
        return root

    def _node(self, event: Event) -> Node:
        where = self._place(event)
        if isinstance(event, AliasEvent) or _is_marked(event):
            message = "anchors, aliases and tags are not allowed here; write the value out"
            self._problems.error(where, "yaml", message)
            raise Refused
        if isinstance(event, ScalarEvent):
            return Text(str(event.value), event.style in _QUOTES, where)
        if self._depth >= _DEEPEST:
            self._problems.error(where, "yaml", _TOO_DEEP)
            raise Refused
        self._depth += 1
        node: Node = (
            self._items(where) if isinstance(event, SequenceStartEvent) else self._block(where)
        )
        self._depth -= 1
        return node

    def _items(self, where: SourceLocation) -> Items:
        items: list[Node] = []
        while not isinstance(item := next(self._events), SequenceEndEvent):
            items.append(self._node(item))
        return Items(tuple(items), where)

    def _block(self, where: SourceLocation) -> Block:
        entries: dict[str, Node] = {}
        keys: dict[str, SourceLocation] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            key, value = self._node(event), self._node(next(self._events))
            if not isinstance(key, Text):
                self._problems.error(key.where, "yaml", "a key must be one plain word")
            elif key.value == "<<":
                message = "merge keys are not allowed here; write the keys out"
                self._problems.error(key.where, "yaml", message)
            elif key.value in entries:
                first = keys[key.value].line
                message = f'"{key.value}" is here again; first: line {first}'
                self._problems.error(key.where, "duplicate", message)
            else:
                entries[key.value], keys[key.value] = value, key.where
        return Block(entries, keys, where)

    def _place(self, event: Event) -> SourceLocation:
        mark = event.start_mark
        return SourceLocation(path=self._shown, line=mark.line + 1, column=mark.column + 1)


def _is_marked(event: Event) -> bool:
    """Tells whether the event of a node has an anchor or a tag."""
    if not isinstance(event, ScalarEvent | CollectionStartEvent):
        return False
    return event.anchor is not None or event.ctag is not None


def plain(node: Node) -> object:
    """Gives a node as text, lists and mappings; `true` alone is a truth value (for `withheld`)."""
    if isinstance(node, Text):
        return True if node.value == "true" and not node.is_quoted else node.value
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return plain_entries(node)


def plain_entries(block: Block) -> dict[str, object]:
    """Gives the entries of a block, as `plain` does."""
    return {key: plain(value) for key, value in block.entries.items()}
