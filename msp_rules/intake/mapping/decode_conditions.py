"""Decodes the conditions of a mapping file, and the ways to take one text apart.

A condition is an entry of a block: its key is a path, and its value says what must be there.
"""

from __future__ import annotations

from typing import Final

from msp_rules.intake.mapping.decode_words import (
    ANY_TEXT,
    MAPPING_TEXT,
    PATH,
    MappingContext,
    one_or_list,
)
from msp_rules.intake.mapping.language import CellParts, Condition, ConditionKind
from msp_rules.yaml_source.decode import (
    Entry,
    Found,
    Record,
    Shape,
    as_block,
    definitions,
    entries_of,
    named,
    optional_or,
    read_each,
    read_sound,
)
from msp_rules.yaml_source.json_schema import Schema
from msp_rules.yaml_source.nodes import Block, Items, Node, Refused, Text

ITSELF: Final = "."
"""The part of an item that is the whole item, as a path "." is the record itself."""
_PLACE: Final = "path"
_WORDS: Final = {"present": ConditionKind.PRESENT, "absent": ConditionKind.ABSENT}


# Lists in one text.

SPLIT: Final = optional_or(
    "split", one_or_list(MAPPING_TEXT, ("split", "the list of separators is empty")), ()
)
"""The separators of the labels in a cell that holds several."""
PART: Final = optional_or(
    "part", one_or_list(MAPPING_TEXT, ("part", "the list of keys is empty")), ()
)
"""The part that is taken of each item of a JSON list: a key, or the keys down to it."""


def keys_of(part: tuple[str, ...]) -> tuple[str, ...]:
    """Gives the keys that lead to a part of an item; none for the item itself."""
    return () if part == (ITSELF,) else part


# Conditions.

_NO_TEXTS: Final = ("when", "the list of texts is empty: no record could match it")
_TEXTS: Final = named("texts", one_or_list(ANY_TEXT, _NO_TEXTS))
_IS: Final = optional_or("is", _TEXTS, ())
_CONTAINS: Final = optional_or("contains", _TEXTS, ())
_TEST: Final[Record[MappingContext]] = Record(what="", fields=(_IS, _CONTAINS, SPLIT, PART))


def _is_one_word(node: Node | None) -> bool:
    return isinstance(node, Text) and node.value in _WORDS


def _parts(found: Found[MappingContext], context: MappingContext) -> CellParts | None:
    split, part = found[SPLIT], found[PART]
    if split and part:
        message = "either split or part: a list is written in one of the two ways"
        context.refuse(found.place(PART), "when", message)
    if split:
        return CellParts(split=split)
    return CellParts(is_json=True, part=keys_of(part)) if part else None


def _tested(
    node: Block, context: MappingContext
) -> tuple[ConditionKind, frozenset[str], CellParts | None]:
    found = _TEST.open(node, context)
    if found.has(_IS) == found.has(_CONTAINS):
        context.note(node.where, "when", "write either is or contains")
    found.read_rest(context)
    found.need_sound()
    parts = _parts(found, context)
    if found.has(_CONTAINS):
        return ConditionKind.CONTAINS, frozenset(found[_CONTAINS]), parts
    if _is_one_word(node.entries[_IS.key]):
        return _WORDS[found.word(_IS)], frozenset(), parts
    return ConditionKind.ONE_OF, frozenset(found[_IS]), parts


def _condition(place: Node, node: Node, context: MappingContext) -> Condition:
    path = read_sound([place], lambda one: PATH.read(one, context))
    parts: CellParts | None = None
    if isinstance(node, Block):
        wanted, values, parts = _tested(node, context)
    elif isinstance(node, Text) and node.value in _WORDS:
        wanted, values = _WORDS[node.value], frozenset[str]()
    else:
        wanted, values = ConditionKind.ONE_OF, frozenset(_TEXTS.read(node, context))
    if not path:
        raise Refused
    is_list = parts is not None and parts.is_json
    found = context.paths.as_list(path[0]) if is_list else path[0]
    return Condition(path=found, values=values, wanted=wanted, parts=parts)


def _listed(node: Node, context: MappingContext) -> Condition:
    """Reads a condition that names its path beside what must be there."""
    block = as_block(node, context, "")
    if _PLACE not in block.entries:
        context.refuse(block.where, "when", "a condition in a list lacks path")
    entries = {key: one for key, one in block.entries.items() if key != _PLACE}
    keys = {key: one for key, one in block.keys.items() if key != _PLACE}
    return _condition(block.entries[_PLACE], Block(entries, keys, block.where), context)


def _read(node: Node, context: MappingContext) -> tuple[Condition, ...]:
    if isinstance(node, Items):
        return read_each(node.items, lambda one: _listed(one, context))
    entries = entries_of(as_block(node, context, ""))
    return read_each(entries, lambda one: _condition(_key_of(one), one.value, context))


def _key_of(entry: Entry) -> Text:
    return Text(entry.key, False, entry.place)


def _schema(context: MappingContext) -> Schema:
    either = [{"required": [field.key]} for field in (_IS, _CONTAINS)]
    test = _TEST.schema(context)
    wanted: Schema = {
        "title": "a text, a list of texts, present, absent, or keys and values",
        "if": {"type": "object"},
        "then": {**test, "oneOf": either},
        "else": _TEXTS.schema(context),
    }
    path = PATH.schema(context)
    listed = {
        **test,
        "required": [_PLACE],
        "properties": {_PLACE: path, **test["properties"]},
        "oneOf": either,
    }
    return {
        "if": {"type": "array"},
        "then": {"items": listed},
        "else": {"type": "object", "propertyNames": path, "additionalProperties": wanted},
    }


CONDITIONS: Final = named("conditions", Shape(_read, _schema))
"""Conditions that must all hold."""
WHEN: Final = optional_or("when", CONDITIONS, ())


def condition_definitions(context: MappingContext) -> Schema:
    """Gives the `$defs` of conditions."""
    return definitions((_TEXTS, CONDITIONS), context)
