"""Reads the cases of a vendor's export; holds what all kinds of sources have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final, Self

from msp_rules.casework.case import ASSUMED, Case, Fault, InputWarning, Supply
from msp_rules.casework.moments import end_of_day, parse_date
from msp_rules.casework.plausible_dates import PlausibleDates, up_to
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.errors import InputUnreadable, SourceLocation
from msp_rules.intake.mapping.assumed_fields import with_assumed
from msp_rules.intake.mapping.case_builder import CaseBuilder
from msp_rules.intake.mapping.join_index import RowIndex
from msp_rules.intake.mapping.language import CaseMapping, ValueRule, supply_of
from msp_rules.intake.mapping.never_found import Survey, found_only
from msp_rules.intake.mapping.records import Record, linked, records_at, texts_of, unlinked
from msp_rules.intake.mapping.table_fit import in_both, without
from msp_rules.intake.mapping.values import single_of, values_of
from msp_rules.intake.reading import (
    CaseIds,
    Header,
    Place,
    ReadFile,
    ReadLimits,
    ReadOptions,
    Shard,
)

MOST_LISTED: Final = 1000
"""The number of faults of one kind that are listed one by one; one more fault counts the others."""


class MappedReader(ABC):
    """Gives the cases of one vendor's export: a `CaseSource` with a subclass per kind of source."""

    def __init__(self, name: str, mapping: CaseMapping, options: ReadOptions) -> None:
        self.name = name
        self.faults: list[Fault] = []
        self.truncation_fault: Fault | None = None
        self.before_case: Callable[[int], None] | None = None
        self.cases_read = 0
        self.case_index = -1
        self.unmapped: Counter[tuple[str, str]] = Counter()
        self.assumed: Counter[str] = Counter()
        self.warnings: list[InputWarning] = []
        self._supplies: dict[frozenset[int], Supply] = {}
        self._is_surveying = False
        self._has_parents = False
        self._as_of = options.as_of
        self._has_settled = not mapping.assumptions
        self._vocabulary = options.vocabulary or core_vocabulary()
        self._supply = supply_of(mapping, self._vocabulary)
        self.header: Header = Header(supply=self._assumed(self._supply, mapping))
        self._mapping = mapping
        self._dates = options.dates
        self._builder = CaseBuilder(mapping, self._vocabulary, self._dates)
        self._dated = mapping.reference_date is None
        self._limits = options.limits or ReadLimits()
        self._shard = options.shard or Shard()
        self._ids = options.ids if options.ids is not None else CaseIds()
        self._ids.begin_file(name)

    @property
    @abstractmethod
    def files(self) -> list[ReadFile]:
        """The files that were read, once all is read."""

    @property
    def position(self) -> int:
        """The number of the source's bytes on disk that are read; 0 if that can't be told."""
        return 0

    @abstractmethod
    def close(self) -> None:
        """Closes the source."""

    @abstractmethod
    def __iter__(self) -> Iterator[Case]: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _use(self, mapping: CaseMapping, supply: Supply) -> None:
        """Switches to a mapping without the parts that the source does not hold."""
        self._mapping = mapping
        choice = self._builder.choice
        self._builder = CaseBuilder(mapping, self._vocabulary, self._dates)
        self._builder.choice.left_out.update(choice.left_out)
        self._supplies.clear()
        self._supply = supply
        supply = self._assumed(supply, mapping)
        self.header = Header(reference_date=self.header.reference_date, supply=supply)

    def _assumed(self, supply: Supply, mapping: CaseMapping) -> Supply:
        return with_assumed(supply, mapping.assumptions, self._vocabulary)

    def _survey(self, records: Iterator[Record]) -> None:
        """Finds what is mapped and no case has: each is a fault, and counts as not supplied."""
        self._is_surveying = True
        survey = Survey(self._mapping, self._vocabulary)
        never = survey.look_through(self._linked(records) if self._has_parents else records)
        self._is_surveying = False
        if not (never.types or never.fields):
            return
        for reason in never.reasons():
            self._fault(reason, self.name)
        supply = without(self._supply, set(never.types), set(never.fields), self._vocabulary)
        self._use(found_only(self._mapping, never, self._vocabulary), supply)

    def _linked(self, records: Iterator[Record]) -> Iterator[Record]:
        """Gives records in which paths can lead up, each only until the next is asked for."""
        for record in records:
            linked(record)
            yield record
            unlinked(record)

    def _warn(self, code: str, reason: str, source: str, line: int | None = None) -> None:
        """Notes a warning, which only the first reader reports."""
        if self._shard.reader == 0:
            self.warnings.append(InputWarning(code, reason, source, line))

    def _read_date(self, root: Record) -> None:
        """Reads the reference date as seen from the root, once."""
        rule = self._mapping.reference_date
        self._dated = True
        if rule is None:
            return
        values = values_of(root, rule).values
        try:
            day = end_of_day(parse_date(values[0]).toordinal()) if values else None
        except ValueError:
            place = _place_of_text(root, rule)
            at = (self.name, None) if place is None else place
            self._fault("the reference date can't be read", *at)
            return
        self.header = Header(reference_date=day, supply=self.header.supply)

    def _owns_next(self) -> bool:
        """Tells whether the next case is one of this reader's share."""
        if not self._has_settled:
            self._settle_assumptions()
        return self._shard.owns(self.cases_read)

    def _settle_assumptions(self) -> None:
        """Drops the assumptions that no longer hold on the day as of which cases are judged."""
        self._has_settled = True
        as_of = self._as_of or self.header.reference_date
        every = self._mapping.assumptions
        lapsed = [
            one
            for one in every
            if as_of is not None and one.until is not None and one.until.toordinal() < as_of.day
        ]
        for one in lapsed:
            reason = f"{one.about} was assumed until {one.until}; it counts as not supplied again"
            self._warn("lapsed_assumption", reason, self.name)
        if lapsed:
            standing = tuple(one for one in every if one not in lapsed)
            self._use(replace(self._mapping, assumptions=standing), self._supply)

    def _skip(self, ids: Sequence[str]) -> None:
        """Counts a case of another reader; its id counts as used."""
        self.cases_read += 1
        case_id = single_of(ids)
        if case_id is not None:
            self._ids.clash(case_id)

    def _skip_record(self, record: Record) -> None:
        """Counts a case of another reader; the first reader counts what of it nothing reads."""
        if self._shard.reader == 0:
            if self._has_parents:
                linked(record)
            self._builder.events_in(record)
        self._skip(self._builder.ids_of(record))

    def _case(self, record: Record) -> Case | None:
        """Builds the next case, which is this reader's; None where it is not to be judged."""
        self.case_index = self.cases_read
        self.cases_read += 1
        if self.before_case is not None:
            self.before_case(self.case_index)
        if not self._has_parents:
            return self._built(record)
        linked(record)
        case = self._built(record)
        unlinked(record)
        return case

    def _possible_dates(self) -> PlausibleDates:
        """Bounds the dates of events by the day of the export, or else by that of the scan."""
        return up_to(self._dates, self.header.reference_date or self._as_of)

    def _built(self, record: Record) -> Case | None:
        case_id, events = self._builder.case_id(record), self._builder.events_in(record)
        supply = self._supply_in(record)
        reason = self._ids.clash(case_id) if case_id else None
        if len(events) >= self._limits.max_events:  # the adult counts as one
            limit = self._limits.max_events
            reason = f"the case holds more than {limit} events; it is not judged"
            events = []  # so many that they are not even built
        self._builder.allow(self._possible_dates())
        # Built in any case: whoever tries a mapping counts the labels of every case.
        built = self._builder.build(record, case_id, events, supply)
        if reason is not None:
            place = record.place
            self.faults.append(Fault(reason, place.input, place.line, case_id or None))
            return None
        self.faults += built.faults
        self.unmapped.update(built.unmapped)
        for (kind, owner, name), count in built.case.counted.items():
            if kind == ASSUMED:
                self.assumed[f"{owner}.{name}"] += count
        return built.case

    def _supply_in(self, record: Record) -> Supply:
        """Gives what the source supplies for a case, as some forms do not ask for everything."""
        left_out = self._builder.not_supplied_in(record)
        if not left_out:
            return self.header.supply
        known = self._supplies.get(left_out)
        if known is None:
            whole = supply_of(self._mapping, self._vocabulary, left_out)
            supply = in_both(self._supply, whole, self._vocabulary)
            known = self._supplies[left_out] = self._assumed(supply, self._mapping)
        return known

    def _say_what_is_left(self) -> None:
        """Warns, once all is read, of the records that the mapping leaves out or does not read."""
        for name, count in self._builder.choice.left_out.items():
            verb = "row is" if count == 1 else "rows are"
            self._warn(
                "left_out", f"{count} {verb} left out, as the mapping says: {name}", self.name
            )
        for name, count in self._builder.choice.unread.items():
            verb = "record is" if count == 1 else "records are"
            reason = f"{count} {verb} read by no entry, as no condition holds: {name}"
            self._warn("unread_records", reason, self.name)

    def _indexed_cases(self, index: RowIndex) -> Iterator[Case]:
        """Gives the cases of an index that is filled, and a fault for each row left over."""
        index.finish(self._mapping.by, self._mapping.joins, has_parents=self._has_parents)
        self._survey(index.cases())
        case_id = self._mapping.attributes.get("id")
        id_is_elsewhere = (
            case_id is not None and case_id.path is not None and bool(case_id.path.steps)
        )
        # The first reader reports what nothing reads, in whoever's case it is.
        needs_all = id_is_elsewhere or self._shard.reader == 0
        for record in index.cases(lambda at: needs_all or self._shard.owns(at)):
            if not self._owns_next():
                self._skip_record(record)
                continue
            case = self._case(record)
            for reason, place in index.troubles:
                named = None if case is None else case.id
                self.faults.append(Fault(reason, place.input, place.line, named))
            if case is not None:
                yield case
        if left_out := index.rows_left_out():
            verb = "row belongs" if left_out == 1 else "rows belong"
            reason = f"{left_out} {verb} to no record that is read, as the mapping allows"
            self._warn("left_out", reason, self.name)
        for reason, places in (
            ("this case key was used before; the second case is not judged",
             index.cases_with_a_used_key()),
            ("several rows have this key, so it is unclear to which of them other rows belong",
             index.rows_with_one_key()),
            ("a row names a case that is not in the file; it is not judged",
             index.rows_without_case()),
            ("a row names a row that is not in the file; it is not judged",
             index.rows_without_row()),
        ):  # fmt: skip
            self._list(reason, places)

    def _list(self, reason: str, places: Iterator[Place]) -> None:
        more = 0
        for index, place in enumerate(places):
            if index < MOST_LISTED:
                self._fault(reason, place.input, place.line)
            else:
                more += 1
        if more:
            self._fault(f"{more} more of these: {reason}", self.name)

    def _fault(self, reason: str, source: str, line: int | None = None) -> None:
        """Notes a fault that concerns no case; only the first reader reports it."""
        if self._shard.reader == 0:
            self.faults.append(Fault(reason, source, line))

    def _unreadable(self, message: str, line: int | None = None) -> InputUnreadable:
        return InputUnreadable(message, SourceLocation(path=self.name, line=line))


def _place_of_text(record: Record, rule: ValueRule) -> Place | None:
    """Finds the place of the first text of a value; None for a constant."""
    if rule.path is None:
        return None
    found = records_at(record, rule.path.steps)
    return next((one.place for one in found if texts_of([one], rule.path.attribute)), None)
