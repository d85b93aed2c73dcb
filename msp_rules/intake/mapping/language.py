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
    """A step to a child element by its name, and perhaps by the value of one of its attributes."""

    name: str
    attribute: str | None = None
    value: str | None = None


class FieldPath(NamedTuple):
    """From an element down its children to a text or an attribute."""

    steps: tuple[PathStep, ...]
    attribute: str | None = None


class CodeTable(NamedTuple):
    """Labels of the source and the codes they mean.

    `unknown` is what another label means: a code, `left_out` (absent), or None (a fault).
    `name` is what the file calls it.
    """

    codes: Mapping[str, str]
    unknown: str | None = None
    name: str = ""


class SourceKind(StrEnum):
    """The kinds of exports: a file of XML, a folder of CSV files, a workbook."""

    XML = "xml"
    CSV = "csv"
    XLSX = "xlsx"


class SourceForm(NamedTuple):
    """The form in which an export is written; `encoding` and `delimiter` are those of CSV files."""

    kind: SourceKind = SourceKind.XML
    encoding: str = "utf-8"
    delimiter: str = ","


LEFT_OUT: Final = "left_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueRule:
    """The source of a value (`path` or `constant`) and the way to read it.

    `withheld` is what the source writes where a text is in the record but was not exported.
    `time_zone` is where the source's clocks stand, None for London; `is_day` says that only the
    day of a time is asked for, in London; `takes_iso` that a date may stand in ISO form whatever
    `date_format` says, as cells of a workbook that hold a date do.
    """

    path: FieldPath | None = None
    constant: str | None = None
    table: CodeTable | None = None
    date_format: str | None = None
    time_zone: str | None = None
    is_day: bool = False
    takes_iso: bool = False
    suffix: str = ""
    withheld: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """The text at `path` is one of `values`."""

    path: FieldPath
    values: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRule:
    """The records inside a case that are events of this type, and what they say of it.

    `unknown` are required fields that the source at hand has no place for.
    """

    type: str
    record: FieldPath
    conditions: tuple[Condition, ...]
    envelope: Mapping[str, ValueRule]
    fields: Mapping[str, ValueRule]
    unknown: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedRows:
    """Rows elsewhere in the source that belong to the case whose key they name.

    They are read as if they were children `name` of the case record; with `of`, of the joined rows
    of that name, whose `row_key` they name. In tables, `record` is a table's name, and `name` is
    written as a name in XML.
    """

    record: tuple[str, ...]
    key: FieldPath
    name: str
    row_key: FieldPath | None = None
    of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMapping:
    """The way to read the cases of one vendor's export.

    `sha256` is that of the mapping file. Without `joins`, everything of a case stands inside its
    record, and a file of XML is streamed. With them, `key` is what rows call the case by.
    """

    name: str
    case_path: tuple[str, ...]
    attributes: Mapping[str, ValueRule]
    adult: Mapping[str, ValueRule]
    events: tuple[EventRule, ...]
    reference_date: ValueRule | None = None
    key: FieldPath | None = None
    joins: tuple[JoinedRows, ...] = ()
    source: SourceForm = SourceForm()
    sha256: str = ""


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
