"""Decodes the values of a mapping file: where each comes from, and how it is to be read.

A value belongs to a field of the vocabulary; the keys that are allowed depend on the kind of field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import ClassVar, Final, TypeVar
from zoneinfo import available_timezones

from msp_rules.casework.vocabulary import EventType, FieldKind, Vocabulary
from msp_rules.casework.vocabulary import Field as EventField
from msp_rules.errors import SourceLocation, did_you_mean
from msp_rules.intake.mapping.language import (
    LEFT_OUT,
    CodeTable,
    FieldPath,
    SourceForm,
    SourceKind,
    ValueRule,
)
from msp_rules.intake.mapping.paths import Paths
from msp_rules.yaml_source.decode import (
    TEXT,
    WORD,
    Context,
    Entry,
    Named,
    Record,
    Shape,
    as_block,
    as_text,
    checked,
    definitions,
    entries_of,
    hidden,
    named,
    needed,
    optional,
    optional_or,
    read_entries,
    written,
)
from msp_rules.yaml_source.json_schema import Schema, closed, ref
from msp_rules.yaml_source.nodes import Block, Node, Refused, Text

_T = TypeVar("_T")
_CODED: Final = (FieldKind.CODE, FieldKind.FLAG)
_TIMES: Final = (FieldKind.DATE, FieldKind.MOMENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingContext(Context):
    """The context in which a part of a mapping file is read."""

    NO_VALUE: ClassVar[str] = "must be one word or text"
    """See `Context.NO_VALUE`."""
    CODE: ClassVar[str | None] = "mapping"
    """See `Context.CODE`."""

    vocabulary: Vocabulary
    """The words that the mapping may use."""
    form: SourceForm = SourceForm()
    """The form of the export."""
    time_zone: str | None = None
    """The time zone of the source's clocks; None for London."""
    tables: Mapping[str, CodeTable] = field(default_factory=dict)
    """The code tables of the file, those with mistakes included."""
    code_places: Mapping[str, Mapping[str, SourceLocation]] = field(default_factory=dict)
    """The places of the codes, by table."""
    paths: Paths = Paths()
    """The paths that can be read."""
    record: str = "."
    """The record from which paths are seen, as the file names it (`.`: the case's)."""
    is_of_source: bool = False
    """True if paths are seen from the source as a whole."""
    event: EventType | None = None
    """The type of the event that is read."""
    target: EventField | None = None
    """The field whose value is read."""

    def about(self, target: EventField) -> MappingContext:
        """Gives the same context for the value of a field."""
        return replace(self, target=target)


# Single words. What a system writes may look like a number or a truth value to an editor's YAML.


def _described(title: str, pattern: str | None = r"\S", *, is_loose: bool = True) -> Schema:
    kind: Schema = {"type": ["string", "number"] if is_loose else "string"}
    return {"title": title, **kind, "pattern": pattern}


MAPPING_TEXT: Final = named(
    "text", written(TEXT).then(lambda text: text.value).described(_described("a text"))
)
"""A text that is not empty, as written."""
ANY_TEXT: Final = named(
    "any_text",
    WORD.described({"title": "one word or text", "type": ["string", "number", "boolean"]}),
)
"""One word or text, empty or not."""


def _read_by(
    name: str, title: str, read: Callable[[str, MappingContext], _T]
) -> Named[MappingContext, _T]:
    """Reads a path, or the name of rows; `read` raises ValueError for what cannot be one.

    In tables these are names of files, sheets and columns, which may hold anything.
    """

    def check(text: str, where: SourceLocation, context: MappingContext) -> _T:
        try:
            return read(text, context)
        except ValueError as error:
            context.refuse(where, "path", str(error))

    shape: Shape[MappingContext, _T] = checked(WORD, check)
    return named(name, shape.described(_described(title)))


def _seen_from_here(text: str, context: MappingContext) -> FieldPath:
    if context.is_of_source:
        return context.paths.of_source(text)
    return context.paths.value(text, context.record)


PATH: Final = _read_by(
    "path",
    "a path: child/child[@attribute=value]/@attribute, or .; in tables a column",
    _seen_from_here,
)
"""The path of a value, seen from the record at hand."""
ROWS: Final = _read_by(
    "record",
    "a path of element names, from the root; in tables the name of one",
    lambda text, context: context.paths.rows(text),
)
"""The path of the records of cases or joined rows."""
ROW_NAME: Final = _read_by(
    "name", "one plain name", lambda text, context: context.paths.row_name(text)
)
"""The name under which joined rows are read."""
ELEMENT: Final = _read_by(
    "element",
    "a path to an element: child/child[@attribute=value], or .; in tables one",
    lambda text, context: context.paths.events(text),
)
"""The path of the records of an event."""


def _zone(zone: str, where: SourceLocation, context: Context) -> str:
    known = available_timezones()
    if zone not in known:
        hint = did_you_mean(zone, known) or "; write it like Europe/London"
        context.refuse(where, "zone", f'unknown time zone "{zone}"{hint}')
    return zone


_YEAR_MARKS: Final = ("%Y", "%y", "%G", "%c", "%x")


def _date_format(text: str, where: SourceLocation, context: Context) -> str:
    first, second = datetime(2001, 2, 3, tzinfo=UTC), datetime(2012, 11, 24, tzinfo=UTC)
    # From Python 3.13 on, strptime warns of a day of the month without a year.
    days = (first, second) if any(mark in text for mark in _YEAR_MARKS) else ()
    try:
        read = [datetime.strptime(d.strftime(text), text).date() for d in days]  # noqa: DTZ007
    except ValueError:
        read = []
    if read != [first.date(), second.date()]:
        message = "date_format must name day, month and year, as %d/%m/%Y does"
        context.refuse(where, "date", message)
    return text


TIME_ZONE: Final = named(
    "time_zone",
    checked(WORD, _zone).described(
        _described("a time zone, such as Europe/London", "^[A-Za-z0-9_+/-]+$", is_loose=False)
    ),
)
_DATE_FORMAT: Final = named(
    "date_format",
    checked(WORD, _date_format).described(
        _described("a date format with day, month and year, such as %d/%m/%Y", "%", is_loose=False)
    ),
)


# Code tables: labels of the source and what they mean.


def _sound_labels(node: Node, context: Context) -> dict[str, str]:
    """Reads the labels; where one is broken, the others are used all the same."""
    labels: dict[str, str] = {}
    for entry in entries_of(as_block(node, context, "")):
        try:
            labels[entry.key] = as_text(entry.value, context)
        except Refused:
            continue
    return labels


_LABELS: Final = needed(
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
TABLE: Final = Record(what="", fields=(_LABELS, _UNKNOWN), lacks_beside_unknown=True)
"""A code table."""


def with_tables(block: Block | None, context: MappingContext) -> MappingContext:
    """Adds the code tables of a file to the context; using a broken one is not noted again."""
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
    unknown = found.get(_UNKNOWN, "")
    labels = found.get(_LABELS, {})
    table = CodeTable(labels, None if unknown in ("fault", "") else unknown, entry.key)
    return table, _places_of_codes(found.block)


def _places_of_codes(table: Block) -> dict[str, SourceLocation]:
    """Gives the place of each code of a table; of one that is there twice, its last."""
    labels = table.entries.get(_LABELS.key)
    nodes = list(labels.entries.values()) if isinstance(labels, Block) else []
    nodes += [table.entries[_UNKNOWN.key]] if _UNKNOWN.key in table.entries else []
    return {node.value: node.where for node in nodes if isinstance(node, Text)}


# What may be said of a value, by the kind of its field.


def _is_coded(context: MappingContext) -> bool:
    return context.target is not None and context.target.kind in _CODED


def _is_text(context: MappingContext) -> bool:
    return context.target is not None and context.target.kind is FieldKind.TEXT


def _is_time(context: MappingContext) -> bool:
    return context.target is not None and context.target.kind in _TIMES


def _codes(context: MappingContext) -> tuple[str, ...]:
    return () if context.target is None else context.target.codes


def _constant(node: Node, context: MappingContext) -> str:
    text = as_text(node, context)
    if _is_coded(context) and text not in _codes(context):
        context.refuse_unknown(node.where, "code", text, _codes(context))
    return text


def _constant_schema(context: MappingContext) -> Schema:
    return {"enum": list(_codes(context))} if _is_coded(context) else ANY_TEXT.schema(context)


def _own_zone(node: Node, context: MappingContext) -> str:
    if not _is_time(context):
        context.note(node.where, "zone", "only a date or time can have a time zone")
    return TIME_ZONE.read(node, context)


def _withheld(node: Node, context: MappingContext) -> str | None:
    if not _is_text(context):
        context.note(node.where, "withheld", "only a field of text can be withheld")
    return as_text(node, context) or None


def _used_table(node: Node, context: MappingContext) -> CodeTable:
    name, tables = as_text(node, context), context.tables
    if not tables:
        message = f'there is no code table "{name}": the file has none'
        context.refuse(node.where, "table", message)
    if name not in tables:
        context.refuse_unknown(node.where, "code table", name, tables)
    table, target = tables[name], context.target
    if target is None or not _is_coded(context):
        message = "only a field of codes can have a code table"
        context.refuse(node.where, "table", message)
    unknown = () if table.unknown in (None, LEFT_OUT) else (str(table.unknown),)
    for code in sorted({*table.codes.values(), *unknown} - {*target.codes, LEFT_OUT}):
        # Told once, where the table says it, however many fields use the table.
        where = context.code_places.get(name, {}).get(code, node.where)
        context.problems.unknown(where, f"code of {target.name}", code, target.codes)
    return table


_PATH: Final = optional("path", PATH)
_CONSTANT: Final = optional("constant", Shape(_constant, _constant_schema))
_FORMAT: Final = optional("date_format", _DATE_FORMAT)
_ZONE: Final = optional("time_zone", Shape(_own_zone, TIME_ZONE.schema))
_SUFFIX: Final = optional_or("suffix", ANY_TEXT, "")
_WITHHELD: Final = hidden(optional("withheld", Shape(_withheld, ANY_TEXT.schema)), _is_text)
_TABLE: Final = hidden(optional("codes", Shape(_used_table, ANY_TEXT.schema)), _is_coded)
_VALUE: Final[Record[MappingContext]] = Record(
    what="", fields=(_PATH, _CONSTANT, _FORMAT, _ZONE, _SUFFIX, _TABLE, _WITHHELD)
)


def _read_value(node: Node, context: MappingContext) -> ValueRule:
    plain = ValueRule(
        time_zone=context.time_zone if _is_time(context) else None,
        is_day=context.target is not None and context.target.kind is FieldKind.DATE,
        takes_iso=context.form.kind is SourceKind.XLSX,
    )
    if isinstance(node, Text):
        return replace(plain, path=PATH.read(node, context))
    found = _VALUE.open(node, context)
    if found.has(_PATH) == found.has(_CONSTANT):
        message = "a value needs either path or constant"
        context.note(found.block.where, "value", message)
    found.read_rest(context)
    found.need_sound()
    return replace(
        plain,
        path=found[_PATH],
        constant=found[_CONSTANT],
        time_zone=found[_ZONE] or plain.time_zone,
        table=found[_TABLE],
        date_format=found[_FORMAT],
        suffix=found[_SUFFIX],
        withheld=found[_WITHHELD],
    )


def _value_schema(context: MappingContext) -> Schema:
    title = "a path, or keys and values with either path or constant"
    either = [{"required": [field.key]} for field in (_PATH, _CONSTANT)]
    return {
        "title": title,
        "if": {"type": "string"},
        "then": PATH.schema(context),
        "else": {"title": title, **_VALUE.schema(context), "oneOf": either},
    }


def value_of(target: EventField) -> Shape[MappingContext, ValueRule]:
    """Reads the value of a field."""
    kind = "value"
    if target.kind in _CODED:
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
    words = (MAPPING_TEXT, ANY_TEXT, PATH, ROWS, ROW_NAME, ELEMENT, TIME_ZONE, _DATE_FORMAT)
    text = EventField(name="text", kind=FieldKind.TEXT)
    coded = {
        f"coded_{name}": EventField(name=name, kind=FieldKind.CODE, codes=codes, enum=name)
        for name, codes in context.vocabulary.enums.items()
    }
    return {
        **definitions(words, context),
        "value": _value_schema(context),
        "text_value": _value_schema(context.about(text)),
        **{name: _value_schema(context.about(one)) for name, one in coded.items()},
    }
