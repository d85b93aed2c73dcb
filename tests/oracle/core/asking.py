"""ASK-01 to ASK-05 and OUT-01 to OUT-06, as read."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tests.oracle.core import notions
from tests.oracle.core.record import (
    Entry,
    Record,
    calendar_days,
    end_of,
    first,
    is_since,
    is_surely_later,
    newest,
    order,
    since_day,
    working_days,
)
from tests.oracle.core.table import (
    Finding,
    Reason,
    at,
    counted_from,
    each,
    earlier,
    explanations,
    first_of_each,
    once,
)


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
        colour="red" if notions.work_went_on(record) else "amber",
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
        # Without decision and closure the limit has not begun, whatever was said and when.
        ends = [*record.all("s42_decided"), *record.all("case_closed")]
        return None if ends else Finding(applies=False)
    talks = record.all("outcomes_conversation")
    known = ("asked_expressed", "asked_none_expressed", "not_asked")
    cleared = [
        one
        for one in talks
        if one.says("asked", *known) and not any(is_surely_later(other, one) for other in unknown)
    ]
    decision = first(
        one
        for one in record.all("s42_decided")
        if not one.says("result", "more_information") and is_since(one, unknown[0])
    )
    closure = first(one for one in record.standing_closure() if is_since(one, unknown[0]))
    return Finding(
        due=counted_from(
            earlier(*(at(one) for one in (decision, closure) if one is not None)), unknown[0]
        ),
        full=first([*cleared, *notions.asked(record)]),
        colour="red" if record.standing_closure() else "amber",
    )


def ask_04(record: Record) -> Finding | None:
    lacking = [
        one
        for one in record.saying("capacity_assessed", "conclusion", "lacks_capacity")
        if one.says("decision_kind", notions.TAKING_PART) or not one.has("decision_kind")
    ]
    closure = record.last_closure()
    due = earlier(
        working_days(lacking[0], 20) if lacking else None,
        None if closure is None else at(closure),
    )
    if not notions.lacks_capacity_for_taking_part(record):
        return Finding(due=due, applies=False)
    talks = record.all("outcomes_conversation")
    by_adult = [one for one in talks if notions.was_asked(one) and one.says("with", *notions.ADULT)]
    others = [
        one
        for one in talks
        if notions.was_asked(one)
        and one.says("with", *notions.REPRESENTATIVES)
        and one not in by_adult
    ]
    wishes = [one for one in talks if one.has("wishes_and_feelings")]
    full = [
        *(one for one in by_adult if one.says("asked", "asked_expressed")),
        *record.all("advocate_contribution"),
    ]
    if others and wishes:
        full.append(max([others[0], wishes[0]], key=order))
    return Finding(
        due=due,
        full=first(full),
        reasons=[
            *_advocate_will_ask(record),
            *explanations(record, "ASK-04", ("adult_declined", "not_reachable", "unsafe")),
        ],
        is_partly=bool(by_adult or others or wishes),
        colour="red" if closure is not None and record.as_of > closure.day else "amber",
    )


def _advocate_will_ask(record: Record) -> list[Reason]:
    """An advocate is instructed and the asking booked, or an IMCA for an adult too unwell."""
    instructed = [
        one
        for one in record.saying("advocate_status", "state", "instructed")
        if not one.says("kind", "informal")
    ]
    imca = [one for one in instructed if one.says("kind", "imca")]
    waiting = record.saying("outcomes_conversation", "asked", "not_asked")
    booked = [
        Reason(one, one.date("review_by")) for one in waiting if one.date("review_by") is not None
    ]
    booked += explanations(record, "ASK-04", ("awaiting_advocate",))
    found = []
    if instructed:
        found += [replace(one, given=max([one.given, instructed[0]], key=order)) for one in booked]
    unwell = [one for one in waiting if one.says("reason_not_asked", "too_unwell")]
    if imca and unwell:
        found.append(Reason(max([imca[0], unwell[0]], key=order)))
    return found


def ask_05(record: Record, talk: Entry) -> Finding | None:
    if not talk.says("asked", "not_asked") or not talk.says("reason_not_asked", *notions.PASSING):
        return None
    review = talk.date("review_by")
    due = working_days(talk, 10) if review is None else end_of(review)
    later = [
        one
        for one in notions.reasons_not_asked(record, None)
        if one.given.id != talk.id and is_since(one.given, talk)
    ]
    return Finding(
        due=due,
        full=first(since_day(notions.asked(record), talk)),
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
        due=end_of(expressed[0].day, "the day on which it began"),
        is_never_late=True,
    )


def out_02(record: Record) -> Finding | None:
    closure = record.last_closure()
    due = None if closure is None else at(closure)
    if not record.saying("outcomes_conversation", "asked", "asked_none_expressed"):
        return Finding(due=due, applies=False)
    asked = notions.asked(record)
    supported = record.saying(
        "outcomes_conversation", "asked", "asked_expressed", "asked_none_expressed"
    )
    tries = [
        *asked[1:2],
        *(one for one in supported if one.has("communication_support")),
        *record.all("advocacy_considered"),
        *record.saying("advocate_status", "state", "referred", "instructed"),
    ]
    declined = record.saying("outcomes_conversation", "reason_not_asked", "declined_to_discuss")
    return Finding(
        due=due,
        full=first(tries),
        reasons=[
            *(Reason(one) for one in declined),
            *explanations(record, "OUT-02", ("adult_declined",)),
        ],
    )


def out_03(record: Record) -> Finding | None:
    outcomes = record.all("outcome_expressed")
    if not outcomes:
        return None
    closure = record.last_closure()
    wider = [
        one
        for one in outcomes
        if (one.has("kind") and not one.says("kind", "safety"))
        or any(domain != "protection" for domain in one.many("domain"))
    ]
    return Finding(
        due=earlier(working_days(outcomes[0], 20), None if closure is None else at(closure)),
        full=first(wider),
        reasons=explanations(record, "OUT-03", ("agreed_with_adult", "adult_declined")),
    )


def out_04(record: Record) -> Finding | None:
    concern = first(record.all("concern_raised"))
    # Where it isn't known which concern is the first, each reason may count (section 11, anchors).
    is_known = concern is not None and concern.id not in record.doubtful
    codes = ("emergency_action", "police_precedence", "unsafe")
    return Finding(
        due=first_of_each(
            record.all("enquiry_planned"),
            notions.planning_meetings(record),
            record.all("enquiry_caused"),
            record.all("enquiry_started"),
        ),
        full=first(notions.asked(record)),
        reasons=[
            *explanations(record, "OUT-04", codes),
            *(
                replace(one, rests_on=concern.id)
                for one in notions.reasons_not_asked(
                    record, concern.day if concern is not None and is_known else None
                )
                if concern is not None
            ),
        ],
        colour="red" if record.all("enquiry_reported") else "amber",
    )


def out_05(record: Record) -> Finding | None:
    talks = notions.asked(record)
    if not talks:
        return None
    due = calendar_days(talks[0], 28)
    again = [
        *talks[1:2],
        *(one for one in record.all("outcome_revised") if one.has("change")),
        *record.saying("outcome_reviewed", "view_of", *notions.SPEAKS_FOR),
    ]
    declined = [
        one
        for one in record.saying("outcomes_conversation", "asked", "not_asked")
        if one.says("reason_not_asked", "declined_to_discuss") and is_since(one, talks[0])
    ]
    reopened = record.all("case_reopened")
    brief = [
        one
        for one in record.all("case_closed")
        if talks[0].day <= one.day <= due.day
        # Each test stands by itself: of a closure without a day it's never sure what followed it.
        and (one.id in record.undated or not any(is_since(again, one) for again in reopened))
    ]
    return Finding(
        due=due,
        full=first(again),
        reasons=[
            *(Reason(one, rests_on=talks[0].id) for one in (*brief, *declined)),
            *explanations(record, "OUT-05", ("agreed_with_adult", "adult_declined")),
        ],
    )


def revised(record: Record, outcome: Entry) -> bool:
    """The outcome was withdrawn or merged into another."""
    return any(
        record.ref(one, "outcome") == outcome.id and one.says("change", "withdrawn", "merged")
        for one in record.all("outcome_revised")
    )


def reviews_of(record: Record, outcome: Entry) -> list[Entry]:
    """Its own reviews; else those that name no outcome, from its day on."""
    every = since_day(record.all("outcome_reviewed"), outcome)
    own = own_reviews(record, outcome)
    return own or [one for one in every if not one.has("outcome")]


def own_reviews(record: Record, outcome: Entry) -> list[Entry]:
    """The reviews that name an outcome."""
    every = since_day(record.all("outcome_reviewed"), outcome)
    return [one for one in every if record.ref(one, "outcome") == outcome.id]


def out_06(record: Record, outcome: Entry) -> Finding | None:
    if revised(record, outcome):
        return None
    actions = [
        one
        for one in since_day(record.all("plan_action"), outcome)
        if outcome.id in record.refs(one, "outcome")
    ]
    stated = ("outside_our_power", "criminal_process", "unsafe", "adult_changed_mind", "declined")
    settled = [
        one
        for one in reviews_of(record, outcome)
        if one.says("achieved", "full", "no_longer_wanted")
        or one.says("reason_code", *stated)
        or one.has("reason")
    ]
    plan = first(one for one in record.all("plan_made") if is_since(one, outcome))
    closure = record.last_closure()
    codes = ("outside_our_power", "unsafe", "adult_declined")
    return Finding(
        due=earlier(*(at(one) for one in (plan, closure) if one is not None)),
        full=first(actions),
        reasons=[
            # Its own review, or one that names none: two that may be there make no sure reason.
            *(Reason(one, rests_on="own" if one.has("outcome") else "unnamed") for one in settled),
            *explanations(record, "OUT-06", codes, outcome),
        ],
    )


RULES: Final = {
    "ASK-01": each("concern_raised", ask_01, limit=lambda one: working_days(one, 2)),
    "ASK-02": each("outcomes_conversation", ask_02, limit=at),
    "ASK-03": once(ask_03),
    "ASK-04": once(ask_04),
    "ASK-05": each("outcomes_conversation", ask_05),
    "OUT-01": once(out_01),
    "OUT-02": once(out_02),
    "OUT-03": once(out_03),
    "OUT-04": once(out_04),
    "OUT-05": once(out_05),
    "OUT-06": each("outcome_expressed", out_06),
}
