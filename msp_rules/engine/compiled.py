"""Defines the interface of compiled conditions, and what conditions about events share.

Besides its value, a condition can say by which events it holds, what record would make it hold, and
what leaves it undecided. All of this depends on the verb, so each verb is one class that answers
all of it; the code that evaluates, answers and explains uses the interface and knows no verb.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from msp_rules.casework.case import Event
from msp_rules.casework.workdays import Due
from msp_rules.engine.field_tests import NamedTest
from msp_rules.engine.long_lists import FEW, Evidence
from msp_rules.engine.scope import ID_OF, TIME_OF, Finder, Scope, sort_key
from msp_rules.engine.selections import Clock, named_tests
from msp_rules.engine.truth import FALSE, TRUE, UNKNOWN
from msp_rules.engine.verdict import Missing
from msp_rules.rules.language.conditions import FieldTest, Limit, Selection, Test, every_test

NEEDS_A_VALUE: Final = frozenset(
    {Test.ONE_OF, Test.IS_PRESENT, Test.AT_LEAST, Test.BEFORE, Test.AFTER}
)
"""Tests that an absent field fails."""
_MOST_CONSIDERED: Final = 12

Considered = tuple[Event, Sequence[NamedTest]]
"""An event that a condition examines, with every test that it puts to the event."""


class BrokenLimit(NamedTuple):
    """A limit of a silence that was exceeded."""

    due: Due
    """The end of the limit."""
    limit: Limit
    """The length of the limit."""
    day: int
    """The day from which the limit ran, as an ordinal."""


Way = tuple[Missing, ...] | None
"""The smallest record that would make a condition hold; a row that is listed twice is wanted twice.
Empty where it holds, None where no record would make it."""


class Compiled:
    """Answers for one condition; the defaults suit one that rests on no event of its own."""

    wanted: tuple[Missing, ...] = ()
    """The smallest record that would make it hold, where that is the same in every scope."""

    is_own: bool = True
    """True where another subject may give it another value."""
    asks_for_reasons: bool = False
    """True where its value hangs on what is asked of a reason: when it must stand, if at all."""
    only_grows: bool = False
    """True where more record can only make it hold: what held up to a horizon holds later, too."""

    def term(self, scope: Scope) -> int:
        """Tells whether the condition holds: TRUE, FALSE or UNKNOWN."""
        raise NotImplementedError

    def evidence(self, scope: Scope) -> list[Event] | None:
        """Gives the events by which it holds, in any order, some perhaps twice; else None.

        The list may be shared with the memory, so callers must not change it.
        """
        found = self.rests_on(scope)
        return found if found is None or isinstance(found, list) else list(found)

    def rests_on(self, scope: Scope) -> Evidence | None:
        """Gives the same, without a copy where there are very many."""
        return self.behind(scope) if self.term(scope) == TRUE else None

    def behind(self, scope: Scope) -> Evidence:
        """Gives the events by which it holds, where it is known that it does."""
        return []

    def missing(self, scope: Scope) -> Way:
        """Gives the smallest record that would make it hold."""
        return () if self.term(scope) == TRUE else self.way(scope)

    def way(self, scope: Scope) -> Way:
        """Does the same where it is already known that the condition does not, or may not, hold."""
        return self.wanted or None

    def guard(self, row: Missing) -> tuple[str, ...] | None:
        """Names the further fields that a new record needs so that the condition still holds.

        None where it would not, whatever the record says.
        """
        return ()

    def doubts(self, scope: Scope) -> tuple[Missing, ...]:
        """Names the types or fields that leave it unknown: not supplied, or not readable."""
        return self.lacking(scope) if self.term(scope) == UNKNOWN else ()

    def lacking(self, scope: Scope) -> tuple[Missing, ...]:
        """Names what leaves it unknown, where it is known that it is."""
        return ()

    def unsupplied(self, scope: Scope) -> tuple[Missing, ...]:
        """Names the reasons that the source cannot deliver, and that count as absent."""
        return ()

    def broken_limit(self, scope: Scope) -> BrokenLimit | None:
        """Gives the last limit of a silence that was exceeded, if that is why it does not hold."""
        return None

    def considered(self, scope: Scope) -> Iterable[Considered]:
        """Lists the events that it examines, to explain why it does not hold."""
        return ()

    def turning_points(self, scope: Scope) -> Sequence[Event] | None:
        """Gives the events at which a moving horizon may change its value; None: it may at any."""
        return None


class Kept(Compiled):
    """A condition whose value is worked out once: for a subject, or for all subjects of a case.

    Limits, evidence, what is missing, and the blocks of a rule ask for the same values again. The
    memory is that of a horizon and of what counts as supplied, so that nothing else bears on it.
    """

    def term(self, scope: Scope) -> int:
        """Gives the value, worked out at the first call unless it hangs on reasons."""
        if self.asks_for_reasons:
            return self.work_out(scope)
        memory = scope.own_memory if self.is_own else scope.memory
        kept = memory.terms
        if kept is None:
            kept = memory.terms = {}
        value = kept.get(self)
        if value is None:
            value = kept[self] = self.work_out(scope)
        return value

    def work_out(self, scope: Scope) -> int:
        """Tells whether the condition holds."""
        raise NotImplementedError


class OfEvents(Kept):
    """A condition about the events of one selection."""

    def __init__(self, selection: Selection, clock: Clock) -> None:
        self.selection = selection
        self.clock = clock
        self.finder = clock.finder(selection)
        self.is_own = self.finder.is_own

    def lacking(self, scope: Scope) -> tuple[Missing, ...]:
        """Names the type or the fields of the selection that are in doubt."""
        return doubtful(self.finder, self.selection, scope)

    def unsupplied(self, scope: Scope) -> tuple[Missing, ...]:
        """Names the type of the selection, where it is not supplied."""
        return unsupplied(self.selection.type, scope)

    def turning_points(self, scope: Scope) -> Sequence[Event] | None:
        """Gives the events of the selection, and those that bear on it."""
        return self.finder.turning_points(scope)

    def considered(self, scope: Scope) -> Iterable[Considered]:
        """Lists the newest events of the type."""
        return self.considered_with((), scope)

    def considered_with(self, more: Sequence[NamedTest], scope: Scope) -> Iterable[Considered]:
        """Lists the newest events of the type, with every test put to them, and those in `more`."""
        tests = named_tests(self.selection, self.clock, scope, more)
        events = scope.by_type.get(self.selection.type, ())
        return [(event, tests) for event in events[-_MOST_CONSIDERED:]]


def all_turning_points(parts: Iterable[Compiled | Finder], scope: Scope) -> Sequence[Event] | None:
    """Joins the events at which any of several parts may change; None where one may at any."""
    every: list[Event] = []
    for part in parts:
        events = part.turning_points(scope)
        if events is None:
            return None
        every += events
    return every


def last_broken(parts: Iterable[Compiled], scope: Scope) -> BrokenLimit | None:
    """Gives the last limit that was exceeded in any of several conditions."""
    last: BrokenLimit | None = None
    for part in parts:
        found = part.broken_limit(scope)
        if found is not None and (
            last is None or found.due.cutoff.instant > last.due.cutoff.instant
        ):
            last = found
    return last


def lies_between(least: int, most: int | None, low: int | None, high: int | None) -> int:
    """Tells whether a number lies within bounds, known to be from `least` to `most` itself.

    `most` None: there may be any number more.
    """
    answer = TRUE
    if low is not None and least < low:
        if most is not None and most < low:
            return FALSE
        answer = UNKNOWN
    if high is not None and (most is None or most > high):
        if least > high:
            return FALSE
        answer = UNKNOWN
    return answer


def in_order_of_time(events: list[Event]) -> tuple[str, ...]:
    """Gives the ids of the events that a condition rests on, in order of time, each once."""
    if len(events) == 1:
        return (events[0].id,)
    if len(events) == 2:  # half of all others
        one, other = events
        if one.id == other.id:
            return (one.id,)
        return (one.id, other.id) if sort_key(one) < sort_key(other) else (other.id, one.id)
    if len(events) > FEW:  # without a step in Python for each
        events = sorted(dict(zip(map(ID_OF, events), events, strict=True)).values(), key=TIME_OF)
        return tuple(map(ID_OF, events))
    if events:
        events = sorted({event.id: event for event in events}.values(), key=TIME_OF)
    return tuple([event.id for event in events])


def record_of(selection: Selection) -> Missing:
    """Gives the smallest record of an event that a selection would find."""
    tests = (*selection.where, *(selection.where_any[0] if selection.where_any else ()))
    row = record_with(selection.type, tests)
    return row if selection.refers_to is None else row.with_fields((selection.refers_to,))


def record_with(event_type: str, tests: Iterable[FieldTest]) -> Missing:
    """Gives the smallest record that passes the tests: fields, and the codes that would do."""
    accepted: dict[str, tuple[str, ...]] = {}
    for one in tests:
        if one.test in NEEDS_A_VALUE:
            known = accepted.get(one.field, ())
            codes = one.values if one.test is Test.ONE_OF else ()
            both = tuple([code for code in codes if code in known])
            accepted[one.field] = both or codes or known
    values = tuple(accepted.values()) if any(accepted.values()) else ()
    return Missing(event_type, tuple(accepted), values)


def together(ways: Iterable[tuple[Missing, ...]]) -> tuple[Missing, ...]:
    """Joins what several conditions miss: a record that more than one misses serves them all."""
    times: dict[Missing, int] = {}
    for way in ways:
        if len(way) > FEW:
            for row, number in Counter(way).items():
                times[row] = max(times.get(row, 0), number)
            continue
        for row in way:
            times[row] = max(times.get(row, 0), way.count(row))
    rows: list[Missing] = []
    for row, number in times.items():
        rows += [row] * number
    return tuple(rows)


def doubtful(finder: Finder, selection: Selection, scope: Scope) -> tuple[Missing, ...]:
    """Names what leaves a selection open: its type, or the fields that are not known.

    Where its events are known, and something else is not, it names what the selection reads.
    """
    return finder.doubts(scope) or (Missing(selection.type, fields_read(selection)),)


def all_doubtful(named: Iterable[tuple[Finder, Selection]], scope: Scope) -> tuple[Missing, ...]:
    """Names what leaves any of several selections open; of all of them, where none is."""
    every = list(named)
    rows = distinct([row for finder, _ in every for row in finder.doubts(scope)])
    return rows or distinct([Missing(one.type, fields_read(one)) for _, one in every])


def fields_read(selection: Selection) -> tuple[str, ...]:
    """Names the fields that a selection reads."""
    names = [one.field for one in every_test(selection)]
    if selection.refers_to is not None:
        names.append(selection.refers_to)
    return tuple(dict.fromkeys(names))


def unsupplied(event_type: str, scope: Scope) -> tuple[Missing, ...]:
    """Names an event type, where the source cannot deliver it."""
    return () if scope.supply.has_type(event_type) else (Missing(event_type, ()),)


def fields_wanted(tests: Iterable[FieldTest]) -> tuple[str, ...]:
    """Names the fields of which tests need a value, each once."""
    return tuple(dict.fromkeys([one.field for one in tests if one.test in NEEDS_A_VALUE]))


def distinct(rows: Iterable[Missing]) -> tuple[Missing, ...]:
    """Keeps each row once, in the order in which they came."""
    return tuple(dict.fromkeys(rows))
