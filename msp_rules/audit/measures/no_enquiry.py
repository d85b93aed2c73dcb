"""Counts what became of concerns that led to no enquiry: result, route, days, and what came after.

A decision belongs to the concerns that it names. One that names none belongs to the earliest
concern before it that was not decided on yet; else to the newest one before it. The newest decision
of a concern says its result.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

from msp_rules.audit.case_file.draw import window_of
from msp_rules.audit.case_reader import ReadCase
from msp_rules.audit.national_return.enquiries import day_of, sure
from msp_rules.audit.people import person_of
from msp_rules.casework.case import Event
from msp_rules.casework.moments import Moment
from msp_rules.casework.visibility import CaseView

ENQUIRIES: Final = ("s42_enquiry", "other_enquiry")
"""The results by which a concern became an enquiry."""
UNDECIDED: Final = "not_decided"
"""The result of a concern that was not decided on."""
NOT_SAID: Final = "not recorded"
"""Stands for what the record does not say."""
MONTHS: Final = (6, 12)
"""The months after a decision of no enquiry within which another concern is looked for."""
DAYS: Final = {0: "same day", 3: "1 to 3 days", 7: "4 to 7 days", 28: "8 to 28 days"}
"""The bands of days to a decision, by their last day."""
LATER: Final = "more than 28 days"
"""The band of all longer times."""
NOT_DECIDED: Final = "not decided yet"
"""Stands for the days to a decision that there is not."""
WAITS: Final = (*DAYS.values(), LATER, NOT_DECIDED)
"""The bands, the shortest first."""
STILL_WAITS: Final = ("past its day", "its day is still to come", "without a day")
"""The words about the day of a concern that waits for more information."""


class Concern(NamedTuple):
    """A concern that became no enquiry; all but days are codes or words for a table."""

    case: str
    """The id of its case."""
    result: str
    """The result of the newest decision about it; `UNDECIDED` without one."""
    route: str
    """The other routes that were taken, or that none was."""
    was_told: str
    """The decision's answer to whether the adult was informed: `yes`, `no` or `NOT_SAID`."""
    was_asked: str
    """The answer to whether anybody had asked the adult by then: `yes`, `no` or `NOT_SAID`."""
    referrer: str
    """The kind of whoever raised it."""
    agency: str
    """The agency that held the case."""
    wait: str
    """The band of days from the concern to the first decision about it."""
    until: str
    """The words of `STILL_WAITS` for one that waits for more information; else empty."""
    decided: int
    """The day (ordinal) of its newest decision; 0 without one."""


class ConcernsWithoutEnquiry:
    """Adds up concerns that became no enquiry, of any cases in any order."""

    def __init__(self) -> None:
        self.concerns: list[Concern] = []
        """The concerns."""
        self.all_concerns = 0
        """The number of all concerns, those that became enquiries among them."""
        self.not_supplied = 0
        """The concerns of sources that can't supply decisions: they are in no table."""
        self._raised: dict[str, list[int]] = {}
        self._people: dict[str, str] = {}

    def add(self, read: ReadCase) -> None:
        """Adds the concerns of a case."""
        view = read.view
        raised = sure(view, "concern_raised")
        self.all_concerns += len(raised)
        person = person_of(read.case)
        self._raised.setdefault(person, []).extend(day_of(one) for one in raised)
        self._people[read.case.id] = person
        if not view.case.supply.has_type("s42_decided"):
            self.not_supplied += len(raised)
            return
        self.concerns += _without_enquiry(view, raised, read.agency)

    def another_within(self, months: int, today: int) -> Iterator[tuple[Concern, bool]]:
        """Gives the decisions of no enquiry whose months are over, and whether one came after."""
        over = window_of(date.fromordinal(today), months)[0].toordinal()
        for one in self.concerns:
            if one.result != "no_enquiry" or one.decided > over:
                continue
            days = self._raised[self._people[one.case]]
            yield (
                one,
                any(one.decided < day and _is_within(one.decided, day, months) for day in days),
            )


def _is_within(first: int, day: int, months: int) -> bool:
    return window_of(date.fromordinal(day), months)[0].toordinal() <= first


def _without_enquiry(view: CaseView, raised: tuple[Event, ...], agency: str) -> Iterator[Concern]:
    decisions = _decisions_of(view, raised)
    starts = [day_of(one) for one in sure(view, "enquiry_started")]
    for at, one in enumerate(raised):
        own = decisions[one.id]
        result = own[-1].fields.get("result") if own else UNDECIDED
        following = day_of(raised[at + 1]) if at + 1 < len(raised) else view.as_of.day + 1
        is_begun = any(day_of(one) <= day < following for day in starts)
        # What was begun without a decision on record, or after one to look further, is an enquiry.
        is_open = result in (UNDECIDED, "more_information")
        if result in ENQUIRIES or (is_begun and is_open):
            continue
        yield _concern(view, one, own, agency)


def _concern(view: CaseView, raised: Event, own: list[Event], agency: str) -> Concern:
    newest = own[-1] if own else None
    fields = newest.fields if newest else {}
    by = day_of(newest) if newest else view.as_of.day
    source, routes = raised.fields.get("source"), fields.get("alternative_route")
    result = fields.get("result", UNDECIDED)
    return Concern(
        case=view.case.id,
        result=result if isinstance(result, str) else NOT_SAID,
        route="; ".join(sorted(map(str, routes))) if isinstance(routes, tuple) else NOT_SAID,
        was_told={"yes": "yes", "no": "no"}.get(str(fields.get("adult_informed")), NOT_SAID),
        was_asked=_asked_by(view, by),
        referrer=source if isinstance(source, str) else NOT_SAID,
        agency=agency or NOT_SAID,
        wait=_band(day_of(own[0]) - day_of(raised)) if own else NOT_DECIDED,
        until=_waits_until(newest, view.as_of.day),
        decided=day_of(newest) if newest else 0,
    )


def _decisions_of(view: CaseView, raised: tuple[Event, ...]) -> dict[str, list[Event]]:
    """Gives each concern its decisions, in order of time."""
    own: dict[str, list[Event]] = {one.id: [] for one in raised}
    for decision in sure(view, "s42_decided"):
        named = decision.fields.get("concern")
        references = [str(one) for one in named] if isinstance(named, tuple) else []
        meant = {
            each
            for reference in references
            for each in view.leads_to.get(reference, frozenset((reference,)))
            if each in own
        }
        before = [one.id for one in raised if day_of(one) <= day_of(decision)]
        if not meant and before:
            meant = {next((one for one in before if not own[one]), before[-1])}
        for each in meant:
            own[each].append(decision)
    return own


def _asked_by(view: CaseView, day: int) -> str:
    said = [
        one.fields.get("asked") for one in sure(view, "outcomes_conversation") if day_of(one) <= day
    ]
    if "asked_expressed" in said or "asked_none_expressed" in said:
        return "yes"
    return "no" if "not_asked" in said else NOT_SAID


def _band(days: int) -> str:
    return next((name for last, name in DAYS.items() if days <= last), LATER)


def _waits_until(newest: Event | None, today: int) -> str:
    if newest is None or newest.fields.get("result") != "more_information":
        return ""
    until = newest.fields.get("review_by")
    if not isinstance(until, Moment):
        return STILL_WAITS[2]
    return STILL_WAITS[0] if until.day < today else STILL_WAITS[1]
