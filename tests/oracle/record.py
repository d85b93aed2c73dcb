"""What a record holds at a moment: which events are in force, and which perhaps (readings 11)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations

from msp_rules.casework.case import Case, Event
from tests.oracle.times import EPOCH, End, When, is_within, through, when

Truth = bool | None
"""Kleene's three values; None is "unknown"."""


def all_of(values: list[Truth]) -> Truth:
    if False in values:
        return False
    return None if None in values else True


def any_of(values: list[Truth]) -> Truth:
    if True in values:
        return True
    return None if None in values else False


def negate(value: Truth) -> Truth:
    return None if value is None else not value


def in_order_of_time(event: Event) -> tuple[object, ...]:
    """By day, time if known (those without one first), and id; undated ones last."""
    if event.moment is None:
        return (True, event.id)
    moment = when(event.moment)
    return (False, moment.day, moment.at is not None, moment.at or EPOCH, event.id)


@dataclass(frozen=True)
class Entry:
    """An event in force; `is_sure` False where it may not exist. `when` None: date unreadable."""

    event: Event
    when: When | None
    is_sure: bool

    @property
    def moment(self) -> When:
        """`when` of an event that has one."""
        assert self.when is not None
        return self.when


class Record:
    """The events of a case in force at `as_of`, and where references lead."""

    def __init__(self, case: Case, as_of: End) -> None:
        self.case = case
        self.as_of = as_of
        self.ids = Counter(event.id for event in case.events)
        self.known_ids = {event.id for event in case.events}
        self.entries = [entry for event in case.events if (entry := self._entry(event))]
        dated = {entry.when for entry in self.entries if entry.when is not None}
        self.moments = sorted(dated, key=lambda one: through(one).last)

    def of_type(self, event_type: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.event.type == event_type]

    def refers(self, named: str, target: str, seen: frozenset[str] = frozenset()) -> Truth:
        """Whether a reference to `named` leads to `target`, corrections followed to the newest."""
        if named == target:
            return True
        if named in seen or named not in self.known_ids:
            return False  # what corrects no event of the case corrects nothing
        circle = self._cycle(named)
        superseders = [event for event in self._superseders(named) if event.id not in circle]
        sure = [event for event in superseders if self._exists(event) is True]
        perhaps = [event for event in superseders if self._exists(event) is None]
        answers = set[Truth]()
        for size in range(len(perhaps) + 1):
            for some in combinations(perhaps, size):
                if not (sure or some):
                    answers.add(False)
                    continue
                newest = max((*sure, *some), key=in_order_of_time)
                answers.add(self.refers(newest.id, target, seen | {named}))
        return answers.pop() if len(answers) == 1 else None

    def _entry(self, event: Event) -> Entry | None:
        exists = self._exists(event)
        if exists is False or event.void == "yes":
            return None
        moment = None if event.moment is None else when(event.moment)
        if moment is not None and not is_within(moment, self.as_of):
            return None
        others = [s for s in self._superseders(event.id) if s.id not in self._cycle(event.id)]
        if any(self._exists(superseder) is True for superseder in others):
            return None
        is_sure = exists is True and not others
        if "void" in event.unknown or self._cycle(event.id):
            is_sure = False
        return Entry(event, moment, is_sure)

    def _exists(self, event: Event) -> Truth:
        """Whether the event was on record at `as_of`, void or not, corrected or not."""
        recorded = event.recorded or event.moment
        if recorded is not None and not is_within(when(recorded), self.as_of):
            return False
        if recorded is None or event.moment is None:
            return None
        if not event.is_certain or self.ids[event.id] > 1:
            return None
        return True

    def _superseders(self, event_id: str) -> list[Event]:
        """The events that correct this one and were, or may have been, on record."""
        return [
            event
            for event in self.case.events
            if event.supersedes == event_id and self._exists(event) is not False
        ]

    def _cycle(self, event_id: str) -> frozenset[str]:
        """The ids on a circle of corrections through this event; empty if there is none."""
        path: list[str] = []
        todo: list[tuple[str, tuple[str, ...]]] = [(event_id, (event_id,))]
        while todo:
            current, trail = todo.pop()
            for superseder in self._superseders(current):
                if superseder.id == event_id:
                    path.extend(trail)
                elif superseder.id not in trail:
                    todo.append((superseder.id, (*trail, superseder.id)))
        return frozenset(path)
