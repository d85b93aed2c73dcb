"""Counts the units of each measure in one case: what is counted, what it is of, what is left out.

Each function reads codes and days alone, so that a measure stands where a rule cannot tell. A unit
that can't be judged is left out with its reason, never counted as a no.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from msp_rules.audit.case_audit.facts import facts_of
from msp_rules.audit.case_audit.grid import grid_of
from msp_rules.audit.measures.definitions import NEEDS
from msp_rules.audit.national_return.concluded import ConcludedAnswers, answers_of
from msp_rules.audit.national_return.enquiries import Enquiry, day_of, enquiries_of, sure
from msp_rules.audit.national_return.labels import (
    ACHIEVED,
    ACHIEVED_NOT_RECORDED,
    ASKED,
    CAPACITY,
)
from msp_rules.casework.case import Event
from msp_rules.casework.moments import Moment
from msp_rules.casework.visibility import CaseView


class Unit(NamedTuple):
    """One unit of the base of a part."""

    measure: str
    """The id of the measure."""
    part: str
    """The name of the part."""
    day: int
    """The day (ordinal) that it belongs to; 0 where it has none."""
    counts: bool
    """True where it is counted in the numerator."""
    left_out: str = ""
    """The reason for which it is in neither; empty where it is in the base."""
    capacity: str = ""
    """`lacked`, `had` or `not_known`."""
    partner: str = ""
    """The kind of whoever raised the concern; empty for other units."""


class CaseUnits:
    """Reads the units of one case, with what several measures need of it read once."""

    def __init__(self, view: CaseView) -> None:
        self.view = view
        """The case as it stood."""
        self.today = view.as_of.day
        """The day as of which it is counted."""
        self.enquiries = enquiries_of(view)
        """Its enquiries."""
        self.concluded: Sequence[tuple[Enquiry, ConcludedAnswers]] = [
            (one, answers_of(view, one)) for one in self.enquiries if one.concluded
        ]
        """Those of them that were concluded, with their answers."""
        self.closed = facts_of(view).closed
        """The day of the closure that stands; 0 for an open case."""
        self.capacity = _capacity([answers for _, answers in self.concluded])
        """The capacity of the adult, by the last enquiry that was concluded."""

    def of(self, name: str) -> tuple[Event, ...]:
        """Gives the entries of a type that have a day, in order of time."""
        return sure(self.view, name)


def units_of(view: CaseView) -> Iterator[Unit]:
    """Gives all units of a case but those of M14, which rests on rules, and M16, on people."""
    return units_in(CaseUnits(view))


def units_in(case: CaseUnits) -> Iterator[Unit]:
    """Gives the same units, of a case that was opened already."""
    for measure, read in _READERS.items():
        for found in read(case):
            unit = found
            lacking = _not_supplied(case.view, measure, unit.part)
            if lacking and not unit.left_out:
                unit = unit._replace(counts=False, left_out=lacking)
            yield unit._replace(measure=measure, capacity=unit.capacity or case.capacity)


def _not_supplied(view: CaseView, measure: str, part: str) -> str:
    """Says which type of entry the source can't supply; empty where it can supply all."""
    needs = NEEDS.get(measure, {})
    for name in (*needs.get("", ()), *needs.get(part, ())):
        if not view.case.supply.has_type(name):
            return f"the source can't supply {name}"
    return ""


_SOUGHT: Final = (ASKED["asked_expressed"], ASKED["asked_none_expressed"])
_MET: Final = (ACHIEVED["full"], ACHIEVED["partial"])
_CODES: Final = {label: code for code, label in ASKED.items()}
_WAS_ASKED: Final = ("asked_expressed", "asked_none_expressed")


def _unit(part: str, day: int, counts: bool, **more: str) -> Unit:
    return Unit("", part, day, counts, **more)


def _capacity(found: Sequence[ConcludedAnswers]) -> str:
    said = found[-1].capacity if found else ""
    return {CAPACITY["yes"]: "lacked", CAPACITY["no"]: "had"}.get(said, "not_known")


def _first(events: Iterable[Event], day: int) -> int:
    """Gives the day of the first entry on or after a day; 0 without one."""
    return next((day_of(one) for one in events if day_of(one) >= day), 0)


def _partner(concern: Event) -> str:
    found = concern.fields.get("source")
    return found if isinstance(found, str) else "not recorded"


def _asked_days(case: CaseUnits) -> list[int]:
    return [
        day_of(one)
        for one in case.of("outcomes_conversation")
        if one.fields.get("asked") in _WAS_ASKED
    ]


def _asked_at_concern(case: CaseUnits) -> Iterator[Unit]:
    asked = _asked_days(case)
    for one in case.of("concern_raised"):
        day, partner = day_of(one), _partner(one)
        decided = _first(case.of("s42_decided"), day)
        reason = ""
        if one.fields.get("identified_adult") == "no":
            reason = "no identified adult"
        elif not decided:
            reason = "not decided on yet"
        counts = not reason and any(day <= each <= decided for each in asked)
        yield _unit("asked", day, counts, left_out=reason, partner=partner)


def _asked_and_expressed(case: CaseUnits) -> Iterator[Unit]:
    for enquiry, answers in case.concluded:
        for label, code in _CODES.items():
            yield _of(enquiry, answers, code, answers.asked == label)


def _of(
    enquiry: Enquiry, answers: ConcludedAnswers, part: str, counts: bool, out: str = ""
) -> Unit:
    return _unit(
        part, enquiry.concluded, counts and not out, left_out=out, capacity=_capacity([answers])
    )


def _why_no_result(answers: ConcludedAnswers) -> str:
    if answers.achieved is None:
        return "no outcomes expressed"
    return "no result on record" if answers.achieved == ACHIEVED_NOT_RECORDED else ""


def _achieved(case: CaseUnits) -> Iterator[Unit]:
    for enquiry, answers in case.concluded:
        out = _why_no_result(answers)
        yield _of(enquiry, answers, "achieved", answers.achieved in _MET, out)
        yield _of(enquiry, answers, "full", answers.achieved == ACHIEVED["full"], out)


def _sought(case: CaseUnits) -> Iterator[Unit]:
    for enquiry, answers in case.concluded:
        yield _of(enquiry, answers, "sought", answers.asked in _SOUGHT)


def _by_capacity(case: CaseUnits) -> Iterator[Unit]:
    for enquiry, answers in case.concluded:
        group = _capacity([answers])
        if group == "not_known":
            for each in ("lacked", "had"):
                yield _of(enquiry, answers, f"sought_{each}", False, "capacity not known")
            continue
        yield _of(enquiry, answers, f"sought_{group}", answers.asked in _SOUGHT)
        yield _of(enquiry, answers, f"expressed_{group}", answers.asked == _SOUGHT[0])
        out = _why_no_result(answers)
        yield _of(enquiry, answers, f"achieved_{group}", answers.achieved in _MET, out)


def _advocacy(case: CaseUnits) -> Iterator[Unit]:
    considered = case.of("advocacy_considered")
    for one in case.enquiries:
        if not one.begun:
            continue
        last = case.today if one.is_last else one.until
        own = [each for each in considered if one.since <= day_of(each) <= last]
        yield _unit("considered", one.begun, bool(own))
        needed = [
            day_of(each)
            for each in own
            if each.fields.get("conclusion") in ("independent_advocate", "imca")
        ]
        if needed:
            arranged = any(
                one.since <= day_of(each) <= last
                and each.fields.get("state") in ("referred", "instructed")
                for each in case.of("advocate_status")
            )
            yield _unit("not_arranged", needed[0], not arranged)
    for enquiry, answers in case.concluded:
        if answers.capacity == CAPACITY["yes"]:
            yield _of(enquiry, answers, "supported", answers.is_supported)


def _no_enquiry(case: CaseUnits) -> Iterator[Unit]:
    asked = _asked_days(case)
    for one in case.of("s42_decided"):
        if one.fields.get("result") != "no_enquiry":
            continue
        day = day_of(one)
        routes = one.fields.get("alternative_route")
        informed = one.fields.get("adult_informed")
        yield _unit("asked", day, any(each <= day for each in asked))
        yield _unit("informed", day, informed == "yes")
        yield _unit("route", day, isinstance(routes, tuple) and bool({*routes} - {"none"}))


def _timeliness(case: CaseUnits) -> Iterator[Unit]:
    for one in case.of("concern_raised"):
        day = day_of(one)
        yield _in_time("decision", day, _first(case.of("s42_decided"), day), 3, case.today)
    for each in case.enquiries:
        if each.begun:
            yield _in_time("enquiry", each.begun, each.concluded, 60, case.today)
    reviews = case.of("plan_reviewed")
    for plan in case.of("plan_made"):
        day = day_of(plan)
        own = [one for one in reviews if one.fields.get("plan") in (None, plan.id)]
        unit = _in_time("plan", day, _first(own, day), 183, case.today)
        if not unit.counts and not unit.left_out and day <= case.closed <= day + 183:
            unit = unit._replace(left_out="closed before it was due")
        yield unit


def _in_time(part: str, begun: int, done: int, days: int, today: int) -> Unit:
    if not done and today <= begun + days:
        return _unit(part, begun, False, left_out="not due yet")
    return _unit(part, begun, bool(done) and done <= begun + days)


def _safer(case: CaseUnits) -> Iterator[Unit]:
    found = case.of("experience_feedback")
    if case.closed:
        offered = any(one.fields.get("offered") == "yes" for one in found)
        yield _unit("offered", case.closed, offered)
    for one in found:
        felt = one.fields.get("felt_safer")
        if one.fields.get("answered") == "yes":
            out = "" if felt in ("yes", "partly", "no") else "not said"
            yield _unit("safer", day_of(one), felt in ("yes", "partly"), left_out=out)


def _risk(case: CaseUnits) -> Iterator[Unit]:
    if not case.closed:
        return
    result = case.of("case_closed")[-1].fields.get("risk_result")
    out = "" if result in ("remained", "reduced", "removed") else "no result on record"
    if result == "not_applicable":
        out = "not applicable"
    yield _unit("reduced_or_removed", case.closed, result in ("reduced", "removed"), left_out=out)
    for name in ("reduced", "removed", "remained"):
        yield _unit(name, case.closed, result == name, left_out=out)
    if result == "remained":
        chosen = any(
            one.fields.get("informed_choice") == "yes" for one in case.of("risk_discussed")
        )
        yield _unit("by_choice", case.closed, chosen)


def _wellbeing(case: CaseUnits) -> Iterator[Unit]:
    for one in case.of("outcome_expressed"):
        found = one.fields.get("domain")
        domains = {*found} if isinstance(found, tuple) else set[str]()
        out = "" if domains else "no domain on record"
        yield _unit("domains", day_of(one), bool(domains - {"protection"}), left_out=out)
    grid = grid_of(case.view)
    if grid is None or not grid.positions:
        return
    day = day_of(case.of("grid_position")[-1]) if case.of("grid_position") else 0
    first, latest = grid.first, grid.latest
    out = "" if grid.movement is not None else grid.state.replace("_", " ")
    higher = (
        first is not None
        and latest is not None
        and (first.wellbeing, latest.wellbeing) == ("low", "high")
    )
    yield _unit("higher", day, higher and not out, left_out=out)
    lower = grid.movement == "safer_but_lower_wellbeing"
    yield _unit("safer_but_lower", day, lower, left_out=out)


def _involvement(case: CaseUnits) -> Iterator[Unit]:
    for one in case.of("meeting_held"):
        part = one.fields.get("participation")
        out = "" if isinstance(part, str) else "not said"
        yield _unit("meetings", day_of(one), bool(not out and part != "none"), left_out=out)
    spoken = [
        day_of(one)
        for one in case.of("contact_with_adult")
        if one.fields.get("result") in (None, "spoke")
    ]
    for at, day in enumerate(spoken):
        following = next((each for each in spoken[at + 1 :] if each > day), 0)
        unit = _in_time("contact_28_days", day, following, 28, case.today)
        if not unit.counts and not unit.left_out and day <= case.closed <= day + 28:
            unit = unit._replace(left_out="closed before it was due")
        yield unit


def _reasons(case: CaseUnits) -> Iterator[Unit]:
    asked = _asked_days(case)
    for one in case.of("outcomes_conversation"):
        if one.fields.get("asked") != "not_asked":
            continue
        day, until = day_of(one), one.fields.get("review_by")
        yield _unit("with_reason", day, isinstance(one.fields.get("reason_not_asked"), str))
        if isinstance(until, Moment):
            is_over = until.day < case.today and not any(each >= day for each in asked)
            yield _unit("expired", day, is_over)


def _countable(case: CaseUnits) -> Iterator[Unit]:
    for enquiry, answers in case.concluded:
        has_capacity = answers.capacity != CAPACITY["not_recorded"]
        both = has_capacity and answers.asked != ASKED["not_recorded"]
        yield _of(enquiry, answers, "both", both)


_READERS: Final[Mapping[str, Callable[[CaseUnits], Iterator[Unit]]]] = {
    "M1": _asked_at_concern,
    "M2": _asked_and_expressed,
    "M3": _achieved,
    "M4": _sought,
    "M5": _by_capacity,
    "M6": _advocacy,
    "M7": _no_enquiry,
    "M8": _timeliness,
    "M9": _safer,
    "M10": _risk,
    "M11": _wellbeing,
    "M12": _involvement,
    "M13": _reasons,
    "M15": _countable,
}
