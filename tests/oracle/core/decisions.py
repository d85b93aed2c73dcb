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
    months_after,
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
        *(
            one
            for one in record.saying("contact_with_adult", "result", "spoke")
            if one.day >= decision.day
        ),
        *(one for one in record.all("information_given") if one.day >= decision.day),
    ]
    told = decision if decision.says("adult_informed", "yes") else first(informed)
    talk = first(notions.asked(record))
    parts = [
        decision.has("rationale"),
        decision.has("alternative_route"),
        told is not None,
        talk is not None,
    ]
    full = max([decision, told, talk], key=order) if told and talk and all(parts) else None
    return Finding(
        due=at(decision),
        full=full,
        reasons=explanations(record, "DEC-03", ("adult_declined", "not_reachable"), decision),
        is_partly=decision.has("rationale") and sum(parts) > 1,
        colour="amber" if decision.has("rationale") else "red",
    )


def com_01(record: Record, decision: Entry) -> Finding | None:
    return Finding(
        due=working_days(decision, 2),
        full=first(since_day(record.all("referrer_feedback"), decision)),
        reasons=explanations(record, "COM-01", (), decision),
        colour="none",
    )


def plan_01(record: Record, decision: Entry) -> Finding | None:
    if not decision.says("result", *notions.TO_ENQUIRE):
        return None
    if record.saying("enquiry_started", "form", "conversation"):
        return None
    planned = [*record.all("enquiry_planned"), *notions.planning_meetings(record)]
    return Finding(
        due=working_days(decision, 1 if decision.says("urgent", "yes") else 7),
        full=first(since_day(planned, decision)),
        reasons=explanations(record, "PLAN-01", ("police_precedence",), decision),
        colour="none",
    )


def enquiry_end(record: Record) -> Entry | None:
    """The report with which each body that was asked has reported, at least one."""
    caused = {one.id for one in record.all("enquiry_caused")}
    named: set[str] = set()
    unnamed = reports = 0
    for report in record.all("enquiry_reported"):
        reports += 1
        body = record.ref(report, "caused")
        if body in caused:
            named.add(str(body))
        else:
            unnamed += 1
        if len(named) + unnamed >= len(caused):
            return report
    return None


def dur_01(record: Record) -> Finding | None:
    start = first(record.all("enquiry_started"))
    if start is None:
        return None
    agreed = [
        day for one in record.all("enquiry_planned") if (day := one.date("agreed_due")) is not None
    ]
    due = end_of(agreed[-1]) if agreed else calendar_days(start, 60)
    ends = [*record.standing_closure()]
    end = enquiry_end(record)
    if end is not None:
        ends.append(end)
    second = months_after(start.day, 9)
    return Finding(
        due=due,
        full=first(ends),
        reasons=explanations(record, "DUR-01", ("police_precedence", "hospital_admission")),
        colour="amber" if record.as_of > second else "none",
    )


def inv_01(record: Record, meeting: Entry) -> Finding | None:
    has_route = meeting.has("participation") and not meeting.says("participation", "none")
    is_shared = meeting.says("record_shared_with_adult", "yes")
    why = meeting.has("not_involved") and (
        not meeting.says("not_involved", "other") or meeting.has("reason_not_involved")
    )
    lacks_text = meeting.says("not_involved", "other") and not meeting.has("reason_not_involved")
    codes = ("adult_declined", "police_precedence", "unsafe")
    return Finding(
        due=at(meeting),
        full=meeting if has_route and is_shared else None,
        reasons=[
            *([Reason(meeting)] if why and not has_route else []),
            *explanations(record, "INV-01", codes, meeting),
        ],
        is_partly=has_route or is_shared or lacks_text,
        colour="amber",
    )


def contacts(record: Record) -> list[Entry]:
    """Any event in which the adult, or who speaks for them, took part."""
    found = [
        *(
            one
            for one in record.saying("contact_with_adult", "result", "spoke")
            if notions.spoke(one, notions.SPEAKS_FOR)
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


def inv_02(record: Record) -> Finding | None:
    start = first(record.all("enquiry_started"))
    if start is None:
        return None
    ends = [one for one in (*record.standing_closure(), enquiry_end(record)) if one is not None]
    end = first(ends)
    last, late = start, None
    for one in contacts(record):
        if one.day < start.day or (end is not None and one.day > end.day):
            continue
        if one.day > last.day + 21:
            late = (calendar_days(last, 21), one)
        last = one
    due: Due = calendar_days(last, 21)
    if end is not None:
        if end.day > due.day:
            return Finding(due=due, colour="none")
        return Finding(due=late[0] if late else due, full=late[1] if late else end, colour="none")
    if late is not None and record.as_of <= due.day:
        return Finding(due=late[0], full=late[1], colour="none")
    return Finding(
        due=due,
        reasons=explanations(record, "INV-02", ("agreed_with_adult", "unsafe")),
        colour="none",
    )


def inv_03(record: Record) -> Finding | None:
    concern = first(record.all("concern_raised"))
    if concern is None:
        return None
    closure = first(record.standing_closure())
    return Finding(
        due=earlier(working_days(concern, 10), None if closure is None else at(closure)),
        full=first(record.all("information_given")),
        reasons=explanations(record, "INV-03", ("emergency_action",)),
    )


def par_01(record: Record, caused: Entry) -> Finding | None:
    names = ("carries_views", "carries_capacity_view", "carries_period", "carries_issues")
    parts = [caused.says(name, "yes") for name in names]
    reports = [
        one for one in record.all("enquiry_reported") if record.ref(one, "caused") == caused.id
    ]
    if reports:
        parts.append(any(one.says("outcomes_covered", "yes") for one in reports))
    return Finding(
        due=at(caused),
        full=caused if all(parts) else None,
        reasons=explanations(record, "PAR-01", ("unsafe",), caused),
        is_partly=any(parts),
        colour="amber",
    )


def par_02(record: Record, partner: Entry) -> Finding | None:
    judged = partner.says("msp_evidence", "yes", "part", "no")
    return Finding(
        due=at(partner),
        full=partner if judged else None,
        reasons=explanations(record, "PAR-02", (), partner),
        is_unknown=True,
    )


RULES: Final = {
    "DEC-01": each("DEC-01", "s42_decided", dec_01),
    "DEC-02": each("DEC-02", "concern_raised", dec_02),
    "DEC-03": each("DEC-03", "s42_decided", dec_03),
    "COM-01": each("COM-01", "s42_decided", com_01),
    "PLAN-01": each("PLAN-01", "s42_decided", plan_01),
    "DUR-01": once("DUR-01", dur_01),
    "INV-01": each("INV-01", "meeting_held", inv_01),
    "INV-02": once("INV-02", inv_02),
    "INV-03": once("INV-03", inv_03),
    "PAR-01": each("PAR-01", "enquiry_caused", par_01),
    "PAR-02": each("PAR-02", "partner_involved", par_02),
}
