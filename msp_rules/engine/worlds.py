"""Answers what holds whichever of the uncertain events exist.

An event whose date, id or visibility cannot be read may exist or not (docs/readings.md, 11). Where
only a number matters, a least and a greatest number say all. Where it matters *which* events
there are, as for the newest one or for a silence between events, the answer is worked out in every
*world*: with each choice of the uncertain events. It is known where all worlds agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain, combinations
from typing import Final

from msp_rules.casework.case import Event
from msp_rules.casework.moments import DATE_ONLY
from msp_rules.engine.bounds import number_dated
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
    found: Matches, passes: Callable[[Event], int], *, is_latest: bool
) -> set[int]:
    """Gives the answers, in all worlds, of whether any of the newest (or oldest) events passes.

    Of the certain events only the newest can be among the newest beside others.
    """
    dated = found.possible[: number_dated(found.possible)]
    surely = newest_found(found, is_latest=is_latest)
    if len(dated) <= MANY_UNCERTAIN:
        return {
            any_passes(newest(surely + world, is_latest=is_latest), passes)
            for world in worlds(dated)
        }
    outermost = newest(outermost_day(dated, is_latest=is_latest), is_latest=is_latest)
    of_all = any_passes(surely, passes)
    answers = {of_all, any_passes(newest(surely + outermost, is_latest=is_latest), passes)}
    if not surely:
        return answers.union([passes(event) for event in dated])
    of_untimed = any_passes([event for event in surely if _clock(event) == DATE_ONLY], passes)
    timed = [event for event in surely if _clock(event) != DATE_ONLY]
    for event in dated:
        order = _order(event, surely[0], timed, is_latest=is_latest)
        if order == _OUTSIDE:
            continue  # then it changes nothing
        others = {_BESIDE: of_all, _BEYOND_TIMED: of_untimed, _BEYOND: FALSE}[order]
        answers.add(kleene_or([others, passes(event)]))
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
        kept = newest(outermost_day(found.certain, is_latest=is_latest), is_latest=is_latest)
        if is_latest:
            found.latest = kept
        else:
            found.earliest = kept
    return kept


def newest_possible(found: Matches) -> Sequence[Event]:
    """Does as `newest_found` for the possible events, of which those without a date may be newest.

    Of those it gives one or two.
    """
    if not found.is_large:
        return found.possible
    kept = found.derived.events
    known = kept.get(newest_possible)
    if known is None:
        dated = number_dated(found.possible)
        days = outermost_day(found.possible[:dated], is_latest=True)
        undated = found.possible[dated : dated + 2]
        known = kept[newest_possible] = [*newest(days, is_latest=True), *undated]
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
