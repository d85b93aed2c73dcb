"""Decodes a mapping file; reports every mistake in it at once, each with its place.

What a path means depends on what comes before it (the kind of source, the joined rows), so the
parts are read in that order, each in a context of its own.

The JSON Schema of mapping files follows from what is read; event types, fields and codes come from
the vocabulary. What depends on meaning stays with the decoder: whether a code table exists, whether
its codes are those of the field, whether a date format names a whole date, whether a path is one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from msp_rules.casework.vocabulary import (
    EventType,
    FieldKind,
    Vocabulary,
    core_vocabulary,
)
from msp_rules.casework.vocabulary import (
    Field as EventField,
)
from msp_rules.errors import Problem, RulesetInvalid, SourceLocation
from msp_rules.intake.mapping.decode_case import CASE, KEY, RECORD, attributes_of
from msp_rules.intake.mapping.decode_values import (
    ANY_TEXT,
    ELEMENT,
    MAPPING_TEXT,
    PATH,
    TABLE,
    TIME_ZONE,
    MappingContext,
    value_definitions,
    value_of,
    values_of,
    with_tables,
)
from msp_rules.intake.mapping.language import (
    CaseMapping,
    Condition,
    EventRule,
    SourceForm,
    SourceKind,
    ValueRule,
)
from msp_rules.intake.mapping.paths import Paths
from msp_rules.yaml_source.decode import (
    WORD,
    Context,
    Entry,
    Field,
    Found,
    Record,
    Shape,
    as_block,
    as_text,
    checked,
    entries_of,
    member_of,
    needed,
    one_known,
    one_of,
    optional,
    optional_or,
    read_each,
    read_sound,
)
from msp_rules.yaml_source.json_schema import DIALECT, Schema
from msp_rules.yaml_source.nodes import Block, Items, Node, Problems, Refused, Text, read_yaml

SCHEMA: Final = "msp-rules/mapping/1"
ENCODINGS: Final = ("utf-8", "utf-16", "windows-1252", "iso-8859-1", "iso-8859-15")
"""The encodings that CSV files may have."""


def load_mapping(path: str | Path, vocabulary: Vocabulary | None = None) -> CaseMapping:
    """Loads the mapping that a file holds; raises RulesetInvalid with everything wrong in it.

    `vocabulary` is that of a ruleset with overlays; None: the core one.
    """
    problems = Problems()
    mapping = read_mapping(Path(path), vocabulary or core_vocabulary(), problems)
    if mapping is None or problems.has_errors:
        raise RulesetInvalid(in_file_order(problems))
    return mapping


def in_file_order(problems: Problems) -> list[Problem]:
    """Gives the problems found, each once, by line and column."""
    found = dict.fromkeys(problems.found)
    return sorted(found, key=lambda one: (one.where.line or 0, one.where.column or 0))


def read_mapping(path: Path, vocabulary: Vocabulary, problems: Problems) -> CaseMapping | None:
    """Reads a mapping file; None where it has mistakes, which are noted."""
    main = read_yaml(path, path.name, problems)
    if main is None:
        return None
    mapping = _mapping(main, MappingContext(problems=problems, vocabulary=vocabulary))
    if mapping is None or problems.has_errors:
        return None
    return replace(mapping, sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def _mapping(main: Block, context: MappingContext) -> CaseMapping | None:
    """Reads the whole file: first what paths rest on, then the case, then what is seen from it."""
    found = MAPPING.open(main, context)
    found.read((_SCHEMA, _NAME, _CODES, _SOURCE, _ENCODING, _DELIMITER, _TIME_ZONE), context)
    form = _source_form(found, context)
    context = replace(
        with_tables(found.get(_CODES, None), context),
        form=form,
        time_zone=found.get(_TIME_ZONE, None),
        paths=Paths(kind=form.kind),
    )
    found.read([CASE], context)
    case = found.get(CASE, None)
    if case is not None:
        context = replace(context, paths=case.paths)
    found.read_rest(context)
    if case is None or not case.found.is_sound or not found.is_sound:
        return None
    return CaseMapping(
        name=found[_NAME],
        source=form,
        case_path=case.found[RECORD],
        attributes=attributes_of(case, context),
        key=case.found[KEY],
        joins=case.joins,
        adult=found[_ADULT],
        events=found[_EVENTS],
        reference_date=found[_REFERENCE_DATE],
    )


# How the source is written.


def _schema_name(text: str, where: SourceLocation, context: Context) -> str:
    if text != SCHEMA:
        context.refuse(where, "schema", f'schema must be "{SCHEMA}"')
    return text


def _delimiter(text: str, where: SourceLocation, context: Context) -> str:
    if len(text) != 1 or text in '"\r\n':
        message = "delimiter must be one character, and not a quote"
        context.refuse(where, "delimiter", message)
    return text


def _source_form(found: Found[MappingContext], context: MappingContext) -> SourceForm:
    form = SourceForm(
        found.get(_SOURCE, SourceKind.XML),
        found.get(_ENCODING, ENCODINGS[0]),
        found.get(_DELIMITER, ","),
    )
    for field in (_ENCODING, _DELIMITER) if form.kind is not SourceKind.CSV else ():
        if found.has(field):
            message = f"only a source of csv has {field.key}"
            context.note(found.place(field), "source", message)
    return form


# Events.


def _event_list(node: Node, context: MappingContext) -> tuple[EventRule, ...]:
    if not isinstance(node, Items) or not node.items:
        context.refuse(node.where, "events", "events must be a list that is not empty")
    return read_each(node.items, lambda item: _event(item, context))


def _texts(node: Node, context: MappingContext) -> frozenset[str]:
    items = node.items if isinstance(node, Items) else (node,)
    if not items:
        message = "the list of texts is empty: no record could match it"
        context.refuse(node.where, "when", message)
    return frozenset(read_each(items, lambda item: as_text(item, context)))


def _conditions(node: Node, context: MappingContext) -> tuple[Condition, ...]:
    def read(entry: Entry) -> Condition:
        key = Text(entry.key, False, entry.place)
        path = read_sound([key], lambda text: PATH.read(text, context))
        values = _texts(entry.value, context)
        if not path:
            raise Refused
        return Condition(path=path[0], values=values)

    return read_each(entries_of(as_block(node, context, "")), read)


def _conditions_schema(context: MappingContext) -> Schema:
    text = ANY_TEXT.schema(context)
    texts: Schema = {
        "if": {"type": "array"},
        "then": {"minItems": 1, "items": text},
        "else": text,
    }
    path = PATH.schema(context)
    return {"type": "object", "propertyNames": path, "additionalProperties": texts}


_EVENT_TYPE: Final[Shape[MappingContext, str]] = one_known(
    "event type", lambda context: context.vocabulary.events
)
_TYPE: Final = needed("event", _EVENT_TYPE)
_EVENT_RECORD: Final = needed("record", ELEMENT)
_WHEN: Final = optional_or("when", Shape(_conditions, _conditions_schema), ())
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
    fields = (_TYPE, _EVENT_RECORD, _WHEN, *_envelope(vocabulary).values(), _FIELDS)
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
    found.read_rest(replace(context, record=found.word(_EVENT_RECORD), event=kind))
    found.need_sound()
    envelope = {key: found[field] for key, field in _envelope(context.vocabulary).items()}
    return EventRule(
        type=found[_TYPE],
        record=found[_EVENT_RECORD],
        conditions=found[_WHEN],
        envelope={key: value for key, value in envelope.items() if value is not None},
        fields=found[_FIELDS],
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


# The file.


def _tables(node: Node, context: MappingContext) -> Block:
    return as_block(node, context, "")


def _tables_schema(context: MappingContext) -> Schema:
    return {"type": "object", "additionalProperties": TABLE.schema(context)}


def _events_schema(context: MappingContext) -> Schema:
    return {"type": "array", "minItems": 1, "items": _event_schema(context)}


_SCHEMA: Final = needed("schema", checked(WORD, _schema_name).described({"const": SCHEMA}))
_NAME: Final = needed("name", MAPPING_TEXT)
_SOURCE: Final = optional_or("source", member_of("source", SourceKind), SourceKind.XML)
_ENCODING: Final = optional_or("encoding", one_of("encoding", ENCODINGS), ENCODINGS[0])
_DELIMITER: Final = optional_or(
    "delimiter",
    checked(WORD, _delimiter).described({"type": "string", "pattern": r'^[^"\r\n]$'}),
    ",",
)
_TIME_ZONE: Final = optional("time_zone", TIME_ZONE)
_CODES: Final = optional("codes", Shape(_tables, _tables_schema))
_ADULT: Final = needed("adult", values_of(lambda context: context.vocabulary.adult))
_REFERENCE_DATE: Final = optional(
    "reference_date",
    value_of(EventField(name="reference_date", kind=FieldKind.DATE)).within(
        lambda context: replace(context, is_of_source=True)
    ),
)
_EVENTS: Final = needed("events", Shape(_event_list, _events_schema))
MAPPING: Final[Record[MappingContext]] = Record(
    what="",
    fields=(
        *(_SCHEMA, _NAME, _SOURCE, _ENCODING, _DELIMITER, _TIME_ZONE),
        *(_CODES, CASE, _ADULT, _REFERENCE_DATE, _EVENTS),
    ),
    lacks_beside_unknown=True,
)
"""Describes mapping files."""


def mapping_schema(vocabulary: Vocabulary) -> Schema:
    """Describes mapping files."""
    context = MappingContext(problems=Problems(), vocabulary=vocabulary)
    return {
        "$schema": DIALECT,
        "$id": "urn:msp-rules:mapping-1",
        "title": "a mapping file of msp-rules",
        "description": 'GENERATED by "msp-rules generate"; changes made here are lost.',
        **MAPPING.schema(context),
        "$defs": value_definitions(context),
    }
