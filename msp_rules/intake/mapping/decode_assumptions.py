"""Decodes what a mapping file assumes about its system: what no export of it says."""

from __future__ import annotations

from typing import Final

from msp_rules.casework.values import read_value
from msp_rules.casework.vocabulary import EventType, FieldKind
from msp_rules.casework.vocabulary import Field as EventField
from msp_rules.intake.mapping.decode_words import (
    ANY_TEXT,
    DAY,
    FLAG,
    MAPPING_TEXT,
    MappingContext,
)
from msp_rules.intake.mapping.language import Assumption
from msp_rules.intake.mapping.one_way import OneWay
from msp_rules.yaml_source.decode import (
    Field,
    Found,
    Record,
    Shape,
    as_items,
    as_text,
    needed,
    one_known,
    optional,
    optional_or,
    read_each,
)
from msp_rules.yaml_source.json_schema import Schema
from msp_rules.yaml_source.nodes import Node


def _type_and_field(node: Node, context: MappingContext) -> tuple[EventType, EventField]:
    text, where = as_text(node, context), node.where
    kind, _, name = text.partition(".")
    types = context.vocabulary.events
    if kind not in types:
        context.refuse_unknown(where, "event type", kind, types)
    if name not in types[kind].fields:
        context.refuse_unknown(where, f"field of {kind}", name, types[kind].fields)
    field = types[kind].fields[name]
    if field.kind is FieldKind.REF:
        message = f"{text} refers to another event, so no value can be assumed for it"
        context.refuse(where, "assume", message)
    return types[kind], field


def _fields_schema(context: MappingContext) -> Schema:
    names = [
        f"{kind.name}.{field.name}"
        for kind in context.vocabulary.events.values()
        for field in kind.fields.values()
        if field.kind is not FieldKind.REF
    ]
    return {"title": "type.field, as the vocabulary names them", "enum": names}


_OF_FIELD: Final = optional("field", Shape(_type_and_field, _fields_schema))
_VALUE: Final = optional("value", ANY_TEXT)
_OF_TYPE: Final[Field[MappingContext, str | None]] = optional(
    "type", one_known("event type", lambda context: context.vocabulary.events)
)
_NONE: Final = optional("none", FLAG)
_BECAUSE: Final = needed("because", MAPPING_TEXT)
_APPROVED_BY: Final = optional("approved_by", MAPPING_TEXT)
_UNTIL: Final = optional("until", DAY)
_ASSUMPTION: Final[Record[MappingContext]] = Record(
    what="",
    fields=(_OF_FIELD, _VALUE, _OF_TYPE, _NONE, _BECAUSE, _APPROVED_BY, _UNTIL),
    lacks_beside_unknown=True,
)
_ONE_WAY: Final = OneWay(
    ways=((_OF_FIELD, _VALUE), (_OF_TYPE, _NONE)),
    code="assume",
    message="assume either a field and its value, or a type and none: true",
)


def _assumption(node: Node, context: MappingContext) -> Assumption:
    found = _ASSUMPTION.open(node, context)
    _ONE_WAY.check(found, context)
    found.read_rest(context)
    found.need_sound()
    if found[_NONE] is False:
        message = "none must be true: what does happen is mapped, not assumed"
        context.refuse(found.place(_NONE), "assume", message)
    named = found[_OF_FIELD]
    kind = found[_OF_TYPE] if named is None else named[0].name
    return Assumption(
        type=kind or "",
        because=found[_BECAUSE],
        approved_by=found[_APPROVED_BY],
        until=found[_UNTIL],
        field=None if named is None else named[1].name,
        value=None if named is None else _value(found, named[1], context),
    )


def _value(found: Found[MappingContext], field: EventField, context: MappingContext) -> str:
    text = found[_VALUE] or ""
    if field.codes and text not in field.codes:
        context.refuse_unknown(found.place(_VALUE), "code", text, field.codes)
    try:
        read_value(field, text)
    except ValueError as error:
        context.refuse(found.place(_VALUE), "assume", f"{field.name}: {error}")
    return text


def _assumptions(node: Node, context: MappingContext) -> tuple[Assumption, ...]:
    items = as_items(node, context, ASSUMPTIONS.key).items
    found = read_each(items, lambda item: _assumption(item, context))
    seen: set[str] = set()
    for one, item in zip(found, items, strict=True):
        if one.about in seen:
            context.note(item.where, "twice", f"{one.about} is assumed twice")
        seen.add(one.about)
    return found


def _schema(context: MappingContext) -> Schema:
    return {"type": "array", "items": _ONE_WAY.added_to(_ASSUMPTION.schema(context))}


ASSUMPTIONS: Final = optional_or("assume", Shape(_assumptions, _schema), ())
"""The statements about the system that its exports do not hold."""
