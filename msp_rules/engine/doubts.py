"""Names what leaves open which events a selection finds.

Thousands of events may be in doubt for each of thousands of subjects, in the same few ways: what is
in doubt about one event is found once, and then only the different ways are gone through.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from msp_rules.casework.case import Event
from msp_rules.engine.field_tests import EventTest, NamedTest
from msp_rules.engine.scope import FEW, AnchorTerm, Doubts, Finder, Scope
from msp_rules.engine.truth import UNKNOWN, NoMoment
from msp_rules.engine.verdict import Missing


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

    def of(self, possible: Sequence[Event], scope: Scope) -> tuple[Missing, ...]:
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

    def _different(self, possible: Sequence[Event], scope: Scope) -> Sequence[Doubts]:
        """Gives each way in which an event is in doubt once, in the order of the events."""
        find = self._find
        if len(possible) <= FEW or not self._parts.is_alike:
            return [find(event, scope) for event in possible]
        known = scope.memory.of_many.named.get(self._finder)
        if known is None:
            known = scope.memory.of_many.named[self._finder] = {}
        for event in self._not_alike(possible, scope):
            known[id(event)] = find(event, scope)
        get: Callable[[int], Doubts | None] = known.get
        different = dict.fromkeys(map(get, map(id, possible)))
        if None in different:
            for event in possible:
                if id(event) not in known:
                    known[id(event)] = find(event, scope)
            different = dict.fromkeys(map(get, map(id, possible)))
        return [one for one in different if one is not None]

    def _not_alike(self, possible: Sequence[Event], scope: Scope) -> Sequence[Event]:
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
