"""PLAN-02, PLAN-03, CLO-01 to CLO-05, DQ-01 and SPC-01 to SPC-05, as read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from tests.oracle.core import notions
from tests.oracle.core.agreement import others_at_risk
from tests.oracle.core.asking import own_reviews, reviews_of, revised
from tests.oracle.core.decisions import judged_until, silences
from tests.oracle.core.record import (
    Due,
    Entry,
    Record,
    calendar_days,
    end_of,
    first,
    is_after,
    is_since,
    is_surely_later,
    months_after,
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
    once,
)


def _closed(record: Record) -> Due | None:
    closure = record.last_closure()
    return None if closure is None else at(closure)


def _may_stand(record: Record) -> list[Entry]:
    """The closures after which only what may not exist opened the case again.

    Each doubt by itself (section 11): of any of them it may be the newest that was not followed.
    So an older one may stand for what the newest does not say.
    """
    return [
        one
        for one in record.all("case_closed")
        if all(
            again.id in record.doubtful or again.id.startswith("?")
            for again in record.all("case_reopened")
            if is_since(again, one)
        )
    ]


def _goes_on(closures: Iterable[Entry]) -> bool:
    return any(one.says("risk_result", "remained", "reduced") for one in closures)


def plan_02(record: Record) -> Finding | None:
    closures = record.standing_closure()
    if not closures and not _goes_on(newest(_may_stand(record))):
        closures = _may_stand(record)
    if not _goes_on(closures):
        return Finding(due=_closed(record), applies=False)
    plans = newest(record.all("plan_made"))
    actions = record.all("plan_action")
    owned = [one for one in actions if one.has("owner") or one.says("adult_owned", "yes")]
    full = [
        plan
        for plan in plans
        if all(plan.has(name) for name in ("lead", "contingency", "review_due"))
        and plan.says("adult_agreed", "yes", "partly", "unable")
        and actions
        and len(owned) == len(actions)
    ]
    return Finding(
        due=_closed(record),
        full=max([full[0], actions[0]], key=order) if full else None,
        reasons=[
            *(Reason(one, None, one.has("reason")) for one in record.all("no_plan_needed")),
            *(Reason(plan) for plan in plans if plan.says("adult_agreed", "no")),
            *(Reason(one) for one in record.saying("risk_discussed", "informed_choice", "yes")),
            *explanations(record, "PLAN-02", ("adult_declined", "covered_elsewhere")),
        ],
        is_partly=bool(plans),
    )


PLAN_CODES: Final = ("agreed_with_adult", "adult_requested_pause", "adult_declined")


def plan_03(record: Record, plan: Entry) -> Finding | None:
    if record.standing_closure():
        return None
    closures = record.all("case_closed")
    again = [one for one in newest(record.all("case_reopened")) if is_since(one, plan)]
    limits: list[Due | None] = []
    if not any(is_since(one, plan) for one in closures):
        limits += [_first_review(plan), calendar_days(plan, 183)]
    if again and not any(is_since(one, again[-1]) for one in record.all("plan_made")):
        limits.append(calendar_days(again[-1], 42))
    until = judged_until(record)
    every = [
        one
        for one in since_day(record.all("plan_reviewed"), plan)
        if record.ref(one, "plan") in (plan.id, None) and one.day <= until
    ]
    reopened = record.all("case_reopened")
    reviews = [one for one in every if not any(is_since(other, one) for other in reopened)]
    reasons = explanations(record, "PLAN-03", PLAN_CODES, plan)
    # A review of this plan, or one that names none.
    ways = frozenset("own" if one.has("plan") else "unnamed" for one in reviews)
    due = earlier(*limits)
    if due is None:
        return Finding(full=first(reviews), reasons=reasons, ways=ways)
    chains = [
        silences([begin, *(one for one in every if is_since(one, begin))], until, 183, due)
        for begin in [plan, *again[-1:]]
    ]
    # Work that was taken up again is looked at anew.
    missed = [one for chain in chains for one in chain] if all(chains) else []
    if not every or (not reviews and not missed):
        missed = [due] if until > due.day else []
    if missed:
        return Finding(due=max(missed, key=_end), reasons=reasons)
    full = first(reviews)
    undated = [one for one in reviews if one.id in record.undated]
    if undated and due.day < plan.day:
        # Each doubt by itself (section 11): one without a day may be since the plan, and in time.
        full = replace(undated[0], day=due.day)
    return Finding(due=due, full=full, reasons=reasons, ways=ways)


def _end(due: Due) -> float:
    return due.instant


def _first_review(plan: Entry) -> Due:
    review = plan.date("review_due")
    return calendar_days(plan, 42) if review is None else end_of(review)


def contact_failed(record: Record, since: Entry | None = None) -> list[Reason]:
    """A last contact that was refused, or calls without a reply on two days since the last talk."""
    calls = record.all("contact_with_adult")
    calls = calls if since is None else since_day(calls, since)
    last = newest(calls)
    found = [Reason(one) for one in last if one.says("result", "refused")]
    talked = newest(one for one in calls if not one.says("result", "no_reply", "refused"))
    silent = [
        one
        for one in calls
        if one.says("result", "no_reply") and all(is_after(one, talk) for talk in talked)
    ]
    days = sorted({one.day for one in silent})
    if any(one.says("result", "no_reply") for one in last) and len(days) >= 2:
        found.append(Reason(next(one for one in silent if one.day == days[1])))
    return found


AT_CLOSURE: Final = ("adult_declined", "not_reachable", "unsafe", "hospital_admission")


def clo_01(record: Record, outcome: Entry) -> Finding | None:
    if revised(record, outcome):
        return Finding(due=_closed(record), applies=False)
    reviews = reviews_of(record, outcome)
    own = own_reviews(record, outcome)
    if own and all(one.id in record.doubtful for one in own):
        # Each doubt by itself (section 11): the adult's view may stand in one that names no outcome
        # because its own may not be there, and wellbeing in its own because it may.
        unnamed = since_day(record.all("outcome_reviewed"), outcome)
        reviews = [*own, *(one for one in unnamed if not one.has("outcome"))]
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
            *contact_failed(record, outcome),
            *explanations(record, "CLO-01", AT_CLOSURE, outcome),
        ],
        is_partly=bool(known),
        shown_by="its own" if own else "of all outcomes",
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
    closure = record.last_closure()
    informed = [
        one
        for one in record.saying("information_given", "topic", "contact_point")
        if closure is not None and is_since(one, closure)
    ]
    viewed = [
        one
        for one in closures
        if one.says("adult_view", "agrees", "unable")
        or (one.says("adult_view", "disagrees") and one.says("view_explored", "yes"))
    ]
    unexplored = [
        one
        for one in closures
        if one.says("adult_view", "disagrees") and not one.says("view_explored", "yes")
    ]
    points = [*(one for one in closures if one.says("contact_point_given", "yes")), *informed]
    told = [one for one in closures if one.has("informed")]
    full: Entry | None = None
    if viewed and points and told:
        full = max([viewed[0], points[0], told[0]], key=order)
    died = [one for one in newest(record.all("case_closed")) if one.says("reason", "adult_died")]
    return Finding(
        due=_closed(record),
        full=full,
        reasons=[
            *(Reason(one) for one in died),
            *contact_failed(record),
            *explanations(record, "CLO-03", AT_CLOSURE),
        ],
        is_partly=bool(viewed or points or told) and not unexplored,
        colour="red" if unexplored else "amber",
    )


def clo_04(record: Record) -> Finding | None:
    risky = any(one.says("level", "medium", "high") for one in newest(record.all("risk_assessed")))
    found = record.saying("enquiry_reported", "finding", "risk_identified")
    if not risky and not found:
        return Finding(due=_closed(record), applies=False)
    closures = record.standing_closure()
    full = [
        one
        for one in closures
        if one.says("risk_result", "reduced", "removed")
        or (one.says("risk_result", "remained") and one.has("risk_reason"))
    ]
    return Finding(
        due=_closed(record),
        full=first(full),
        reasons=explanations(record, "CLO-04", ()),
        is_partly=any(one.says("risk_result", "remained") for one in closures),
        colour="amber",
    )


def clo_05(record: Record) -> Finding | None:
    closure = record.last_closure()
    refused = [
        one for one in newest(record.all("contact_with_adult")) if one.says("result", "refused")
    ]
    died = [one for one in newest(record.all("case_closed")) if one.says("reason", "adult_died")]
    return Finding(
        due=None if closure is None else calendar_days(closure, 56),
        full=first(record.saying("experience_feedback", "offered", "yes")),
        reasons=[
            *(Reason(one) for one in (*refused, *died)),
            *explanations(record, "CLO-05", ("adult_declined", "unsafe")),
        ],
    )


def dq_01(record: Record) -> Finding | None:
    if record.flawed:
        return Finding(has_due=False, is_unknown=True)
    late = [one for one in record.every() if one.recorded_day > working_days(one, LATE_DAYS).day]
    begin, misfits = record.begin, _misfits(record)
    return Finding(
        due=None if begin is None else end_of(begin.day),
        full=None if misfits or late else begin or Entry("", "", 0, 0, 0, {}),
        reasons=explanations(record, "DQ-01", ()),
        is_partly=not misfits,
        colour="grey",
        # Only what was written down late has no colour: a mismatch in part explained keeps its own.
        partly_colour="grey" if misfits else "none",
        met_colour="none",
        is_never_late=True,
        misfits=misfits,
    )


LATE_DAYS: Final = 5


PAIRS: Final = (
    ("concern_raised", "case_closed"),
    ("concern_raised", "enquiry_started"),
    ("outcome_expressed", "outcome_reviewed"),
)


def _precedes(record: Record, kind: str, before: str) -> bool:
    """Something came before the first of what it follows on, or without any."""
    head, one = first(record.all(before)), first(record.all(kind))
    return one is not None and (head is None or is_surely_later(head, one))


def _misfits(record: Record) -> frozenset[str]:
    ceased = record.saying("enquiry_reported", "ceased_at_adults_request", "yes")
    found = {
        **{f"{kind} too early": _precedes(record, kind, before) for before, kind in PAIRS},
        "ceased without views": bool(ceased)
        and not record.saying("views_on_proceeding", "agree", "no", "partly"),
        "imca with capacity": _imca_with_capacity(record),
        "result without risk": _result_without_risk(record),
        "counts differ": _counts_differ(record),
        "decided too early": _decided_too_early(record),
    }
    return frozenset(name for name, is_there in found.items() if is_there)


def _decided_too_early(record: Record) -> bool:
    return any(
        is_surely_later(concern, decision)
        for decision in record.all("s42_decided")
        for concern in record.all("concern_raised")
        if concern.id in record.refs(decision, "concern")
    )


def _imca_with_capacity(record: Record) -> bool:
    instructed = [
        one
        for one in record.saying("advocate_status", "kind", "imca")
        if one.says("state", "instructed")
    ]
    other = record.saying("capacity_assessed", "conclusion", "lacks_capacity", "undetermined")
    doubtful = record.saying("capacity_considered", "view", "already_established", "fluctuates")
    able = record.saying("capacity_assessed", "conclusion", "has_capacity")
    return bool(instructed and able) and not other and not doubtful


def _result_without_risk(record: Record) -> bool:
    results = record.saying("case_closed", "risk_result", "remained", "reduced", "removed")
    reports = record.all("enquiry_reported")
    none_found = [one for one in reports if one.says("finding", "no_risk_identified")]
    return bool(results and none_found) and len(none_found) == len(reports)


def _counts_differ(record: Record) -> bool:
    if not record.standing_closure():
        return False
    live = [one for one in record.all("outcome_expressed") if not revised(record, one)]
    return any(
        not any(
            review.has("achieved") and not review.says("achieved", "not_known")
            for review in reviews_of(record, one)
        )
        for one in live
    )


def decided_or_closed(record: Record, concern: Entry) -> Due | None:
    """The day of the first decision since a concern, else that of the standing closure."""
    decision = first(
        one
        for one in record.all("s42_decided")
        if not one.says("result", "more_information") and is_since(one, concern)
    )
    return at(decision) if decision is not None else _closed(record)


def spc_01(record: Record) -> Finding | None:
    concerns = [
        one
        for one in record.all("concern_raised")
        if one.says("abuse_type", "domestic") or one.says("coercion_suspected", "yes")
    ]
    if not concerns:
        return None
    talks = record.all("outcomes_conversation")
    free = [
        one
        for one in talks
        if not one.says("with_is_source", "yes") and not one.says("interpreter_is_source", "yes")
    ]
    others = ("adult_or_representative", "family", "friend", "attorney_or_deputy")
    alone = [
        one
        for one in free
        if one.says("alone", "yes") and not one.says("with", *others, "other_professional")
    ]
    is_domestic = any(one.says("abuse_type", "domestic") for one in concerns)
    marac = record.all("marac_considered")
    routes = record.saying("s42_decided", "alternative_route", "domestic_abuse_service")
    spoken = [
        one
        for one in free
        if not any(is_surely_later(other, one) for other in talks if other not in free)
    ]
    heard = max([alone[0], spoken[0]], key=order) if alone and spoken else None
    full = heard
    if is_domestic:
        full = max([heard, marac[0]], key=order) if heard is not None and marac else None
    reasons = [
        one
        for one in notions.reasons_not_asked(record, None)
        if one.given.says("reason_not_asked", "unsafe_to_ask")
    ]
    reasons += explanations(record, "SPC-01", ("unsafe",))
    if not is_domestic or marac or routes:
        reasons += explanations(record, "SPC-01", ("adult_declined",))
    if heard is not None and is_domestic:
        reasons += [Reason(max([one, heard], key=order)) for one in routes]
    return Finding(
        due=earlier(
            working_days(concerns[0], 20),
            counted_from(decided_or_closed(record, concerns[0]), concerns[0]),
        ),
        full=full,
        reasons=reasons,
        is_partly=bool(alone) or (is_domestic and bool(marac)),
        colour="amber",
    )


def _declined_help(record: Record) -> bool:
    return bool(
        record.saying("views_on_proceeding", "agree", "no")
        or [
            one
            for one in record.saying("outcomes_conversation", "asked", "not_asked")
            if one.says("reason_not_asked", "declined_to_discuss")
        ]
        or record.saying("contact_with_adult", "result", "refused")
        or record.saying("response_decided", "adult_agrees", "no")
        or record.saying("plan_made", "adult_agreed", "no")
        or record.saying("enquiry_reported", "ceased_at_adults_request", "yes")
        or record.saying("case_closed", "reason", "adult_request")
    )


def spc_02(record: Record) -> Finding | None:
    neglects = record.saying("concern_raised", "abuse_type", "self_neglect")
    if not neglects or not _declined_help(record):
        return Finding(due=_closed(record), applies=False)
    other = ("finances", "contact", "information_sharing")
    thought = [
        one
        for one in (*record.all("capacity_considered"), *record.all("capacity_assessed"))
        if not one.says("decision_kind", *other)
        and (one.has("decision") or one.has("decision_kind"))
    ]
    steps = [
        *record.all("plan_made"),
        *record.all("meeting_held"),
        *record.all("partner_involved"),
    ]
    step, thinking = first(steps), first(thought)
    ways = [
        *record.all("plan_made"),
        *record.all("plan_action"),
        *record.saying("case_closed", "contact_point_given", "yes"),
        *record.saying("information_given", "topic", "contact_point"),
    ]
    choices = record.saying("risk_discussed", "informed_choice", "yes")
    kinds = (notions.TAKING_PART, "protective_measure", "residence_or_care", "other")
    reasons: list[Reason] = []
    way = first(ways)
    if choices and way is not None and not notions.lacks_capacity(record, *kinds):
        reasons = [Reason(max([choices[0], way], key=order))]
    return Finding(
        due=_closed(record),
        full=max([step, thinking], key=order) if step and thinking else None,
        reasons=[*reasons, *explanations(record, "SPC-02", ())],
        is_partly=step is not None or thinking is not None,
        colour="amber",
    )


def _considered(record: Record, kind: str) -> Entry | None:
    return first(
        one for one in record.all(kind) if not one.says("result", "not_needed") or one.has("reason")
    )


def spc_03(record: Record) -> Finding | None:
    paid = record.saying("concern_raised", "source_is_paid_or_volunteer", "yes")
    crime = record.saying("concern_raised", "crime_suspected", "yes")
    removed = record.saying("position_of_trust", "removed", "yes")
    kinds = []
    if paid:
        kinds.append("position_of_trust")
    if removed:
        kinds.append("dbs_referral")
    if crime:
        kinds.append("police_referral")
    if not kinds:
        return Finding(due=_closed(record), applies=False)
    concern = first([*paid, *crime])
    found = {kind: _considered(record, kind) for kind in kinds}
    known = [one for one in found.values() if one is not None]
    reasons = explanations(record, "SPC-03", ("police_precedence", "covered_elsewhere"))
    lacking = [kind for kind, one in found.items() if one is None]
    if lacking == ["police_referral"] and not others_at_risk(record):
        reasons += explanations(record, "SPC-03", ("adult_declined",))
    limits = [_closed(record)]
    if concern is not None:
        decided = counted_from(decided_or_closed(record, concern), concern)
        limits = [working_days(concern, 20), decided]
    return Finding(
        due=earlier(*limits),
        full=max(known, key=order) if not lacking else None,
        reasons=reasons,
        is_partly=any(record.all(kind) for kind in kinds),
        colour="amber",
    )


def spc_04(record: Record) -> Finding | None:
    deaths = [
        one
        for one in record.saying("adult_died", "abuse_or_neglect_suspected", "yes")
        if one.says("agencies_could_have_worked_better", "yes")
    ]
    harm = record.saying("serious_harm", "agencies_could_have_worked_better", "yes")
    if not deaths and not harm:
        return None
    considered = [
        one
        for one in record.all("sar_considered")
        if not one.says("result", "not_needed") or one.has("reason")
    ]
    answers = []
    for events in (deaths[:1], newest(harm)):
        if events:
            answers.append(first(one for one in considered if is_since(one, events[0])))
    known = [one for one in answers if one is not None]
    died = record.all("adult_died")
    latest_harm = [one for one in newest(harm) if not any(is_since(death, one) for death in died)]
    limits = [working_days(one, 10) for one in (*died[:1], *latest_harm[-1:])]
    return Finding(
        due=earlier(*limits),
        full=max(known, key=order) if len(known) == len(answers) else None,
        reasons=explanations(record, "SPC-04", ()),
        is_partly=any(
            one.says("result", "not_needed") and not one.has("reason")
            for one in record.all("sar_considered")
        ),
        colour="red" if record.standing_closure() else "amber",
    )


def _counted(concerns: list[Entry], concern: Entry) -> int:
    """The concerns of six months up to one: those here, and those that it says were elsewhere."""
    told = concern.get("earlier_concerns_6_months")
    return (int(told) if isinstance(told, int) else 0) + sum(
        1 for one in concerns if months_after(concern.day, -6) <= one.day and is_since(concern, one)
    )


def spc_05(record: Record) -> Finding | None:
    concerns = record.all("concern_raised")
    if not concerns:
        return None
    last = newest(concerns)[-1]
    here = [one for one in concerns if one.day >= months_after(last.day, -6)]
    # What was there by a limit is asked whether or not the concerns had repeated by then.
    repeats = bool(record.later) or any(_counted(here, one) >= 3 for one in here)
    is_open = any(one.id in record.doubtful for one in concerns)
    begun = [one for one in record.all("enquiry_started") if is_since(one, here[0])]
    closures = record.all("case_closed")
    open_ones = [
        one
        for one in record.all("enquiry_started")
        if not any(is_since(closure, one) for closure in closures)
    ]
    answers = [
        *record.all("plan_made"),
        *begun,
        *open_ones,
        *(one for one in notions.decisions_to_enquire(record) if is_since(one, here[0])),
    ]
    return Finding(
        due=earlier(working_days(last, 20), counted_from(decided_or_closed(record, last), last)),
        full=first(answers),
        reasons=explanations(record, "SPC-05", ("covered_elsewhere",)),
        applies=repeats,
        shown_by=here[0].id if is_open and not record.all("plan_made") and not open_ones else "",
    )


RULES: Final = {
    "PLAN-02": once(plan_02),
    "PLAN-03": each("plan_made", plan_03),
    "CLO-01": each("outcome_expressed", clo_01),
    "CLO-02": each("outcome_reviewed", clo_02, limit=at),
    "CLO-03": once(clo_03),
    "CLO-04": once(clo_04),
    "CLO-05": once(clo_05),
    "DQ-01": once(dq_01),
    "SPC-01": once(spc_01),
    "SPC-02": once(spc_02),
    "SPC-03": once(spc_03),
    "SPC-04": once(spc_04),
    "SPC-05": once(spc_05),
}
