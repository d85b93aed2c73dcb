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
    """The place of the value; None for a constant."""
    constant: str | None = None
    first: tuple[ValueRule, ...] = ()
    conditions: tuple[Condition, ...] = ()
    parts: CellParts | None = None
    precedence: tuple[str, ...] = ()
    table: CodeTable | None = None
    date_formats: tuple[str, ...] = ()
    time_zone: str | None = None
    """The time zone of the source's clocks; None for London."""
    is_day: bool = False
    """True if only the day of a time is needed, in London."""
    takes_iso: bool = False
    """True if a date may be in ISO form whatever the format says, as in cells of a workbook."""
    suffix: str = ""
    """The ending that is added to ids."""
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
    """The event type."""
    record: FieldPath
    """The path of the records, seen from the case."""
    conditions: tuple[Condition, ...]
    """The conditions that a record must fulfil."""
    envelope: Mapping[str, ValueRule]
    """The sources of the envelope parts, by name."""
    fields: Mapping[str, ValueRule]
    items: EventItems | None = None
    may_be_absent: bool = False
    is_partial: bool = False
    supplied_when: tuple[Condition, ...] = ()
    unknown: frozenset[str] = frozenset()
    """Required fields for which the source at hand has no place."""


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

    `sha256` is that of the mapping file. Without `joins`, everything of a case stands inside its
    record, and a file of XML is streamed. With them, `key` is what rows call the case by. With
    `by`, no record is the case: `case_path` is empty, joined rows of one key are a case, and the
    key stands at that path of it.
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
    by: FieldPath | None = None
    rows: tuple[RowsRule, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
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
