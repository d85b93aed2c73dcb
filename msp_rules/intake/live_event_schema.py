"""Writes the JSON Schema of a live event (CloudEvents 1.0) from the vocabulary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any, Final

from msp_rules.casework.values import DATE, INSTANT, LONGEST_ID, MOMENT
from msp_rules.casework.vocabulary import EventType, Field, FieldKind, Vocabulary
from msp_rules.yaml_source.json_schema import DIALECT

JSON_NAME: Final = "live-event-1.json"
TYPE_PREFIX: Final = "org.msp-rules."
TYPE_SUFFIX: Final = ".v1"
CASE_TYPE: Final = f"{TYPE_PREFIX}case{TYPE_SUFFIX}"
CORRECTION: Final = "mspcorrection"
"""The extension attribute by which a host says that an event may correct one under its id."""

Schema = dict[str, Any]

_ABOUT: Final = (
    "A live event: one CloudEvents 1.0 message in structured JSON. GENERATED from vocabulary.yaml "
    'by "msp-rules generate"; changes made here are lost. Not checked here: that ids are used '
    "once, that references name an event of the case, and that a local time exists on the night "
    "of the clock change in March."
)


def message_type(event_type: str) -> str:
    """Gives the CloudEvents `type` of an event type of the vocabulary."""
    return f"{TYPE_PREFIX}{event_type}{TYPE_SUFFIX}"


def live_event_schema(vocabulary: Vocabulary) -> Schema:
    """Writes the whole schema (draft 2020-12) as a JSON document."""
    events = vocabulary.events
    types = [message_type(name) for name in events]
    branches = [
        {
            "if": {"properties": {"type": {"const": message_type(name)}}, "required": ["type"]},
            "then": {"properties": {"data": {"$ref": f"#/$defs/event.{name}"}}},
        }
        for name in events
    ]
    return {
        "$schema": DIALECT,
        "$id": f"urn:msp-rules:{JSON_NAME.removesuffix('.json')}",
        "title": "a live event (CloudEvents 1.0)",
        "description": _ABOUT,
        "type": "object",
        "required": ["specversion", "id", "source", "type", "subject", "data"],
        # CloudEvents 1.0 lets any carrier add attributes of its own; they are not read.
        "properties": _attributes([*types, CASE_TYPE]),
        "allOf": [_has_a_moment(), *branches, _case_branch()],
        "$defs": {
            **value_schemas(vocabulary),
            **{f"event.{name}": _event(kind, vocabulary) for name, kind in events.items()},
            "case": _case(vocabulary),
        },
    }


def schema_of_type(schema: Schema, name: str) -> Schema:
    """Cuts the schema down to messages of one CloudEvents `type`, which is quicker to check by.

    `name` is one of the types that the schema knows.
    """
    own = {"if": {"properties": {"type": {"const": name}}, "required": ["type"]}}
    (data,) = (
        branch["then"]["properties"]["data"]
        for branch in schema["allOf"]
        if own.items() <= branch.items()
    )
    parts = {**schema, "properties": {**schema["properties"], "data": data}}
    # Of the conditions, one is about this type, and that on the moment says as much as this.
    del parts["allOf"]
    if name != CASE_TYPE:
        parts |= {"if": _DATED, "else": _HAS_TIME}
    definitions = parts.pop("$defs")
    whole_schema: Schema = _without_references(parts, definitions)
    return whole_schema


def _without_references(node: Any, definitions: Schema) -> Any:
    """Puts each definition where it is referred to: following references is half of the work."""
    if isinstance(node, list):
        return [_without_references(one, definitions) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        # What stands beside a reference of ours only describes.
        beside = {name: value for name, value in node.items() if name != "$ref"}
        definition = definitions[node["$ref"].removeprefix("#/$defs/")]
        return _without_references({**definition, **beside}, definitions)
    return {name: _without_references(value, definitions) for name, value in node.items()}


def shipped_live_event_schema() -> bytes:
    """Reads the schema of the core vocabulary, as the package ships it."""
    return resources.files("msp_rules.casework").joinpath("schemas", JSON_NAME).read_bytes()


def field_schema(field: Field) -> Schema:
    """Writes the schema of one value of a field; refers to the `$defs` of `value_schemas`."""
    if field.enum is not None:
        return {"$ref": f"#/$defs/code.{field.enum}"}
    if field.kind is FieldKind.REF:
        return {"$ref": "#/$defs/id", "description": f"The id of a {field.refers_to} of the case."}
    return {"$ref": f"#/$defs/{field.kind.value}"}


def whole(pattern: str) -> str:
    """Makes a pattern that must match a whole text."""
    return f"^{pattern}$"


def _attributes(types: list[str]) -> Schema:
    return {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "minLength": 1, "maxLength": LONGEST_ID},
        "source": {
            "type": "string",
            "minLength": 1,
            "description": "The system that sends it (a URI). Source and id identify repeats.",
        },
        "type": {"enum": types},
        "subject": {"$ref": "#/$defs/id", "description": "The id of the case."},
        "time": {
            "type": "string",
            "pattern": whole(INSTANT),
            "title": "a date-time that exists, with its offset, as in 2026-01-05T10:15:00Z",
            "description": "When the event happened, where data.occurred does not say.",
        },
        "datacontenttype": {
            "type": "string",
            "pattern": '^application/json( *; *charset="?[Uu][Tt][Ff]-8"?)?$',
        },
        "dataschema": {"type": "string", "minLength": 1},
        CORRECTION: {
            "title": "true or false",
            "type": "boolean",
            "description": "True: an event that is held under the same id is corrected by this "
            "one. Else another content under an id that is held is a conflict.",
        },
        "data": {"type": "object"},
    }


def _has_a_moment() -> Schema:
    """Requires `time` unless `data.occurred` is given (a case message has no moment)."""
    case = {"properties": {"type": {"const": CASE_TYPE}}, "required": ["type"]}
    return {"if": {"not": {"anyOf": [_DATED, case]}}, "then": _HAS_TIME}


_DATED: Final = {"properties": {"data": {"required": ["occurred"]}}, "required": ["data"]}
_HAS_TIME: Final = {"required": ["time"]}


def _case_branch() -> Schema:
    return {
        "if": {"properties": {"type": {"const": CASE_TYPE}}, "required": ["type"]},
        "then": {"properties": {"data": {"$ref": "#/$defs/case"}}},
    }


def _event(kind: EventType, vocabulary: Vocabulary) -> Schema:
    # `id` and `occurred` may be left out: the message's own id and time stand for them.
    envelope = {
        name: {"$ref": "#/$defs/id"} if field.kind is FieldKind.TEXT else field_schema(field)
        for name, field in vocabulary.envelope.items()
    }
    return {
        "description": kind.means,
        **object_schema({**envelope, **fields_schema(kind.fields)}, _required(kind.fields)),
    }


def _case(vocabulary: Vocabulary) -> Schema:
    attributes = {name: field_schema(f) for name, f in vocabulary.case.items() if name != "id"}
    adult = {**fields_schema(vocabulary.adult), "ref": {"$ref": "#/$defs/id"}}
    return {
        "description": "The attributes of the case and its adult; the case's id is the subject.",
        **object_schema(
            {
                "id": {"$ref": "#/$defs/id", "description": "If given, the same as the subject."},
                **attributes,
                "adult": object_schema(adult, _required(vocabulary.adult)),
            },
            (),
        ),
        "minProperties": 1,
    }


def fields_schema(fields: Mapping[str, Field]) -> Schema:
    """Writes the schemas of the values of fields, by name."""
    return {name: _field(field) for name, field in fields.items()}


def _required(fields: Mapping[str, Field]) -> list[str]:
    return [name for name, field in fields.items() if field.is_required]


def _field(field: Field) -> Schema:
    if field.may_repeat:
        return {"type": "array", "minItems": 1, "items": field_schema(field)}
    if field.is_required and field.kind is FieldKind.TEXT:
        return {"$ref": "#/$defs/text_with_content"}
    return field_schema(field)


def object_schema(properties: Schema, required: Sequence[str]) -> Schema:
    """Writes the schema of an object with these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        **({"required": list(required)} if required else {}),
        "additionalProperties": False,
    }


def value_schemas(vocabulary: Vocabulary) -> Schema:
    """Writes the `$defs` of all kinds of values and lists of codes that fields refer to."""
    withheld = {
        "if": {"type": "object"},
        "then": {
            "properties": {"withheld": {"const": True}},
            "required": ["withheld"],
            "additionalProperties": False,
        },
    }
    return {
        "id": {
            "title": "an id, without white space around it",
            "type": "string",
            "pattern": r"^\S(.*\S)?$",
            "maxLength": LONGEST_ID,
        },
        "text": {
            "description": 'A text, or {"withheld": true}: present, but not exported.',
            "type": ["string", "object"],
            **withheld,
        },
        "text_with_content": {
            "title": "a text that says something",
            "type": ["string", "object"],
            "pattern": r"\S",
            **withheld,
        },
        "date": {
            "title": "a date that exists, as in 2026-01-05",
            "type": "string",
            "pattern": whole(DATE),
        },
        "moment": {
            "title": "a date or date-time that exists, as in 2026-01-05 or 2026-01-05T10:15:00",
            "type": "string",
            "pattern": whole(MOMENT),
        },
        "whole": {"title": "a whole number", "type": "integer", "minimum": 0},
        **{f"code.{name}": {"enum": list(codes)} for name, codes in vocabulary.enums.items()},
    }
