"""Defines what written functions call: questions whose answer is the same in every rule.

They are asked of clear records only. What would be unknown there nevertheless, such as a limit
beyond the known bank holidays, raises NotClear, and the objects answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from msp_rules.casework.case import WITHHELD, Event
from msp_rules.casework.moments import Moment, is_before, is_by, is_within
from msp_rules.casework.workdays import Due, Unit
from msp_rules.engine.combinations import Combination
from msp_rules.engine.compiled import Compiled, Way
from msp_rules.engine.conditions import (
    WrittenWithinLimit,
    about_event,
    amended,
    is_seen,
    sum_up_to,
)
from msp_rules.engine.dues import DatedNumbers, number_in_force
from msp_rules.engine.long_lists import listed
from msp_rules.engine.reasons import EXPLANATION, meant_by, named_rule
from msp_rules.engine.scope import DueAnswer, Finder, Scope, belongs_to_subject
from msp_rules.engine.selections import Clock
from msp_rules.engine.truth import NOT_HAPPENED, TRUE, UNKNOWN, UNKNOWN_MOMENT, NoMoment
from msp_rules.engine.verdict import LimitNumber, Missing
from msp_rules.engine.worlds import newest, outermost_day
from msp_rules.rules.language.conditions import Limit

_MOST_KEPT: Final = 256
_MOST_DAYS_KEPT: Final = 4_096
"""Moments recur within a case: to keep those of more takes memory, and saves no time."""
NO_EVENTS: Final[list[Event]] = []
"""Stands for events of which there are none; never changed."""


class NotClear(Exception):  # noqa: N818 - no error: the objects answer instead
    """Says that something is in doubt even in a clear record."""


def sure(value: int) -> bool:
    """Gives a truth value that is known; raises NotClear where it is not."""
    if value == UNKNOWN:
        raise NotClear
    return value == TRUE


def has_one_of(value: object, values: frozenset[str]) -> bool:
    """Tells whether a field that may repeat has one of some codes."""
    if not isinstance(value, tuple):
        return value in values
    if not values.isdisjoint(value):
        return True
    if WITHHELD in value:
        raise NotClear  # it may be any text
    return False


def is_at_least(value: object, number: int) -> bool:
    """Tells whether a field has at least a number, or so many values."""
    return value is not None and _size(value) >= number


def is_at_most(value: object, number: int) -> bool:
    """Tells whether a field has at most a number, or so many values; not where it is absent."""
    return value is not None and _size(value) <= number


def _size(value: object) -> int:
    if isinstance(value, tuple):
        return len(value)
    assert isinstance(value, int)
    return value


def is_date_before(value: object, other: Moment | None) -> bool:
    """Tells whether a field holds a date before a moment; not where that has not happened."""
    return isinstance(value, Moment) and other is not None and is_before(value, other)


def is_date_after(value: object, other: Moment | None) -> bool:
    """Tells whether a field holds a date after a moment; not where that has not happened."""
    return isinstance(value, Moment) and other is not None and is_before(other, value)


def names_subject(value: object, s: Scope) -> bool:
    """Tells whether a field that names events names the subject, following corrections."""
    this = s.this
    if this is None or value is None:
        return False
    if value == this.id:
        return True
    if not isinstance(value, tuple):
        return s.refers(str(value)) == TRUE
    return TRUE in [s.refers(str(one)) for one in value]


def decides_subject(decision: Event, value: object, s: Scope) -> bool:
    """Tells whether a decision is one on the subject, which it may not name."""
    if value is None and s.this is not None:
        return sure(belongs_to_subject(decision, s))
    return names_subject(value, s)


def has_follower(event: Event, later: Sequence[Event]) -> bool:
    """Tells whether one of several other events lies on or after an event."""
    moment = event.moment
    assert moment is not None
    for other in later:
        if other is not event and other.moment is not None and is_by(moment, other.moment):
            return True
    return False


def first_event(events: list[Event]) -> Event | None:
    """Gives the first of some events; None where there are none."""
    return events[0] if events else None


def last_event(events: list[Event]) -> Event | None:
    """Gives the last of some events; None where there are none."""
    return events[-1] if events else None


def first_moment(events: list[Event]) -> Moment | None:
    """Gives the moment of the first of some events; None where there are none."""
    return events[0].moment if events else None


def last_moment(events: list[Event]) -> Moment | None:
    """Gives the moment of the last of some events; None where there are none."""
    return events[-1].moment if events else None


def subject_moment(s: Scope) -> Moment | None:
    """Gives the moment of the subject; None where there is none."""
    return None if s.this is None else s.this.moment


def subject_alone(s: Scope) -> list[Event]:
    """Gives the subject; nothing where there is none."""
    return NO_EVENTS if s.this is None else [s.this]


def is_since(event: Event, at: Moment) -> bool:
    """Tells whether an event lies at or after a moment."""
    return event.moment is not None and is_by(at, event.moment)


def is_after(event: Event, at: Moment) -> bool:
    """Tells whether an event lies after a moment."""
    return event.moment is not None and is_before(at, event.moment)


def is_up_to(event: Event, at: Moment) -> bool:
    """Tells whether an event lies at or before a moment."""
    return event.moment is not None and is_by(event.moment, at)


def is_earlier(event: Event, at: Moment) -> bool:
    """Tells whether an event lies before a moment."""
    return event.moment is not None and is_before(event.moment, at)


def is_surely_earlier(event: Event, at: Moment) -> bool:
    """Tells whether an event lies before a moment, on one day by the times of both."""
    return event.moment is not None and not is_by(at, event.moment)


def is_on_or_after_day(event: Event, at: Moment) -> bool:
    """Tells whether an event lies on the day of a moment, or later."""
    return event.moment is not None and event.moment.day >= at.day


def is_on_or_before_day(event: Event, at: Moment) -> bool:
    """Tells whether an event lies on the day of a moment, or earlier."""
    return event.moment is not None and event.moment.day <= at.day


def is_within_view(event: Event, s: Scope) -> bool:
    """Tells whether an event lies within the horizon, if there is one."""
    horizon = s.horizon
    return horizon is None or (event.moment is not None and is_within(event.moment, horizon))


def cut_off(find: Callable[[Scope], list[Event]], s: Scope) -> list[Event]:
    """Finds events without a horizon, and leaves out those beyond it."""
    whole, horizon = s.whole, s.horizon
    assert whole is not None
    assert horizon is not None
    return [e for e in find(whole) if e.moment is not None and is_within(e.moment, horizon)]


def number_of_days(events: list[Event]) -> int:
    """Counts the days on which events lie."""
    return len({event.moment.day for event in events if event.moment is not None})


def looked_up(finder: Finder, s: Scope) -> list[Event]:
    """Lets the finder look for events where there are many, or where a bound is a rare one."""
    found = finder.find(s)
    if found.possible or found.is_open:
        raise NotClear
    return listed(found.certain)


def newest_of(events: list[Event]) -> list[Event]:
    """Gives the events than which none is certainly later."""
    return newest(outermost_day(events, is_latest=True), is_latest=True)


def oldest_of(events: list[Event]) -> list[Event]:
    """Gives the events than which none is certainly earlier."""
    return newest(outermost_day(events, is_latest=False), is_latest=False)


def is_in_order(earlier: Moment | None, later: Moment | None) -> bool:
    """Tells whether one moment is not after another; holds where there is no later one."""
    return later is None or (earlier is not None and is_by(earlier, later))


def written_late(s: Scope, condition: Compiled) -> bool:
    """Tells whether something was written down too late, by a condition that limits that."""
    assert isinstance(condition, WrittenWithinLimit)
    for events in s.by_type.values():
        for event in events:
            if (
                event.recorded is not event.moment
                and is_seen(event, s)
                and condition.is_late(event)
            ):
                return True
    return False


def rules_explained(s: Scope, rule_ids: frozenset[str]) -> frozenset[str]:
    """Gives the rules that explanations name, or may mean where an id is misspelt."""
    found: set[str] = set()
    for event in s.by_type.get(EXPLANATION, ()):
        named = named_rule(event)
        if named is not None:
            found.add(named)
            found.update(meant_by(named, rule_ids))
    return frozenset(found)


def every_missing(
    lack: list[Event],
    others: int,
    missing: Callable[[Scope], Way],
    record: tuple[Missing, ...],
    s: Scope,
) -> Way:
    """Gives what events lack that must each fulfil a condition, or be made up for by a record."""
    wanted = max(1, len(lack) - others)
    ways = [way for way in [missing(about_event(one, s)) for one in lack] if way]
    ways += [record] * wanted if record else []
    if len(ways) < wanted:
        return None
    return tuple([row for way in ways[:wanted] for row in way])


def first_of_record(s: Scope) -> Moment | None:
    """Gives a moment of the first day on which anything happened; None of an empty record."""
    return min(
        [events[0].moment for events in s.by_type.values() if events[0].moment], default=None
    )


def known_moment(moment: Moment | None) -> Moment:
    """Gives a moment that is known; raises NotClear where there is none."""
    if moment is None:
        raise NotClear
    return moment


class AttributesMissing:
    """Gives what attributes lack: it hangs only on which tests pass and which fields there are."""

    __slots__ = ("_condition", "_known")

    def __init__(self, condition: Compiled) -> None:
        self._condition = condition
        self._known: dict[tuple[bool, ...], Way] = {}

    def __call__(self, facts: tuple[bool, ...], s: Scope) -> Way:
        """Gives the smallest record that would make the condition hold."""
        way = self._known.get(facts)
        if way is None and facts not in self._known:
            way = self._known[facts] = self._condition.missing(s)
        return way


class Joined:
    """Joins what several conditions miss, as their combination does; each set of ways once."""

    __slots__ = ("_enough", "_join", "_known")

    def __init__(self, combination: Combination) -> None:
        self._join = combination.join
        self._enough = combination.enough
        self._known: dict[tuple[Way, ...], Way] = {}

    def __call__(self, ways: tuple[Way, ...]) -> Way:
        """Gives the smallest record that would make enough of the conditions hold."""
        known = self._known
        way = known.get(ways)
        if way is not None or ways in known:
            return way
        way = () if ways.count(()) >= self._enough else self._join(list(ways))
        if len(known) >= _MOST_KEPT:
            known.clear()
        known[ways] = way
        return way


class RunningLimit:
    """Counts one limit from moments, and names the number that decides it.

    A limit in days hangs on the day, and on whether the office had closed: cases of one export
    share those. One in hours hangs on the very moment, which hardly recurs.
    """

    __slots__ = ("_by_day", "_clock", "_is_kept", "_limit", "_numbers", "_office_close")

    def __init__(self, clock: Clock, limit: Limit, numbers: DatedNumbers) -> None:
        self._clock = clock
        self._limit = limit
        self._numbers = numbers
        self._is_kept = limit.unit is not Unit.HOURS
        self._office_close = clock.office_close
        self._by_day: dict[int, RunningFrom] = {}

    def __call__(self, moment: Moment | None) -> RunningFrom:
        """Gives the limit from a moment, and its number; not begun where that has not happened."""
        if moment is None:
            return NOT_BEGUN
        if not self._is_kept:
            return self._from(moment)
        key = 2 * moment.day + (moment.clock > self._office_close)
        known = self._by_day.get(key)
        if known is None:
            known = self._from(moment)
            if len(self._by_day) >= _MOST_DAYS_KEPT:
                self._by_day.clear()
            self._by_day[key] = known
        return known

    def _from(self, moment: Moment) -> RunningFrom:
        due = self._clock.due(moment, self._limit)
        if isinstance(due, NoMoment):
            raise NotClear
        return due, number_in_force(self._numbers, moment.day)


RunningFrom = tuple[DueAnswer, LimitNumber | None]
"""A limit as it runs from a moment, and the number that decides it."""
NOT_BEGUN: Final[RunningFrom] = (NOT_HAPPENED, None)
"""A limit that has not begun."""


def day_of(moment: Moment | None, clock: Clock) -> RunningFrom:
    """Gives the limit that is the end of a moment's day."""
    return NOT_BEGUN if moment is None else (clock.day_end(moment.day), None)


def earliest_of(parts: Sequence[RunningFrom]) -> RunningFrom:
    """Gives the earliest of several limits, among those that have begun.

    Where an event's day and a number end together, the event decides.
    """
    earliest: Due | None = None
    for due, _ in parts:
        if isinstance(due, Due) and (
            earliest is None or due.cutoff.instant < earliest.cutoff.instant
        ):
            earliest = due
    if earliest is None:
        return NOT_BEGUN
    numbers = [number for due, number in parts if due == earliest]
    return earliest, None if None in numbers else numbers[0]


def known_limit(due: DueAnswer) -> DueAnswer:
    """Gives a limit that is known; raises NotClear where it is not."""
    if due is UNKNOWN_MOMENT:
        raise NotClear
    return due


HELPERS: Final[dict[str, object]] = {
    one.__name__: one
    for one in (
        sure,
        has_one_of,
        is_at_least,
        is_at_most,
        first_event,
        last_event,
        first_moment,
        last_moment,
        is_date_before,
        is_date_after,
        names_subject,
        decides_subject,
        has_follower,
        cut_off,
        subject_moment,
        subject_alone,
        is_since,
        is_after,
        is_up_to,
        is_earlier,
        is_surely_earlier,
        is_on_or_after_day,
        is_on_or_before_day,
        is_within_view,
        number_of_days,
        looked_up,
        newest_of,
        oldest_of,
        day_of,
        earliest_of,
        known_limit,
        sum_up_to,
        is_in_order,
        amended,
        written_late,
        rules_explained,
        about_event,
        every_missing,
        first_of_record,
        known_moment,
        Moment,
        NotClear,
    )
} | {"NO_EVENTS": NO_EVENTS, "NOT_BEGUN": NOT_BEGUN}
"""The names that written functions may use."""
