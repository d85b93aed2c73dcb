"""Reasons that are accepted instead of evidence: which count, and until when they stand."""

from __future__ import annotations

from difflib import SequenceMatcher

from msp_rules.casework.case import WITHHELD, Event
from msp_rules.casework.moments import Moment
from msp_rules.rules.language.conditions import (
    ExplanationGiven,
    FieldTest,
    Limit,
    ReasonInSubject,
    ReasonRecorded,
    Test,
)
from tests.oracle.events import field_value, passes, select
from tests.oracle.record import Entry, Truth, all_of, any_of
from tests.oracle.times import End, State, end_of_limit, is_within, when, whole_day
from tests.oracle.view import View


def explanation_given(condition: ExplanationGiven, view: View) -> Truth:
    return any_of([is_accepted(condition, entry, view) for entry in view.of_type("explanation")])


def is_accepted(condition: ExplanationGiven, entry: Entry, view: View) -> Truth:
    event = entry.event
    ends = explanation_ends(entry, view)
    answers: list[Truth] = [True if entry.is_sure else None]
    answers.append(names_rule(event, view))
    answers.append(is_one_of(event, "code", condition.codes, view))
    answers.append(is_for_subject(event, ends, view))
    if not view.is_weak:
        answers.append(is_present(event, "text", view))
        answers.append(stands(ends, view))
    return all_of(answers)


def names_rule(event: Event, view: View) -> Truth:
    """Whether an explanation names the rule; it may mean it where it names none."""
    named = field_value(event, "rule", view)
    if named is State.UNKNOWN or named == WITHHELD:
        return None
    name = str(named).strip() if named is not None else ""
    if name in view.rules:
        return name == view.rule
    likeness = {rule: alike(rule, name) for rule in view.rules}
    is_near = likeness.get(view.rule, 0) >= max([0.75, *likeness.values()])
    return None if is_near else False


def alike(rule: str, name: str) -> float:
    """How much a name is like a rule's, from 0 to 1, capital letters aside."""
    return SequenceMatcher(a=rule.casefold(), b=name.casefold()).ratio()


def is_for_subject(event: Event, ends: End | State | None, view: View) -> Truth:
    named = field_value(event, "subject", view)
    if view.subject is None:
        # A row without subject is not one of several: the named one is no matter, if it is one.
        is_named = named is not None and named is not State.UNKNOWN and named != WITHHELD
        ids = {one.id for one in view.record.case.events}
        return not is_named or str(named).strip() in ids
    if named is State.UNKNOWN:
        return None
    if named is not None:
        return view.record.refers(str(named).strip(), view.subject.event.id)
    if ends is None:
        return True
    if isinstance(ends, State) or view.subject.when is None:
        return None
    return ends.day >= view.subject.when.day


def explanation_ends(entry: Entry, view: View) -> End | State | None:
    """The end of an explanation's last day; None for one that stands for good."""
    review_by = field_value(entry.event, "review_by", view)
    if review_by is State.UNKNOWN:
        return State.UNKNOWN
    if isinstance(review_by, Moment):
        return whole_day(when(review_by).day)
    code = field_value(entry.event, "code", view)
    if code is State.UNKNOWN:
        return State.UNKNOWN
    if code not in view.settings.temporary_codes:
        return None
    return default_end(entry, view.settings.max_temporary_reason, view)


def default_end(entry: Entry, limit: Limit, view: View) -> End | State:
    if entry.when is None:
        return State.UNKNOWN
    return end_of_limit(limit, entry.when, view.office_close)


def reason_recorded(condition: ReasonRecorded, view: View) -> Truth:
    found = select(condition.selection, view)
    return any_of([all_of([truth, is_good(condition, entry, view)]) for entry, truth in found])


def reason_in_subject(condition: ReasonInSubject, view: View) -> Truth:
    assert view.subject is not None
    answers = [passes(test, view.subject.event, view) for test in condition.where]
    answers.append(view.sees(view.subject))
    answers.append(is_good(condition, view.subject, view))
    return all_of(answers)


def is_good(condition: ReasonRecorded | ReasonInSubject, entry: Entry, view: View) -> Truth:
    """Whether a reason has what it needs, and stands."""
    if view.is_weak:
        return True
    answers = [is_present(entry.event, field, view) for field in condition.needs]
    answers.append(stands(reason_ends(condition, entry, view), view))
    return all_of(answers)


def reason_ends(
    condition: ReasonRecorded | ReasonInSubject, entry: Entry, view: View
) -> End | State | None:
    if condition.standing is not None:
        last = field_value(entry.event, condition.standing, view)
        if last is State.UNKNOWN:
            return State.UNKNOWN
        if isinstance(last, Moment):
            return whole_day(when(last).day)
        return default_end(entry, view.settings.max_temporary_reason, view)
    if condition.stands_for is not None:
        return default_end(entry, condition.stands_for, view)
    return None


def stands(ends: End | State | None, view: View) -> Truth:
    if ends is None:
        return True
    return None if isinstance(ends, State) else is_within(view.stood_at, ends)


def is_one_of(event: Event, field: str, values: tuple[str, ...], view: View) -> Truth:
    return passes(FieldTest(field=field, test=Test.ONE_OF, values=values), event, view)


def is_present(event: Event, field: str, view: View) -> Truth:
    return passes(FieldTest(field=field, test=Test.IS_PRESENT), event, view)
