"""What the scanned exports really supplied, and what rules could not tell for want of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from msp_rules.casework.case import WITHHELD, Case, FieldValue, Supply
from msp_rules.engine.verdict import Answer

CASE: Final = "case"
ADULT: Final = "adult"
"""Where the attributes of a case, and of its adult, are counted: as if they were event types."""

Supplied = frozenset[str]
"""What a source says that it supplies: words as `type` (with all fields) and `type.field`."""


Shape = tuple[str, bool, bool, tuple[str, ...]]
"""The type of an event, whether it has an agency and a role, and the names of its fields."""
_MOST_SHAPES: Final = 4096


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
    sources: Counter[Supplied | None] = field(default_factory=Counter)
    wanted: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _events: Counter[str] = field(default_factory=Counter)
    _given: Counter[tuple[str, str]] = field(default_factory=Counter)
    # Counted by the shape of events, since this is done for every event of a scan.
    _shapes: Counter[Shape] = field(default_factory=Counter)
    # The last case's, since the cases of a file share one.
    _supply: Supply | None = field(default=None, compare=False)
    _source: Supplied | None = field(default=None, compare=False)

    @property
    def events(self) -> Counter[str]:
        """How many events of a type there are."""
        self._fold()
        return self._events

    @property
    def given(self) -> Counter[tuple[str, str]]:
        """How many events of a type have a value in a field."""
        self._fold()
        return self._given

    def add_case(self, case: Case) -> None:
        """Counts one case, as it was read."""
        if self._supply is None or case.supply is not self._supply:
            self._supply, self._source = case.supply, _words(case.supply)
        self.sources[self._source] += 1
        shapes: list[Shape] = [
            (CASE, False, False, tuple(case.attributes)),
            (ADULT, False, False, tuple(case.adult)),
        ]
        for event in case.events:
            kind, fields, agency, role = event.type, event.fields, event.agency, event.role
            shapes.append((kind, agency is not None, role is not None, tuple(fields)))
            for value in fields.values():
                if value == WITHHELD or (isinstance(value, tuple) and WITHHELD in value):
                    self._add_withheld(kind, fields)
                    break
            if event.unknown or event.moment is None:
                self._add_unreadable(kind, event.unknown, undated=event.moment is None)
        self._shapes.update(shapes)
        if len(self._shapes) > _MOST_SHAPES:
            self._fold()
        self._add_withheld(ADULT, case.adult)
        for name in case.unknown:
            owner, _, part = name.partition(".")
            self.unreadable[owner, part] += 1

    def add_wanted(self, answer: Answer) -> None:
        """Counts what would have settled an answer that is `cannot_tell`."""
        for missing in answer.missing:
            for name in missing.fields or ("",):
                self.wanted[answer.rule, missing.event, name] += 1

    def merge(self, other: Coverage) -> None:
        """Adds what another process counted."""
        self._events.update(other._events)
        self._given.update(other._given)
        self._shapes.update(other._shapes)
        if len(self._shapes) > _MOST_SHAPES:
            self._fold()
        self.withheld.update(other.withheld)
        self.unreadable.update(other.unreadable)
        self.sources.update(other.sources)
        self.wanted.update(other.wanted)

    def _fold(self) -> None:
        """Counts the fields of the shapes so far, and the shapes no more."""
        given, events = self._given, self._events
        for (kind, has_agency, has_role, names), count in self._shapes.items():
            events[kind] += count
            for name in names:
                given[kind, name] += count
            if has_agency:
                given[kind, "agency"] += count
            if has_role:
                given[kind, "role"] += count
        self._shapes.clear()

    def _add_withheld(self, kind: str, fields: Mapping[str, FieldValue]) -> None:
        for name, value in fields.items():
            if value == WITHHELD or (isinstance(value, tuple) and WITHHELD in value):
                self.withheld[kind, name] += 1

    def _add_unreadable(self, kind: str, names: frozenset[str], *, undated: bool) -> None:
        self.unreadable.update([(kind, name) for name in names])
        if undated:
            self.unreadable[kind, "occurred"] += 1


def _words(supply: Supply) -> Supplied | None:
    if not supply.declared:
        return None
    some = [f"{kind}.{name}" for kind, names in supply.fields.items() for name in names]
    return supply.types.union(some)
