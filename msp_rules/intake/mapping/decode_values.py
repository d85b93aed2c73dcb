"""Decodes the values of a mapping file: where each comes from, and how it is to be read.

A value belongs to a field of the vocabulary; the keys that are allowed depend on the kind of field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from msp_rules.casework.vocabulary import Field as EventField
from msp_rules.casework.vocabulary import FieldKind
from msp_rules.intake.mapping.decode_codes import used_table
from msp_rules.intake.mapping.decode_conditions import (
    PART,
    SPLIT,
    WHEN,
    condition_definitions,
    keys_of,
)
from msp_rules.intake.mapping.decode_words import (
    ANY_TEXT,
    DATE_FORMAT,
    DAY,
    ELEMENT,
    FLAG,
    MAPPING_TEXT,
    PATH,
    ROW_NAME,
    ROWS,
    TIME_ZONE,
    MappingContext,
    one_or_list,
)
from msp_rules.intake.mapping.language import ITEM, CellParts, FieldPath, SourceKind, ValueRule
from msp_rules.yaml_source.decode import (
    Entry,
    Field,
    Found,
    Record,
    Shape,
    as_block,
    as_text,
    definitions,
    hidden,
    list_of,
    optional,
    optional_or,
    read_entries,
)
from msp_rules.yaml_source.json_schema import Schema, closed, ref
from msp_rules.yaml_source.nodes import Block, Node


def _constant(node: Node, context: MappingContext) -> str:
    text = as_text(node, context)
    if context.is_coded and text not in context.codes:
        context.refuse_unknown(node.where, "code", text, context.codes)
    return text


def _constant_schema(context: MappingContext) -> Schema:
    return {"enum": list(context.codes)} if context.is_coded else ANY_TEXT.schema(context)


def _own_zone(node: Node, context: MappingContext) -> str:
    if not context.is_time:
        context.note(node.where, "zone", "only a date or time can have a time zone")
    return TIME_ZONE.read(node, context)


def _withheld(node: Node, context: MappingContext) -> str | None:
    if not context.is_text:
        context.note(node.where, "withheld", "only a field of text can be withheld")
    return as_text(node, context) or None


def _join(node: Node, context: MappingContext) -> str | None:
    if not context.is_text:
        context.note(node.where, "join", "only texts can be joined to one")
    return as_text(node, context)


def _is_text(context: MappingContext) -> bool:
    return context.is_text


def _is_coded(context: MappingContext) -> bool:
    return context.is_coded


_PATH: Final = optional("path", PATH)
_ITEMS: Final = optional("items", PATH)
_CONSTANT: Final = optional("constant", Shape(_constant, _constant_schema))
_FORMATS: Final = optional_or(
    "date_format", one_or_list(DATE_FORMAT, ("date", "the list of date formats is empty")), ()
)
_ZONE: Final = optional("time_zone", Shape(_own_zone, TIME_ZONE.schema))
_SUFFIX: Final = optional_or("suffix", ANY_TEXT, "")
_JOIN: Final = hidden(optional("join", Shape(_join, ANY_TEXT.schema)), _is_text)
_WITHHELD: Final = hidden(optional("withheld", Shape(_withheld, ANY_TEXT.schema)), _is_text)
_TABLE: Final = hidden(optional("codes", Shape(used_table, ANY_TEXT.schema)), _is_coded)
_PRECEDENCE: Final = hidden(
    optional_or(
        "precedence",
        list_of(
            Shape(_constant, _constant_schema),
            "precedence",
            if_empty=("precedence", "the list under precedence is empty"),
        ),
        (),
    ),
    _is_coded,
)
MAY_BE_ABSENT: Final = optional_or("may_be_absent", FLAG, False)
"""True if an export is sound in which no case has what is mapped here."""
_READING: Final = (_FORMATS, _ZONE, _SUFFIX, _TABLE, _JOIN, _WITHHELD, SPLIT, PART)
_ALTERNATIVE: Final[Record[MappingContext]] = Record(
    what="", fields=(_PATH, _CONSTANT, _ITEMS, WHEN, *_READING)
)


def _alternatives(node: Node, context: MappingContext) -> tuple[ValueRule, ...]:
    is_empty = ("first", "the list under first is empty")
    return list_of(_ONE, "first", if_empty=is_empty).read(node, context)


def _alternatives_schema(context: MappingContext) -> Schema:
    return list_of(_ONE, "first", if_empty=("first", "")).schema(context)


_FIRST: Final = optional_or("first", Shape(_alternatives, _alternatives_schema), ())
_VALUE: Final[Record[MappingContext]] = Record(
    what="",
    fields=(*_ALTERNATIVE.fields, _FIRST, _PRECEDENCE, MAY_BE_ABSENT),
)


def _plain(context: MappingContext) -> ValueRule:
    """Gives the value of a path alone, with every other key at its default."""
    target = context.target
    return ValueRule(
        time_zone=context.time_zone if context.is_time else None,
        is_day=target is not None and target.kind is FieldKind.DATE,
        takes_iso=context.form.kind is SourceKind.XLSX,
    )


def _parts(found: Found[MappingContext], context: MappingContext) -> CellParts | None:
    split, part = found[SPLIT], found[PART]
    is_json = found.has(_ITEMS) or bool(part)
    if split and is_json:
        message = "either split or items and part: a list is written in one of the two ways"
        context.refuse(found.place(SPLIT), "split", message)
    if split:
        return CellParts(split=split)
    return CellParts(is_json=True, part=keys_of(part)) if is_json else None


def _path_of(found: Found[MappingContext], context: MappingContext) -> FieldPath | None:
    """Gives the place of a value; for a `part` alone, the item at hand."""
    path = found[_ITEMS] if found.has(_ITEMS) else found[_PATH]
    is_item = not (found.has(_PATH) or found.has(_ITEMS) or found.has(_CONSTANT))
    if is_item and not found.has(_FIRST) and found.has(PART):
        if not context.has_items:
            message = "a part alone is one of the items of the event: it has no items"
            context.refuse(found.place(PART), "part", message)
        return FieldPath((), ITEM)
    is_list = path is not None and (found.has(_ITEMS) or found.has(PART))
    return context.paths.as_list(path) if path is not None and is_list else path


def _read_with(found: Found[MappingContext], context: MappingContext) -> ValueRule:
    """Builds the value of a block whose fields are read, but for its alternatives."""
    plain = _plain(context)
    return replace(
        plain,
        path=_path_of(found, context),
        constant=found[_CONSTANT],
        conditions=found[WHEN],
        parts=_parts(found, context),
        time_zone=found[_ZONE] or plain.time_zone,
        table=found[_TABLE],
        date_formats=found[_FORMATS],
        suffix=found[_SUFFIX],
        join=found[_JOIN],
        withheld=found[_WITHHELD],
    )


def _read_one(node: Node, context: MappingContext) -> ValueRule:
    """Reads a value that has no alternatives."""
    if not isinstance(node, Block):
        return replace(_plain(context), path=PATH.read(node, context))
    found = _ALTERNATIVE.open(node, context)
    _need_one_source(found, context, (_PATH, _CONSTANT, _ITEMS))
    found.read_rest(context)
    found.need_sound()
    return _read_with(found, context)


def _need_one_source(
    found: Found[MappingContext],
    context: MappingContext,
    sources: tuple[Field[MappingContext, object], ...],
) -> None:
    named = [field.key for field in sources if found.has(field)]
    if len(named) > 1 or not (named or found.has(PART)):
        *others, last = [field.key for field in sources]
        message = f"a value needs one of {', '.join(others)} and {last}"
        context.note(found.block.where, "value", message)


def _read_value(node: Node, context: MappingContext) -> ValueRule:
    if not isinstance(node, Block):
        return _read_one(node, context)
    found = _VALUE.open(node, context)
    _need_one_source(found, context, (_PATH, _CONSTANT, _ITEMS, _FIRST))
    found.read([_ZONE], context)
    # What the value says of its reading holds for each alternative that says nothing else.
    inside = replace(context, time_zone=found.get(_ZONE, None) or context.time_zone)
    found.read([_FIRST], inside)
    found.read_rest(context)
    found.need_sound()
    whole = replace(
        _read_with(found, context),
        precedence=found[_PRECEDENCE],
        may_be_absent=found[MAY_BE_ABSENT],
    )
    first = tuple(_with_defaults(one, whole) for one in found[_FIRST])
    return replace(whole, first=first)


def _with_defaults(one: ValueRule, whole: ValueRule) -> ValueRule:
    """Reads an alternative as the whole value is read, where it does not say otherwise."""
    return replace(
        one,
        parts=one.parts or whole.parts,
        table=one.table or whole.table,
        date_formats=one.date_formats or whole.date_formats,
        suffix=one.suffix or whole.suffix,
        join=one.join if one.join is not None else whole.join,
        withheld=one.withheld or whole.withheld,
    )


def _sources_schema(sources: tuple[Field[MappingContext, object], ...]) -> list[Schema]:
    """Describes that a value has one source, or is a part of the item at hand."""
    one: list[Schema] = [{"required": [field.key]} for field in sources]
    return [*one, {"required": [PART.key], "not": {"anyOf": one}}]


_ONE_TITLE: Final = "a path, or keys and values with one of path, constant and items"
_TITLE: Final = "a path, or keys and values with one of path, constant, items and first"


def _one_schema(context: MappingContext) -> Schema:
    either = _sources_schema((_PATH, _CONSTANT, _ITEMS))
    return {
        "title": _ONE_TITLE,
        "if": {"type": "object"},
        "then": {"title": _ONE_TITLE, **_ALTERNATIVE.schema(context), "oneOf": either},
        "else": PATH.schema(context),
    }


_ONE: Final[Shape[MappingContext, ValueRule]] = Shape(_read_one, _one_schema)


def _value_schema(context: MappingContext) -> Schema:
    either = _sources_schema((_PATH, _CONSTANT, _ITEMS, _FIRST))
    return {
        "title": _TITLE,
        "if": {"type": "object"},
        "then": {"title": _TITLE, **_VALUE.schema(context), "oneOf": either},
        "else": PATH.schema(context),
    }


def value_of(target: EventField) -> Shape[MappingContext, ValueRule]:
    """Reads the value of a field."""
    kind = "value"
    if target.kind in (FieldKind.CODE, FieldKind.FLAG):
        kind = f"coded_{target.enum}"
    elif target.kind is FieldKind.TEXT:
        kind = "text_value"
    return Shape(
        lambda node, context: _read_value(node, context.about(target)), lambda _: ref(kind)
    )


def values_of(
    known: Callable[[MappingContext], Mapping[str, EventField]],
) -> Shape[MappingContext, dict[str, ValueRule]]:
    """Reads values of fields, by their names."""

    def read(node: Node, context: MappingContext) -> dict[str, ValueRule]:
        fields = known(context)

        def read_one(entry: Entry) -> ValueRule:
            if entry.key not in fields:
                context.refuse_unknown(entry.place, "field", entry.key, fields)
            return value_of(fields[entry.key]).read(entry.value, context)

        return read_entries(as_block(node, context, ""), read_one)

    def schema(context: MappingContext) -> Schema:
        fields = known(context).items()
        return closed({name: value_of(one).schema(context) for name, one in fields}, [])

    return Shape(read, schema)


def value_definitions(context: MappingContext) -> Schema:
    """Gives the `$defs` of single words, and of values by the kind of their fields."""
    words = (MAPPING_TEXT, ANY_TEXT, PATH, ROWS, ROW_NAME, ELEMENT, TIME_ZONE, DATE_FORMAT, DAY)
    text = EventField(name="text", kind=FieldKind.TEXT)
    coded = {
        f"coded_{name}": EventField(name=name, kind=FieldKind.CODE, codes=codes, enum=name)
        for name, codes in context.vocabulary.enums.items()
    }
    return {
        **definitions(words, context),
        **condition_definitions(context),
        "value": _value_schema(context),
        "text_value": _value_schema(context.about(text)),
        **{name: _value_schema(context.about(one)) for name, one in coded.items()},
    }
