"""What the scanned exports really supplied, and what rules could not tell for want of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from msp_rules.casework.case import WITHHELD, Case, FieldValue, Supply
from msp_rules.engine.verdict import Answer

CASE: Final = "case"
ADULT: Final = "adult"
"""Where the attributes of a case, and of its adult, are counted: as if they were event types."""

Supplied = frozenset[str]
"""What a source says that it supplies: words as `type` (with all fields) and `type.field`."""

_Key = TypeVar("_Key")


@dataclass(slots=True)
class Coverage:
    """Counts of the events of all cases, before corrections and whatever their date.

    `events` counts events by type (and cases and adults). `given`, `withheld` and `unreadable`
    count (type, field): events in which it has a value that could be read, that was not exported,
    and that could not be read; a withheld one is among those given, too. `agency` and `role` of an
    event count as fields, and its dates and id where they could not be read. `sources` counts the
    cases by what their source declares, None where it declares nothing. `wanted` counts (rule,
    type, field): the answers `cannot_tell` that this would have settled, field "" for the event.
    """

    withheld: Counter[tuple[str, str]] = field(default_factory=Counter)
    unreadable: Counter[tuple[str, str]] = field(default_factory=Counter)
    sources: dict[Supplied | None, int] = field(default_factory=dict)
    # Plain dictionaries, since this is done for every event and field of a scan: setting an item of
    # a Counter is a slow call. A list of one is found once and counted up, with no second look-up.
    _wanted: dict[tuple[str, str, str], int] = field(default_factory=dict)
    _events: dict[str, int] = field(default_factory=dict)
    _given: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    # The last case's, since the cases of a file share one.
    _supply: Supply | None = field(default=None, compare=False)
    _source: Supplied | None = field(default=None, compare=False)

    @property
    def wanted(self) -> Counter[tuple[str, str, str]]:
        """How many answers `cannot_tell` a (rule, type, field) would have settled."""
        return Counter(self._wanted)

    @property
    def events(self) -> Counter[str]:
        """How many events of a type there are."""
        return Counter(self._events)

    @property
    def given(self) -> Counter[tuple[str, str]]:
        """How many events of a type have a value in a field."""
        found: Counter[tuple[str, str]] = Counter()
        for kind, names in self._given.items():
            for name, (count,) in names.items():
                found[kind, name] = count
        return found

    def add_case(self, case: Case) -> None:
        """Counts one case, as it was read."""
        if self._supply is None or case.supply is not self._supply:
            self._supply, self._source = case.supply, _words(case.supply)
        self.sources[self._source] = self.sources.get(self._source, 0) + 1
        self._add_fields(CASE, case.attributes)
        self._add_fields(ADULT, case.adult)
        for event in case.events:
            kind = event.type
            given = self._add_fields(kind, event.fields)
            if event.agency is not None:
                _count(given, "agency")
            if event.role is not None:
                _count(given, "role")
            if event.unknown or event.moment is None:
                self._add_unreadable(kind, event.unknown, undated=event.moment is None)
        for name in case.unknown:
            owner, _, part = name.partition(".")
            self.unreadable[owner, part] += 1

    def add_wanted(self, answer: Answer) -> None:
        """Counts what would have settled an answer that is `cannot_tell`."""
        wanted = self._wanted
        for missing in answer.missing:
            for name in missing.fields or ("",):
                key = (answer.rule, missing.event, name)
                wanted[key] = wanted.get(key, 0) + 1

    def merge(self, other: Coverage) -> None:
        """Adds what another process counted."""
        add_counts(self._events, other._events)
        for kind, names in other._given.items():
            given = self._given.setdefault(kind, {})
            for name, (count,) in names.items():
                _count(given, name, count)
        self.withheld.update(other.withheld)
        self.unreadable.update(other.unreadable)
        add_counts(self.sources, other.sources)
        add_counts(self._wanted, other._wanted)

    def _add_fields(self, kind: str, fields: Mapping[str, FieldValue]) -> dict[str, list[int]]:
        """Counts an event and its fields; gives the counts of the fields of its type."""
        self._events[kind] = self._events.get(kind, 0) + 1
        given = self._given.get(kind)
        if given is None:
            given = self._given[kind] = {}
        # A dictionary is gone through much sooner than any mapping, and nearly all are one.
        named = fields if isinstance(fields, dict) else dict(fields)
        for name, value in named.items():
            _count(given, name)
            if isinstance(value, str):
                is_withheld = value == WITHHELD
            else:
                is_withheld = isinstance(value, tuple) and WITHHELD in value
            if is_withheld:
                self.withheld[kind, name] += 1
        return given

    def _add_unreadable(self, kind: str, names: frozenset[str], *, undated: bool) -> None:
        self.unreadable.update([(kind, name) for name in names])
        if undated:
            self.unreadable[kind, "occurred"] += 1


def _count(counts: dict[str, list[int]], name: str, number: int = 1) -> None:
    count = counts.get(name)
    if count is None:
        counts[name] = [number]
    else:
        count[0] = count[0] + number


def add_counts(counts: dict[_Key, int], more: Mapping[_Key, int]) -> None:
    """Adds counts to counts: what `Counter.update` does, without its cost."""
    for key, count in more.items():
        counts[key] = counts.get(key, 0) + count


def _words(supply: Supply) -> Supplied | None:
    if not supply.declared:
        return None
    some = [f"{kind}.{name}" for kind, names in supply.fields.items() for name in names]
    return supply.types.union(some)
