"""Local event types and lists of codes of an overlay; their names begin with `x_`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, TypeVar

from msp_rules.casework.values import UNREADABLE
from msp_rules.casework.vocabulary import EventType, Field, Vocabulary, read_field
from msp_rules.errors import MspRulesError, SourceLocation, nearest
from msp_rules.rules.language.names import (
    Names,
    Refused,
    as_block,
    as_items,
    as_text,
    check_keys,
    read_each,
)
from msp_rules.rules.layers.overlay import Overlay
from msp_rules.yaml_source.nodes import Block

_LOCAL: Final = re.compile(r"x_[a-z0-9_]+")
_FIELD: Final = re.compile(r"[a-z][a-z0-9_]*")
_Read = TypeVar("_Read")
_REFERENCE: Final = re.compile(r"(?:code|ref)\(([^)]*)\)")


def with_local_words(overlay: Overlay, names: Names) -> Vocabulary:
    """The vocabulary with what an overlay adds; what is wrong with it is noted and left out."""
    vocabulary = names.vocabulary
    if overlay.enums is not None:
        codes = _read_all(overlay.enums, names, "list of codes", vocabulary.enums, _codes)
        vocabulary = replace(vocabulary, enums={**vocabulary.enums, **codes})
    if overlay.events is not None:
        kinds = set(vocabulary.events) | set(overlay.events.entries)

        def read(block: Block, name: str, names: Names) -> EventType:
            return _event(block, name, names, vocabulary, kinds)

        events = _read_all(overlay.events, names, "event type", vocabulary.events, read)
        vocabulary = replace(vocabulary, events={**vocabulary.events, **events})
    return vocabulary


def _read_all(
    block: Block,
    names: Names,
    what: str,
    known: Mapping[str, object],
    read: Callable[[Block, str, Names], _Read],
) -> dict[str, _Read]:
    found: dict[str, _Read] = {}
    for name, where in block.keys.items():
        try:
            _check_name(name, where, what, known, names)
            found[name] = read(block, name, names)
        except Refused:
            continue
    return found


def _check_name(
    name: str, where: SourceLocation, what: str, known: Mapping[str, object], names: Names
) -> None:
    if not _LOCAL.fullmatch(name):
        message = f'a local {what} begins with x_, in small letters: "{name}" does not'
        raise names.refuse(where, "name", message)
    if name in known:
        raise names.refuse(where, "twice", f'the {what} "{name}" is there already')


def _codes(block: Block, name: str, names: Names) -> tuple[str, ...]:
    items = as_items(block.entries[name], names, name)
    codes = read_each(items.items, lambda item: as_text(item, names))
    if not codes:
        raise names.refuse(items.where, "empty", f"{name} names no code")
    if len(set(codes)) != len(codes):
        raise names.refuse(items.where, "twice", f"{name} names a code twice")
    return codes


def _event(
    block: Block, name: str, names: Names, vocabulary: Vocabulary, kinds: set[str]
) -> EventType:
    body = as_block(block.entries[name], names, name)
    check_keys(body, names, "key of an event type", ("means", "fields"))
    if "means" not in body.entries:
        raise names.refuse(body.where, "lacking", f"{name} lacks means")
    means = as_text(body.entries["means"], names)
    fields: dict[str, Field] = {}
    if "fields" in body.entries:
        rows = as_block(body.entries["fields"], names, "fields")

        def read_one(field: str) -> Field:
            return _field(rows, field, names, vocabulary, kinds)

        found = read_each(rows.entries, read_one)
        fields = dict(zip(rows.entries, found, strict=True))
    return EventType(name=name, means=means, fields=fields)


def _field(rows: Block, name: str, names: Names, vocabulary: Vocabulary, kinds: set[str]) -> Field:
    where = rows.keys[name]
    if not _FIELD.fullmatch(name):
        raise names.refuse(where, "name", f'"{name}" is no name of a field: small letters and _')
    if name in vocabulary.envelope or name == UNREADABLE:
        raise names.refuse(where, "name", f'every event has "{name}" already')
    node = rows.entries[name]
    text = as_text(node, names)
    of = _REFERENCE.match(text)
    known = kinds if text.startswith("ref") else set(vocabulary.enums)
    if of is not None and of[1] not in known:
        what = "event type" if text.startswith("ref") else "list of codes"
        guess = nearest(of[1], known)
        hint = f'; did you mean "{guess}"?' if guess else ""
        raise names.refuse(node.where, "unknown", f'unknown {what} "{of[1]}"{hint}')
    try:
        return read_field(name, text, vocabulary.enums)
    except (MspRulesError, ValueError):
        message = (
            f'"{text}" is no kind of field; write text, flag, date, moment, whole, '
            "code(LIST) or ref(EVENT TYPE), with * where it may repeat and ! where it is needed"
        )
        raise names.refuse(node.where, "kind", message) from None
