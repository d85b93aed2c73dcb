"""Decodes the local event types and lists of codes of an overlay; their names begin with `x_`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Final, TypeVar

from msp_rules.casework.values import UNREADABLE
from msp_rules.casework.vocabulary import EventType, FieldKind, Vocabulary, read_field
from msp_rules.casework.vocabulary import Field as EventField
from msp_rules.errors import MspRulesError, did_you_mean
from msp_rules.rules.language.names import LOOSE_WORD, Names
from msp_rules.yaml_source.decode import (
    WORD,
    Entry,
    Record,
    Shape,
    as_block,
    as_items,
    as_text,
    entries_of,
    needed,
    optional,
    read_each,
    read_entries,
)
from msp_rules.yaml_source.json_schema import Schema
from msp_rules.yaml_source.nodes import Block, Items, Refused, Text

_Read = TypeVar("_Read")
_LOCAL: Final = re.compile(r"x_[a-z0-9_]+")
_FIELD: Final = re.compile(r"[a-z][a-z0-9_]*")
_REFERENCE: Final = re.compile(r"(?:code|ref)\(([^)]*)\)")
_LIST: Final = "[a-z0-9_]+"
_KIND: Final = rf"((text|flag|date|moment|whole)|code\({_LIST}\)|ref\({_LIST}\))[*!]*"


def with_local_words(enums: Block | None, events: Block | None, names: Names) -> Vocabulary:
    """Adds an overlay's words to the vocabulary; what is wrong with them is noted and left out."""
    vocabulary = names.vocabulary
    if enums is not None:
        codes = _read_local(enums, "list of codes", vocabulary.enums, names, _codes, _any_codes)
        vocabulary = replace(vocabulary, enums={**vocabulary.enums, **codes})
    if events is not None:
        # A local event may refer to one that comes after it, and to one with mistakes of its own.
        kinds = vocabulary.events.keys() | events.entries.keys()
        names = replace(names, vocabulary=vocabulary)

        def read(entry: Entry, names: Names) -> EventType:
            return _event(entry, kinds, names)

        found = _read_local(events, "event type", vocabulary.events, names, read, _any_event)
        vocabulary = replace(vocabulary, events={**vocabulary.events, **found})
    return vocabulary


def _read_local(
    block: Block,
    what: str,
    known: Collection[str],
    names: Names,
    read: Callable[[Entry, Names], _Read],
    placeholder: Callable[[Entry], _Read],
) -> dict[str, _Read]:
    found: dict[str, _Read] = {}
    for entry in entries_of(block):
        try:
            _check_name(entry, what, known, names)
            found[entry.key] = read(entry, names)
        except Refused:
            # What names it is right, also by the name that it should have, and no mistake too.
            for name in (entry.key, entry.key.lower(), f"x_{entry.key.lower()}"):
                if name not in known:
                    found[name] = placeholder(entry)
    return found


def _any_codes(entry: Entry) -> tuple[str, ...]:
    """Gives the codes of a broken list as far as they can be seen."""
    items = entry.value.items if isinstance(entry.value, Items) else ()
    return tuple(item.value for item in items if isinstance(item, Text))


def _any_event(entry: Entry) -> EventType:
    """Gives a broken event type with its fields as texts, so that only its mistake is reported."""
    fields = entry.value.entries.get(_FIELDS.key) if isinstance(entry.value, Block) else None
    names = fields.entries if isinstance(fields, Block) else ()
    texts = {name: EventField(name=name, kind=FieldKind.TEXT) for name in names}
    return EventType(name=entry.key, means=entry.key, fields=texts)


def _check_name(entry: Entry, what: str, known: Collection[str], names: Names) -> None:
    name = entry.key
    if not _LOCAL.fullmatch(name):
        message = f'a local {what} begins with x_, in small letters: "{name}" does not'
        names.refuse(entry.place, "name", message)
    if name in known:
        names.refuse(entry.place, "twice", f'the {what} "{name}" exists already')


def _codes(entry: Entry, names: Names) -> tuple[str, ...]:
    name, items = entry.key, as_items(entry.value, names, entry.key)
    codes = read_each(items.items, lambda item: as_text(item, names))
    if not codes:
        names.refuse(items.where, "empty", f"the list {name} has no codes")
    if len(set(codes)) != len(codes):
        names.refuse(items.where, "twice", f"the list {name} has a code twice")
    return codes


def _codes_schema(names: Names) -> Schema:
    items = LOOSE_WORD.schema(names)
    return {"type": "array", "minItems": 1, "uniqueItems": True, "items": items}


def _fields_schema(names: Names) -> Schema:
    kind = {"title": "a kind of field, such as text or code(LIST)", "type": "string"}
    return {
        "type": "object",
        "propertyNames": {
            "title": "a name in small letters, not that of a field which every event has",
            "pattern": f"^{_FIELD.pattern}$",
            "not": {"enum": [*names.vocabulary.envelope, UNREADABLE]},
        },
        "additionalProperties": {**kind, "pattern": f"^{_KIND}$"},
    }


_MEANS: Final = needed("means", WORD)
_FIELDS: Final = optional(
    "fields", Shape(lambda node, names: as_block(node, names, "fields"), _fields_schema)
)
_EVENT: Final[Record[Names]] = Record(what="an event type", fields=(_MEANS, _FIELDS))


def _event(entry: Entry, kinds: Collection[str], names: Names) -> EventType:
    name = entry.key
    block = as_block(entry.value, names, name)
    found = replace(_EVENT, subject=name).read(block, names)
    fields = found[_FIELDS]
    read = {} if fields is None else read_entries(fields, lambda one: _field(one, kinds, names))
    return EventType(name=name, means=found[_MEANS], fields=read)


def _field(entry: Entry, kinds: Collection[str], names: Names) -> EventField:
    vocabulary, name = names.vocabulary, entry.key
    if not _FIELD.fullmatch(name):
        message = f'"{name}" is not a field name: use small letters and _'
        names.refuse(entry.place, "name", message)
    if name in vocabulary.envelope or name == UNREADABLE:
        names.refuse(entry.place, "name", f'every event already has "{name}"')
    text, where = as_text(entry.value, names), entry.value.where
    of = _REFERENCE.match(text)
    is_reference = text.startswith("ref")
    known = kinds if is_reference else vocabulary.enums
    if of is not None and of[1] not in known:
        what = "event type" if is_reference else "list of codes"
        message = f'unknown {what} "{of[1]}"{did_you_mean(of[1], known)}'
        names.refuse(where, "unknown", message)
    try:
        return read_field(name, text, vocabulary.enums)
    except (MspRulesError, ValueError):
        message = (
            f'"{text}" is not a kind of field; write text, flag, date, moment, whole, '
            "code(LIST) or ref(EVENT TYPE), with * where it may repeat and ! where it is needed"
        )
        names.refuse(where, "kind", message)


# The same as JSON Schema. No schema knows beforehand which local words there are: they are allowed
# by their form, and `check` says whether there are such.


def _named(value: Callable[[Names], Schema]) -> Callable[[Names], Schema]:
    title = "a name that begins with x_"
    return lambda names: {
        "type": "object",
        "propertyNames": {"title": title, "pattern": f"^{_LOCAL.pattern}$"},
        "additionalProperties": value(names),
    }


enums_schema: Final = _named(_codes_schema)
"""Describes the lists of codes that an overlay adds."""
events_schema: Final = _named(_EVENT.schema)
"""Describes the event types that an overlay adds."""


def local_definitions(core: Schema) -> Schema:
    """Adds local words to the `$defs` of a schema, beside those of the vocabulary."""
    given: Schema = core["given"]
    local = {"title": "the fields of a local event", "type": ["object", "string", "null"]}
    pattern = f"^{_LOCAL.pattern}$"
    items = {**given["items"], "patternProperties": {pattern: local}}
    supplied = {"type": "string", "pattern": rf"^{_LOCAL.pattern}(\.{_FIELD.pattern})?$"}
    return {
        **core,
        "ask_at": _or_local(core["ask_at"], "any, or an event type", pattern),
        "event_type": _or_local(core["event_type"], "an event type", pattern),
        "field": _or_local(core["field"], "a field", f"^{_FIELD.pattern}$"),
        "given": {**given, "items": items},
        "supplied": {
            "type": "array",
            "items": {
                "title": "an event type, or a field of one",
                "anyOf": [core["supplied"]["items"], supplied],
            },
        },
    }


def _or_local(known: Schema, title: str, pattern: str) -> Schema:
    return {"title": title, "anyOf": [known, {"type": "string", "pattern": pattern}]}
