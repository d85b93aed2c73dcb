"""Adds `may_be_absent: true` to a mapping file wherever an export had nothing at all.

The file stays as its author wrote it, with its comments and order; only these words are inserted.
The result is read again before it is returned, and must mean the same apart from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from msp_rules.authoring.mapping.trial import Trial
from msp_rules.intake.mapping.language import CaseMapping, EventRule, ValueRule
from msp_rules.yaml_source.nodes import Block, Items, Node, Problems, Text, read_yaml

_WORDS: Final = "may_be_absent: true"


class Absent(NamedTuple):
    """Event types, and fields of types that occur, which were never found in a tried export."""

    types: frozenset[str]
    """Event types that never occurred."""
    fields: frozenset[tuple[str, str]]
    """Types and fields that no event had."""


def absent_in(trial: Trial, mapping: CaseMapping) -> Absent:
    """Finds what is mapped and was never found, although the file does not say it may be absent."""
    types = {rule.type for rule in mapping.events if not trial.events[rule.type]}
    free = {rule.type for rule in mapping.events if rule.may_be_absent}
    fields = {
        (rule.type, name)
        for rule in mapping.events
        for name, value in rule.fields.items()
        if rule.type not in types and _is_looked_for(value)
        for use in (trial.fields[rule.type][name],)
        if not use.given and not use.unreadable
    }
    return Absent(frozenset(types - free), frozenset(fields))


def _is_looked_for(rule: ValueRule) -> bool:
    return not rule.may_be_absent and all(one.constant is None for one in rule.sources)


class _Insertion(NamedTuple):
    """A text to insert before a character of a line; line and character count from 0."""

    line: int
    column: int
    text: str


def with_absent(path: Path, mapping: CaseMapping, absent: Absent) -> str:
    """Gives the text of a mapping file with the words inserted.

    Raises ValueError where that would mean rewriting more of the file.
    """
    main = read_yaml(path, path.name, Problems())
    events = None if main is None else main.entries.get("events")
    if not isinstance(events, Items):
        raise ValueError("the events of the file can't be read")
    lines = path.read_text("utf-8").split("\n")
    found: list[_Insertion] = []
    for node, rule in zip(events.items, mapping.events, strict=True):
        if isinstance(node, Block):
            found += _insertions(node, rule, absent, lines)
    for line, column, text in sorted(found, reverse=True):
        lines[line] = lines[line][:column] + text + lines[line][column:]
    return "\n".join(lines)


def _insertions(
    node: Block, rule: EventRule, absent: Absent, lines: list[str]
) -> Iterator[_Insertion]:
    if rule.type in absent.types:
        yield from _in_block(node, lines)
    fields = node.entries.get("fields")
    for name, value in fields.entries.items() if isinstance(fields, Block) else ():
        if (rule.type, name) not in absent.fields:
            continue
        yield from _in_block(value, lines) if isinstance(value, Block) else _around(value, lines)


def _in_block(node: Block, lines: list[str]) -> Iterator[_Insertion]:
    """Inserts the words before the first key of a block."""
    first = next(iter(node.keys.values()))
    line, column = (first.line or 1) - 1, (first.column or 1) - 1
    before = lines[line][:column].rstrip()
    if before.endswith("{") or (before.endswith(",") and "{" in before):
        yield _Insertion(line, column, f"{_WORDS}, ")
    else:
        yield _Insertion(line, column, f"{_WORDS}\n{' ' * column}")


def _around(node: Node, lines: list[str]) -> Iterator[_Insertion]:
    """Turns a path without a block into a block."""
    if not isinstance(node, Text):
        raise ValueError("a value is written in a way that can't be added to")
    line, column = (node.where.line or 1) - 1, (node.where.column or 1) - 1
    end = _end_of(node, lines[line], column)
    yield _Insertion(line, column, "{path: ")
    yield _Insertion(line, end, f", {_WORDS}}}")


def _end_of(node: Text, line: str, column: int) -> int:
    """Finds where a text ends that is written on one line."""
    if not node.is_quoted:
        if not line.startswith(node.value, column):
            raise ValueError("a path runs over several lines")
        return column + len(node.value)
    end = line.find(line[column], column + 1)
    if end < 0 or line[end + 1 : end + 2] == line[column]:
        raise ValueError("a path holds a quotation mark: write may_be_absent there by hand")
    return end + 1


def in_words(absent: Absent) -> Iterable[str]:
    """Names what was never found."""
    yield from sorted(absent.types)
    yield from sorted(f"{kind}.{name}" for kind, name in absent.fields)
