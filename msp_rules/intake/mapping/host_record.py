"""Reads the case that a live host hands over in its own shape, by the mapping of its exports.

One file then serves both ways: what an export of the host says of a case is what the host says of
it while somebody works on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from msp_rules.casework.case import Case, Fault, Supply
from msp_rules.casework.moments import When, cutoff_at
from msp_rules.casework.plausible_dates import PlausibleDates, live_by
from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.errors import MspRulesError
from msp_rules.intake.mapping.language import CaseMapping, SourceKind
from msp_rules.intake.mapping.object_reader import FoundObject, ObjectReader
from msp_rules.intake.mapping.records import Record
from msp_rules.intake.mapping.table_fit import tables_of
from msp_rules.intake.mapping.table_names import plain_name, tables_named
from msp_rules.intake.reading import Place, ReadFile, ReadOptions

_NAME: Final = "the record"
_TOO_LARGE: Final = 10**1000
_Around = tuple[Mapping[object, object], ...]


class _Object(NamedTuple):
    """An object that is a case or a row."""

    path: tuple[str, ...]
    body: Mapping[object, object]
    around: _Around = ()


class ReadCase(NamedTuple):
    """A case that was read from a host's record, and what could not be read of it."""

    case: Case | None
    """The case; None if there is none to judge, as where the mapping leaves the record out."""
    faults: tuple[Fault, ...]
    """The parts that could not be read, by place and never by value."""


class _HostReader(ObjectReader):
    """Gives the cases in one record."""

    def __init__(self, record: object, mapping: CaseMapping, options: ReadOptions) -> None:
        super().__init__(_NAME, mapping, options)
        self._record = record
        is_document = bool(mapping.joins or self._names.above)
        self._wanted = frozenset(self._places) if is_document else frozenset({()})
        self._ways = {one[:at] for one in self._wanted for at in range(len(one))}

    @property
    def files(self) -> list[ReadFile]:
        """Empty: no file is read."""
        return []

    @property
    def left_out(self) -> bool:
        """True if the mapping leaves out records of this kind."""
        return bool(self._builder.choice.left_out)

    def close(self) -> None:
        """Does nothing: nothing is open."""

    def __iter__(self) -> Iterator[Case]:
        yield from self._cases()

    def _possible_dates(self) -> PlausibleDates:
        """Bounds the dates of events by now; the host's clock may be ahead a little."""
        if self._as_of is None:
            return self._dates
        return live_by(self._dates, self._as_of)

    def _survey(self, records: Iterator[Record]) -> None:
        """Does nothing: what one case lacks, others may have."""

    def _found(self) -> Iterator[FoundObject]:
        is_json = self._mapping.source.kind is SourceKind.JSON
        found = self._objects((), self._record) if is_json else self._rows()
        for number, one in enumerate(found, 1):
            place = Place(_NAME, number)
            record = self._maker.record("record", one.body, place)
            if self._has_parents:
                record.parent = self._record_around(one.around, place)
            yield FoundObject(one.path, record, place)

    def _record_around(self, around: _Around, place: Place) -> Record | None:
        outer = None
        for body in around:
            asked = {
                key: one for key, one in body.items() if plain_name(str(key)) in self._names.above
            }
            record = self._maker.record("record", asked, place)
            record.parent, outer = outer, record
        return outer

    def _objects(
        self, path: tuple[str, ...], value: object, around: _Around = ()
    ) -> Iterator[_Object]:
        """Gives the objects at the places that are wanted, in the order of the record."""
        if isinstance(value, list | tuple):
            for one in value:
                yield from self._objects(path, one, around)
        elif isinstance(value, Mapping) and path in self._wanted:
            yield _Object(path, value, around)
        elif isinstance(value, Mapping) and path in self._ways:
            for name, inside in value.items():
                yield from self._objects((*path, plain_name(str(name))), inside, (*around, value))

    def _rows(self) -> Iterator[_Object]:
        """Gives the rows of tables, in the order in which the mapping names the tables."""
        if not self._mapping.joins:
            yield from self._objects((), self._record)
            return
        tables = self._record if isinstance(self._record, Mapping) else {}
        for named in tables_of(self._mapping):
            for table in tables_named(named, map(str, tables)):
                rows = tables[table]
                for row in rows if isinstance(rows, list | tuple) else (rows,):
                    if isinstance(row, Mapping):
                        yield _Object((named,), row)


def case_in(
    record: object,
    mapping: CaseMapping,
    *,
    vocabulary: Vocabulary | None,
    as_of: When | None,
    dates: PlausibleDates,
) -> ReadCase:
    """Reads the case in a record, as `CaseMapping.read` does."""
    if mapping.source.kind is SourceKind.XML:
        message = "a mapping of XML reads no records of a host; write one with source: json"
        raise MspRulesError(message)
    if as_of is None and any(one.until is not None for one in mapping.assumptions):
        raise MspRulesError('the mapping assumes something until a day; say "as_of"')
    moment = None if as_of is None else cutoff_at(as_of)
    options = ReadOptions(vocabulary=vocabulary, as_of=moment, dates=dates)
    reader = _HostReader(record, mapping, options)
    try:
        if (trouble := _trouble_with(record)) is not None:
            return ReadCase(None, (Fault(trouble, _NAME),))
        cases = list(reader)
    except RecursionError:
        return ReadCase(None, (Fault("it is nested too deeply", _NAME),))
    faults = list(reader.faults)
    if len(cases) > 1:
        faults.append(Fault("it holds several cases; none is judged", _NAME))
    elif not (cases or faults or reader.left_out):
        faults.append(Fault("it holds no case", _NAME))
    return ReadCase(cases[0] if len(cases) == 1 else None, tuple(faults))


def supply_by(mapping: CaseMapping, vocabulary: Vocabulary | None) -> Supply:
    """Gives what a mapping is able to deliver, as `CaseMapping.supply` does."""
    return _HostReader(None, mapping, ReadOptions(vocabulary=vocabulary)).header.supply


def _trouble_with(value: object) -> str | None:
    """Explains why neither JSON nor a host in Python writes a value so; None where it does."""
    if value is None or isinstance(value, str | float | date | Decimal | UUID):
        return None
    if isinstance(value, int):
        return "it holds a number too large to be meant" if abs(value) >= _TOO_LARGE else None
    if isinstance(value, Mapping):
        parts = (*value.keys(), *value.values())
    elif isinstance(value, list | tuple):
        parts = tuple(value)
    else:
        return f"it holds a value that JSON can't write ({type(value).__name__})"
    return next((found for one in parts if (found := _trouble_with(one)) is not None), None)
