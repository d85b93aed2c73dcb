"""Decodes the case of a mapping file, and the rows elsewhere in the source that belong to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.errors import SourceLocation
from msp_rules.intake.mapping.decode_values import value_of
from msp_rules.intake.mapping.decode_words import PATH, ROW_NAME, ROWS, MappingContext
from msp_rules.intake.mapping.language import FieldPath, JoinedRows, ValueRule
from msp_rules.intake.mapping.paths import Paths
from msp_rules.yaml_source.decode import (
    WORD,
    Context,
    Field,
    Found,
    Record,
    Shape,
    as_items,
    checked,
    needed,
    optional,
    optional_or,
)
from msp_rules.yaml_source.json_schema import Schema, ref
from msp_rules.yaml_source.nodes import Items, Node, Refused


class Case(NamedTuple):
    """The case as the file describes it."""

    found: Found[MappingContext]
    """The fields of the block `case`."""
    joins: tuple[JoinedRows, ...]
    """The rows that are joined to the case."""
    paths: Paths
    """The paths that can be read from then on."""


class _Joined(NamedTuple):
    """Joined rows as later ones may refer to them, even if they have other mistakes."""

    name: str
    has_row_key: bool


def _joins_schema(context: MappingContext) -> Schema:
    return {"type": "array", "items": _TABLE_JOIN.schema(context)}


def _as_list(node: Node, context: MappingContext) -> Items:
    return as_items(node, context, _JOINS.key)


RECORD: Final = optional("record", ROWS)
KEY: Final = optional("key", PATH)
BY: Final = optional("by", PATH)
"""The key by which joined rows name a case that has no record of its own."""
_JOINS: Final[Field[MappingContext, Items | None]] = optional(
    "joins", Shape(_as_list, _joins_schema)
)
_JOIN_RECORD: Final = needed("record", ROWS)
_JOIN_KEY: Final = optional("key", PATH)
_JOIN_NAME: Final = needed("name", ROW_NAME)
_TABLE_NAME: Final = optional("name", ROW_NAME)
"""Rows of a table are called by its name if they have no other."""
_JOIN_OF: Final = optional("of", WORD.described(ref("name")))
_ROW_KEY: Final = optional("row_key", PATH)
_NAMED_BY: Final = optional("named_by", PATH)
_LEFT_OUT: Final = "left_out"


def _unmatched(text: str, where: SourceLocation, context: Context) -> bool:
    if text not in ("fault", _LEFT_OUT):
        context.refuse(where, "joins", "unmatched is fault or left_out")
    return text == _LEFT_OUT


_UNMATCHED: Final = optional_or(
    "unmatched",
    checked(WORD, _unmatched).described({"enum": ["fault", _LEFT_OUT]}),
    False,
)
_OTHERS: Final = (_JOIN_OF, _ROW_KEY, _NAMED_BY, _UNMATCHED)
_XML_JOIN: Final[Record[MappingContext]] = Record(
    what="",
    fields=(_JOIN_RECORD, _JOIN_KEY, _JOIN_NAME, *_OTHERS),
    lacks_beside_unknown=True,
)
_TABLE_JOIN: Final = replace(_XML_JOIN, fields=(_JOIN_RECORD, _JOIN_KEY, _TABLE_NAME, *_OTHERS))


def _case_record(vocabulary: Vocabulary) -> Record[MappingContext]:
    attributes: list[Field[MappingContext, object]] = []
    for name, one in vocabulary.case.items():
        field = needed(name, value_of(one)) if name == "id" else optional(name, value_of(one))
        attributes.append(field)
    fields = (RECORD, KEY, BY, _JOINS, *attributes)
    return Record(what="", fields=fields, lacks_beside_unknown=True)


def _read_case(node: Node, context: MappingContext) -> Case:
    found = _case_record(context.vocabulary).open(node, context)
    found.read([BY, _JOINS], context)
    _check_key(found, context)
    items = found.get(_JOINS, None)
    by = found.get(BY, None)
    joins, paths = _read_joins(items.items if items is not None else (), by, context)
    found.read_rest(replace(context, paths=paths))
    return Case(found, joins, paths)


def _check_key(found: Found[MappingContext], context: MappingContext) -> None:
    """Checks that a case has a record, or rows that say which case they belong to."""
    if found.has(BY):
        for field in (RECORD, KEY):
            if found.has(field):
                message = f"a case that is found by a key has no {field.key} of its own"
                context.note(found.block.keys[field.key], "by", message)
        if not found.has(_JOINS):
            message = "by needs joins: which rows are brought together by it?"
            context.note(found.place(BY), "by", message)
        return
    if not found.has(RECORD):
        context.note(found.block.where, "lacking", "lacks record")
    if found.has(_JOINS) and not found.has(KEY):
        message = "joins need key: the place in a case record that its rows refer to"
        context.note(found.place(_JOINS), "joins", message)


def _read_joins(
    items: tuple[Node, ...], by: FieldPath | None, context: MappingContext
) -> tuple[tuple[JoinedRows, ...], Paths]:
    """Reads the joined rows, each seen from those before it; gives the paths to all, too.

    With `by`, rows without a key of their own are found by it.
    """
    joins: list[JoinedRows] = []
    earlier: dict[str, _Joined] = {}
    paths = context.paths
    for item in items:
        try:
            found = (_TABLE_JOIN if paths.is_of_tables else _XML_JOIN).open(item, context)
        except Refused:
            continue
        name, of = _join_name(found, paths), found.word(_JOIN_OF)
        _check_join(found, name, of, earlier, context)
        if not found.has(_JOIN_KEY) and (by is None or of or found.has(_NAMED_BY)):
            context.note(found.block.where, "lacking", "lacks key")
        # What names the rows is seen from the record that they are joined to.
        found.read([_NAMED_BY], replace(context, paths=paths, record=of or "."))
        paths = paths.with_rows(name, of)
        found.read_rest(replace(context, paths=paths, record=name))
        rows = _joined_rows(found, by, earlier.get(of), paths)
        earlier[name] = _Joined(rows.name if rows is not None else "", found.has(_ROW_KEY))
        joins += [rows] if rows is not None else []
    return tuple(joins), paths


def _join_name(found: Found[MappingContext], paths: Paths) -> str:
    if paths.is_of_tables and not found.has(_TABLE_NAME):
        return found.word(_JOIN_RECORD)
    return found.word(_TABLE_NAME)


def _check_join(
    found: Found[MappingContext],
    name: str,
    of: str,
    earlier: Mapping[str, _Joined],
    context: MappingContext,
) -> None:
    if name and name in earlier:
        context.note(found.block.where, "twice", f'two joins have the name "{name}"')
    if of and of not in earlier:
        where = found.place(_JOIN_OF)
        context.problems.unknown(where, "join before this one", of, earlier)
    elif of and not (earlier[of].has_row_key or found.has(_NAMED_BY)):
        message = f'the join "{of}" lacks row_key: the place in its rows that other rows refer to'
        context.note(found.place(_JOIN_OF), "joins", message)


def _joined_rows(
    found: Found[MappingContext], by: FieldPath | None, of: _Joined | None, paths: Paths
) -> JoinedRows | None:
    """Builds the joined rows; None where anything is wrong with them."""
    key = found.get(_JOIN_KEY, None) or by
    if not found.is_sound or key is None:
        return None
    name = found[_TABLE_NAME]
    steps = found[_JOIN_RECORD]
    return JoinedRows(
        record=tuple(step.name for step in steps),
        steps=() if paths.is_of_tables else steps,
        key=key,
        name=name if name is not None else paths.row_name(found.word(_JOIN_RECORD)),
        row_key=found[_ROW_KEY],
        of=of.name if of is not None else None,
        named_by=found[_NAMED_BY],
        leaves_out=found[_UNMATCHED],
    )


def _case_schema(context: MappingContext) -> Schema:
    record = _case_record(context.vocabulary)
    described = record.schema(context)
    joins = {**_TABLE_JOIN.schema(context), "required": [_JOIN_RECORD.key, _JOIN_KEY.key]}
    own: Schema = {
        "required": [RECORD.key],
        "dependentRequired": {_JOINS.key: [KEY.key]},
        "properties": {_JOINS.key: {"items": joins}},
    }
    by: Schema = {
        "required": [_JOINS.key],
        "properties": {RECORD.key: False, KEY.key: False},
    }
    return {**described, "if": {"required": [BY.key]}, "then": by, "else": own}


CASE: Final = needed("case", Shape(_read_case, _case_schema))
"""The case; joined rows are read first, as paths may lead to them."""


def attributes_of(case: Case, context: MappingContext) -> dict[str, ValueRule]:
    """Gives the attributes of the case, in the order of the file."""
    known, found = context.vocabulary.case, case.found
    return {
        key: found[needed(key, value_of(known[key]))] for key in found.block.entries if key in known
    }
