"""Defines what a mapping says, once read: paths, values, records. A mapping runs no code.

Each concept of the language is one class for all kinds of sources; `docs/mapping.md` explains them
in the words of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from msp_rules.casework.case import Supply
from msp_rules.casework.plausible_dates import PlausibleDates
from msp_rules.casework.vocabulary import Vocabulary

if TYPE_CHECKING:
    from msp_rules.casework.moments import When
    from msp_rules.intake.mapping.host_record import ReadCase

UNREADABLE: Final = "?"
"""Replaces a value that did not map: no code, date or number of the vocabulary."""

UP: Final = ".."
"""The name of a step to the record around another."""


class PathTest(NamedTuple):
    """A text that must stand somewhere in an element."""

    path: FieldPath
    """The place of the text, seen from the element."""
    value: str
    """The text."""


class PathStep(NamedTuple):
    """A step to a child element, or to the element around (`UP`)."""

    name: str
    """The name of the child."""
    attribute: str | None = None
    """The attribute that must have the value; None for any child of the name."""
    value: str | None = None
    """The value of that attribute."""
    tests: tuple[PathTest, ...] = ()
    """The other texts that must stand in the child."""


class FieldPath(NamedTuple):
    """The path from an element to a text or an attribute."""

    steps: tuple[PathStep, ...]
    """The elements to step through."""
    attribute: str | None = None
    """The attribute of the last element; None for its text."""


class LookupFile(NamedTuple):
    """A file from which a code table takes what the keys of a system mean."""

    name: str
    """Its name, seen from the mapping file."""
    sha256: str
    """The hash of its content."""


class CodeTable(NamedTuple):
    """Labels of the source and the codes they mean."""

    codes: Mapping[str, str]
    """The code of each label."""
    unknown: str | None = None
    """The meaning of other labels: a code, `left_out` (absent), or None (a fault)."""
    name: str = ""
    """The name of the table in the file."""
    file: LookupFile | None = None
    """The file with the keys of the system; None if the mapping holds all labels."""


class SourceKind(StrEnum):
    """The kinds of exports: a file of XML or JSON, a folder of CSV files, a workbook."""

    XML = "xml"
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


class SourceForm(NamedTuple):
    """The form in which an export is written."""

    kind: SourceKind = SourceKind.XML
    """XML, CSV files, a workbook or JSON."""
    encoding: str = "utf-8"
    """The encoding of CSV files and JSON."""
    delimiter: str = ","
    """The delimiter of CSV files."""


LEFT_OUT: Final = "left_out"
ITEM: Final = "\x00item"
"""The name under which a record that is one item of a list holds that item, as JSON."""
AS_JSON: Final = "\x00json:"
"""Begins the name under which a record made of JSON holds a list as the text that it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellParts:
    """The way to split one text: a list that a system writes into one cell."""

    split: tuple[str, ...] = ()
    """The separators at which a text is split; empty for JSON."""
    is_json: bool = False
    """True if the text is JSON."""
    part: tuple[str, ...] = ()
    """The keys that lead to what is taken of each item; empty for the item itself."""


class ConditionKind(StrEnum):
    """The kinds of conditions, by what must be at their path."""

    ONE_OF = "one of"
    PRESENT = "present"
    ABSENT = "absent"
    CONTAINS = "contains"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition on the text at `path`: it must be one of `values`, present, or absent."""

    path: FieldPath
    """The place of the text."""
    values: frozenset[str] = frozenset()
    """The texts that fulfil the condition."""
    wanted: ConditionKind = ConditionKind.ONE_OF
    """The kind of condition."""
    parts: CellParts | None = None
    """The way to split the text first; None for the whole text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueRule:
    """The source of a value (`path`, `constant` or the `first` that gives any), and its reading."""

    path: FieldPath | None = None
    """The place of the value; None for a constant."""
    constant: str | None = None
    """The value itself."""
    first: tuple[ValueRule, ...] = ()
    """The alternatives, of which the first that gives any value counts."""
    conditions: tuple[Condition, ...] = ()
    """The conditions without which there is no value."""
    parts: CellParts | None = None
    """The way to split the text; None for the whole text."""
    precedence: tuple[str, ...] = ()
    """The codes in the order in which they count where only one may."""
    table: CodeTable | None = None
    """The code table that translates labels."""
    date_formats: tuple[str, ...] = ()
    """The forms in which a date may be written."""
    time_zone: str | None = None
    """The time zone of the source's clocks; None for London."""
    is_day: bool = False
    """True if only the day of a time is needed, in London."""
    takes_iso: bool = False
    """True if a date may be in ISO form whatever the format says, as in cells of a workbook."""
    suffix: str = ""
    """The ending that is added to ids."""
    join: str | None = None
    """The text between several texts that become one; None where they stay apart."""
    withheld: str | None = None
    """The text that marks a text as on record, but not exported."""
    may_be_absent: bool = False
    """True if an export without any such value is sound."""

    @property
    def sources(self) -> tuple[ValueRule, ...]:
        """The rules from which the value comes: those in `first`, else the rule itself."""
        return self.first or (self,)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventItems:
    """A list inside a record, each item of which is an event of its own."""

    path: FieldPath
    """The place of the list."""
    parts: CellParts
    """The way to split the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRule:
    """The records inside a case that are events of one type, and the sources of its fields."""

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
    items: EventItems | None = None
    """The list of which each item is an event; None if the record is one."""
    may_be_absent: bool = False
    """True if an export without any such event is sound."""
    is_partial: bool = False
    """True if what the entry does not find says nothing."""
    supplied_when: tuple[Condition, ...] = ()
    """The conditions of cases in which the entry finds all such events."""
    unknown: frozenset[str] = frozenset()
    """Required fields for which the source at hand has no place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """The way in which later records replace earlier ones of their kind."""

    same: tuple[FieldPath, ...] = ()
    """The places whose texts are equal in records of one kind."""
    newest: ValueRule | None = None
    """The date by which the newest record is found."""
    link: FieldPath | None = None
    """The place where a record names the one that it replaces."""
    key: FieldPath | None = None
    """The place of the key by which other records name it."""
    conditions: tuple[Condition, ...] = ()
    """The conditions of records that replace, or are replaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsRule:
    """The records of one kind that are read, and those that count as corrected."""

    record: FieldPath | None = None
    """The steps from the case to the records (none: the case's own); None for all tables."""
    header_row: int | str | None = None
    """The row with the column names: its number, or one of the names; None for the first."""
    skip: int = 0
    """The number of rows below the names that are not records."""
    until: tuple[Condition, ...] = ()
    """The conditions of the row that ends a table."""
    leave_out: tuple[Condition, ...] = ()
    """The conditions of records that are not read."""
    void: tuple[Condition, ...] = ()
    """The conditions of records that were entered in error."""
    replaces: Replacement | None = None
    """The way in which records replace each other; None if they do not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """A statement about the system that its export does not hold, and who answers for it."""

    type: str
    """The event type."""
    because: str
    """The reason."""
    approved_by: str | None = None
    """Who answers for it; None if nobody is named."""
    until: date | None = None
    """The last day on which it holds; None for no end."""
    field: str | None = None
    """The field; None if events of the type never happen."""
    value: str | None = None
    """The value where the record says nothing; None without a field."""

    @property
    def about(self) -> str:
        """The event type, or `type.field`, that the assumption is about."""
        return self.type if self.field is None else f"{self.type}.{self.field}"


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedRows:
    """Rows elsewhere in the source that belong to the case whose key they name.

    They are read as if they were children of the case record, or of other joined rows.
    """

    record: tuple[str, ...]
    """The path of the rows from the root; in tables, the name of the table."""
    key: FieldPath
    """The place in the rows that names the case, or that the case names (see `named_by`)."""
    name: str
    """The name of the children; in tables, the table's name as a name in XML."""
    row_key: FieldPath | None = None
    """The place in the rows that other rows refer to."""
    of: str | None = None
    """The name of the joined rows that they belong to; None for the case."""
    named_by: FieldPath | None = None
    """The place, in the record that they belong to, that names them; None if they name it."""
    steps: tuple[PathStep, ...] = ()
    """The path of the rows with what must stand in its elements; empty in tables."""
    leaves_out: bool = False
    """True if rows that belong to no record are no fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMapping:
    """The way to read the cases of one vendor's export."""

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
    case_steps: tuple[PathStep, ...] = ()
    """The path of the cases with what must stand in its elements; empty in tables."""
    by: FieldPath | None = None
    """The place of the key in a case without a record of its own; None if it has one."""
    rows: tuple[RowsRule, ...] = ()
    """The statements about records as a whole."""
    assumptions: tuple[Assumption, ...] = ()
    """The statements about the system that are in no export."""
    source: SourceForm = SourceForm()
    """The form of the export."""
    sha256: str = ""
    """The hash of the mapping file, and of the files with code lists that it names."""

    def read(
        self,
        record: object,
        *,
        vocabulary: Vocabulary | None = None,
        as_of: When | None = None,
        dates: PlausibleDates = PlausibleDates(),  # noqa: B008 - immutable
    ) -> ReadCase:
        """Reads one case as a live host holds it: JSON that is parsed already.

        Where each record of an export is a case, it is such a record. Where rows are joined, or
        paths lead above the case, it is a document in the shape of the export that holds one case;
        of tables, their rows by name.

        `vocabulary` is the one that the mapping was loaded with; None: the core one. `as_of` is the
        moment of reading, which is needed where the mapping assumes something until a day; an event
        that lies more than a day after it, or outside `dates`, is doubted. What can't be read is
        among the faults of the result; raises MspRulesError only for a mapping that can't be used
        in this way.
        """
        from msp_rules.intake.mapping.host_record import case_in  # noqa: PLC0415 - it needs mappings

        return case_in(record, self, vocabulary=vocabulary, as_of=as_of, dates=dates)

    def supply(self, vocabulary: Vocabulary | None = None) -> Supply:
        """Gives what a host can deliver whose records this mapping reads, for `Desk(supply=...)`.

        What the mapping assumes of the host counts as delivered. `vocabulary` is the one that it
        was loaded with; None: the core one.
        """
        from msp_rules.intake.mapping.host_record import supply_by  # noqa: PLC0415 - as above

        return supply_by(self, vocabulary)


def supply_of(
    mapping: CaseMapping, vocabulary: Vocabulary, left_out: frozenset[int] = frozenset()
) -> Supply:
    """Gives what the mapping is able to deliver; nothing else is supplied.

    `left_out` are the places, among the entries of its events, of those that deliver nothing here.
    """
    fields: dict[str, frozenset[str]] = {}
    for order, rule in enumerate(mapping.events):
        if not rule.is_partial and order not in left_out:
            fields[rule.type] = fields.get(rule.type, frozenset()) | frozenset(rule.fields)
    whole = {name for name, known in fields.items() if known >= set(vocabulary.events[name].fields)}
    parts = {name: known for name, known in fields.items() if name not in whole}
    return Supply(declared=True, types=frozenset(whole), fields=parts)
