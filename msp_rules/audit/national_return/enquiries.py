"""Finds the enquiries of a case: when each began, when it was concluded, and by which entry.

An enquiry is concluded by its `enquiry_concluded`; without one by the report that ends it, which is
the one with which each body that was asked has reported; without one by the closure of the case
(docs/national-return.md). Entries whose day can't be read settle nothing and are named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from msp_rules.audit.case_audit.facts import facts_of
from msp_rules.casework.case import UNKNOWN_EVENTS, Event
from msp_rules.casework.visibility import CaseView


class EnquiryKind(StrEnum):
    """The kind of an enquiry, which the return keeps apart."""

    SECTION_42 = "s42"
    """An enquiry under section 42."""
    OTHER = "other"
    """Another safeguarding enquiry."""
    NOT_RECORDED = "not_recorded"
    """An enquiry whose kind is not on record."""


class Enquiry(NamedTuple):
    """One enquiry of a case; a day (ordinal) is 0 where it is not on record."""

    kind: EnquiryKind
    """The kind."""
    begun: int
    """The day on which it began."""
    concluded: int
    """The day on which it was concluded; 0 while it goes on."""
    ended_by: str
    """The type of the entry that concluded it; empty while it goes on."""
    conclusion: Event | None
    """Its `enquiry_concluded`, if there is one."""
    reports: tuple[Event, ...]
    """Its reports, in order of time."""
    since: int
    """The first day whose other entries belong to it: the one after the previous conclusion."""
    until: int
    """The last day of its closures and reviews: the one before the next enquiry begins."""
    is_last: bool
    """True where no other enquiry of the case begins later."""


COUNTED_TYPES: Final = (
    "concern_raised",
    "s42_decided",
    "enquiry_started",
    "enquiry_caused",
    "enquiry_reported",
    "enquiry_concluded",
    "case_closed",
    "case_reopened",
    "outcomes_conversation",
    "outcome_reviewed",
    "capacity_considered",
    "capacity_assessed",
    "advocacy_considered",
    "advocate_status",
    "advocate_contribution",
    "views_on_proceeding",
)
"""The types that the tables are counted from."""

_ALWAYS: Final = 10**7
"""A day after all days."""
_DECISIONS: Final = {"s42_enquiry": "s42", "other_enquiry": "other"}


def reasons_not_whole(view: CaseView) -> Iterator[str]:
    """Says why a case can't be counted whole: an entry without a day, or of an unknown type."""
    unsure = [
        name
        for name in COUNTED_TYPES
        if any(not _is_sure(event) for event in view.by_type.get(name, ()))
    ]
    if unsure:
        yield f"an entry can't be read whole: {', '.join(unsure)}"
    if UNKNOWN_EVENTS in view.case.unknown:
        yield "an entry is of a type that nobody knows; it may be one that counts"


def sure(view: CaseView, name: str) -> tuple[Event, ...]:
    """Gives the entries of a type that surely exist and have a day, in order of time."""
    return tuple(event for event in view.by_type.get(name, ()) if _is_sure(event))


def day_of(event: Event) -> int:
    """Gives the day (ordinal) of an entry of `sure`."""
    assert event.moment is not None
    return event.moment.day


def enquiries_of(view: CaseView) -> tuple[Enquiry, ...]:
    """Finds the enquiries of a case in the order in which they began."""
    starts, conclusions = _starts(view), sure(view, "enquiry_concluded")
    if not starts:
        return _concluded_only(view, conclusions)
    own = _conclusions_of(view, starts, conclusions)
    closed = facts_of(view).closed
    found: list[Enquiry] = []
    for at, start in enumerate(starts):
        following = starts[at + 1].day if at + 1 < len(starts) else _ALWAYS
        reports = _within(sure(view, "enquiry_reported"), start.day, following)
        day, ended_by = _end(view, own[at], reports, (start.day, following), closed)
        since = 0
        if found:
            since = found[-1].concluded + 1 if found[-1].concluded else start.day
        found.append(
            Enquiry(
                start.kind,
                start.day,
                day,
                ended_by,
                own[at],
                reports,
                since,
                max(start.day, following - 1),
                following == _ALWAYS,
            )
        )
    return tuple(found)


class _Start(NamedTuple):
    """The start of an enquiry."""

    day: int
    kind: EnquiryKind
    id: str
    """The id of the entry; empty where a decision stands for it."""


def _concluded_only(view: CaseView, conclusions: Sequence[Event]) -> tuple[Enquiry, ...]:
    """Gives the enquiries of a record that holds their conclusions and no start."""
    kind = _decided_kind(view)
    days = [day_of(one) for one in conclusions]
    found = []
    for at, one in enumerate(conclusions):
        since = days[at - 1] + 1 if at else 0
        is_last = at + 1 == len(days)
        until = _ALWAYS if is_last else max(days[at], days[at + 1] - 1)
        found.append(
            Enquiry(kind, 0, days[at], "enquiry_concluded", one, (), since, until, is_last)
        )
    return tuple(found)


def _starts(view: CaseView) -> list[_Start]:
    """Lists the starts; where a source can't supply any, the newest decision to enquire is one."""
    decided = _decided_kind(view)
    found = [
        _Start(day_of(one), _kind(one.fields.get("kind"), decided), one.id)
        for one in sure(view, "enquiry_started")
    ]
    if found or view.case.supply.has_type("enquiry_started"):
        return found
    decisions = [one for one in sure(view, "s42_decided") if one.fields.get("result") in _DECISIONS]
    return [_Start(day_of(one), decided, "") for one in decisions[-1:]]


def _decided_kind(view: CaseView) -> EnquiryKind:
    found = EnquiryKind.NOT_RECORDED
    for one in sure(view, "s42_decided"):
        code = one.fields.get("result")
        if isinstance(code, str) and code in _DECISIONS:
            found = EnquiryKind(_DECISIONS[code])
    return found


def _kind(code: object, otherwise: EnquiryKind) -> EnquiryKind:
    return EnquiryKind(code) if code in ("s42", "other") else otherwise


def _conclusions_of(
    view: CaseView, starts: Sequence[_Start], conclusions: Iterable[Event]
) -> list[Event | None]:
    """Gives each enquiry its conclusion: by name, else that of the newest one begun before it."""
    own: list[Event | None] = [None] * len(starts)
    unnamed: list[Event] = []
    for one in conclusions:
        named = _meant(view, one.fields.get("enquiry"))
        places = [at for at, start in enumerate(starts) if start.id in named]
        if places:
            own[places[0]] = one
        else:
            unnamed.append(one)
    for one in unnamed:
        open_ones = [
            at for at, start in enumerate(starts) if own[at] is None and start.day <= day_of(one)
        ]
        if open_ones:
            own[open_ones[-1]] = one
    return own


def _end(
    view: CaseView,
    conclusion: Event | None,
    reports: Sequence[Event],
    span: tuple[int, int],
    closed: int,
) -> tuple[int, str]:
    """Finds the day on which an enquiry ended, and the type of the entry which says so."""
    if conclusion is not None:
        return day_of(conclusion), "enquiry_concluded"
    caused = {one.id for one in _within(sure(view, "enquiry_caused"), *span)}
    named, unnamed = set[str](), 0
    for one in reports:
        meant = _meant(view, one.fields.get("caused")) & caused
        named |= meant
        unnamed += not meant
        if len(named) + unnamed >= len(caused):
            return day_of(one), "enquiry_reported"
    if closed >= span[0] and closed:
        return closed, "case_closed"
    return 0, ""


def _meant(view: CaseView, reference: object) -> frozenset[str]:
    """Gives the ids that a reference leads to, across corrections."""
    if not isinstance(reference, str):
        return frozenset()
    return view.leads_to.get(reference, frozenset((reference,)))


def _within(events: Iterable[Event], first: int, following: int) -> tuple[Event, ...]:
    return tuple(one for one in events if first <= day_of(one) < following)


def _is_sure(event: Event) -> bool:
    return event.is_certain and event.moment is not None and "occurred" not in event.unknown
