"""Counts what the scanned exports really supplied, and what rules lacked to tell.

`SupplyReader` lists what one case holds, `Coverage` adds that up; two of them add up as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeVar

from msp_rules.casework.case import WITHHELD, Case, CountedInCase, FieldValue, Supply
from msp_rules.engine.verdict import Answer

CASE: Final = "case"
ADULT: Final = "adult"
"""The names under which attributes of a case, and of its adult, count like event types."""

OF_THE_EVENT: Final = ("", "id", "occurred")
"""The fields without which an event may not exist: who lacks one of them lacks the event."""

Supplied = frozenset[str]
"""The words of a source for what it supplies: `type` (with all fields) and `type.field`."""

_Key = TypeVar("_Key")
_NOT_COUNTED: Final[dict[CountedInCase, int]] = {}


Record = tuple[str, ...]
"""The type of an event, and then the fields in which it has a value."""


class CaseSupply(NamedTuple):
    """Lists what the record of one case holds, before corrections, at any date: names only.

    Events count by their type, the case and its adult as if they were events. `agency` and `role`
    of an event count as fields, its dates and id where they could not be read.
    """

    source: Supplied | None
    """The declaration of the source; None where it declares nothing."""

    records: list[Record]
    """The records of the case, of its adult, and of each event."""

    withheld: list[tuple[str, str]]
    """(type, field) of values that were not exported; they are among the records, too."""

    unreadable: list[tuple[str, str]]
    """(type, field) of values that could not be read."""

    counted: Mapping[CountedInCase, int] = _NOT_COUNTED
    """The number of values that did not map, and of events that got an assumed value."""


class SupplyReader:
    """Lists what cases hold; those of a file share one declaration, put in words once."""

    def __init__(self) -> None:
        self._supply: Supply | None = None
        self._source: Supplied | None = None

    def read(self, case: Case) -> CaseSupply:
        """Lists what the record of a case holds, as it was read."""
        if self._supply is None or case.supply is not self._supply:
            self._supply, self._source = case.supply, words_of_supply(case.supply)
        withheld: list[tuple[str, str]] = []
        unreadable: list[tuple[str, str]] = []
        records: list[Record] = [
            (CASE, *case.attributes),
            (ADULT, *case.adult),
        ]
        for part, values in ((CASE, case.attributes), (ADULT, case.adult)):
            # A dictionary is gone through much sooner than any mapping, and nearly all are one.
            _add_withheld(part, values if isinstance(values, dict) else dict(values), withheld)
        for event in case.events:
            # Taken apart at once: part by part costs twice as much.
            _, kind, moment, _, fields, agency, role, _, _, unknown, _, _, _ = event
            if agency is None:
                envelope = _NEITHER if role is None else _ROLE
            else:
                envelope = _AGENCY if role is None else _BOTH
            records.append((kind, *fields, *envelope))
            _add_withheld(kind, fields, withheld)
            if unknown:
                unreadable += [(kind, name) for name in unknown]
            if moment is None:
                unreadable.append((kind, "occurred"))
        for name in case.unknown:
            owner, _, part = name.partition(".")
            unreadable.append((owner, part))
        return CaseSupply(self._source, records, withheld, unreadable, case.counted)


def lacked_by(answer: Answer) -> list[tuple[str, str]]:
    """Lists the types and fields that would settle an answer; the field is "" for the event itself.

    Each is in the list once, though several events of a case may lack it: it is one answer.
    """
    found: list[tuple[str, str]] = []
    for missing in answer.missing:
        for name in missing.fields or ("",):
            if (missing.event, name) not in found:
                found.append((missing.event, name))
    return found


def lacked_in_case(unsure: Iterable[Answer]) -> list[tuple[str, str]]:
    """Lists the types and fields that would settle any of the answers on one case, each once.

    The field is "" for the event itself, and where its date or its id could not be read: then it
    is the event that may not exist.
    """
    found = dict.fromkeys(
        (event, "" if name in OF_THE_EVENT else name)
        for answer in unsure
        for event, name in lacked_by(answer)
    )
    return list(found)


_NEITHER: Final[tuple[str, ...]] = ()
_AGENCY: Final = ("agency",)
_ROLE: Final = ("role",)
_BOTH: Final = ("agency", "role")


def _add_withheld(
    kind: str, fields: dict[str, FieldValue], withheld: list[tuple[str, str]]
) -> None:
    """Adds the fields whose value was not exported, or one of whose values was not."""
    for name, value in fields.items():
        if isinstance(value, str):
            if value == WITHHELD:
                withheld.append((kind, name))
        elif isinstance(value, tuple) and WITHHELD in value:
            withheld.append((kind, name))


@dataclass(slots=True)
class RecordCounts:
    """Counts records; they wait in a list and are counted many at a time, which is soonest."""

    _counts: Counter[Record] = field(default_factory=Counter)
    _waiting: list[Record] = field(default_factory=list)

    def add(self, records: Sequence[Record]) -> None:
        """Counts the records of a case."""
        self._waiting += records
        if len(self._waiting) >= _MOST_WAITING:
            self.all()

    def all(self) -> Counter[Record]:
        """Gives all counts so far."""
        self._counts.update(self._waiting)
        self._waiting.clear()
        return self._counts

    def merge(self, other: Mapping[Record, int]) -> None:
        """Adds what was counted elsewhere."""
        self._counts.update(other)

    def __reduce__(self) -> tuple[type[RecordCounts], tuple[Counter[Record]]]:
        return RecordCounts, (self.all(),)  # few numbers instead of many records

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RecordCounts) and self.all() == other.all()


_MOST_WAITING: Final = 2_000


@dataclass(slots=True)
class Coverage:
    """Adds up what cases hold (`CaseSupply`), and what answers `cannot_tell` would have needed."""

    withheld: Counter[tuple[str, str]] = field(default_factory=Counter)
    """The number of events with a value that was not exported, by type and field."""

    unreadable: Counter[tuple[str, str]] = field(default_factory=Counter)
    """The number of events with a value that could not be read, by type and field."""

    sources: dict[Supplied | None, int] = field(default_factory=dict)
    """The number of cases by what their source declares, None where it declares nothing."""

    lacking: Counter[tuple[str, str]] = field(default_factory=Counter)
    """The number of cases in which an answer lacked it, by type and field; "" for the event."""

    # A plain dictionary, since setting an item of a Counter is a slow call.
    _wanted: dict[tuple[str, str, str], int] = field(default_factory=dict)
    # Events that are like others are counted together; what they add up to is worked out when
    # somebody asks.
    _records: RecordCounts = field(default_factory=RecordCounts)

    @property
    def wanted(self) -> Counter[tuple[str, str, str]]:
        """Numbers of answers `cannot_tell` that a (rule, type, field) would have settled.

        The field is "" where the event itself would have.
        """
        return Counter(self._wanted)

    @property
    def events(self) -> Counter[str]:
        """Numbers of events by type; cases and adults count as events."""
        found: Counter[str] = Counter()
        for (kind, *_), count in self._records.all().items():
            found[kind] += count
        return found

    @property
    def given(self) -> Counter[tuple[str, str]]:
        """Numbers of events that have a value, by type and field."""
        found: Counter[tuple[str, str]] = Counter()
        for (kind, *names), count in self._records.all().items():
            for name in names:
                found[kind, name] += count
        return found

    def add(self, supply: CaseSupply) -> None:
        """Counts what one case holds."""
        self.sources[supply.source] = self.sources.get(supply.source, 0) + 1
        self._records.add(supply.records)
        if supply.withheld:
            self.withheld.update(supply.withheld)
        if supply.unreadable:
            self.unreadable.update(supply.unreadable)

    def add_missing(self, unsure: Sequence[Answer]) -> None:
        """Counts what would have settled the answers `cannot_tell` on one case."""
        wanted = self._wanted
        for answer in unsure:
            for event, name in lacked_by(answer):
                key = (answer.rule, event, name)
                wanted[key] = wanted.get(key, 0) + 1
        self.lacking.update(lacked_in_case(unsure))

    def merge(self, other: Coverage) -> None:
        """Adds what was counted elsewhere."""
        self._records.merge(other._records.all())
        self.withheld.update(other.withheld)
        self.unreadable.update(other.unreadable)
        self.lacking.update(other.lacking)
        add_counts(self.sources, other.sources)
        add_counts(self._wanted, other._wanted)

    def document(self) -> Mapping[str, object]:
        """Gives all counts as JSON holds them; `coverage_from` reads that again."""
        return {
            "withheld": count_rows(self.withheld),
            "unreadable": count_rows(self.unreadable),
            "sources": [
                [None if words is None else sorted(words), count]
                for words, count in self.sources.items()
            ],
            "wanted": count_rows(self._wanted),
            "lacking": count_rows(self.lacking),
            "records": [
                [kind, names, count] for (kind, *names), count in self._records.all().items()
            ],
        }


def coverage_from(document: Mapping[str, Any]) -> Coverage:
    """Reads the counts that `Coverage.document` gave; its shape is checked by then."""
    return Coverage(
        withheld=Counter({(kind, name): count for kind, name, count in document["withheld"]}),
        unreadable=Counter({(kind, name): count for kind, name, count in document["unreadable"]}),
        sources={
            None if words is None else frozenset(words): count
            for words, count in document["sources"]
        },
        lacking=Counter({(kind, name): count for kind, name, count in document["lacking"]}),
        _wanted={(rule, kind, name): count for rule, kind, name, count in document["wanted"]},
        _records=RecordCounts(
            Counter({(kind, *names): count for kind, names, count in document["records"]})
        ),
    )


def add_counts(counts: dict[_Key, int], more: Mapping[_Key, int]) -> None:
    """Adds counts to counts: what `Counter.update` does, without its cost."""
    for key, count in more.items():
        counts[key] = counts.get(key, 0) + count


def count_rows(counts: Mapping[Any, int]) -> list[list[object]]:
    """Gives counts by tuples as rows that JSON can hold: the parts of each key, then its number."""
    return [[*key, count] for key, count in counts.items()]


def words_of_supply(supply: Supply) -> Supplied | None:
    """Puts what a source declares in words; None where it declares nothing."""
    if not supply.declared:
        return None
    some = [f"{kind}.{name}" for kind, names in supply.fields.items() for name in names]
    return supply.types.union(some)
