"""Defines a mapping as data: paths, values, records."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from msp_rules.casework.case import Supply
from msp_rules.casework.vocabulary import Vocabulary

UNREADABLE: Final = "?"
"""Replaces a value that did not map: no code, date or number of the vocabulary."""

_NAME: Final = r"[^\W\d][\w.-]*"
_STEP: Final = re.compile(rf"({_NAME})(?:\[@({_NAME})=([^\]/\[]+)\])?")
_ATTRIBUTE: Final = re.compile(rf"@({_NAME})")


class PathStep(NamedTuple):
    """A step to a child element."""

    name: str
    """The name of the child."""
    attribute: str | None = None
    """The attribute that must have the value; None for any child of the name."""
    value: str | None = None
    """The value of that attribute."""


class FieldPath(NamedTuple):
    """The way from an element down to a text or an attribute."""

    steps: tuple[PathStep, ...]
    """The children to step through."""
    attribute: str | None = None
    """The attribute of the last element; None for its text."""


class CodeTable(NamedTuple):
    """Labels of the source and the codes they mean."""

    codes: Mapping[str, str]
    """The code of each label."""
    unknown: str | None = None
    """The meaning of other labels: a code, `left_out` (absent), or None (a fault)."""
    name: str = ""
    """The name of the table in the file."""


class SourceKind(StrEnum):
    """The kinds of exports: a file of XML, a folder of CSV files, a workbook."""

    XML = "xml"
    CSV = "csv"
    XLSX = "xlsx"


class SourceForm(NamedTuple):
    """The form in which an export is written."""

    kind: SourceKind = SourceKind.XML
    """XML, CSV files or a workbook."""
    encoding: str = "utf-8"
    """The encoding of CSV files."""
    delimiter: str = ","
    """The delimiter of CSV files."""


LEFT_OUT: Final = "left_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueRule:
    """The source of a value (`path` or `constant`) and the way to read it."""

    path: FieldPath | None = None
    """The place of the value; None for a constant."""
    constant: str | None = None
    """The value itself."""
    table: CodeTable | None = None
    """The code table that translates labels."""
    date_format: str | None = None
    """The format of dates; None for ISO 8601."""
    time_zone: str | None = None
    """The time zone of the source's clocks; None for London."""
    is_day: bool = False
    """True if only the day of a time is needed, in London."""
    takes_iso: bool = False
    """True if a date may be in ISO form whatever the format says, as in cells of a workbook."""
    suffix: str = ""
    """The ending that is added to ids."""
    withheld: str | None = None
    """The text that marks a text as on record, but not exported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """The text at `path` is one of `values`."""

    path: FieldPath
    """The place of the text."""
    values: frozenset[str]
    """The texts that fulfil the condition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRule:
    """The records inside a case that are events of this type, and how to read them."""

    type: str
    """The event type."""
    record: FieldPath
    """The path of the records, seen from the case."""
    conditions: tuple[Condition, ...]
    """The conditions that a record must fulfil."""
    envelope: Mapping[str, ValueRule]
    """The sources of the envelope parts, by name."""
    fields: Mapping[str, ValueRule]
    """The sources of the fields, by name."""
    unknown: frozenset[str] = frozenset()
    """Required fields for which the source at hand has no place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedRows:
    """Rows elsewhere in the source that belong to the case whose key they name.

    They are read as if they were children of the case record, or of other joined rows.
    """

    record: tuple[str, ...]
    """The path of the rows from the root; in tables, the name of the table."""
    key: FieldPath
    """The place in the rows that names the case."""
    name: str
    """The name of the children; in tables, the table's name as a name in XML."""
    row_key: FieldPath | None = None
    """The place in the rows that other rows refer to."""
    of: str | None = None
    """The name of the joined rows that they belong to; None for the case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMapping:
    """The way to read the cases of one vendor's export.

    Without `joins`, everything about a case is inside its record, and a file of XML is streamed.
    """

    name: str
    """The name that the mapping gives itself."""
    case_path: tuple[str, ...]
    """The names of elements that lead to the cases; in tables, the table's name."""
    attributes: Mapping[str, ValueRule]
    """The sources of the attributes of a case."""
    adult: Mapping[str, ValueRule]
    """The sources of the fields of the adult."""
    events: tuple[EventRule, ...]
    """The entries of `events`."""
    reference_date: ValueRule | None = None
    """The source of the export's reference date; None if it has none."""
    key: FieldPath | None = None
    """The place in a case record that joined rows refer to."""
    joins: tuple[JoinedRows, ...] = ()
    """The rows that are joined to the case."""
    source: SourceForm = SourceForm()
    """The form of the export."""
    sha256: str = ""
    """The hash of the mapping file."""


def parse_path(text: str) -> FieldPath:
    """Parses a path (`child/child[@attribute=value]/@attribute`, or `.`); raises ValueError."""
    if text == ".":
        return FieldPath(())
    parts = text.split("/")
    attribute = None
    if found := _ATTRIBUTE.fullmatch(parts[-1]):
        attribute = found[1]
        parts.pop()
    steps = []
    for part in parts:
        found = _STEP.fullmatch(part)
        if found is None:
            raise ValueError(f"not a path: {_wrong_with(part)}")
        steps.append(PathStep(found[1], found[2], found[3]))
    return FieldPath(tuple(steps), attribute)


def _wrong_with(part: str) -> str:
    """Says why a part of a path is not allowed where it is."""
    if _ATTRIBUTE.fullmatch(part):
        return f"{part} is an attribute, and nothing can follow it"
    if not part:
        return "a name is missing before or after a /"
    if part in (".", ".."):
        return "a path only leads down, and . can't be part of one"
    return "write child/child[@attribute=value]/@attribute, or ."


def supply_of(mapping: CaseMapping, vocabulary: Vocabulary) -> Supply:
    """Gives what the mapping is able to deliver; nothing else is supplied."""
    fields: dict[str, frozenset[str]] = {}
    for rule in mapping.events:
        fields[rule.type] = fields.get(rule.type, frozenset()) | frozenset(rule.fields)
    whole = {name for name, known in fields.items() if known >= set(vocabulary.events[name].fields)}
    parts = {name: known for name, known in fields.items() if name not in whole}
    return Supply(declared=True, types=frozenset(whole), fields=parts)
