"""Decodes a mapping file; reports every mistake in it at once, each with its place.

What a path means depends on what comes before it (the kind of source, the joined rows), so the
parts are read in that order, each in a context of its own.

The JSON Schema of mapping files follows from what is read; event types, fields and codes come from
the vocabulary. What depends on meaning is left to the decoder: whether a code table exists, whether
its codes are those of the field, whether a date format names a whole date, whether a path is valid.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Final

from msp_rules.casework.vocabulary import Field as EventField
from msp_rules.casework.vocabulary import FieldKind, Vocabulary, core_vocabulary
from msp_rules.errors import Problem, RulesetInvalid, SourceLocation
from msp_rules.intake.mapping.decode_assumptions import ASSUMPTIONS
from msp_rules.intake.mapping.decode_case import BY, CASE, KEY, RECORD, attributes_of
from msp_rules.intake.mapping.decode_codes import table_schema, with_tables
from msp_rules.intake.mapping.decode_events import EVENTS
from msp_rules.intake.mapping.decode_rows import ROWS_RULES, rows_definitions
from msp_rules.intake.mapping.decode_values import value_definitions, value_of, values_of
from msp_rules.intake.mapping.decode_words import (
    ENCODING,
    ENCODINGS,
    MAPPING_TEXT,
    TIME_ZONE,
    MappingContext,
)
from msp_rules.intake.mapping.language import CaseMapping, SourceForm, SourceKind
from msp_rules.intake.mapping.paths import Paths
from msp_rules.yaml_source.decode import (
    WORD,
    Context,
    Found,
    Record,
    Shape,
    as_block,
    checked,
    member_of,
    needed,
    optional,
    optional_or,
)
from msp_rules.yaml_source.json_schema import DIALECT, Schema
from msp_rules.yaml_source.nodes import Block, Node, Problems, read_yaml

SCHEMA: Final = "msp-rules/mapping/1"


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
    context = MappingContext(problems=problems, vocabulary=vocabulary, folder=path.parent)
    mapping = _mapping(main, context, hashlib.sha256(path.read_bytes()).hexdigest())
    return None if problems.has_errors else mapping


def _mapping(main: Block, context: MappingContext, sha256: str) -> CaseMapping | None:
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
    steps = case.found[RECORD] or ()
    return CaseMapping(
        name=found[_NAME],
        source=form,
        case_path=tuple(step.name for step in steps),
        case_steps=() if case.paths.is_of_tables else steps,
        attributes=attributes_of(case, context),
        key=case.found[KEY],
        joins=case.joins,
        by=case.found[BY],
        adult=found[_ADULT],
        events=found[EVENTS],
        rows=found[ROWS_RULES],
        assumptions=found[ASSUMPTIONS],
        reference_date=found[_REFERENCE_DATE],
        sha256=_hash_with_lookups(sha256, context),
    )


def _hash_with_lookups(sha256: str, context: MappingContext) -> str:
    """Adds the files of code lists to the hash of a mapping, which means another with others."""
    files = [one.file.sha256 for one in context.tables.values() if one.file is not None]
    if not files:
        return sha256
    return hashlib.sha256("".join([sha256, *files]).encode()).hexdigest()


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
    texts = (SourceKind.CSV, SourceKind.JSON)
    if found.has(_ENCODING) and form.kind not in texts:
        message = "only a source of csv or json has encoding"
        context.note(found.place(_ENCODING), "source", message)
    if found.has(_DELIMITER) and form.kind is not SourceKind.CSV:
        message = "only a source of csv has delimiter"
        context.note(found.place(_DELIMITER), "source", message)
    return form


# The file.


def _tables(node: Node, context: MappingContext) -> Block:
    return as_block(node, context, "")


def _tables_schema(context: MappingContext) -> Schema:
    return {"type": "object", "additionalProperties": table_schema(context)}


_SCHEMA: Final = needed("schema", checked(WORD, _schema_name).described({"const": SCHEMA}))
_NAME: Final = needed("name", MAPPING_TEXT)
_SOURCE: Final = optional_or("source", member_of("source", SourceKind), SourceKind.XML)
_ENCODING: Final = optional_or("encoding", ENCODING, ENCODINGS[0])
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
MAPPING: Final[Record[MappingContext]] = Record(
    what="",
    fields=(
        *(_SCHEMA, _NAME, _SOURCE, _ENCODING, _DELIMITER, _TIME_ZONE),
        *(_CODES, CASE, ROWS_RULES, _ADULT, _REFERENCE_DATE, EVENTS, ASSUMPTIONS),
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
        "$defs": {**value_definitions(context), **rows_definitions(context)},
    }
