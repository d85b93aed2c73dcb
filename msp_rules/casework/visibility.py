"""Finds which events of a case are in force at a moment (docs/readings.md, sections 2 and 11).

It also gives the id under which an event was first recorded, across its corrections.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from msp_rules.casework.case import WITHHELD, Case, Event
from msp_rules.casework.moments import Cutoff, Moment


class CaseView(NamedTuple):
    """A case as it was known at a moment."""

    case: Case
    """The case."""
    as_of: Cutoff
    """The moment."""
    by_type: dict[str, tuple[Event, ...]]
    """The events in force, uncertain ones included, sorted by day, time (if known) and id.

    Those without a moment come last.
    """
    leads_to: Mapping[str, frozenset[str]]
    """The ends of the chain of corrections, by the id of a superseded event.

    One id, or several possible ones where a correction is uncertain.
    """
    changes_at: int | None
    """The next instant at which an event of the case comes into force; None if there is none."""


_NO_NAMES: Final = frozenset[str]()
_CLOSED: Final = 1 << 62


def in_force(case: Case, as_of: Cutoff) -> CaseView:
    """Finds the events of a case that are in force at `as_of`."""
    visible, later = [], list[int]()
    has_corrections, now = False, as_of.instant
    for event in case.events:
        moment, recorded = event.moment, event.recorded or event.moment
        if recorded is not None and recorded.instant > now:
            later.append(recorded.instant)
            continue
        if event.supersedes is not None or event.void is not None or "void" in event.unknown:
            has_corrections = True
        if moment is not None and moment.instant > now:
            later.append(moment.instant)
        visible.append(event)
    leads_to: dict[str, frozenset[str]] = {}
    if has_corrections:
        visible, leads_to = _corrected(visible, frozenset([event.id for event in case.events]))
    by_type: dict[str, list[Event]] = {}
    for event in visible:
        if event.moment is None or event.moment.instant <= now:
            by_type.setdefault(event.type, []).append(event)
    for events in by_type.values():
        if len(events) > 1 and not _is_sorted(events):
            events.sort(key=_order)
    return CaseView(
        case,
        as_of,
        {name: tuple(events) for name, events in by_type.items()},
        leads_to,
        min(later) if later else None,
    )


def is_clear(view: CaseView, tested: Mapping[str, frozenset[str]]) -> bool:
    """Tells whether nothing in a case, as it was known at a moment, is in doubt.

    Each event then surely exists and has a date, each value can be read, and what the source does
    not say was not recorded. A text that was withheld is there: it leaves nothing in doubt unless
    its value matters, as that of a field among `tested` does (by event type).
    """
    case = view.case
    if case.supply.declared or case.unknown:
        return False
    if WITHHELD in case.attributes.values() or WITHHELD in case.adult.values():
        return False
    for events in view.by_type.values():
        for event in events:
            if event.unknown or event.moment is None or not event.is_certain:
                return False
            if WITHHELD in event.fields.values():
                names = tested.get(event.type, _NO_NAMES)
                if any(event.fields.get(name) == WITHHELD for name in names):
                    return False
    # A correction may lead to several events, of which one counts.
    return all(len(ends) == 1 for ends in view.leads_to.values())


def supersession_cycles(events: Iterable[Event]) -> tuple[frozenset[str], ...]:
    """Finds the groups of ids that supersede each other in a circle.

    An id that is used twice may supersede several. Chains are followed without recursion: ids that
    lead back to each other stay together until the first of them has been followed to its end.
    """
    targets: dict[str, list[str]] = {}
    for event in events:
        if event.supersedes is not None:
            targets.setdefault(event.id, []).append(event.supersedes)
    cycles: list[frozenset[str]] = []
    found: dict[str, int] = {}  # the order in which ids were come to
    lowest: dict[str, int] = {}  # the first of those still open to which an id leads back
    still_open: list[str] = []
    for start in targets:
        path = [] if start in found else [(start, iter(targets[start]))]
        while path:
            node, others = path[-1]
            if node not in found:
                found[node] = lowest[node] = len(found)
                still_open.append(node)
            following = next((one for one in others if one in targets), None)
            if following is None:
                path.pop()
                if path:
                    before = path[-1][0]
                    lowest[before] = min(lowest[before], lowest[node])
                if lowest[node] == found[node]:
                    group = _closed_with(node, still_open, lowest)
                    if len(group) > 1 or node in targets[node]:
                        cycles.append(group)
            elif following not in found:
                path.append((following, iter(targets[following])))
            elif lowest[following] != _CLOSED:
                lowest[node] = min(lowest[node], found[following])
    return tuple(cycles)


def _closed_with(node: str, still_open: list[str], lowest: dict[str, int]) -> frozenset[str]:
    """Closes the ids that were come to from one on: they all lead back to it."""
    group: set[str] = set()
    while node not in group:
        one = still_open.pop()
        lowest[one] = _CLOSED
        group.add(one)
    return frozenset(group)


def _corrected(
    visible: list[Event], known: frozenset[str]
) -> tuple[list[Event], dict[str, frozenset[str]]]:
    """Drops void and superseded events, marks uncertain ones, and follows chains of corrections.

    `known` are the ids of all events of the case: one that was recorded later than its correction
    leads to it all the same.
    """
    cycles = supersession_cycles(visible)
    circle_of = {one: place for place, cycle in enumerate(cycles) for one in cycle}
    superseders: dict[str, list[Event]] = {}
    surely: set[str] = set()
    for event in visible:
        if event.supersedes is None or event.supersedes not in known:
            continue
        circle = circle_of.get(event.id)
        if circle is not None and circle == circle_of.get(event.supersedes):
            continue  # both are doubtful; an id used twice may also correct what is not in it
        superseders.setdefault(event.supersedes, []).append(event)
        if event.is_certain:
            surely.add(event.supersedes)
    kept = []
    for event in visible:
        if event.void == "yes" or event.id in surely:
            continue
        is_doubtful = event.id in superseders or event.id in circle_of or "void" in event.unknown
        kept.append(event._replace(is_certain=False) if is_doubtful else event)
    return kept, _Ends(superseders, known).of_all()


_MOST_ENDS: Final = 64
"""The number of ids to which a chain may lead; one of more may lead to any event of the case."""
_MOST_STEPS: Final = 20_000
"""The number of steps for one chain; one of more, in circles, may lead to any event, too."""
_NO_CIRCLE: Final = 1 << 30


class _Step:
    """One event in a chain of corrections that is being followed."""

    def __init__(self, event_id: str, after: list[str], is_sure: bool, depth: int) -> None:
        self.event_id = event_id
        self.after = after
        self.is_sure = is_sure
        self.depth = depth
        # Where a chain runs in a circle, what is found depends on where it was entered.
        self.lowest = _NO_CIRCLE
        self.ends = frozenset[str]() if is_sure else frozenset({event_id})


class _Ends:
    """Finds where chains of corrections may end: the newest of those that surely exist wins.

    A form that is saved at each pause is corrected thousands of times: chains are followed without
    recursion, and what lies behind an event is found once.
    """

    def __init__(self, superseders: Mapping[str, list[Event]], known: frozenset[str]) -> None:
        self._superseders = superseders
        self._every = known
        self._found: dict[str, frozenset[str]] = {}

    def of_all(self) -> dict[str, frozenset[str]]:
        """Gives the ends for each event that is superseded."""
        return {old: self._of(old) for old in self._superseders}

    def _of(self, start: str) -> frozenset[str]:
        known = self._found.get(start)
        if known is not None:
            return known
        chain = [self._step(start, 0)]
        depths = {start: 0}
        steps = 0
        while True:
            steps += 1
            if steps > _MOST_STEPS + len(self._superseders):
                return self._every
            step = chain[-1]
            if step.after:
                self._follow(step, step.after.pop(), chain, depths)
                continue
            chain.pop()
            del depths[step.event_id]
            if step.lowest > step.depth:
                self._found[step.event_id] = step.ends
            if not chain:
                return step.ends
            around = chain[-1]
            around.ends = self._both(around.ends, step.ends)
            around.lowest = min(around.lowest, step.lowest)

    def _follow(
        self, step: _Step, event_id: str, chain: list[_Step], depths: dict[str, int]
    ) -> None:
        """Goes on to an event that supersedes that of a step, or ends with it."""
        known = self._found.get(event_id)
        if known is None and event_id in self._superseders and event_id not in depths:
            depths[event_id] = len(chain)
            chain.append(self._step(event_id, len(chain)))
            return
        if known is None and event_id in depths:
            step.lowest = min(step.lowest, depths[event_id])
        step.ends = self._both(step.ends, frozenset({event_id}) if known is None else known)

    def _step(self, event_id: str, depth: int) -> _Step:
        events = sorted(self._superseders[event_id], key=_order)
        sure = [index for index, event in enumerate(events) if event.is_certain]
        after = list({event.id for event in events[sure[-1] if sure else 0 :]})
        return _Step(event_id, after, bool(sure), depth)

    def _both(self, one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
        both = one | other if one else other
        return both if len(both) <= _MOST_ENDS else self._every


def _is_sorted(events: list[Event]) -> bool:
    """Tells whether events follow each other by day or time already, as in most sources."""
    day = clock = -1
    for event in events:
        moment = event.moment
        if moment is None or moment.day < day or (moment.day == day and moment.clock <= clock):
            return False  # or not known: of the same time, the ids decide
        day, clock = moment.day, moment.clock
    return True


def _order(event: Event) -> tuple[bool, int, int, str]:
    moment: Moment | None = event.moment
    if moment is None:
        return (True, 0, 0, event.id)
    return (False, moment.day, moment.clock, event.id)


def first_ids(view: CaseView) -> Mapping[str, str]:
    """Gives the id at the head of the chain, for each event in force that corrects another.

    Where two corrections of the same event exist side by side, each keeps its own id.
    """
    corrects = _corrections(view.case)
    if not corrects:
        return {}
    first: dict[str, str] = {}
    for events in view.by_type.values():
        heads = {event.id: _head(event.id, corrects) for event in events}
        shared = Counter(heads.values())
        first |= {one: head for one, head in heads.items() if head != one and shared[head] == 1}
    return first


def _corrections(case: Case) -> dict[str, str]:
    """Gives what each event corrects; an id that is used twice says nothing for certain."""
    if all(event.supersedes is None for event in case.events):
        return {}
    used = Counter(event.id for event in case.events)
    return {
        event.id: event.supersedes
        for event in case.events
        if event.supersedes is not None and used[event.id] == 1
    }


def _head(event_id: str, corrects: Mapping[str, str]) -> str:
    """Finds the end of the chain; of a circle, the id itself."""
    seen, head = {event_id}, event_id
    while head in corrects:
        head = corrects[head]
        if head in seen:
            return event_id
        seen.add(head)
    return head
