"""Decodes the events of a mapping file: which records they are, and how each is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from msp_rules.casework.vocabulary import EventType, Vocabulary
from msp_rules.casework.vocabulary import Field as EventField
from msp_rules.intake.mapping.decode_conditions import CONDITIONS, SPLIT, WHEN
from msp_rules.intake.mapping.decode_values import MAY_BE_ABSENT, value_of, values_of
from msp_rules.intake.mapping.decode_words import ELEMENT, PATH, MappingContext
from msp_rules.intake.mapping.language import (
    CellParts,
    Condition,
    EventItems,
    EventRule,
    ValueRule,
)
from msp_rules.yaml_source.decode import (
    Field,
    Record,
    Shape,
    needed,
    one_known,
    optional,
    optional_or,
    read_each,
)
from msp_rules.yaml_source.json_schema import Schema
from msp_rules.yaml_source.nodes import Block, Items, Node, Text


def _event_list(node: Node, context: MappingContext) -> tuple[EventRule, ...]:
    if not isinstance(node, Items) or not node.items:
        context.refuse(node.where, "events", "events must be a list that is not empty")
    return read_each(node.items, lambda item: _event(item, context))


_EVENT_TYPE: Final[Shape[MappingContext, str]] = one_known(
    "event type", lambda context: context.vocabulary.events
)
_TYPE: Final = needed("event", _EVENT_TYPE)
_EVENT_RECORD: Final = needed("record", ELEMENT)
_LIST: Final = needed("path", PATH)
_SEPARATORS: Final = needed(SPLIT.key, SPLIT.shape)
_SPLIT_LIST: Final[Record[MappingContext]] = Record(what="", fields=(_LIST, _SEPARATORS))


def _event_items(node: Node, context: MappingContext) -> EventItems:
    if not isinstance(node, Block):
        path = context.paths.as_list(PATH.read(node, context))
        return EventItems(path=path, parts=CellParts(is_json=True))
    found = _SPLIT_LIST.read(node, context)
    return EventItems(path=found[_LIST], parts=CellParts(split=found[_SEPARATORS]))


def _event_items_schema(context: MappingContext) -> Schema:
    title = "a path to a JSON list, or a path and what separates the items of a text"
    return {
        "title": title,
        "if": {"type": "object"},
        "then": {"title": title, **_SPLIT_LIST.schema(context)},
        "else": PATH.schema(context),
    }


_ITEMS: Final = optional("items", Shape(_event_items, _event_items_schema))
_PARTLY: Final = "partly"


def _supplied(node: Node, context: MappingContext) -> tuple[Condition, ...] | None:
    """Reads in which cases an entry supplies its type; None for never."""
    if isinstance(node, Text):
        if node.value != _PARTLY:
            message = "write partly, or the conditions of a case in which all such events are there"
            context.refuse(node.where, "supplied", message)
        return None
    # A case is looked at here, whatever record the entry is about.
    return CONDITIONS.read(node, replace(context, record="."))


def _supplied_schema(context: MappingContext) -> Schema:
    return {
        "title": "partly, or conditions of a case",
        "if": {"type": "string"},
        "then": {"const": _PARTLY},
        "else": CONDITIONS.schema(context),
    }


_SUPPLIED: Final[Field[MappingContext, tuple[Condition, ...] | None]] = optional_or(
    "supplied", Shape(_supplied, _supplied_schema), ()
)
_FIELDS: Final[Field[MappingContext, Mapping[str, ValueRule]]] = optional_or(
    "fields",
    Shape(
        lambda node, context: values_of(_fields_here).read(node, context),
        lambda _: {"type": "object"},  # which fields, hangs on the type: see below
    ),
    {},
)


def _fields_here(context: MappingContext) -> Mapping[str, EventField]:
    """Gives the fields of the event that is read."""
    return {} if context.event is None else context.event.fields


def _envelope(vocabulary: Vocabulary) -> dict[str, Field[MappingContext, ValueRule | None]]:
    """Gives the fields that every event may have."""
    fields: dict[str, Field[MappingContext, ValueRule | None]] = {}
    for name in ("id", "occurred", "recorded", "agency", "role", "supersedes", "void"):
        value = value_of(vocabulary.envelope[name])
        is_needed = name in ("id", "occurred")
        fields[name] = needed(name, value) if is_needed else optional(name, value)
    return fields


def _event_record(vocabulary: Vocabulary) -> Record[MappingContext]:
    fields: tuple[Field[MappingContext, object], ...] = (
        *(_TYPE, _EVENT_RECORD, _ITEMS, WHEN),
        *_envelope(vocabulary).values(),
        *(_FIELDS, MAY_BE_ABSENT, _SUPPLIED),
    )
    return Record(what="", fields=fields, lacks_beside_unknown=True)


def _event(node: Node, context: MappingContext) -> EventRule:
    found = _event_record(context.vocabulary).open(node, context)
    found.read((_TYPE, _EVENT_RECORD), context)
    kind = context.vocabulary.events.get(found.get(_TYPE, ""))
    record = found.get(_EVENT_RECORD, None)
    if record is not None and record.attribute is not None:
        message = "record must lead to an element, not an attribute"
        context.note(found.block.keys[_EVENT_RECORD.key], "record", message)
    if kind is None:
        found.skip(_FIELDS)  # of which type they are is not known
    else:
        _warn_of_lacking(kind, found.block, context)
    inside = replace(context, record=found.word(_EVENT_RECORD), event=kind)
    found.read((_ITEMS, WHEN), inside)
    found.read_rest(replace(inside, has_items=found.has(_ITEMS)))
    found.need_sound()
    supplied = found[_SUPPLIED]
    envelope = {key: found[field] for key, field in _envelope(context.vocabulary).items()}
    return EventRule(
        type=found[_TYPE],
        record=found[_EVENT_RECORD],
        items=found[_ITEMS],
        conditions=found[WHEN],
        envelope={key: value for key, value in envelope.items() if value is not None},
        fields=found[_FIELDS],
        may_be_absent=found[MAY_BE_ABSENT],
        is_partial=supplied is None,
        supplied_when=supplied if supplied is not None else (),
    )


def _warn_of_lacking(kind: EventType, event: Block, context: MappingContext) -> None:
    fields = event.entries.get(_FIELDS.key)
    said = fields.entries if isinstance(fields, Block) else {}
    lacking = [one.name for one in kind.fields.values() if one.is_required and one.name not in said]
    if lacking:
        message = f"{kind.name} lacks {', '.join(lacking)}: every such event would be a fault"
        context.problems.warn(event.where, "required", message)


def _event_schema(context: MappingContext) -> Schema:
    """Describes an entry of `events`: the fields that it may map are those of its event type."""
    own_fields = [
        {
            "if": {"properties": {_TYPE.key: {"const": kind.name}}, "required": [_TYPE.key]},
            "then": {
                "properties": {
                    _FIELDS.key: values_of(_fields_here).schema(replace(context, event=kind))
                }
            },
        }
        for kind in context.vocabulary.events.values()
    ]
    return {**_event_record(context.vocabulary).schema(context), "allOf": own_fields}


def _events_schema(context: MappingContext) -> Schema:
    return {"type": "array", "minItems": 1, "items": _event_schema(context)}


EVENTS: Final = needed("events", Shape(_event_list, _events_schema))
"""The events of each case."""
