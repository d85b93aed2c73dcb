"""DEC-01 to DEC-03, COM-01, PLAN-01, DUR-01, INV-01 to INV-03, PAR-01 and PAR-02, as read."""

from __future__ import annotations

from typing import Final

from tests.oracle.core import notions
from tests.oracle.core.record import (
    Due,
    Entry,
    Record,
    calendar_days,
    end_of,
    first,
    is_since,
    newest,
    order,
    since_day,
    working_days,
)
from tests.oracle.core.table import (
    Finding,
    Reason,
    at,
    each,
    earlier,
    explanations,
    once,
    stands_until,
)


def more_information(decision: Entry, *, needs_text: bool) -> Reason:
    """A decision to find out more stands until its review, else ten working days."""
    until = stands_until(decision, "more_information", ("more_information",))
    return Reason(decision, until, decision.has("rationale") or not needs_text)


def dec_01(record: Record, decision: Entry) -> Finding | None:
    criteria = ["has_needs", "at_risk"]
    if decision.says("result", "s42_enquiry"):
        criteria.append("cannot_protect_self")
    tests = [decision.has(name) for name in criteria]
    is_tested = all(tests)
    if decision.says("result", "no_enquiry"):
        every = ("has_needs", "at_risk", "cannot_protect_self")
        is_tested |= any(decision.says(name, "not_met") for name in every)
    if decision.says("result", "duplicate", "transferred"):
        is_tested = True
    is_decided = is_tested and decision.has("result")
    is_full = is_decided and decision.has("rationale") and decision.has("decided_by")
    reasons = explanations(record, "DEC-01", (), decision)
    if decision.says("result", "more_information"):
        reasons.append(more_information(decision, needs_text=False))
    return Finding(
        due=at(decision),
        full=decision if is_full else None,
        reasons=reasons,
        colour="amber" if is_decided else "red",
    )


def dec_02(record: Record, concern: Entry) -> Finding | None:
    mine = since_day(notions.deciding(record, concern), concern)
    waiting = [one for one in mine if one.says("result", "more_information")]
    codes = ("awaiting_information", "agreed_with_adult")
    return Finding(
        due=working_days(concern, 3),
        full=first(
            one for one in mine if one.has("result") and not one.says("result", "more_information")
        ),
        reasons=[
            *(more_information(one, needs_text=True) for one in waiting),
            *explanations(record, "DEC-02", codes, concern),
        ],
        colour="none",
    )


def dec_03(record: Record, decision: Entry) -> Finding | None:
    if not decision.says("result", "no_enquiry"):
        return None
    informed = [
        one
        for one in record.saying("contact_with_adult", "with", *notions.REPRESENTATIVES)
        if not one.says("result", "no_reply", "refused")
    ] + record.all("information_given")
    told = decision
    if not decision.says("adult_informed", "yes"):
        told = first(since_day(informed, decision))  # type: ignore[assignment]
    talk = first(notions.asked(record))
    has_parts = decision.has("rationale") and decision.has("alternative_route")
    full = max([decision, told, talk], key=order) if told and talk and has_parts else None
    codes = ("covered_elsewhere", "unsafe", "adult_declined", "not_reachable")
    return Finding(
        due=at(decision),
        full=full,
        reasons=explanations(record, "DEC-03", codes, decision),
        is_partly=decision.has("rationale"),
    )


def com_01(record: Record, decision: Entry) -> Finding | None:
    if not decision.says("result", *notions.TO_ENQUIRE, "no_enquiry"):
        return None
    told = since_day(record.all("referrer_feedback"), decision)
    raised = [one for one in record.all("concern_raised") if is_since(decision, one)]
    nameless = bool(raised) and all(one.says("source", "anonymous") for one in raised)
    codes = ("police_precedence", "not_reachable")
    return Finding(
        due=working_days(decision, 2),
        full=first(one for one in told if not one.has("not_given_reason")),
        reasons=[
            *(Reason(one) for one in told if one.has("not_given_reason")),
            *([Reason(raised[0])] if nameless else []),
            *explanations(record, "COM-01", codes, decision),
        ],
        colour="none",
    )


def plan_01(record: Record, decision: Entry) -> Finding | None:
    if not decision.says("result", *notions.TO_ENQUIRE):
        return None
    planned = [*record.all("enquiry_planned"), *notions.planning_meetings(record)]
    talks = [
        *record.saying("enquiry_started", "form", "conversation"),
        *record.saying("response_decided", "form", "conversation"),
    ]
    mates = [
        one
        for one in notions.decisions_to_enquire(record)
        if one.says("urgent", "yes") and is_since(one, decision) and is_since(decision, one)
    ]
    return Finding(
        due=earlier(working_days(decision, 7), *(working_days(one, 1) for one in mates[:1])),
        full=first(since_day(planned, decision)),
        reasons=[
            *(Reason(one) for one in since_day(talks, decision)),
            *explanations(record, "PLAN-01", ("police_precedence",), decision),
        ],
        colour="none",
    )


def enquiry_end(record: Record) -> Entry | None:
    """The report with which each body that was asked has reported, at least one.

    It lies on or after the newest start of an enquiry, and no reopening followed it.
    """
    caused = {one.id for one in record.all("enquiry_caused")}
    named: set[str] = set()
    unnamed, has_one = 0, False
    for report in record.all("enquiry_reported"):
        body = record.ref(report, "caused")
        if body in caused:
            named.add(str(body))
        elif not report.has("caused"):
            unnamed += 1
        # Of reports of one day, one without a time may have come before or after the others.
        has_one = has_one or _counts(record, report)
        if has_one and len(named) + unnamed >= len(caused):
            return report
    return None


def _counts(record: Record, report: Entry) -> bool:
    """A report counts from the newest start of an enquiry on, if no reopening followed it."""
    starts = newest(record.all("enquiry_started"))
    return all(is_since(report, one) for one in starts) and not any(
        is_since(again, report) for again in record.all("case_reopened")
    )


def dur_01(record: Record) -> Finding | None:
    starts = record.all("enquiry_started")
    if not starts or record.standing_closure():
        return None
    closures, again = record.all("case_closed"), record.all("case_reopened")
    going_on = [one for one in starts if not any(is_since(closure, one) for closure in closures)]
    agreed = [
        one
        for one in record.all("enquiry_planned")
        if one.date("agreed_due") is not None
        and not one.says("with_adult", "no")
        and not any(is_since(closure, one) for closure in closures)
    ]
    limits = []
    if agreed:
        limits = [end_of(one.date("agreed_due") or 0) for one in newest(agreed)]
    else:
        limits += [calendar_days(one, 60) for one in newest(going_on)[-1:]]
        limits += [
            calendar_days(one, 60)
            for one in newest(again)
            if not any(is_since(other, one) for other in starts)
        ]
    end = enquiry_end(record)
    codes = (
        "agreed_with_adult",
        "police_precedence",
        "hospital_admission",
        "adult_requested_pause",
    )
    return Finding(
        due=earlier(*limits),
        full=end,
        reasons=explanations(record, "DUR-01", codes),
        colour="none",
        misfits=_lacking_reports(record) if end is None else frozenset(),
    )


def _lacking_reports(record: Record) -> frozenset[str]:
    """The bodies that have not reported, and whether no report counts: each a doubt by itself."""
    reports = record.all("enquiry_reported")
    named = {record.ref(one, "caused") for one in reports}
    lacking = {one.id for one in record.all("enquiry_caused") if one.id not in named}
    if not any(_counts(record, one) for one in reports):
        lacking.add("a report that counts")
    return frozenset(lacking)


def inv_01(record: Record, meeting: Entry) -> Finding | None:
    has_route = meeting.has("participation") and not meeting.says("participation", "none")
    is_shared = meeting.says("record_shared_with_adult", "yes")
    has_reason = meeting.has("not_involved")
    has_words = not meeting.says("not_involved", "other") or meeting.has("reason_not_involved")
    codes = ("adult_declined", "police_precedence", "unsafe")
    return Finding(
        due=at(meeting),
        full=meeting if has_route and is_shared else None,
        reasons=[
            *([Reason(meeting, None, has_words)] if has_reason else []),
            *explanations(record, "INV-01", codes, meeting),
        ],
        is_partly=has_route or is_shared,
        colour=_several_without(record),
    )


def _several_without(record: Record) -> str:
    without = [
        one
        for one in record.saying("meeting_held", "participation", "none")
        if not one.has("not_involved")
    ]
    return "red" if len(without) >= 2 else "amber"


def contacts(record: Record) -> list[Entry]:
    """Any event in which the adult, or who speaks for them, took part."""
    found = [
        *(
            one
            for one in record.all("contact_with_adult")
            if not one.says("result", "no_reply", "refused")
            and notions.spoke(one, notions.SPEAKS_FOR)
        ),
        *notions.asked(record),
        *(
            one
            for one in record.saying("views_on_proceeding", "agree", "yes", "no", "partly")
            if notions.spoke(one, notions.SPEAKS_FOR)
        ),
        *(one for one in record.all("risk_discussed") if notions.spoke(one, notions.SPEAKS_FOR)),
        *(
            one
            for one in record.all("meeting_held")
            if one.has("participation") and not one.says("participation", "none")
        ),
        *record.saying("plan_reviewed", "adult_took_part", "yes"),
        *record.all("information_given"),
    ]
    return sorted(found, key=order)


def judged_until(record: Record) -> int:
    """The day up to which open work is judged: today, or that of a death on record."""
    deaths = [one for one in record.all("adult_died") if not one.id.startswith("?")]
    return deaths[0].day if deaths else record.as_of


def silences(entries: list[Entry], until: int, longest: int, first_limit: Due) -> list[Due]:
    """The limits that were not kept between one entry and the next, or until a day."""
    entries = [one for one in entries if one.day <= until]
    days = [*(one.day for one in entries[1:]), until]
    return [
        first_limit if at == 0 else calendar_days(one, longest)
        for at, (one, next_day) in enumerate(zip(entries, days, strict=False))
        if next_day > one.day + longest
    ]


def inv_02(record: Record) -> Finding | None:
    starts = record.all("enquiry_started")
    if not starts or record.standing_closure():
        return None
    closures = record.all("case_closed")
    until = judged_until(record)
    again = newest(one for one in record.all("case_reopened") if one.day <= until)
    begins = [one for one in starts if not any(is_since(end, one) for end in closures)][:1]
    begins += [one for one in again[-1:] if not any(is_since(start, one) for start in starts)]
    refused = [
        one for one in newest(record.all("contact_with_adult")) if one.says("result", "refused")
    ]
    codes = ("agreed_with_adult", "adult_declined", "adult_requested_pause", "unsafe")
    reasons = [
        *(Reason(one) for one in refused),
        *explanations(record, "INV-02", codes),
    ]
    if not begins:
        return Finding(reasons=reasons, colour="none")
    heard = [one for one in contacts(record) if one.day <= until]
    counting = [one for one in heard if not any(is_since(end, one) for end in closures)]
    limit = earlier(*(calendar_days(one, 21) for one in begins))
    assert limit is not None
    chains = [
        silences([begin, *(one for one in heard if one.day >= begin.day)], until, 21, limit)
        for begin in begins
    ]
    missed = [one for chain in chains for one in chain]
    is_kept = any(not chain for chain in chains)
    if not is_kept or (not counting and missed):
        limit = max(missed, key=lambda one: one.instant)
    return Finding(
        due=limit,
        full=first(counting) if is_kept else None,
        reasons=reasons,
        colour="none",
    )


def inv_03(record: Record) -> Finding | None:
    concern = first(record.all("concern_raised"))
    closure = record.last_closure()
    explained = [
        one
        for one in record.saying("contact_with_adult", "purpose", "explain")
        if not one.says("result", "no_reply", "refused")
        and not one.says("with", "other_professional")
    ]
    useful = record.saying(
        "information_given", "topic", "process", "rights", "options", "contact_point"
    )
    return Finding(
        due=earlier(
            None if concern is None else working_days(concern, 10),
            None if closure is None else at(closure),
        ),
        full=first([*useful, *explained]),
        reasons=explanations(record, "INV-03", ("emergency_action", "covered_elsewhere")),
        is_partly=bool(record.all("information_given")),
    )


def par_01(record: Record, caused: Entry) -> Finding | None:
    names = ("carries_views", "carries_capacity_view", "carries_period", "carries_issues")
    parts = [caused.says(name, "yes") for name in names]
    reports = [
        one
        for one in since_day(record.all("enquiry_reported"), caused)
        if record.ref(one, "caused") == caused.id
    ]
    covering = [one for one in reports if one.says("outcomes_covered", "yes")]
    is_full = all(parts) and (not reports or bool(covering))
    unsafe = [
        one
        for one in notions.reasons_not_asked(record, None)
        if one.given.says("reason_not_asked", "unsafe_to_ask")
    ]
    return Finding(
        due=at(caused),
        full=caused if is_full else None,
        reasons=[
            *(unsafe if parts[2] and parts[3] else []),
            *explanations(record, "PAR-01", ("unsafe",), caused),
        ],
        is_partly=any(parts) or bool(covering),
        colour="amber",
        # No report at all, or one that covers it: two that only may hold don't make up an answer.
        shown_by=("a report" if covering else "no report") if is_full else "",
    )


def par_02(record: Record, partner: Entry) -> Finding | None:
    judged = partner.says("msp_evidence", "yes", "part", "no")
    return Finding(
        due=at(partner),
        full=partner if judged else None,
        reasons=explanations(record, "PAR-02", (), partner),
    )


RULES: Final = {
    "DEC-01": each("s42_decided", dec_01),
    "DEC-02": each("concern_raised", dec_02),
    "DEC-03": each("s42_decided", dec_03, limit=at),
    "COM-01": each("s42_decided", com_01, limit=lambda one: working_days(one, 2)),
    "PLAN-01": each("s42_decided", plan_01),
    "DUR-01": once(dur_01),
    "INV-01": each("meeting_held", inv_01),
    "INV-02": once(inv_02),
    "INV-03": once(inv_03),
    "PAR-01": each("enquiry_caused", par_01),
    "PAR-02": each("partner_involved", par_02),
}
