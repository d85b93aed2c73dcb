"""Tries a mapping on an export: what is supplied, what did not map, and one case to look at.

The result holds ids, codes, counts, dates and places, and no free text of a record: of a text it
says only that there is one. Labels that are in no table are kept apart, since a source may let
people type them; the caller decides whether to show them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TypeVar

from msp_rules.casework.case import Case, Event, Fault, InputWarning
from msp_rules.casework.moments import Cutoff
from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.errors import InputUnreadable, SourceLocation, did_you_mean
from msp_rules.intake.mapping.language import CaseMapping, EventRule, ValueRule
from msp_rules.intake.reading import Header
from msp_rules.intake.source import open_cases

_T = TypeVar("_T")
_LABELS_KEPT: Final = 200
_LONGEST_LABEL: Final = 40
_MOST_WORDS: Final = 6


@dataclass(slots=True)
class UnknownLabel:
    """A label that is in no table."""

    label: str
    """The label as written."""
    count: int = 0
    """The number of times that it occurs."""
    line: int = 0
    """The line of its first case."""


@dataclass(slots=True)
class TableUse:
    """Counts what one field found in its code table."""

    table: str
    """The name of the table."""
    at: str
    """The field, with its owner."""
    unknown: str | None
    """The meaning of other labels: a code, `left_out`, or None (a fault)."""
    values: int = 0
    """The number of values that were looked up."""
    missed: int = 0
    """The number of values that were not found."""
    more: int = 0
    """The number of those whose labels were too many to keep one by one."""
    labels: dict[str, UnknownLabel] = field(default_factory=dict)
    """The unknown labels."""


@dataclass(slots=True)
class FieldUse:
    """Counts the events of one field."""

    given: int = 0
    """The number of events that have a value."""
    unreadable: int = 0
    """The number of events with a value that could not be read."""


@dataclass(slots=True)
class Trial:
    """Holds what was read: all of the export if `is_whole`; `found` is the requested case."""

    header: Header = field(default_factory=Header)
    """The export's statements about itself."""
    cases: int = 0
    """The number of cases that were read."""
    is_whole: bool = False
    """True if the export was read to its end."""
    events: Counter[str] = field(default_factory=Counter)
    """The number of events, by type."""
    fields: dict[str, dict[str, FieldUse]] = field(default_factory=dict)
    """The use of each mapped field, by event type."""
    tables: list[TableUse] = field(default_factory=list)
    """The use of each code table, field by field."""
    unmapped: Counter[str] = field(default_factory=Counter)
    """Other values that did not map, such as dates in another form, by field."""
    assumed: Counter[str] = field(default_factory=Counter)
    """Events that got an assumed value, as `type.field`."""
    warnings: list[InputWarning] = field(default_factory=list)
    """Warnings about the export: they need attention, but nothing is unsound because of them."""
    faults: list[Fault] = field(default_factory=list)
    """Everything that could not be read."""
    found: Case | None = None
    """The case that was asked for; None if none was."""

    @property
    def is_complete(self) -> bool:
        """True if everything that was read could be understood."""
        return not self.faults


class _CountedLabels(Mapping[str, str]):
    """The labels of a table, which count the look-ups for one field."""

    def __init__(self, codes: Mapping[str, str], use: TableUse, fresh: list[UnknownLabel]) -> None:
        self._codes = codes
        self._use = use
        self._fresh = fresh

    def __getitem__(self, label: str) -> str:
        return self._codes[label]

    def __iter__(self) -> Iterator[str]:
        return iter(self._codes)

    def __len__(self) -> int:
        return len(self._codes)

    def __contains__(self, label: object) -> bool:
        return label in self._codes

    def get(self, label: str, default: _T | None = None) -> str | _T | None:  # type: ignore[override]
        """Counts a look-up, and gives the code of the label, or else the default."""
        use = self._use
        use.values += 1
        code = self._codes.get(label)
        if code is not None:
            return code
        use.missed += 1
        kept = use.labels.get(label)
        if kept is None and len(use.labels) < _LABELS_KEPT:
            kept = use.labels[label] = UnknownLabel(label)
            self._fresh.append(kept)
        if kept is None:
            use.more += 1
        else:
            kept.count += 1
        return default


def try_mapping(
    path: Path,
    mapping: CaseMapping,
    vocabulary: Vocabulary,
    *,
    cases: int | None = None,
    case_id: str | None = None,
    as_of: Cutoff | None = None,
) -> Trial:
    """Reads an export, or its first `cases`, or (with `case_id`) through to that case.

    With `as_of` it is read as a scan with that date reads it: what is assumed until a day ends with
    it.

    Raises InputUnreadable where nothing can be read, or that case is not among what was read.
    """
    trial, fresh = Trial(), list[UnknownLabel]()
    counted = _with_counts(mapping, trial.tables, fresh)
    for rule in mapping.events:
        known = trial.fields.setdefault(rule.type, {})
        for name in rule.fields:
            known.setdefault(name, FieldUse())
    ids: list[str] = []
    with open_cases(path, mapping=counted, vocabulary=vocabulary, as_of=as_of) as reader:
        read = iter(reader)
        while (cases is None or trial.cases < cases) and trial.found is None:
            case = next(read, None)
            if case is None:
                trial.is_whole = True
                break
            _count(case, trial)
            for label in fresh:
                label.line = case.line
            fresh.clear()
            ids.append(case.id)
            if case.id == case_id:
                trial.found = case
        trial.header = reader.header or Header()
        if as_of is not None:
            trial.header = replace(trial.header, reference_date=as_of)
        trial.unmapped = _without_tables(reader.unmapped, trial.tables)
        trial.assumed = Counter(reader.assumed)
        trial.warnings = list(reader.warnings)
        trial.faults = [
            *reader.faults,
            *((reader.truncation_fault,) if reader.truncation_fault else ()),
        ]
    if case_id is not None and trial.found is None:
        hint = did_you_mean(case_id, ids)
        message = f"no such case is among the {trial.cases} that were read{hint}"
        raise InputUnreadable(message, SourceLocation(path=path.name))
    return trial


def _without_tables(
    unmapped: Mapping[tuple[str, str], int], tables: list[TableUse]
) -> Counter[str]:
    """Counts values that did not map, except those that code tables have counted already."""
    tabled = {table.at for table in tables}
    found = {f"{owner}.{name}": count for (owner, name), count in unmapped.items()}
    return Counter({at: count for at, count in found.items() if at not in tabled})


def is_like_a_code(label: str) -> bool:
    """Tells whether an unknown label looks like a code: short, one line, few words and digits."""
    words = label.split()
    digits = sum(letter.isdigit() for letter in label)
    is_short = len(label) <= _LONGEST_LABEL and 0 < len(words) <= _MOST_WORDS
    return is_short and label.isprintable() and "@" not in label and digits <= 4


def _count(case: Case, trial: Trial) -> None:
    trial.cases += 1
    for event in case.events:
        trial.events[event.type] += 1
        _count_fields(event, trial.fields.get(event.type, {}))


def _count_fields(event: Event, fields: dict[str, FieldUse]) -> None:
    for name, use in fields.items():
        if name in event.unknown:
            use.unreadable += 1
        elif name in event.fields:
            use.given += 1


def _with_counts(
    mapping: CaseMapping, uses: list[TableUse], fresh: list[UnknownLabel]
) -> CaseMapping:
    """Copies the mapping with tables that count, for each field, what is looked up in them."""

    def counted(values: Mapping[str, ValueRule], owner: str) -> dict[str, ValueRule]:
        return {name: one(rule, f"{owner}.{name}") for name, rule in values.items()}

    def one(rule: ValueRule, at: str) -> ValueRule:
        if rule.first:
            return replace(rule, first=tuple(one(inner, at) for inner in rule.first))
        if rule.table is None:
            return rule
        use = TableUse(table=rule.table.name, at=at, unknown=rule.table.unknown)
        uses.append(use)
        codes = _CountedLabels(rule.table.codes, use, fresh)
        return replace(rule, table=rule.table._replace(codes=codes))

    def event(rule: EventRule) -> EventRule:
        return replace(
            rule,
            envelope=counted(rule.envelope, rule.type),
            fields=counted(rule.fields, rule.type),
        )

    return replace(
        mapping,
        attributes=counted(mapping.attributes, "case"),
        adult=counted(mapping.adult, "adult"),
        events=tuple(event(rule) for rule in mapping.events),
    )
