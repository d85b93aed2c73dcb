"""ASK-01 to ASK-05 and OUT-01 to OUT-06, as read."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tests.oracle.core import notions
from tests.oracle.core.record import (
    Due,
    Entry,
    Record,
    calendar_days,
    end_of,
    first,
    is_after,
    is_since,
    newest,
    since_day,
    working_days,
)
from tests.oracle.core.table import Finding, at, each, earlier, explanations, once


def ask_01(record: Record, concern: Entry) -> Finding | None:
    if concern.says("identified_adult", "no"):
        return None
    talks = since_day(record.all("outcomes_conversation"), concern)
    codes = (
        "emergency_action", "unsafe", "awaiting_interpreter", "awaiting_advocate",
        "hospital_admission", "police_precedence",
    )  # fmt: skip
    return Finding(
        due=working_days(concern, 2),
        full=first(one for one in talks if notions.was_asked(one)),
        reasons=[
            *explanations(record, "ASK-01", codes, concern),
            *notions.reasons_not_asked(record, concern.day),
        ],
        is_unknown=any(one.says("asked", "dont_know", "not_recorded") for one in newest(talks)),
        colour="red" if notions.work_went_on(record, concern) else "amber",
    )


NEED_NO_TEXT: Final = ("deceased", "duplicate", "organisational_concern_no_individual")


def ask_02(record: Record, talk: Entry) -> Finding | None:
    if not talk.says("asked", "not_asked"):
        return None
    has_code, has_text = talk.has("reason_not_asked"), talk.has("reason_text")
    is_full = (has_code and has_text) or talk.says("reason_not_asked", *NEED_NO_TEXT)
    return Finding(
        due=at(talk),
        full=talk if is_full else None,
        reasons=explanations(record, "ASK-02", (), talk),
        is_partly=has_code or has_text,
    )


def ask_03(record: Record) -> Finding | None:
    unknown = record.saying("outcomes_conversation", "asked", "dont_know", "not_recorded")
    if not unknown:
        return None
    last = unknown[-1]
    known = record.saying(
        "outcomes_conversation", "asked", "asked_expressed", "asked_none_expressed", "not_asked"
    )
    ends = [*record.all("s42_decided"), *record.standing_closure()]
    end = first(one for one in ends if is_since(one, last))
    return Finding(
        due=None if end is None else at(end),
        full=first(one for one in known if is_after(one, last)),
        reasons=explanations(record, "ASK-03", ()),
        colour="red" if record.standing_closure() else "amber",
    )


def ask_04(record: Record) -> Finding | None:
    if not notions.lacks_capacity_for_taking_part(record):
        return None
    assessed = newest(
        one
        for one in record.all("capacity_assessed")
        if one.says("decision_kind", notions.TAKING_PART) or not one.has("decision_kind")
    )[0]
    talks = record.all("outcomes_conversation")
    by_adult = [one for one in talks if notions.was_asked(one) and one.says("with", *notions.ADULT)]
    others = [
        one
        for one in talks
        if notions.was_asked(one) and one.says("with", *notions.REPRESENTATIVES)
    ]
    full = [
        *(one for one in by_adult if one.says("asked", "asked_expressed")),
        *(one for one in others if one.has("wishes_and_feelings")),
        *record.all("advocate_contribution"),
    ]
    closure = first(record.standing_closure())
    return Finding(
        due=earlier(working_days(assessed, 20), None if closure is None else at(closure)),
        full=first(full),
        reasons=explanations(record, "ASK-04", ("adult_declined", "not_reachable", "unsafe")),
        is_partly=bool(by_adult or others),
        colour="red" if closure is not None else "amber",
    )


def ask_05(record: Record, talk: Entry) -> Finding | None:
    passing = (*notions.PASSING, "referrer_no_contact")
    if not talk.says("asked", "not_asked") or not talk.says("reason_not_asked", *passing):
        return None
    review = talk.date("review_by")
    due = working_days(talk, 10) if review is None else end_of(review)
    if talk.says("reason_not_asked", "referrer_no_contact"):
        due = working_days(talk, 10)
    later = [
        one
        for one in notions.reasons_not_asked(record, talk.day)
        if one.given.id != talk.id and is_after(one.given, talk)
    ]
    return Finding(
        due=due,
        full=first(one for one in notions.asked(record) if is_since(one, talk)),
        reasons=[*later, *explanations(record, "ASK-05", (), talk)],
        colour="amber",
    )


def out_01(record: Record) -> Finding | None:
    expressed = record.saying("outcomes_conversation", "asked", "asked_expressed")
    if not expressed:
        return None
    outcomes = record.all("outcome_expressed")
    worded = [one for one in outcomes if one.has("text") or one.has("document")]
    return Finding(
        full=worded[0] if worded and len(worded) == len(outcomes) else None,
        reasons=explanations(record, "OUT-01", ()),
        is_partly=bool(outcomes),
        due=at(expressed[0]),
        has_limit=False,
    )


def out_02(record: Record) -> Finding | None:
    nothing = record.saying("outcomes_conversation", "asked", "asked_none_expressed")
    if not nothing:
        return None
    one, talks = nothing[0], record.all("outcomes_conversation")
    tries = [
        *(talk for talk in talks if talk.has("communication_support")),
        *record.all("advocacy_considered"),
        *(talk for talk in notions.asked(record) if talk.id != one.id and is_since(talk, one)),
    ]
    declined = [
        replace(reason, has_text=True)
        for reason in notions.reasons_not_asked(record, None)
        if reason.given.says("reason_not_asked", "declined_to_discuss")
    ]
    closure = first(record.standing_closure())
    return Finding(
        due=None if closure is None else at(closure),
        full=first(tries),
        reasons=[*declined, *explanations(record, "OUT-02", ())],
    )


def out_03(record: Record) -> Finding | None:
    outcomes = record.all("outcome_expressed")
    if not outcomes:
        return None
    closure = first(record.standing_closure())
    wider = [
        one
        for one in outcomes
        if (one.has("kind") and not one.says("kind", "safety"))
        or any(domain != "protection" for domain in one.many("domain"))
    ]
    return Finding(
        due=earlier(working_days(outcomes[0], 20), None if closure is None else at(closure)),
        full=first(wider),
        reasons=explanations(record, "OUT-03", ()),
    )


def out_04(record: Record) -> Finding | None:
    steps = [
        *record.all("enquiry_planned"),
        *notions.planning_meetings(record),
        *record.all("enquiry_caused"),
        *record.all("enquiry_started"),
    ]
    step = first(steps)
    concern = first(record.all("concern_raised"))
    codes = ("emergency_action", "police_precedence", "unsafe")
    return Finding(
        due=None if step is None else at(step),
        full=first(notions.asked(record)),
        reasons=[
            *explanations(record, "OUT-04", codes),
            *notions.reasons_not_asked(record, None if concern is None else concern.day),
        ],
        colour="red" if record.all("enquiry_reported") else "amber",
    )


def out_05(record: Record) -> Finding | None:
    talks = notions.asked(record)
    if not talks:
        return None
    due: Due = calendar_days(talks[0], 28)
    again = [
        *talks[1:],
        *record.all("outcome_revised"),
        *record.saying("outcome_reviewed", "view_of", *notions.SPEAKS_FOR),
    ]
    declined = [
        one
        for one in notions.reasons_not_asked(record, None)
        if one.given.says("reason_not_asked", "declined_to_discuss")
    ]
    closure = first(record.standing_closure())
    if closure is not None and closure.day <= due.day:
        return None
    return Finding(
        due=due, full=first(again), reasons=[*declined, *explanations(record, "OUT-05", ())]
    )


def revised(record: Record, outcome: Entry) -> bool:
    """The outcome was withdrawn or merged into another."""
    return any(
        record.ref(one, "outcome") == outcome.id and one.says("change", "withdrawn", "merged")
        for one in record.all("outcome_revised")
    )


def out_06(record: Record, outcome: Entry) -> Finding | None:
    if revised(record, outcome):
        return None
    actions = [
        one for one in record.all("plan_action") if outcome.id in record.refs(one, "outcome")
    ]
    closure = first(record.standing_closure())
    codes = ("outside_our_power", "unsafe", "adult_declined")
    return Finding(
        due=None if closure is None else at(closure),
        full=first(actions),
        reasons=explanations(record, "OUT-06", codes, outcome),
    )


RULES: Final = {
    "ASK-01": each("ASK-01", "concern_raised", ask_01),
    "ASK-02": each("ASK-02", "outcomes_conversation", ask_02),
    "ASK-03": once("ASK-03", ask_03),
    "ASK-04": once("ASK-04", ask_04),
    "ASK-05": each("ASK-05", "outcomes_conversation", ask_05),
    "OUT-01": once("OUT-01", out_01),
    "OUT-02": once("OUT-02", out_02),
    "OUT-03": once("OUT-03", out_03),
    "OUT-04": once("OUT-04", out_04),
    "OUT-05": once("OUT-05", out_05),
    "OUT-06": each("OUT-06", "outcome_expressed", out_06),
}
