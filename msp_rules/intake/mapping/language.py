"""Defines what a mapping says, once read: paths, values, records. It holds and runs no code.

Each concept of the language is one class, whatever the source is made of; `docs/mapping.md` says
them in the words of the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
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
    """A child by name, where an attribute of it may have to have a certain value."""

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
ITEM: Final = "\x00item"
"""The name under which a record that is one item of a list holds that item, as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellParts:
    """The way to take one text apart: a list that a system writes into one cell.

    Either at the separators in `split`, or as JSON, of each item of which `part` (keys, from the
    outermost on) is taken; an empty `part` is the item itself.
    """

    split: tuple[str, ...] = ()
    is_json: bool = False
    part: tuple[str, ...] = ()


class Wanted(StrEnum):
    """What a condition wants of the texts at its path."""

    ONE_OF = "one of"
    PRESENT = "present"
    ABSENT = "absent"
    CONTAINS = "contains"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Something must stand at `path`, or nothing: one of `values`, any text, none.

    With `parts`, the text there is taken apart, and each of its parts is looked at. `CONTAINS`
    wants one of `values` to be such a part or, without `parts`, to stand in the text by itself.
    """

    path: FieldPath
    values: frozenset[str] = frozenset()
    wanted: Wanted = Wanted.ONE_OF
    parts: CellParts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueRule:
    """The source of a value (`path`, `constant` or the `first` that gives any), and its reading.

    `conditions` must hold, or there is no value here. `parts` takes apart what stands at the path;
    `precedence` says which of several values counts where there may be one only. A date is read by
    the first of `date_formats` that it is written in. `withheld` is what the source writes where a
    text is in the record but was not exported. `time_zone` is where the source's clocks stand, None
    for London; `is_day` says that only the day of a time is asked for, in London; `takes_iso` that
    a date may stand in ISO form whatever `date_formats` say, as cells of a workbook that hold a
    date do. `may_be_absent` says that an export without any such value is sound.
    """

    path: FieldPath | None = None
    constant: str | None = None
    first: tuple[ValueRule, ...] = ()
    conditions: tuple[Condition, ...] = ()
    parts: CellParts | None = None
    precedence: tuple[str, ...] = ()
    table: CodeTable | None = None
    date_formats: tuple[str, ...] = ()
    time_zone: str | None = None
    is_day: bool = False
    takes_iso: bool = False
    suffix: str = ""
    withheld: str | None = None
    may_be_absent: bool = False

    @property
    def sources(self) -> tuple[ValueRule, ...]:
        """The rules from which the value comes: those in `first`, else the rule itself."""
        return self.first or (self,)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventItems:
    """A list inside a record, each item of which is an event of its own."""

    path: FieldPath
    parts: CellParts


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRule:
    """The records inside a case that are events of this type, and what they say of it.

    With `items`, a record is as many events as its list has items. `may_be_absent` says that an
    export without any such event is sound. Where nothing else gives such events, the type counts as
    supplied unless `is_partial`; with `supplied_when`, in cases of which that holds. `unknown` are
    required fields that the source at hand has no place for.
    """

    type: str
    record: FieldPath
    conditions: tuple[Condition, ...]
    envelope: Mapping[str, ValueRule]
    fields: Mapping[str, ValueRule]
    items: EventItems | None = None
    may_be_absent: bool = False
    is_partial: bool = False
    supplied_when: tuple[Condition, ...] = ()
    unknown: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """Later records that stand in the place of earlier ones of their kind.

    Records are of one kind if the texts at all paths in `same` are equal, and the `newest` counts;
    or a record names, at `link`, the one that it replaces by the text at `key`. Only records of
    which `conditions` hold replace, or are replaced.
    """

    same: tuple[FieldPath, ...] = ()
    newest: ValueRule | None = None
    link: FieldPath | None = None
    key: FieldPath | None = None
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsRule:
    """The records of one kind that are read, and those that count as corrected.

    `record` leads from the case to them (empty steps: the case's own); None stands for all tables.
    In tables, `header_row` is the number of the row with the column names or one name in it, `skip`
    the number of rows below it that hold no records, and the first row of which `until` holds ends
    the table. Records of which `leave_out` holds are left out, and counted. Of events of records of
    which `void` holds, that they were entered in error.
    """

    record: FieldPath | None = None
    header_row: int | str | None = None
    skip: int = 0
    until: tuple[Condition, ...] = ()
    leave_out: tuple[Condition, ...] = ()
    void: tuple[Condition, ...] = ()
    replaces: Replacement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """A statement about the system that its export does not hold, and who answers for it.

    `field` of every event of the type is `value` where the record does not say; without a field,
    events of the type never happen. It holds to the end of `until`; None sets no end.
    """

    type: str
    because: str
    approved_by: str | None = None
    until: date | None = None
    field: str | None = None
    value: str | None = None

    @property
    def about(self) -> str:
        """Names the type, or type and field, that is assumed."""
        return self.type if self.field is None else f"{self.type}.{self.field}"


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
    record, and a file of XML is streamed. With them, `key` is what rows call the case by. With
    `by`, no record is the case: `case_path` is empty, joined rows of one key are a case, and the
    key stands at that path of it.
    """

    name: str
    case_path: tuple[str, ...]
    attributes: Mapping[str, ValueRule]
    adult: Mapping[str, ValueRule]
    events: tuple[EventRule, ...]
    reference_date: ValueRule | None = None
    key: FieldPath | None = None
    joins: tuple[JoinedRows, ...] = ()
    by: FieldPath | None = None
    rows: tuple[RowsRule, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
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
    """Says why a part of a path can't stand where it does."""
    if _ATTRIBUTE.fullmatch(part):
        return f"{part} is an attribute, and nothing can follow it"
    if not part:
        return "a name is missing before or after a /"
    if part in (".", ".."):
        return "it leads down only, and . stands alone"
    return "write child/child[@attribute=value]/@attribute, or ."


def supply_of(
    mapping: CaseMapping, vocabulary: Vocabulary, left_out: frozenset[int] = frozenset()
) -> Supply:
    """Gives what the mapping is able to deliver; nothing else is supplied.

    `left_out` are the places, among the entries of its events, of those that deliver nothing here.
    """
    fields: dict[str, frozenset[str]] = {}
    for turn, rule in enumerate(mapping.events):
        if not rule.is_partial and turn not in left_out:
            fields[rule.type] = fields.get(rule.type, frozenset()) | frozenset(rule.fields)
    whole = {name for name, known in fields.items() if known >= set(vocabulary.events[name].fields)}
    parts = {name: known for name, known in fields.items() if name not in whole}
    return Supply(declared=True, types=frozenset(whole), fields=parts)
