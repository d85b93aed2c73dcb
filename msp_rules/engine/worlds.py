"""Answers what holds whichever of the uncertain events exist.

An event whose date, id or visibility cannot be read may exist or not (docs/readings.md, 11). Where
only a number matters, a least and a greatest number say all. Where it matters *which* events
there are, as for the newest one or for a silence between events, the answer is worked out in every
*world*: with each choice of the uncertain events. It is known where all worlds agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, combinations
from typing import Final

from msp_rules.casework.case import Event
from msp_rules.casework.moments import DATE_ONLY
from msp_rules.engine.bounds import moment_of, number_dated
from msp_rules.engine.long_lists import Events, Part, is_long, listed
from msp_rules.engine.scope import Matches
from msp_rules.engine.truth import FALSE, TRUE, UNKNOWN, kleene_or

MANY_UNCERTAIN: Final = 8
"""Worlds double with each uncertain event: 256 for so many."""


def worlds(uncertain: list[Event]) -> list[list[Event]]:
    """Every choice of the uncertain events that may exist; of very many, the plainest ones.

    The plainest are no event, each alone, and all; they nearly always decide as much as every
    choice does. An event that is among the newest in some world is also so alone, and what counts
    beside it counts in both: where these worlds agree on the newest event, all do. More events only
    shorten a silence, so no event and all are its extremes, unless the limit became shorter.
    """
    if len(uncertain) > MANY_UNCERTAIN:
        return [[], *([event] for event in uncertain), uncertain]
    sizes = range(len(uncertain) + 1)
    return [list(w) for w in chain.from_iterable(combinations(uncertain, n) for n in sizes)]


def any_passes(events: Iterable[Event], passes: Callable[[Event], int]) -> int:
    """Tells whether any of several events passes a test."""
    answer = FALSE
    for event in events:
        value = passes(event)
        if value == TRUE:
            return TRUE
        if value == UNKNOWN:
            answer = UNKNOWN
    return answer


def newest_in_every_world(
    found: Matches, passes: Callable[[Event], int], key: object, *, is_latest: bool
) -> set[int]:
    """Gives the answers, in all worlds, of whether any of the newest (or oldest) events passes.

    Of the certain events only the newest can be among the newest beside others. One without a date
    may be the newest of all, and then it alone counts. `key` stands for the test where each event
    passes it, or not, whoever asks; it is None elsewhere.
    """
    dated, undated = by_date(found.possible)
    surely = newest_found(found, is_latest=is_latest)
    if len(dated) <= MANY_UNCERTAIN:
        answers = {
            any_passes(newest(surely + world, is_latest=is_latest), passes)
            for world in worlds(listed(dated))
        }
    else:
        answers = _newest_of_many(dated, surely, passes, key, is_latest=is_latest)
    return answers | values_of(undated, passes, key)


def by_date(events: Events) -> tuple[Events, Events]:
    """Divides events into those that have a date and those that have none."""
    if not isinstance(events, list):
        return events.dated(), events.undated()
    number = number_dated(events)
    return (events, []) if number == len(events) else (events[:number], events[number:])


def values_of(events: Events, passes: Callable[[Event], int], key: object) -> set[int]:
    """Gives the different values of a test of some events, looked up where there are very many."""
    if isinstance(events, list) or key is None:
        return set(map(passes, events))
    return {value for value in events.different(key, passes) if isinstance(value, int)}


def _newest_of_many(
    dated: Events,
    surely: list[Event],
    passes: Callable[[Event], int],
    key: object,
    *,
    is_latest: bool,
) -> set[int]:
    outermost = _newest_in_order(dated, is_latest=is_latest)
    of_all = any_passes(surely, passes)
    answers = {of_all, any_passes(newest(surely + outermost, is_latest=is_latest), passes)}
    if not surely:
        return answers | values_of(dated, passes, key)
    of_untimed = any_passes([event for event in surely if _clock(event) == DATE_ONLY], passes)
    timed = [event for event in surely if _clock(event) != DATE_ONLY]
    others = {_BESIDE: of_all, _BEYOND_TIMED: of_untimed, _BEYOND: FALSE}
    if isinstance(dated, list) or is_long(moment_of(surely[0]).day):
        of_each: dict[str, list[Event]] = {}
        for event in dated:
            order = _order(event, surely[0], timed, is_latest=is_latest)
            of_each.setdefault(order, []).append(event)
        by_order: Mapping[str, Events] = of_each
    else:
        by_order = _by_order(dated, surely[0], timed, is_latest=is_latest)
    for order, events in by_order.items():
        if order == _OUTSIDE:
            continue  # then they change nothing
        values = values_of(events, passes, key)
        answers |= {kleene_or([others[order], value]) for value in values}
    return answers


_OUTSIDE: Final = "not among them"
_BESIDE: Final = "among them all"
_BEYOND_TIMED: Final = "beside those without a time"
_BEYOND: Final = "alone"


def _order(event: Event, surely: Event, timed: list[Event], *, is_latest: bool) -> str:
    """Tells how an event lies to the newest ones, of which one is given, and those with a time."""
    assert event.moment is not None
    assert surely.moment is not None
    if event.moment.day != surely.moment.day:
        return _BEYOND if (event.moment.day > surely.moment.day) == is_latest else _OUTSIDE
    if event.moment.clock == DATE_ONLY or not timed:
        return _BESIDE
    assert timed[0].moment is not None
    if event.moment.instant == timed[0].moment.instant:
        return _BESIDE
    is_beyond = (event.moment.instant > timed[0].moment.instant) == is_latest
    return _BEYOND_TIMED if is_beyond else _OUTSIDE


def _by_order(
    dated: Part, surely: Event, timed: list[Event], *, is_latest: bool
) -> dict[str, Events]:
    """Does as `_order` for very many events, in ranges of a list in order of time."""
    whole = dated.whole
    low, high = whole.of_day(moment_of(surely).day)
    beyond = [(high, whole.dated)] if is_latest else [(0, low)]
    if not timed:
        return {_BEYOND: dated.cut(beyond), _BESIDE: dated.cut([(low, high)])}
    first = whole.first_timed(low, high)
    clock = _clock(timed[0])
    same, later = whole.of_clock(clock, first, high)
    return {
        _BEYOND: dated.cut(beyond),
        _BESIDE: dated.cut([(low, first), (same, later)]),
        _BEYOND_TIMED: dated.cut([(later, high) if is_latest else (first, same)]),
    }


def _clock(event: Event) -> int:
    assert event.moment is not None
    return event.moment.clock


def agreed(answers: set[int]) -> int:
    """Gives the answer of all worlds; unknown where they differ."""
    return next(iter(answers)) if len(answers) == 1 else UNKNOWN


def newest(events: list[Event], *, is_latest: bool) -> list[Event]:
    """Gives the events than which none is certainly later (or earlier); all have a moment."""
    if len(events) < 2:
        return events
    moments = [event.moment for event in events if event.moment is not None]
    days = [moment.day for moment in moments]
    day = max(days) if is_latest else min(days)
    # Of that day, those without a time may be the last, and so may the last of those with one.
    times = [one.instant for one in moments if one.day == day and one.clock != DATE_ONLY]
    instant = 0 if not times else max(times) if is_latest else min(times)
    return [
        event
        for event, moment in zip(events, moments, strict=True)
        if moment.day == day and (moment.clock == DATE_ONLY or moment.instant == instant)
    ]


def newest_found(found: Matches, *, is_latest: bool) -> list[Event]:
    """Does as `newest` for the certain events of a selection, which are in order of time.

    It is kept with them: each of thousands of subjects may ask for the newest of the same events.
    """
    kept = found.latest if is_latest else found.earliest
    if kept is None:
        kept = _newest_in_order(found.certain, is_latest=is_latest)
        if is_latest:
            found.latest = kept
        else:
            found.earliest = kept
    return kept


def _newest_in_order(events: Events, *, is_latest: bool) -> list[Event]:
    """Does as `newest` for events in order of time."""
    outermost = events[-1 if is_latest else 0].moment if events else None
    if isinstance(events, list) or outermost is None or is_long(outermost.day):
        return newest(outermost_day(listed(events), is_latest=is_latest), is_latest=is_latest)
    whole = events.whole
    low, high = whole.of_day(outermost.day)
    first = whole.first_timed(low, high)
    timed = events.cut([(first, high)])
    if not timed:
        return listed(events.cut([(low, first)]))
    clock = _clock(timed[-1 if is_latest else 0])
    same, later = whole.of_clock(clock, first, high)
    return listed(events.cut([(low, first), (same, later)]))


def newest_possible(found: Matches) -> Sequence[Event]:
    """Does as `newest_found` for the possible events, of which those without a date may be newest.

    Of those it gives one or two.
    """
    if not found.is_large:
        return listed(found.possible)
    kept = found.derived.events
    known = kept.get(newest_possible)
    if known is None:
        dated, undated = by_date(found.possible)
        some = [undated[place] for place in range(min(2, len(undated)))]
        known = kept[newest_possible] = [*_newest_in_order(dated, is_latest=True), *some]
    return known


def outermost_day(events: list[Event], *, is_latest: bool) -> list[Event]:
    """Gives the events of the last (or first) day; they are in order of time."""
    if len(events) < 2:
        return events
    outermost = events[-1 if is_latest else 0].moment
    count = 0
    for event in reversed(events) if is_latest else events:
        if event.moment is None or outermost is None or event.moment.day != outermost.day:
            break
        count += 1
    return events[-count:] if is_latest else events[:count]
