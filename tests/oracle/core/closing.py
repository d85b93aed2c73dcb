"""PLAN-02, PLAN-03, CLO-01 to CLO-05, DQ-01 and SPC-01 to SPC-05, as read."""

from __future__ import annotations

from typing import Final

from tests.oracle.core import notions
from tests.oracle.core.asking import revised
from tests.oracle.core.record import (
    Due,
    Entry,
    Record,
    calendar_days,
    end_of,
    first,
    is_after,
    is_since,
    months_after,
    newest,
    order,
    working_days,
)
from tests.oracle.core.table import Finding, Reason, at, each, earlier, explanations, once


def _closed(record: Record) -> Due | None:
    closure = first(record.standing_closure())
    return None if closure is None else at(closure)


def plan_02(record: Record) -> Finding | None:
    closures = record.standing_closure()
    if not any(one.says("risk_result", "remained", "reduced") for one in closures):
        return None
    plans = record.all("plan_made")
    full = []
    for plan in plans:
        actions = [
            one for one in record.all("plan_action") if record.ref(one, "plan") in (plan.id, None)
        ]
        owned = [one for one in actions if one.has("owner") or one.says("adult_owned", "yes")]
        parts = [
            plan.has("lead"),
            plan.has("adult_agreed") and not plan.says("adult_agreed", "not_known"),
            plan.has("contingency"),
            plan.has("review_due"),
            bool(owned),
        ]
        if all(parts):
            full.append(plan)
    return Finding(
        due=_closed(record),
        full=first(full),
        reasons=[
            *(Reason(one, None, one.has("reason")) for one in record.all("no_plan_needed")),
            *explanations(record, "PLAN-02", ("adult_declined", "covered_elsewhere")),
        ],
        is_partly=bool(plans),
    )


def plan_03(record: Record, plan: Entry) -> Finding | None:
    reviews = [
        one
        for one in record.all("plan_reviewed")
        if record.ref(one, "plan") in (plan.id, None) and is_since(one, plan)
    ]
    closure = first(record.standing_closure())
    review = plan.date("review_due")
    due = calendar_days(plan, 42) if review is None else end_of(review)
    if closure is not None and closure.day <= due.day and not reviews:
        return None
    late: tuple[Due, Entry] | None = None
    for one in sorted(reviews, key=order):
        if not due.keeps(one):
            late = (due, one)
        due = calendar_days(one, 183)
    reasons = explanations(record, "PLAN-03", ("adult_requested_pause",), plan)
    if closure is not None and closure.day <= due.day or record.as_of <= due.day:
        if late is not None:
            return Finding(due=late[0], full=late[1], reasons=reasons)
        if reviews:
            return Finding(due=due, full=reviews[-1], reasons=reasons)
    return Finding(due=due, reasons=reasons)


def contact_failed(record: Record) -> list[Reason]:
    """A last contact that was refused, or calls without a reply on two days since the last talk."""
    calls = record.all("contact_with_adult")
    last = newest(calls)
    found = [Reason(one) for one in last if one.says("result", "refused")]
    talked = newest(one for one in calls if one.says("result", "spoke"))
    silent = [
        one
        for one in calls
        if one.says("result", "no_reply") and all(is_since(one, talk) for talk in talked)
    ]
    days = sorted({one.day for one in silent})
    if any(one.says("result", "no_reply") for one in last) and len(days) >= 2:
        found.append(Reason(next(one for one in silent if one.day == days[1])))
    return found


AT_CLOSURE: Final = ("adult_declined", "not_reachable", "unsafe", "hospital_admission")


def clo_01(record: Record, outcome: Entry) -> Finding | None:
    if revised(record, outcome):
        return None
    every = record.all("outcome_reviewed")
    reviews = [one for one in every if record.ref(one, "outcome") == outcome.id]
    if not reviews:
        reviews = [one for one in every if not one.has("outcome") and one.day >= outcome.day]
    known = [
        one for one in reviews if one.has("achieved") and not one.says("achieved", "not_known")
    ]
    by_adult = [one for one in known if one.says("view_of", *notions.SPEAKS_FOR)]
    covered = [one for one in reviews if one.has("wellbeing_view")]
    needs_wellbeing = any(one != "protection" for one in outcome.many("domain"))
    full: Entry | None = first(by_adult)
    if full is not None and needs_wellbeing:
        wellbeing = first(covered)
        full = None if wellbeing is None else max([full, wellbeing], key=order)
    return Finding(
        due=_closed(record),
        full=full,
        reasons=[
            *contact_failed(record),
            *explanations(record, "CLO-01", AT_CLOSURE, outcome),
        ],
        is_partly=bool(known),
    )


def clo_02(record: Record, review: Entry) -> Finding | None:
    if not review.says("achieved", "partial", "not_achieved"):
        return None
    has_reason = review.has("reason") or review.has("reason_code")
    return Finding(
        due=at(review),
        full=review if has_reason else None,
        reasons=explanations(record, "CLO-02", ("outside_our_power",), review),
        is_partly=review.says("achieved", "partial"),
    )


def clo_03(record: Record) -> Finding | None:
    closures = record.standing_closure()
    closure = first(closures)
    full = partly = False
    unexplored = False
    if closure is not None:
        view = closure.says("adult_view", "agrees", "disagrees")
        unexplored = closure.says("adult_view", "disagrees") and not closure.says(
            "view_explored", "yes"
        )
        parts = [
            view and not unexplored,
            closure.says("contact_point_given", "yes"),
            closure.has("informed"),
        ]
        full, partly = all(parts), any(parts)
    return Finding(
        due=_closed(record),
        full=closure if full else None,
        reasons=[*contact_failed(record), *explanations(record, "CLO-03", AT_CLOSURE)],
        is_partly=partly and not unexplored,
        colour="red" if unexplored else "amber",
    )


def clo_04(record: Record) -> Finding | None:
    risky = any(one.says("level", "medium", "high") for one in newest(record.all("risk_assessed")))
    found = record.saying("enquiry_reported", "finding", "risk_identified")
    if not risky and not found:
        return None
    closure = first(record.standing_closure())
    has_result = closure is not None and closure.has("risk_result")
    unreasoned = (
        closure is not None
        and closure.says("risk_result", "remained")
        and not closure.has("risk_reason")
    )
    return Finding(
        due=_closed(record),
        full=closure if has_result and not unreasoned else None,
        reasons=explanations(record, "CLO-04", ()),
        is_partly=has_result,
    )


def clo_05(record: Record) -> Finding | None:
    closure = first(record.standing_closure())
    return Finding(
        due=None if closure is None else calendar_days(closure, 56),
        full=first(record.saying("experience_feedback", "offered", "yes")),
        reasons=explanations(record, "CLO-05", ("adult_declined", "unsafe")),
    )


def dq_01(record: Record) -> Finding | None:
    concerns = record.all("concern_raised")
    closures = record.all("case_closed")
    starts = record.all("enquiry_started")
    bad = []
    opened = first(concerns)
    bad.append(bool(closures) and opened is not None and closures[0].day < opened.day)
    bad.append(bool(starts) and not concerns)
    known = [
        one
        for one in record.all("outcome_reviewed")
        if one.has("achieved") and not one.says("achieved", "not_known")
    ]
    expressed = record.all("outcome_expressed")
    bad.append(bool(known) and not expressed)
    ceased = record.saying("enquiry_reported", "ceased_at_adults_request", "yes")
    bad.append(bool(ceased) and not record.all("views_on_proceeding"))
    for decision in record.all("s42_decided"):
        names = record.refs(decision, "concern")
        bad.append(
            any(
                is_after(one, decision) and one.day > decision.day
                for one in concerns
                if one.id in names
            )
        )
    if not record.entries:
        return None
    if any(bad):
        return Finding(due=None, has_limit=False, colour="grey")
    return Finding(has_limit=False, full=record.entries[0])


def spc_01(record: Record) -> Finding | None:
    concerns = [
        one
        for one in record.all("concern_raised")
        if one.says("abuse_type", "domestic") or one.says("coercion_suspected", "yes")
    ]
    concern = first(concerns)
    if concern is None:
        return None
    alone = [
        one
        for one in record.saying("outcomes_conversation", "alone", "yes")
        if notions.was_asked(one) and not one.says("interpreter_is_source", "yes")
    ]
    is_domestic = any(one.says("abuse_type", "domestic") for one in concerns)
    marac = [
        *record.all("marac_considered"),
        *record.saying("s42_decided", "alternative_route", "domestic_abuse_service"),
    ]
    heard, considered = first(alone), first(marac)
    full = heard
    if is_domestic:
        full = max([heard, considered], key=order) if heard and considered else None
    decision = first(one for one in record.all("s42_decided") if one.day >= concern.day)
    end = at(decision) if decision is not None else _closed(record)
    return Finding(
        due=earlier(working_days(concern, 20), end),
        full=full,
        reasons=explanations(record, "SPC-01", ("adult_declined", "unsafe")),
        is_partly=heard is not None or (is_domestic and considered is not None),
        colour="amber",
    )


def spc_02(record: Record) -> Finding | None:
    if not record.saying("concern_raised", "abuse_type", "self_neglect"):
        return None
    refused = [
        *record.saying("views_on_proceeding", "agree", "no"),
        *record.saying("contact_with_adult", "result", "refused"),
    ]
    first_no = first(refused)
    if first_no is None:
        return None
    other = ("finances", "contact", "information_sharing")
    thought = [
        one
        for one in (*record.all("capacity_considered"), *record.all("capacity_assessed"))
        if not one.says("decision_kind", *other)
    ]
    next_steps = [*record.all("plan_made"), *record.all("meeting_held")]
    step, thinking = first(next_steps), first(thought)
    full = max([step, thinking], key=order) if step and thinking else None
    return Finding(
        due=_closed(record),
        full=full,
        reasons=explanations(record, "SPC-02", ("adult_declined",)),
        is_partly=step is not None or thinking is not None,
        colour="amber",
    )


def spc_03(record: Record) -> Finding | None:
    paid = record.saying("concern_raised", "source_is_paid_or_volunteer", "yes")
    crime = record.saying("concern_raised", "crime_suspected", "yes")
    removed = record.saying("position_of_trust", "removed", "yes")
    concern = first([*paid, *crime])
    if concern is None:
        return None
    needs: list[list[Entry]] = []
    if paid:
        needs.append([one for one in record.all("position_of_trust") if one.has("result")])
    if removed:
        needs.append([one for one in record.all("dbs_referral") if one.has("result")])
    if crime:
        needs.append([one for one in record.all("police_referral") if one.has("result")])
    firsts = [first(one) for one in needs]
    known = [one for one in firsts if one is not None]
    full = max(known, key=order) if len(known) == len(needs) else None
    decision = first(one for one in record.all("s42_decided") if one.day >= concern.day)
    end = at(decision) if decision is not None else _closed(record)
    return Finding(
        due=earlier(working_days(concern, 20), end),
        full=full,
        reasons=explanations(record, "SPC-03", ("police_precedence", "covered_elsewhere")),
        is_partly=bool(known),
        colour="amber",
    )


def spc_04(record: Record) -> Finding | None:
    events = [
        *(
            one
            for one in record.saying("adult_died", "abuse_or_neglect_suspected", "yes")
            if one.says("agencies_could_have_worked_better", "yes")
        ),
        *record.saying("serious_harm", "agencies_could_have_worked_better", "yes"),
    ]
    event = first(events)
    if event is None:
        return None
    return Finding(
        due=working_days(event, 10),
        full=first(one for one in record.all("sar_considered") if one.day >= event.day),
        reasons=explanations(record, "SPC-04", ()),
        colour="red" if record.standing_closure() else "amber",
    )


def _repeated(record: Record) -> Entry | None:
    concerns = record.all("concern_raised")
    for one in concerns:
        earlier_ones = one.get("earlier_concerns_6_months")
        told = int(earlier_ones) if isinstance(earlier_ones, int) else 0
        here = [
            other
            for other in concerns
            if other.day <= one.day and months_after(other.day, 6) >= one.day
        ]
        if len(here) + told >= 3:
            return one
    return None


def spc_05(record: Record) -> Finding | None:
    concern = _repeated(record)
    if concern is None:
        return None
    answers = [
        *notions.decisions_to_enquire(record),
        *record.all("enquiry_started"),
        *record.all("plan_made"),
    ]
    decision = first(one for one in record.all("s42_decided") if one.day >= concern.day)
    end = at(decision) if decision is not None else _closed(record)
    return Finding(
        due=earlier(working_days(concern, 20), end),
        full=first(answers),
        reasons=explanations(record, "SPC-05", ("covered_elsewhere",)),
    )


RULES: Final = {
    "PLAN-02": once("PLAN-02", plan_02),
    "PLAN-03": each("PLAN-03", "plan_made", plan_03),
    "CLO-01": each("CLO-01", "outcome_expressed", clo_01),
    "CLO-02": each("CLO-02", "outcome_reviewed", clo_02),
    "CLO-03": once("CLO-03", clo_03),
    "CLO-04": once("CLO-04", clo_04),
    "CLO-05": once("CLO-05", clo_05),
    "DQ-01": once("DQ-01", dq_01),
    "SPC-01": once("SPC-01", spc_01),
    "SPC-02": once("SPC-02", spc_02),
    "SPC-03": once("SPC-03", spc_03),
    "SPC-04": once("SPC-04", spc_04),
    "SPC-05": once("SPC-05", spc_05),
}
