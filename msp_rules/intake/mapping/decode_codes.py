"""Decodes the code tables of a mapping file: labels of the source and the codes they mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from msp_rules.errors import SourceLocation
from msp_rules.intake.mapping.decode_lookups import LOOKUP
from msp_rules.intake.mapping.decode_words import ANY_TEXT, MappingContext
from msp_rules.intake.mapping.language import LEFT_OUT, CodeTable
from msp_rules.yaml_source.decode import (
    Context,
    Entry,
    Field,
    Record,
    Shape,
    as_block,
    as_text,
    entries_of,
    needed,
    optional,
)
from msp_rules.yaml_source.json_schema import Schema
from msp_rules.yaml_source.nodes import Block, Node, Refused, Text


def _sound_labels(node: Node, context: Context) -> dict[str, str]:
    """Reads the labels; where one is broken, the others are used all the same."""
    labels: dict[str, str] = {}
    for entry in entries_of(as_block(node, context, "")):
        try:
            labels[entry.key] = as_text(entry.value, context)
        except Refused:
            continue
    return labels


_LABELS: Final[Field[MappingContext, dict[str, str] | None]] = optional(
    "labels",
    Shape(
        _sound_labels,
        lambda context: {
            "type": "object",
            "additionalProperties": ANY_TEXT.schema(context),
        },
    ),
)
_UNKNOWN: Final = needed("unknown", ANY_TEXT)
TABLE: Final[Record[MappingContext]] = Record(
    what="", fields=(_LABELS, LOOKUP, _UNKNOWN), lacks_beside_unknown=True
)
"""A code table."""


def table_schema(context: MappingContext) -> Schema:
    """Describes code tables: labels, or a file of them, or both."""
    without: Schema = {"required": [_LABELS.key]}
    return {**TABLE.schema(context), "if": {"required": [LOOKUP.key]}, "else": without}


def with_tables(block: Block | None, context: MappingContext) -> MappingContext:
    """Adds the code tables of a file to the context; uses of a broken one are not reported."""
    tables: dict[str, CodeTable] = {}
    places: dict[str, Mapping[str, SourceLocation]] = {}
    for entry in entries_of(block) if block is not None else ():
        tables[entry.key], places[entry.key] = _table(entry, context)
    return replace(context, tables=tables, code_places=places)


def _table(entry: Entry, context: MappingContext) -> tuple[CodeTable, Mapping[str, SourceLocation]]:
    try:
        found = TABLE.open(entry.value, context)
    except Refused:
        return CodeTable({}, name=entry.key), {}
    found.read_rest(context)
    if not found.has(_LABELS) and not found.has(LOOKUP):
        context.note(found.block.where, "lacking", "lacks labels")
    unknown = found.get(_UNKNOWN, "")
    labels = found.get(_LABELS, None)
    lookup = found.get(LOOKUP, None)
    codes = labels or {}
    places = _places_of_codes(found.block)
    if lookup is not None:
        by_key = {key: _meaning(label, labels) for key, label in lookup.labels.items()}
        read = {key: code for key, code in by_key.items() if code is not None}
        places = {**dict.fromkeys(read.values(), found.place(LOOKUP)), **places}
        codes = {**codes, **read}
    table = CodeTable(
        codes,
        None if unknown in ("fault", "") else unknown,
        entry.key,
        None if lookup is None else lookup.file,
    )
    return table, places


def _meaning(label: str, labels: Mapping[str, str] | None) -> str | None:
    """Gives the code of a label of a code list, which is the label itself where none is mapped."""
    return label if labels is None else labels.get(label)


def _places_of_codes(table: Block) -> dict[str, SourceLocation]:
    """Gives the place of each code of a table; for one that occurs twice, the last."""
    labels = table.entries.get(_LABELS.key)
    nodes = list(labels.entries.values()) if isinstance(labels, Block) else []
    nodes += [table.entries[_UNKNOWN.key]] if _UNKNOWN.key in table.entries else []
    return {node.value: node.where for node in nodes if isinstance(node, Text)}


def used_table(node: Node, context: MappingContext) -> CodeTable:
    """Finds the code table that a value names, and checks that its codes are those of the field."""
    name, tables = as_text(node, context), context.tables
    if not tables:
        message = f'there is no code table "{name}": the file has none'
        context.refuse(node.where, "table", message)
    if name not in tables:
        context.refuse_unknown(node.where, "code table", name, tables)
    table, target = tables[name], context.target
    if target is None or not context.is_coded:
        message = "only a field of codes can have a code table"
        context.refuse(node.where, "table", message)
    unknown = () if table.unknown in (None, LEFT_OUT) else (str(table.unknown),)
    for code in sorted({*table.codes.values(), *unknown} - {*target.codes, LEFT_OUT}):
        # Told once, where the table says it, however many fields use the table.
        where = context.code_places.get(name, {}).get(code, node.where)
        context.problems.unknown(where, f"code of {target.name}", code, target.codes)
    return table
