"""Decodes the single words of a mapping file, each in its context."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import ClassVar, Final, TypeVar
from zoneinfo import available_timezones

from msp_rules.casework.mistyped_dates import not_a_date
from msp_rules.casework.moments import parse_date
from msp_rules.casework.values import DATE as WRITTEN_DATE
from msp_rules.casework.vocabulary import EventType, FieldKind, Vocabulary
from msp_rules.casework.vocabulary import Field as EventField
from msp_rules.errors import SourceLocation, did_you_mean
from msp_rules.intake.mapping.language import CodeTable, FieldPath, SourceForm
from msp_rules.intake.mapping.paths import Paths, Written
from msp_rules.yaml_source.decode import (
    TEXT,
    WORD,
    Context,
    Named,
    Shape,
    checked,
    named,
    one_of,
    read_each,
    written,
)
from msp_rules.yaml_source.json_schema import Schema
from msp_rules.yaml_source.nodes import Items, Node

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
    folder: Path | None = None
    """The folder in which the file lies; None if it is not known."""
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
    has_items: bool = False
    """True if the event is one item of a list in its record."""
    target: EventField | None = None
    """The field whose value is read."""

    def about(self, target: EventField) -> MappingContext:
        """Gives the same context for the value of a field."""
        return replace(self, target=target)

    @property
    def is_coded(self) -> bool:
        """Tells whether the value that is read is a code."""
        return self.target is not None and self.target.kind in _CODED

    @property
    def is_text(self) -> bool:
        """Tells whether the value that is read is a text."""
        return self.target is not None and self.target.kind is FieldKind.TEXT

    @property
    def is_time(self) -> bool:
        """Tells whether the value that is read is a date or a moment."""
        return self.target is not None and self.target.kind in _TIMES

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes that the value may have."""
        return () if self.target is None else self.target.codes


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
    name: str,
    title: str,
    read: Callable[[Written, MappingContext], _T],
) -> Named[MappingContext, _T]:
    """Reads a path, or the place of rows; `read` raises ValueError for what cannot be one.

    In tables this is the name of a file, sheet or column, which may hold anything; in JSON it may
    be a list of names.
    """

    def read_node(node: Node, context: MappingContext) -> _T:
        said: Written
        if isinstance(node, Items):
            if not context.paths.is_of_json:
                message = "only JSON has a list of names as a path: one word or text is expected"
                context.refuse(node.where, "path", message)
            said = tuple(WORD.read(one, context) for one in node.items)
        else:
            said = WORD.read(node, context)
        try:
            return read(said, context)
        except ValueError as error:
            context.refuse(node.where, "path", str(error))

    text = _described(title)
    schema: Schema = {
        "title": f"{title}; in JSON, a list of names, too",
        "if": {"type": "array"},
        "then": {"minItems": 1, "items": text},
        "else": text,
    }
    return named(name, Shape(read_node, lambda _: schema))


def _word_by(
    name: str, title: str, read: Callable[[str, MappingContext], _T]
) -> Named[MappingContext, _T]:
    """Reads one name; `read` raises ValueError for what cannot be one."""

    def check(text: str, where: SourceLocation, context: MappingContext) -> _T:
        try:
            return read(text, context)
        except ValueError as error:
            context.refuse(where, "path", str(error))

    shape: Shape[MappingContext, _T] = checked(WORD, check)
    return named(name, shape.described(_described(title)))


def _seen_from_here(text: Written, context: MappingContext) -> FieldPath:
    if context.is_of_source:
        return context.paths.of_source(text)
    return context.paths.value(text, context.record)


PATH: Final = _read_by(
    "path",
    "a path: child[@attribute=value]/child/@attribute, ../child, or .; in tables a column",
    _seen_from_here,
)
"""The path of a value, seen from the record at hand."""
ROWS: Final = _read_by(
    "record",
    "a path of elements, from the root; in tables the name of one",
    lambda text, context: context.paths.rows(text),
)
"""The path of the records of cases or joined rows."""
ROW_NAME: Final = _word_by(
    "name", "one plain name", lambda text, context: context.paths.row_name(text)
)
"""The name under which joined rows are read."""
ELEMENT: Final = _read_by(
    "element",
    "a path to an element: child/child[@attribute=value], or .; in tables one",
    lambda text, context: context.paths.events(text),
)
"""Parses the place of the records of an event."""


def _zone(zone: str, where: SourceLocation, context: Context) -> str:
    known = available_timezones()
    if zone not in known:
        hint = did_you_mean(zone, known) or "; write it like Europe/London"
        context.refuse(where, "zone", f'unknown time zone "{zone}"{hint}')
    return zone


_YEAR_MARKS: Final = ("%Y", "%y", "%G", "%c", "%x")


def _date_format(text: str, where: SourceLocation, context: Context) -> str:
    if "%Z" in text:
        message = "date_format can't have %Z: what a name of a zone means differs; say time_zone"
        context.refuse(where, "date", message)
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


ENCODINGS: Final = ("utf-8", "utf-16", "windows-1252", "iso-8859-1", "iso-8859-15")
"""The encodings that files without a mark of their own may have."""
ENCODING: Final = one_of("encoding", ENCODINGS)
TIME_ZONE: Final = named(
    "time_zone",
    checked(WORD, _zone).described(
        _described("a time zone, such as Europe/London", "^[A-Za-z0-9_+/-]+$", is_loose=False)
    ),
)
DATE_FORMAT: Final = named(
    "date_format",
    checked(WORD, _date_format).described(
        _described(
            "a date format with day, month and year, such as %d/%m/%Y, and no %Z",
            "^(?:[^%]|%[^Z])*%[^Z](?:[^%]|%[^Z])*$",
            is_loose=False,
        )
    ),
)


# Words that mean more than themselves.


def _flag(text: str, where: SourceLocation, context: Context) -> bool:
    if text not in ("true", "false"):
        context.refuse(where, "flag", "write true or false")
    return text == "true"


def _whole(text: str, where: SourceLocation, context: Context) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        context.refuse(where, "number", "write a whole number")
    return int(text)


def _day(text: str, where: SourceLocation, context: Context) -> date:
    try:
        return date.fromordinal(parse_date(text).toordinal())
    except ValueError:
        context.refuse(where, "date", not_a_date(text))


FLAG: Final[Shape[Context, bool]] = checked(WORD, _flag).described(
    {"title": "true or false", "enum": [True, False, "true", "false"]}
)
_MOST_DIGITS: Final = 7
WHOLE: Final[Shape[Context, int]] = checked(WORD, _whole).described(
    {
        "title": "a whole number",
        "type": ["integer", "string"],
        "minimum": 0,
        "maximum": 10**_MOST_DIGITS - 1,
        "pattern": f"^[0-9]{{1,{_MOST_DIGITS}}}$",
    }
)
DAY: Final = named(
    "day",
    checked(WORD, _day).described(
        _described("a date that exists (YYYY-MM-DD)", f"^{WRITTEN_DATE}$", is_loose=False)
    ),
)


def one_or_list(
    one: Shape[MappingContext, _T], if_empty: tuple[str, str]
) -> Shape[MappingContext, tuple[_T, ...]]:
    """Takes one value or a list of them; `if_empty` is the code and message for an empty list."""

    def read(node: Node, context: MappingContext) -> tuple[_T, ...]:
        items = node.items if isinstance(node, Items) else (node,)
        if not items:
            context.refuse(node.where, *if_empty)
        return read_each(items, lambda item: one.read(item, context))

    def schema(context: MappingContext) -> Schema:
        each = one.schema(context)
        return {
            "if": {"type": "array"},
            "then": {"minItems": 1, "items": each},
            "else": each,
        }

    return Shape(read, schema)
