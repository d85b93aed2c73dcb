"""CON-01 to CON-03, RISK-01 to RISK-03 and PROP-01, as read."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tests.oracle.core import notions
from tests.oracle.core.asking import revised
from tests.oracle.core.record import (
    Entry,
    Record,
    first,
    hours,
    is_after,
    is_before,
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
    first_of_each,
    once,
)


def police_referrals(record: Record) -> list[Entry]:
    """Referrals to the police that were made."""
    return record.saying("police_referral", "result", "referred")


def con_01(record: Record) -> Finding | None:
    views = record.all("views_on_proceeding")
    sought = [one for one in views if one.says("agree", "yes", "no", "partly", "unable")]
    not_sought = [one for one in views if one.says("agree", "not_sought")]
    overrides = record.saying(
        "override_decided", "ground", "asking_increases_risk", "cannot_be_contacted_in_time"
    )
    codes = ("emergency_action", "unsafe", "not_reachable", "police_precedence")
    return Finding(
        due=first_of_each(
            record.all("enquiry_started"),
            record.all("information_shared"),
            police_referrals(record),
        ),
        full=first(sought),
        reasons=[
            *(
                Reason(one)
                for one in views
                if one.says("agree", "not_sought", "unable") and one.has("reason")
            ),
            *(Reason(one) for one in overrides),
            *explanations(record, "CON-01", codes),
        ],
        is_partly=bool(not_sought),
        colour="amber",
    )


SHARING: Final = "information_sharing"
POLICE: Final = "police_referral"
ELSE: Final = (SHARING, POLICE, "contact_with_source")


def _agreed_by(record: Record, views: Entry, about: str, act: Entry) -> bool:
    """The adult had agreed to it, or to what is not named, after these views and by the act."""
    return any(
        is_after(one, views) and is_since(act, one)
        for one in record.saying("views_on_proceeding", "agree", "yes")
        if not one.has("about") or one.says("about", about)
    )


def _no_to_sharing(record: Record, views: Entry) -> bool:
    """A no to the enquiry is a no to sharing, unless views on sharing were taken."""
    taken = record.saying("views_on_proceeding", "about", SHARING)
    return views.says("about", "enquiry") and views.says("agree", "no") and not taken


def _possible_acts(record: Record, views: Entry) -> list[tuple[str, str, Entry]]:
    """With what the work could go on against these views: the kind, the matter, the entry."""
    about = views.get("about")
    shared = [one for one in record.all("information_shared") if is_since(one, views)][:1]
    found: list[tuple[str, str, Entry]] = []
    if about in (None, "enquiry"):
        starts = record.all("enquiry_started")
        found += [("start", "enquiry", one) for one in starts if is_since(one, views)][:1]
        if views.says("agree", "no") and any(is_before(one, views) for one in starts):
            found.append(("no after the start", "enquiry", views))
    if about in (None, SHARING):
        found += [("sharing", SHARING, one) for one in shared]
    if _no_to_sharing(record, views):
        found += [("sharing", "enquiry", one) for one in shared]
    if about in (None, POLICE):
        referred = [one for one in police_referrals(record) if is_since(one, views)][:1]
        found += [("police", POLICE, one) for one in referred]
    return found


def _overtaking(record: Record, views: Entry) -> list[Entry]:
    """The later views on the same matter."""
    about = views.get("about")
    return [
        one
        for one in record.all("views_on_proceeding")
        if one.id != views.id
        and is_since(one, views)
        and (
            (about in (None, "enquiry") and not one.says("about", *ELSE))
            or (about in (SHARING, POLICE) and one.get("about") == about)
        )
    ]


def _overrides(record: Record, views: Entry) -> list[tuple[Entry, Entry]]:
    """The overrides of these views, each with what came last for it to be one.

    They are those that name these views or none, or all once other views overtook these.
    """
    later = first(_overtaking(record, views))
    found = []
    for one in since_day(record.all("override_decided"), views):
        if record.ref(one, "views") in (views.id, None):
            found.append((one, one))
        elif later is not None:
            found.append((one, max([one, later], key=order)))
    return found


def con_02(record: Record, views: Entry) -> Finding | None:
    if not views.says("agree", "no", "partly", "not_sought", "unable"):
        return None
    possible = _possible_acts(record, views)
    acts = [
        one
        for one in possible
        if one[0] == "no after the start"
        or one[2].id in record.doubtful
        or not _agreed_by(record, views, one[1], one[2])
    ]
    if not acts:
        return None
    kinds = {kind for kind, _, _ in acts}
    overrides = _overrides(record, views)
    told = [pair for pair in overrides if pair[0].says("person_told", "yes", "no_unsafe")]
    full = [last for one, last in told if one.has("ground") and one.has("legal_basis")]
    decided = [
        one
        for one in since_day(record.all("best_interests_decided"), views)
        if not one.has("decision_kind") or one.says("decision_kind", notions.TAKING_PART)
    ]
    best_interests = decided if views.says("agree", "unable") else []
    duty = record.saying("s42_decided", "result", "s42_enquiry")
    if not kinds & {"sharing", "police"}:
        informed = [one for one in duty if one.says("adult_informed", "yes")]
        if duty:
            full += [max([last, duty[0]], key=order) for _, last in told] + informed
        full += best_interests
    is_bare = "sharing" in kinds and any(
        not (one.has("what") and one.has("how") and one.has("with_agency"))
        for one in since_day(record.all("information_shared"), views)
    )
    has_ground = any(one.has("ground") for one, _ in overrides)
    if kinds & {"start", "no after the start"}:
        has_ground = has_ground or bool(duty or best_interests)
    return Finding(
        due=earlier(*(working_days(one, 1) for _, _, one in possible)),
        full=None if is_bare else first(full),
        reasons=explanations(record, "CON-02", (), views),
        is_partly=has_ground,
    )


def others_at_risk(record: Record) -> list[Entry]:
    """The concerns and assessments of risk that say that others are at risk."""
    return [
        *record.saying("concern_raised", "others_at_risk", "yes"),
        *record.saying("risk_assessed", "others_at_risk", "yes"),
    ]


NOT_THEIR_OWN: Final = (
    "adult_or_representative", "family", "friend", "attorney_or_deputy", "imca",
    "other_professional",
)  # fmt: skip


def _about_the_enquiry(record: Record, *agree: str) -> list[Entry]:
    """The adult's own views on the enquiry, or on nothing that is named."""
    return [
        one
        for one in record.saying("views_on_proceeding", "agree", *agree)
        if not one.says("about", *ELSE) and not one.says("with", *NOT_THEIR_OWN)
    ]


def con_03(record: Record) -> Finding | None:
    refusals = _about_the_enquiry(record, "no")
    begun = [*notions.decisions_to_enquire(record), *record.all("enquiry_started")]
    if not refusals:
        return None
    refused = newest(refusals)[-1]
    others = [one for one in record.all("case_closed") if not one.says("reason", "adult_request")]
    every = (
        record.all("enquiry_started"),
        record.all("enquiry_planned"),
        notions.planning_meetings(record),
        record.all("enquiry_caused"),
        record.saying("enquiry_reported", "ceased_at_adults_request", "no"),
        others,
    )
    # Each kind of step sets a limit of its own: the earliest is unknown where any of them is.
    steps = [first(one for one in kind if is_since(one, refused)) for kind in every]
    step = first(one for one in steps if one is not None)
    due = earlier(working_days(refused, 5), *(None if one is None else at(one) for one in steps))
    if not begun or notions.lacks_capacity_for_taking_part(record):
        return Finding(due=due, applies=False)
    ceased = [
        *record.saying("enquiry_reported", "ceased_at_adults_request", "yes"),
        *record.saying("case_closed", "reason", "adult_request"),
    ]
    grounds = [one for one in record.all("override_decided") if one.has("ground")]
    answers = [
        *grounds,
        *(one for one in ceased if is_since(one, refused)),
        *(one for one in _about_the_enquiry(record, "yes", "partly") if is_after(one, refused)),
    ]
    return Finding(
        due=due,
        full=first(answers),
        reasons=[
            *(Reason(one) for one in others_at_risk(record)),
            *_coerced(record, refused),
        ],
        colour="amber" if step is None or record.now <= at(step).instant else "red",
        # What has to come since the newest no rests on which one that is.
        shown_by="" if grounds else f"since {refused.id}",
    )


def _coerced(record: Record, refused: Entry) -> list[Reason]:
    """Coercion is suspected: for ten working days, or while a reason to keep away stands."""
    suspected = record.saying("concern_raised", "coercion_suspected", "yes")
    away = [
        one
        for one in notions.reasons_not_asked(record, None)
        if one.given.says("reason_not_asked", "unsafe_to_ask", "no_safe_contact_yet")
        and is_since(one.given, refused)
    ]
    away += explanations(record, "CON-03", ("unsafe",))
    found = [Reason(one, working_days(one, 10).day) for one in suspected]
    for one in away if suspected else []:
        found.append(replace(one, given=max([one.given, suspected[0]], key=order)))
    return found


def risk_01(record: Record, concern: Entry) -> Finding | None:
    if concern.says("identified_adult", "no"):
        return None
    checks = since_day(record.all("immediate_safety_check"), concern)
    return Finding(
        due=hours(concern, 24),
        full=first(one for one in checks if one.says("result", "safe", "action_taken")),
        reasons=explanations(record, "RISK-01", ("emergency_action", "not_reachable"), concern),
        is_partly=bool(checks),
        colour="red" if notions.work_went_on(record) else "amber",
    )


RISKY: Final = ("risk_assessed", "enquiry_reported")


def risk_02(record: Record) -> Finding | None:
    risks = [
        *record.saying("risk_assessed", "level", "medium", "high"),
        *record.saying("enquiry_reported", "finding", "risk_identified"),
    ]
    talks = [
        one for one in record.all("risk_discussed") if not one.says("with", "other_professional")
    ]
    full = [
        one
        for one in talks
        if one.has("option")
        and len(one.many("option")) >= 2
        and one.says("benefits_noted", "yes")
        and one.says("risks_noted", "yes")
    ]
    closure = record.last_closure()
    options = [one for one in record.all("best_interests_decided") if one.has("option")]
    codes = ("adult_declined", "emergency_action", "covered_elsewhere")
    firsts = [first(one for one in risks if one.type == kind) for kind in RISKY]
    limits = [None if one is None else working_days(one, 20) for one in firsts]
    return Finding(
        due=earlier(*limits, None if closure is None else at(closure)),
        full=first(full),
        reasons=[
            *(Reason(one) for one in options),
            *explanations(record, "RISK-02", codes),
        ],
        applies=bool(risks),
        is_partly=bool(talks),
        colour="amber",
    )


def risk_03(record: Record, outcome: Entry) -> Finding | None:
    closure = record.last_closure()
    due = None if closure is None else at(closure)
    if not outcome.says("carries_risk", "yes") or revised(record, outcome):
        return Finding(due=due, applies=False)
    talks = since_day(record.all("risk_discussed"), outcome)
    own = [one for one in talks if record.ref(one, "outcome") == outcome.id]
    unnamed = [
        one
        for one in talks
        if not one.has("outcome") and (one.has("mitigation") or one.says("informed_choice", "yes"))
    ]
    bare = [
        one
        for one in since_day(record.all("risk_assessed"), outcome)
        if record.ref(one, "outcome") == outcome.id
    ]
    return Finding(
        due=due,
        full=first(one for one in own if one.has("mitigation")),
        reasons=[
            *(Reason(one) for one in own if one.says("informed_choice", "yes")),
            *explanations(record, "RISK-03", ("agreed_with_adult",), outcome),
        ],
        is_partly=bool(own or unnamed or bare),
    )


def prop_01(record: Record, response: Entry) -> Finding | None:
    if response.says("form", "conversation"):
        return None
    parts = [
        response.has("why_proportionate"),
        response.says("less_intrusive_considered", "yes"),
        response.has("adult_agrees") and not response.says("adult_agrees", "not_known"),
    ]
    return Finding(
        due=at(response),
        full=response if all(parts) else None,
        reasons=explanations(record, "PROP-01", ("emergency_action",), response),
        is_partly=sum(parts) == 2,
    )


def prop_01_without(record: Record) -> Finding | None:
    closure = max(newest(record.all("case_closed")), key=order, default=None)
    due = None if closure is None else at(closure)
    if not notions.decisions_to_enquire(record):
        return Finding(due=due, applies=False)
    return Finding(
        due=due,
        reasons=explanations(record, "PROP-01", ("emergency_action",)),
    )


RULES: Final = {
    "CON-01": once(con_01),
    "CON-02": each("views_on_proceeding", con_02),
    "CON-03": once(con_03),
    "RISK-01": each("concern_raised", risk_01, limit=lambda one: hours(one, 24)),
    "RISK-02": once(risk_02),
    "RISK-03": each("outcome_expressed", risk_03),
    "PROP-01": each("response_decided", prop_01, prop_01_without, at),
}
