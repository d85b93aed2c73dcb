"""Reads the facts of a case that a reader wants first: days, decision, kind of enquiry, and events.

Ids, codes and days only, no text of a record. Events that may not exist settle nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final, NamedTuple

from msp_rules.casework.case import Event
from msp_rules.casework.visibility import CaseView
from msp_rules.engine.verdict import Answer, Verdict


class CaseEvent(NamedTuple):
    """An event in force, as a report names it: "decision of 7 January"."""

    id: str
    """The id."""
    type: str
    """The event type."""
    day: int
    """The day on which it happened (ordinal); 0 where the record's date can't be read."""


class EventsInForce:
    """The events in force of a case: listed when somebody asks, since most files name none.

    Pickled, they are a list, so that nothing of the record travels but ids, types and days.
    """

    def __init__(self, find: Callable[[], tuple[CaseEvent, ...]] = tuple) -> None:
        self._find = find

    def listed(self) -> tuple[CaseEvent, ...]:
        """Lists them in order of time; those without a readable date come last."""
        return self._find()

    def under(self, id_of: Callable[[str], str]) -> EventsInForce:
        """Gives the same events in the same order, under other ids."""
        return EventsInForce(partial(_under, self, id_of))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EventsInForce) and self.listed() == other.listed()

    def __hash__(self) -> int:
        return hash(self.listed())

    def __reduce__(self) -> tuple[type[EventsInForce], tuple[object]]:
        return EventsInForce, (partial(tuple, self.listed()),)


class CaseFacts(NamedTuple):
    """The course of a case in days and codes; a day (ordinal) is 0 where there is none."""

    concern: int = 0
    """The day of the first concern."""
    decided: int = 0
    """The day of the newest decision about an enquiry."""
    result: str = ""
    """The result of that decision, in a code of the vocabulary; empty without one."""
    enquiry: str = ""
    """`s42_enquiry` or `other_enquiry` if one was decided on or begun, else empty."""
    closed: int = 0
    """The day of the closure that stands; 0 for an open case."""
    as_of: int = 0
    """The day for which the case was judged."""
    events: EventsInForce = EventsInForce()
    """The events in force."""

    @property
    def days(self) -> int | None:
        """The days from the first concern to the closure, or until now; None without a concern."""
        return (self.closed or self.as_of) - self.concern if self.concern else None


FACETS: Final = (
    *("statutory", "flag", "advice", "prompt", "duty_or_flag"),
    *("cannot_tell", "practice"),
    *("open", "closed"),
    *("s42_enquiry", "other_enquiry", "no_enquiry", "not_decided"),
)
"""The ways in which cases are counted, each case once in each.

First by the weights of what is not evidenced in them (`duty_or_flag`: one of the two heavier ones);
then whether anything could not be told, and anything went well; then whether it is open; then what
became of its concern.
"""


def facts_of(view: CaseView) -> CaseFacts:
    """Reads the facts of a case as it stood."""
    by_type = view.by_type
    decided, result, enquiry = 0, "", ""
    for event in by_type.get("s42_decided", ()):
        if event.is_certain and event.moment is not None:
            decided, code = event.moment.day, event.fields.get("result")
            result = code if isinstance(code, str) else ""
            if result in _ENQUIRIES:
                enquiry = result
    for event in by_type.get("enquiry_started", ()):
        if event.is_certain:
            code = event.fields.get("kind")
            enquiry = _KINDS.get(code, enquiry) if isinstance(code, str) else enquiry
    return CaseFacts(
        _first_day(by_type.get("concern_raised", ())),
        decided,
        result,
        enquiry,
        _closed_on(by_type.get("case_closed", ()), by_type.get("case_reopened", ())),
        view.as_of.day,
        EventsInForce(partial(_events, by_type.values())),
    )


def facets_of(
    answers: Sequence[Answer], facts: CaseFacts, *, has_practice: bool
) -> tuple[bool, ...]:
    """Says in which of the `FACETS` a case is counted, one entry for each."""
    weights, is_unsure = set[str](), False
    for answer in answers:
        verdict = answer.verdict
        if verdict is _NOT_MET:
            if answer.waived is None:
                weights.add(answer.severity)
        elif verdict is _CANNOT_TELL:
            is_unsure = True
    is_closed = facts.closed != 0
    is_undecided = facts.result in ("", "more_information") and not facts.enquiry
    found = [name in weights for name in _WEIGHTS]
    found += ["statutory" in weights or "flag" in weights, is_unsure, has_practice]
    found += [not is_closed, is_closed]
    found += [facts.enquiry == "s42_enquiry", facts.enquiry == "other_enquiry"]
    found += [not facts.enquiry and not is_undecided, is_undecided]
    return tuple(found)


def _first_day(events: tuple[Event, ...]) -> int:
    for event in events:
        if event.is_certain and event.moment is not None:
            return event.moment.day
    return 0


def _closed_on(closures: tuple[Event, ...], reopenings: tuple[Event, ...]) -> int:
    """Finds the day of the closure that no later reopening undoes; 0 without one."""
    last = 0
    for event in closures:
        if event.is_certain and event.moment is not None:
            closed = event.moment
            last = closed.day
            for again in reopenings:
                moment = again.moment
                if again.is_certain and moment is not None and moment.instant >= closed.instant:
                    last = 0
    return last


def _events(kinds: Iterable[tuple[Event, ...]]) -> tuple[CaseEvent, ...]:
    rows = []
    for events in kinds:
        for event in events:
            moment = event.moment
            if moment is None:
                rows.append((1, 0, 0, event.id, event.type))
            else:
                rows.append((0, moment.day, moment.clock, event.id, event.type))
    rows.sort()
    return tuple([CaseEvent(one, kind, day) for _, day, _, one, kind in rows])


def _under(events: EventsInForce, id_of: Callable[[str], str]) -> tuple[CaseEvent, ...]:
    return tuple([one._replace(id=id_of(one.id)) for one in events.listed()])


_ENQUIRIES: Final = ("s42_enquiry", "other_enquiry")
_KINDS: Final = {"s42": "s42_enquiry", "other": "other_enquiry"}
_WEIGHTS: Final = FACETS[:4]
# A member of an enum is looked up anew each time, and these are asked of every answer.
_NOT_MET: Final = Verdict.NOT_MET
_CANNOT_TELL: Final = Verdict.CANNOT_TELL
