"""What every node of the rule language means, said as plainly as docs/readings.md says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from msp_rules.rules.language.conditions import (
    AllOf,
    AnyOf,
    AtLeastNOf,
    AttributeTest,
    ConceptUse,
    Condition,
    Count,
    Different,
    Every,
    ExplanationGiven,
    Extreme,
    Gap,
    InOrder,
    Limit,
    NoneOf,
    Readable,
    ReasonInSubject,
    ReasonRecorded,
    Selection,
    This,
    WrittenWithin,
)
from tests.oracle.events import (
    Found,
    agreed,
    field_value,
    find_anchor,
    in_time_order,
    may_be_more,
    outermost_of,
    passes,
    passes_tests,
    select,
    subsets,
    value_passes,
    worlds,
)
from tests.oracle.reasons import explanation_given, reason_in_subject, reason_recorded
from tests.oracle.record import Entry, Truth, all_of, any_of, negate
from tests.oracle.times import (
    End,
    State,
    When,
    end_of_limit,
    is_certainly_later,
    is_on_or_before,
    is_within,
    through,
    when,
)
from tests.oracle.view import View


def holds(condition: Condition, view: View) -> Truth:
    """Whether a condition holds: True, False, or None where it cannot be known."""
    match condition:
        case AllOf():
            return all_of([holds(part, view) for part in condition.of])
        case AnyOf():
            return any_of([holds(part, view) for part in condition.of])
        case NoneOf():
            if view.only_explanations:
                return False  # the null row: only the presence of an explanation counts
            return negate(any_of([holds(part, view) for part in condition.of]))
        case AtLeastNOf():
            parts = [holds(part, view) for part in condition.of]
            return at_least(condition.n, parts.count(True), parts.count(None))
        case ExplanationGiven():
            return explanation_given(condition, view)
        case _ if view.only_explanations:
            return False  # the null row, as above
        case Count():
            return count(condition, view)
        case Extreme():
            return extreme(condition, view)
        case Gap():
            return gap(condition, view)
        case InOrder():
            return in_order(condition, view)
        case Every():
            return every(condition, view)
        case WrittenWithin():
            return written_within(condition, view)
        case Readable():
            return readable(view)
        case AttributeTest():
            return attributes(condition, view)
        case ConceptUse():
            return concept(condition, view)
        case ReasonRecorded():
            return reason_recorded(condition, view)
        case ReasonInSubject():
            return reason_in_subject(condition, view)
    raise AssertionError(condition)


def at_least(wanted: int, sure: int, perhaps: int) -> Truth:
    if sure >= wanted:
        return True
    return None if sure + perhaps >= wanted else False


def count(condition: Count, view: View) -> Truth:
    if condition.plus is not None:
        return count_plus(condition, condition.plus, view)
    if condition.different is Different.DAYS:
        return count_days(condition, view)
    found = select(condition.selection, view)
    sure = sum(1 for _, truth in found if truth is True)
    most: float = float("inf") if may_be_more(condition.selection, view) else len(found)
    bounds: list[Truth] = []
    if condition.at_least is not None:
        bounds.append(
            True if sure >= condition.at_least else None if most >= condition.at_least else False
        )
    if condition.at_most is not None:
        bounds.append(
            False if sure > condition.at_most else None if most > condition.at_most else True
        )
    return all_of(bounds)


def count_plus(condition: Count, field: str, view: View) -> Truth:
    """As of each event: it, those on or before it, and what it says of more. The greatest counts.

    Tried in every world, and there with each undated event before or behind all others.
    """
    low = 0 if condition.at_least is None else condition.at_least
    high = float("inf") if condition.at_most is None else condition.at_most
    found = select(condition.selection, view)
    numbers = set[float]()
    for world in worlds(found):
        undated = [entry for entry in world if entry.when is None]
        for first in subsets(undated):
            numbers.add(greatest_with_plus(world, first, field, view, unknown=0))
            numbers.add(greatest_with_plus(world, first, field, view, unknown=float("inf")))
    if may_be_more(condition.selection, view):
        numbers.add(float("inf"))
    least, most = min(numbers), max(numbers)
    if low <= least and most <= high:
        return True
    return None if low <= most and least <= high else False


def greatest_with_plus(
    world: list[Entry], first: Sequence[Entry], field: str, view: View, *, unknown: float
) -> float:
    greatest: float = 0
    for entry in world:
        value = field_value(entry.event, field, view)
        more = unknown if value is State.UNKNOWN else 0 if value is None else int(str(value))
        before = [one for one in world if comes_by(one, entry, first)]
        greatest = max(greatest, more + len(before))
    return greatest


def comes_by(one: Entry, entry: Entry, first: Sequence[Entry]) -> bool:
    """Whether an event lies on or before another, or is it; those of `first` lie before all."""
    if one is entry or one in first or (entry.when is None and entry not in first):
        return True
    if one.when is None or entry.when is None:
        return False
    return is_on_or_before(one.when, entry.when)


def count_days(condition: Count, view: View) -> Truth:
    """Tried in every world, and there with each number of days that undated events may add."""
    numbers = set[float]()
    for world in worlds(select(condition.selection, view)):
        days = {entry.when.day for entry in world if entry.when is not None}
        undated = len([entry for entry in world if entry.when is None])
        fewest = max(len(days), min(undated, 1))
        numbers.update(range(fewest, len(days) + undated + 1))
        if may_be_more(condition.selection, view):
            numbers.add(float("inf"))
            numbers.update(range(fewest, fewest + 10))  # more than any bound of a random rule
    low = 0 if condition.at_least is None else condition.at_least
    high = float("inf") if condition.at_most is None else condition.at_most
    return agreed({low <= number <= high for number in numbers})


def extreme(condition: Extreme, view: View) -> Truth:
    """Tried in every world: each uncertain event there or not, an undated one first or last."""
    if may_be_more(condition.selection, view):
        return None
    answers = set[Truth]()
    for world in worlds(select(condition.selection, view)):
        dated = [entry for entry in world if entry.when is not None]
        undated = [entry for entry in world if entry.when is None]
        for outermost in subsets(undated):
            # Undated ones at the far end push all others aside; else they lie at the other end.
            chosen = list(outermost) or outermost_of(condition.which, dated) or undated
            answers.add(any_of([passes_extreme(condition, entry, view) for entry in chosen]))
    return agreed(answers)


def passes_extreme(condition: Extreme, entry: Entry, view: View) -> Truth:
    return passes_tests(condition.where, condition.where_any, entry.event, view)


def gap(condition: Gap, view: View) -> Truth:
    start, end = find_anchor(condition.start, view), find_anchor(condition.end, view)
    if start is State.UNKNOWN:
        return None
    if start is State.NOT_YET:
        return False
    if end is State.UNKNOWN:
        return None
    assert isinstance(start, Found)
    stops = [view.record.as_of, *view.horizons]
    if isinstance(end, Found):
        stops.append(through(end.when))
    found = [
        (entry, truth)
        for selection in (condition.selection, *condition.also)
        for entry, truth in select(selection, view)
        if entry.when is None
        or (
            is_on_or_before(start.when, entry.when)
            and (not isinstance(end, Found) or is_on_or_before(entry.when, end.when))
        )
    ]
    answers = set[Truth]()
    for world in worlds([pair for pair in found if pair[0].when is not None]):
        answers.add(no_silence(condition.at_most, start.when, world, stops, end, view))
    undated = any(entry.when is None for entry, _ in found)
    more = any(may_be_more(one, view) for one in (condition.selection, *condition.also))
    if (undated or more) and False in answers:
        answers.add(True)  # the unseen one may lie in the silence
    return agreed(answers)


def no_silence(
    limit: Limit,
    start: When,
    world: list[Entry],
    stops: list[End],
    end: Found | State,
    view: View,
) -> Truth:
    current = start
    for entry in sorted(world, key=in_time_order):
        allowed = end_of_limit(limit, current, view.office_close)
        if isinstance(allowed, State):
            return None
        if not is_within(entry.moment, allowed):
            return False
        current = entry.moment
    allowed = end_of_limit(limit, current, view.office_close)
    if isinstance(allowed, State):
        return None
    horizon = min(stops, key=lambda stop: stop.last)
    if isinstance(end, Found) and is_within(end.when, allowed):
        return True
    return horizon.last <= allowed.last


def in_order(condition: InOrder, view: View) -> Truth:
    """Whether one first comes not after the other, in every way in which the record may be."""
    earlier, later = found_first(condition.earlier, view), found_first(condition.later, view)
    if later == []:
        return True
    if earlier is None or later is None:
        return None
    days = {entry.moment.day for entry, _ in earlier + later if entry.when is not None}
    return agreed(
        {
            other is None or (one is not None and not is_certainly_later(one, other))
            for one in firsts(earlier, days)
            for other in firsts(later, days)
        }
    )


def found_first(node: Selection | This, view: View) -> list[tuple[Entry, Truth]] | None:
    """The events of which one is the first; None where there may be any number of them."""
    if isinstance(node, Selection):
        return None if may_be_more(node, view) else select(node, view)
    if view.subject is None:
        return []
    return None if view.subject.when is None else [(view.subject, True)]


def firsts(found: list[tuple[Entry, Truth]], days: set[date]) -> set[When | None]:
    """When the first may be; an undated one on any day that could matter. None: there is none."""
    result: set[When | None] = set()
    for world in worlds(found):
        dated = [entry for entry in world if entry.when is not None]
        first = min(dated, key=in_time_order).moment if dated else None
        if len(dated) == len(world):
            result.add(first)
            continue
        last = date.max if first is None else first.day
        result |= {When(day, None) for day in {date.min, date.max, *days} if day <= last}
    return result


def every(condition: Every, view: View) -> Truth:
    """Counts those that have not, and the events that make up for them; both may be in doubt."""
    lack = doubtful = 0
    for entry, exists in select(condition.selection, view):
        has = holds(condition.has, replace(view, subject=entry))
        if has is False and exists is True:
            lack += 1
        elif has is not True:
            doubtful += 1
    least: float = 0
    most: float = 0
    if condition.or_one_of is not None:
        found = select(condition.or_one_of, view)
        least, most = sum(1 for _, truth in found if truth is True), len(found)
        if may_be_more(condition.or_one_of, view):
            most = float("inf")
    if lack > most:
        return False
    if lack + doubtful <= least and not may_be_more(condition.selection, view):
        return True
    return None


def written_within(condition: WrittenWithin, view: View) -> Truth:
    answers: list[Truth] = []
    for entry in view.record.entries:
        if entry.when is None or not view.sees(entry) or entry.event.recorded is None:
            continue
        allowed = end_of_limit(condition.limit, entry.when, view.office_close)
        if isinstance(allowed, State) or is_within(when(entry.event.recorded), allowed):
            continue
        answers.append(False if entry.is_sure else None)
    return all_of(answers)


def readable(view: View) -> Truth:
    if "events" in view.record.case.unknown:
        return None
    return None if any("occurred" in entry.event.unknown for entry in view.record.entries) else True


def attributes(condition: AttributeTest, view: View) -> Truth:
    if condition.of == "this":
        if view.subject is None:
            return False  # a null row has no entry of its own
        return all_of([passes(test, view.subject.event, view) for test in condition.where])
    held = view.record.case.adult if condition.of == "adult" else view.record.case.attributes
    answers: list[Truth] = []
    for test in condition.where:
        if f"{condition.of}.{test.field}" in view.record.case.unknown:
            answers.append(None)
        else:
            answers.append(value_passes(test, held.get(test.field), view))
    return all_of(answers)


def concept(condition: ConceptUse, view: View) -> Truth:
    if condition.at is None:
        return holds(condition.condition, view)
    at = find_anchor(condition.at, view)
    if at is State.UNKNOWN:
        return None
    if at is State.NOT_YET:
        return False
    assert isinstance(at, Found)
    return holds(condition.condition, view.up_to(through(at.when)))
