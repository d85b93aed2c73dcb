"""Names what leaves open which events a selection finds.

Thousands of events may be in doubt for each of thousands of subjects, in the same few ways: what is
in doubt about one event is found once, and then only the different ways are gone through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from msp_rules.casework.case import Event
from msp_rules.engine.field_tests import EventTest, NamedTest
from msp_rules.engine.long_lists import FEW, Events, Part, listed
from msp_rules.engine.scope import AnchorTerm, Doubts, Finder, Scope
from msp_rules.engine.truth import UNKNOWN, NoMoment
from msp_rules.engine.verdict import Missing

_AT_ONCE: Final = 64
_NO_DOUBT: Final[Doubts] = ((), ())


class SelectionParts(NamedTuple):
    """Holds the tests of a selection one by one, to say which of them is in doubt."""

    kind: str
    """The event type."""
    fields: list[NamedTest]
    """The tests of fields that must all pass."""
    any_row: EventTest | None
    """The test that one of several rows of tests passes; None where there are none."""
    of_rows: list[NamedTest]
    """The tests of those rows."""
    relations: list[NamedTest]
    """The tests of how an event relates to others, by the field that says what is asked."""
    followers: list[tuple[Finder, EventTest]]
    """The later events that drop one, each with the test that there is none."""
    bounds: list[AnchorTerm]
    """The moments at which bounds lie."""
    anchors: list[Finder]
    """The events at which bounds lie."""
    is_alike: bool
    """True where the same is in doubt about an event whoever the subject is."""
    names_in: str | None
    """The field by which an event must name the subject; None where it need not."""


class SelectionDoubts:
    """Names what leaves open which events one selection finds."""

    def __init__(self, finder: Finder, parts: SelectionParts) -> None:
        self._finder = finder
        self._parts = parts

    def of(self, possible: Events, scope: Scope) -> tuple[Missing, ...]:
        """Names them for the events that the selection may find, of which there is one or more."""
        parts = self._parts
        names: dict[str, None] = {}
        follows: dict[int, None] = {}
        for own, later in self._different(possible, scope):
            names.update(dict.fromkeys(own))
            follows.update(dict.fromkeys(later))
        rows = [Missing(parts.kind, tuple(names))] if names else []
        if any(isinstance(resolve(scope), NoMoment) for resolve in parts.bounds):
            for finder in parts.anchors:
                rows += finder.doubts(scope)
        for place in follows:
            rows += parts.followers[place][0].doubts(scope)
        return tuple(dict.fromkeys(rows))

    def _different(self, possible: Events, scope: Scope) -> Sequence[Doubts]:
        """Gives each way in which an event is in doubt once, in the order of the events."""
        find = self._find
        if len(possible) <= FEW or not self._parts.is_alike:
            return [find(event, scope) for event in possible]
        known, number = self._known(scope)
        own = self._not_alike(scope)
        if not isinstance(possible, list) and not own:
            return self._looked_up(possible, known, scope)
        for event in own:
            known[id(event)] = find(event, scope)
        different: dict[Doubts, None] = {}
        events = listed(possible)
        for first in range(0, len(events), _AT_ONCE):
            some = events[first : first + _AT_ONCE]
            different |= dict.fromkeys(map(known.__getitem__, map(id, some)))
            different.pop(_NO_DOUBT, None)  # only where the bounds lie is in doubt
            if len(different) == number and not own:
                break  # there are no other ways
        return list(different)

    def _looked_up(self, possible: Part, known: Mapping[int, Doubts], scope: Scope) -> list[Doubts]:
        """Does so for part of a long list, of which it keeps where each way is found."""
        key = (self._finder, None if scope.horizon is None else scope.horizon.instant)
        ways = possible.different(key, lambda event: known[id(event)])
        return [way for way in ways if isinstance(way, tuple) and way != _NO_DOUBT]

    def _known(self, scope: Scope) -> tuple[dict[int, Doubts], int]:
        """Gives what is in doubt about each event of the type, and the number of different ways."""
        kept = scope.memory.of_many.named
        known = kept.get(self._finder)
        if known is None:
            events = scope.by_type[self._parts.kind]
            ways = {id(event): self._find(event, scope) for event in events}
            known = kept[self._finder] = (ways, len(set(ways.values()) - {_NO_DOUBT}))
        return known

    def _not_alike(self, scope: Scope) -> Sequence[Event]:
        """Gives the events that name the subject itself, and may be of others in another way."""
        if self._parts.names_in is None:
            return ()
        _, own = scope.naming(self._parts.kind, self._parts.names_in)
        return own

    def _find(self, event: Event, scope: Scope) -> Doubts:
        """Names the parts of an event by which it is not known whether it is found."""
        parts = self._parts
        names = [name for name, test in parts.fields if test(event, scope) == UNKNOWN]
        if parts.any_row is not None and parts.any_row(event, scope) == UNKNOWN:
            names += [name for name, test in parts.of_rows if test(event, scope) == UNKNOWN]
        names += [name for name, test in parts.relations if test(event, scope) == UNKNOWN]
        if event.moment is None:
            names.append("occurred")
        elif not event.is_certain:
            names.append("void" if "void" in event.unknown else "id")
        later = [
            place
            for place, (_, is_last_word) in enumerate(parts.followers)
            if is_last_word(event, scope) == UNKNOWN
        ]
        return tuple(names), tuple(later)
