"""Decodes what a mapping file says about whole records: which to read, and which are corrected."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from msp_rules.casework.vocabulary import Field as EventField
from msp_rules.casework.vocabulary import FieldKind
from msp_rules.errors import SourceLocation
from msp_rules.intake.mapping.decode_conditions import CONDITIONS, WHEN
from msp_rules.intake.mapping.decode_values import value_of
from msp_rules.intake.mapping.decode_words import (
    ELEMENT,
    PATH,
    WHOLE,
    MappingContext,
    one_or_list,
)
from msp_rules.intake.mapping.language import FieldPath, Replacement, RowsRule
from msp_rules.intake.mapping.one_way import OneWay
from msp_rules.yaml_source.decode import (
    WORD,
    Context,
    Field,
    Found,
    Record,
    Shape,
    checked,
    named,
    optional,
    optional_or,
)
from msp_rules.yaml_source.json_schema import Schema
from msp_rules.yaml_source.nodes import Node


def _header_row(text: str, where: SourceLocation, context: Context) -> int | str:
    if not text.strip():
        context.refuse(where, "rows", "header_row is a number, or the name of a column in it")
    if not (text.isascii() and text.isdigit()):
        return text.strip()
    if len(text) > _MOST_DIGITS or int(text) == 0:
        context.refuse(where, "rows", "header_row counts from 1")
    return int(text)


_MOST_DIGITS: Final = 7
_HEADER_ROW: Final = optional(
    "header_row",
    checked(WORD, _header_row).described(
        {
            "title": "the number of the row with the names of columns, or one of the names",
            "type": ["integer", "string"],
            "minimum": 1,
            "maximum": 10**_MOST_DIGITS - 1,
            "pattern": rf"^0*[1-9][0-9]{{0,{_MOST_DIGITS - 1}}}$|[^0-9\s]",
        }
    ),
)
_SKIP: Final = optional_or("skip", WHOLE, 0)
_UNTIL: Final = optional_or("until", CONDITIONS, ())
_LEAVE_OUT: Final = optional_or("leave_out", CONDITIONS, ())
_VOID: Final = optional_or("void", CONDITIONS, ())
_RECORD: Final[Field[MappingContext, FieldPath | None]] = optional("record", ELEMENT)

# Records that replace others.

_SAME: Final = optional_or(
    "same", one_or_list(PATH, ("replaces", "the list of what must be the same is empty")), ()
)
_NEWEST: Final = optional("newest", value_of(EventField(name="newest", kind=FieldKind.MOMENT)))
_LINK: Final = optional("link", PATH)
_KEY: Final = optional("key", PATH)
_REPLACES: Final[Record[MappingContext]] = Record(
    what="", fields=(_SAME, _NEWEST, _LINK, _KEY, WHEN)
)
_ONE_WAY: Final = OneWay(
    ways=((_SAME, _NEWEST), (_LINK, _KEY)),
    code="replaces",
    message="write either same and newest, or link and key",
)


def _replacement(node: Node, context: MappingContext) -> Replacement:
    found = _REPLACES.open(node, context)
    _ONE_WAY.check(found, context)
    found.read_rest(context)
    found.need_sound()
    return Replacement(
        same=found[_SAME],
        newest=found[_NEWEST],
        link=found[_LINK],
        key=found[_KEY],
        conditions=found[WHEN],
    )


def _replacement_schema(context: MappingContext) -> Schema:
    return _ONE_WAY.added_to(_REPLACES.schema(context))


_REPLACED: Final = optional("replaces", Shape(_replacement, _replacement_schema))
_OF_TABLES: Final = (_HEADER_ROW, _SKIP, _UNTIL)
_ROWS: Final[Record[MappingContext]] = Record(
    what="", fields=(_RECORD, *_OF_TABLES, _LEAVE_OUT, _VOID, _REPLACED)
)


def _rows_rule(node: Node, context: MappingContext) -> RowsRule:
    found = _ROWS.open(node, context)
    found.read([_RECORD], context)
    _check(found, context)
    found.read_rest(replace(context, record=found.word(_RECORD) or "."))
    found.need_sound()
    return RowsRule(
        record=found[_RECORD],
        header_row=found[_HEADER_ROW],
        skip=found[_SKIP],
        until=found[_UNTIL],
        leave_out=found[_LEAVE_OUT],
        void=found[_VOID],
        replaces=found[_REPLACED],
    )


def _check(found: Found[MappingContext], context: MappingContext) -> None:
    if context.paths.is_of_tables:
        return
    for field in _OF_TABLES:
        if found.has(field):
            context.note(found.place(field), "rows", f"only tables have {field.key}")
    if not found.has(_RECORD):
        context.note(found.block.where, "rows", "rows lacks record: which records are they?")


_RULE: Final = named("rows", Shape(_rows_rule, _ROWS.schema))
ROWS_RULES: Final = optional_or(
    "rows", one_or_list(_RULE, ("rows", "the list of rows is empty")), ()
)
"""The statements about records as a whole, whatever they become."""


def rows_definitions(context: MappingContext) -> Schema:
    """Gives the `$defs` of rows."""
    return {_RULE.name: _RULE.body(context)}
