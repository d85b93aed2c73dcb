"""How made-up cases begin, and how those go that stop at the decision on the concern."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from benchmarks.record import Record

_REFERRERS: Final = (
    "provider_residential", "provider_homecare", "nhs_acute", "nhs_community", "police",
    "ambulance", "gp", "family", "self", "council", "housing", "mental_health_trust", "anonymous",
    "voluntary", "neighbour",
)  # fmt: skip
_ABUSE: Final = (
    "neglect_omission", "neglect_omission", "physical", "psychological", "financial_material",
    "financial_material", "self_neglect", "domestic", "organisational", "sexual", "modern_slavery",
    "discriminatory", "sexual_exploitation",
)  # fmt: skip
_LOCATIONS: Final = (
    "own_home", "own_home", "own_home", "care_home_residential", "care_home_nursing",
    "hospital_acute", "community", "community_service", "hospital_mental_health",
)  # fmt: skip
_ROUTES: Final = (
    "information_advice", "care_needs_assessment", "care_review", "provider_quality",
    "health_referral", "community_support", "housing", "complaint", "other",
)  # fmt: skip
_DOMAINS: Final = (
    "dignity", "health_emotional", "control", "participation", "social_economic", "relationships",
    "accommodation", "contribution",
)  # fmt: skip
_TEMPORARY_REASONS: Final = (
    "unsafe_to_ask", "no_safe_contact_yet", "emergency_action", "too_unwell",
    "communication_support_awaited", "police_advice",
)  # fmt: skip
_FINAL_REASONS: Final = ("declined_to_discuss", "referrer_no_contact", "representative_asked")
_REPRESENTATIVES: Final = ("family", "friend", "attorney_or_deputy", "care_act_advocate", "imca")


@dataclass(slots=True)
class Life:
    """What later stages of a case need to know of earlier ones.

    `voice` is who speaks: the adult, or a representative where the adult lacks capacity; `doubt` is
    the consideration that found reason to doubt capacity; `outcomes` are those that still stand.
    """

    record: Record
    concern: str = ""
    is_domestic: bool = False
    is_self_neglect: bool = False
    has_paid_source: bool = False
    is_crime_suspected: bool = False
    lacks_capacity: bool = False
    doubt: str | None = None
    voice: str = "adult"
    was_asked: bool = False
    outcomes: list[str] = field(default_factory=list)


def raise_concern(life: Life) -> None:
    """The concern, and whether the adult is safe right now."""
    r = life.record
    abuse = (r.pick(_ABUSE),)
    if r.chance(0.25):
        abuse = tuple(dict.fromkeys((*abuse, r.pick(_ABUSE))))
    life.is_domestic, life.is_self_neglect = "domestic" in abuse, "self_neglect" in abuse
    source = "known_to_adult" if life.is_domestic else r.pick(
        ("service_provider", "known_to_adult", "known_to_adult", "unknown_to_adult")
    )  # fmt: skip
    life.has_paid_source = source == "service_provider" and not r.slips(0.3)
    life.is_crime_suspected = not life.is_self_neglect and r.chance(0.15)
    life.concern = r.add(
        "concern_raised",
        source=r.pick(_REFERRERS),
        abuse_type=abuse,
        location=r.pick(_LOCATIONS) if r.chance(0.9) else None,
        source_of_risk=None if life.is_self_neglect else source,
        source_is_paid_or_volunteer="yes" if life.has_paid_source else None,
        crime_suspected="yes" if life.is_crime_suspected else r.pick(("no", "no", None)),
        coercion_suspected="yes" if r.slips(0.04) else r.pick(("no", None)),
        adult_aware=r.pick(("yes", "yes", "not_known")),
        identified_adult="no" if r.slips(0.015) else r.pick(("yes", "yes", "yes", None)),
        others_at_risk=r.pick(("no", "no", "yes", "not_known")),
        children_in_household="no" if r.chance(0.3) else None,
        earlier_concerns_6_months=4 if r.slips(0.02) else r.pick((0, 0, 1, None)),
    )
    check_safety(life)


def check_safety(life: Life) -> None:
    """Is the adult safe right now?"""
    r = life.record
    if r.slips(0.08):
        r.excuse("RISK-01", life.concern)
        return
    if r.slips(0.06):
        r.later(2, 3)
    else:
        r.within_hours(5)
    result = "not_established" if r.slips(0.04) else r.pick(("safe", "safe", "action_taken"))
    r.add(
        "immediate_safety_check",
        result=result,
        action=r.say("action") if result == "action_taken" else None,
        emergency_services="yes" if r.chance(0.1) else None,
    )


def ask(life: Life, *, is_again: bool = False) -> None:
    """Asks the adult, or who speaks for them, what they want to happen."""
    r = life.record
    if not is_again and r.slips(0.16):
        _do_not_ask(life)
        return
    life.was_asked = True
    is_silent = not is_again and r.chance(0.05)
    is_for_adult = life.voice != "adult"
    r.add(
        "outcomes_conversation",
        asked="asked_none_expressed" if is_silent else "asked_expressed",
        with_=None if r.slips(0.05) else life.voice,
        with_is_source=("yes" if r.slips(0.03) else "no") if is_for_adult else None,
        interpreter_is_source="yes" if r.slips(0.005) else None,
        alone="no" if r.slips(0.12) else "yes",
        method=r.say("method") if r.chance(0.5) else None,
        communication_support=r.say_each("support", 1) if is_silent or r.chance(0.2) else None,
        wishes_and_feelings=r.say("view") if is_for_adult and not r.slips(0.1) else None,
        question=("q1", "q2", "q3") if r.chance(0.1) else None,
    )
    if is_silent:
        r.soon()
        consider_advocacy(life)
        r.later(1, 1)
        ask(life, is_again=True)
    elif not is_again or not life.outcomes:
        express_outcomes(life)


def _do_not_ask(life: Life) -> None:
    r = life.record
    if r.chance(0.25):
        r.excuse("ASK-01", life.concern)
        return
    if r.chance(0.3):
        r.add("outcomes_conversation", asked=r.pick(("dont_know", "not_recorded")))
        return
    is_temporary = r.chance(0.7)
    reason = r.pick(_TEMPORARY_REASONS if is_temporary else _FINAL_REASONS)
    r.add(
        "outcomes_conversation",
        asked="not_asked",
        with_=r.pick(_REPRESENTATIVES) if reason == "representative_asked" else None,
        reason_not_asked=None if r.slips(0.1) else reason,
        reason_text=None if r.slips(0.2) else r.say("reason"),
        review_by=r.date_in(4, 12) if is_temporary and not r.slips(0.15) else None,
        wishes_and_feelings=r.say("view") if reason == "representative_asked" else None,
    )
    if is_temporary and not r.slips(0.3):
        r.later(2, 6)
        ask(life, is_again=True)


def express_outcomes(life: Life) -> None:
    """One outcome of safety and one of the rest of life; sometimes only one of them."""
    r = life.record
    kinds = ["safety", r.pick(("wellbeing", "wellbeing", "recovery", "justice_or_redress"))]
    if r.slips(0.3):
        kinds = [r.pick(kinds)]
    if r.chance(0.15):
        kinds.append("other")
    for kind in kinds:
        is_safety = kind == "safety"
        is_risky = not is_safety and r.chance(0.25)
        outcome = r.add(
            "outcome_expressed",
            text=None if r.slips(0.05) else r.say("safety" if is_safety else "wellbeing"),
            kind=None if r.slips(0.08) else kind,
            domain=("protection",) if is_safety else (r.pick(_DOMAINS),),
            voiced_by=life.voice,
            carries_risk="yes" if is_risky else r.pick(("no", "no", None)),
            document="DOC-17" if r.chance(0.03) else None,
        )
        life.outcomes.append(outcome)
        if is_risky and not r.slips(0.2):
            discuss_risk(life, outcome)


def discuss_risk(life: Life, outcome: str | None) -> None:
    """Weighs options, benefits and risks with the adult."""
    r = life.record
    options = r.say_each("option", 1 if r.slips(0.15) else 2 + r.roll(2))
    r.add(
        "risk_discussed",
        with_=life.voice,
        option=options,
        benefits_noted=None if r.slips(0.15) else "yes",
        risks_noted=None if r.slips(0.1) else "yes",
        chosen=options[0],
        adult_view=r.say("view"),
        mitigation=None if r.slips(0.15) else r.say("action"),
        outcome=outcome,
        informed_choice="yes" if r.chance(0.7) else None,
    )


def consider_capacity(life: Life, view: str) -> None:
    """Is there reason to doubt capacity for decisions about this?"""
    r = life.record
    if r.slips(0.12):
        return
    considered = r.add(
        "capacity_considered",
        decision=None if r.slips(0.2) else r.say("decision"),
        decision_kind="taking_part_in_enquiry" if r.chance(0.6) else None,
        view=view,
        basis=r.say("reason") if r.chance(0.5) else None,
    )
    if view in ("doubt", "fluctuates"):
        life.doubt = considered


def consider_advocacy(life: Life) -> None:
    """Would the adult have substantial difficulty taking part, and who supports them?"""
    r = life.record
    if life.doubt is None:
        r.add(
            "advocacy_considered",
            no_difficulty="yes",
            conclusion="not_needed",
            imca_considered=r.pick(("no", None)),
            reason=None if r.slips(0.2) else r.say("reason"),
        )
    elif life.lacks_capacity:
        r.add(
            "advocacy_considered",
            difficulty=("understanding", "weighing"),
            conclusion=r.pick(("independent_advocate", "imca")),
            imca_considered=None if r.slips(0.2) else "yes",
            reason=r.say("reason"),
        )
    else:
        r.add(
            "advocacy_considered",
            difficulty=(r.pick(("retaining", "communicating")),),
            appropriate_person=r.pick(("family", "friend")),
            appropriate_person_paid="yes" if r.slips(0.04) else "no",
            appropriate_person_is_source="yes" if r.slips(0.03) else "no",
            adult_agrees="no" if r.slips(0.04) else "yes",
            conclusion="declined" if r.slips(0.05) else "appropriate_person",
            reason=r.say("reason"),
        )


def inform(life: Life) -> None:
    """Gives clear information in a form that works, and hears from the adult."""
    r = life.record
    if not r.slips(0.2):
        r.add(
            "information_given",
            topic=("process", r.pick(("abuse_signs", "rights", "options")), "contact_point"),
            format=r.say("support") if r.chance(0.5) else None,
            language="English" if r.chance(0.3) else None,
        )
    if not r.slips(0.15):
        keep_in_touch(life, "explain")


def keep_in_touch(life: Life, purpose: str) -> None:
    """A contact with the adult or who speaks for them."""
    r = life.record
    result = r.pick(("no_reply", "refused")) if r.slips(0.06) else "spoke"
    r.add(
        "contact_with_adult",
        purpose=purpose,
        method=r.say("method"),
        with_=life.voice,
        result=result,
    )


def decide(life: Life, result: str) -> None:
    """The decision whether the duty to enquire applies; the referrer hears of it."""
    r = life.record
    if r.slips(0.1):
        r.excuse("DEC-02", life.concern)
        r.later(3, 9)
    is_enquiry, is_open = result == "s42_enquiry", result == "more_information"
    third = "met" if is_enquiry else "unclear" if is_open else "not_met"
    r.add(
        "s42_decided",
        concern=None if r.slips(0.3) else life.concern,
        has_needs="met" if not r.slips(0.05) else None,
        at_risk="met" if is_enquiry else r.pick(("met", "not_met", "unclear")),
        cannot_protect_self=third if not r.slips(0.06) else None,
        result=result,
        rationale=None if r.slips(0.07) else r.say("rationale"),
        decided_by=None if r.slips(0.05) else r.say("lead"),
        alternative_route=None if is_enquiry or is_open or r.slips(0.15) else r.pick(_ROUTES),
        adult_informed=r.pick(("no", None)) if r.slips(0.12) else "yes",
        urgent="no" if r.chance(0.3) else None,
        review_by=r.date_in(3, 8) if is_open else None,
    )
    if not is_open and not r.slips(0.2):
        r.soon()
        unheard = r.say("reason") if r.slips(0.05) else None
        r.add("referrer_feedback", limited=r.pick(("no", "no", None)), not_given_reason=unheard)


def answer_for_kind(life: Life) -> None:
    """What the kind of abuse asks for besides: police, positions of trust, domestic abuse."""
    r = life.record
    if life.is_crime_suspected and not r.slips(0.2):
        r.add("police_referral", result="referred", reason=r.say("reason"))
    if life.has_paid_source and not r.slips(0.3):
        is_removed = r.chance(0.1)
        r.add(
            "position_of_trust",
            result=r.pick(("referred", "not_needed")),
            removed="yes" if is_removed else "no",
            reason=r.say("reason"),
        )
        if is_removed and not r.slips(0.3):
            r.add("dbs_referral", result="referred", reason=r.say("reason"))
    if life.is_domestic and not r.slips(0.25):
        r.add("marac_considered", result=r.pick(("referred", "not_needed")), reason=r.say("reason"))


def review_outcomes(life: Life) -> None:
    """How far each outcome was met, and in whose view."""
    r = life.record
    for outcome in life.outcomes:
        if r.slips(0.15):
            r.excuse("CLO-01", outcome)
            continue
        achieved = r.pick(("full", "full", "partial", "partial", "not_achieved"))
        has_reason = achieved != "full" and not r.slips(0.15)
        r.add(
            "outcome_reviewed",
            outcome=outcome,
            achieved=achieved,
            view_of="other_professional" if r.slips(0.12) else life.voice,
            safety_view=achieved if r.chance(0.6) else "full",
            wellbeing_view=None if r.slips(0.2) else r.pick(("full", "partial", "not_known")),
            reason_code=r.pick(("outside_our_power", "criminal_process")) if has_reason else None,
            reason=r.say("reason") if has_reason else None,
        )


def close(life: Life, reason: str, risk_result: str) -> None:
    """Ends the case with the adult, and offers a say on how it felt."""
    r = life.record
    r.soon()
    r.add(
        "case_closed",
        reason=reason,
        risk_result=None if r.slips(0.08) else risk_result,
        risk_reason=r.say("view") if risk_result in ("remained", "reduced") else None,
        adult_view=r.pick(("not_sought", "disagrees")) if r.slips(0.12) else "agrees",
        view_explored=None if r.slips(0.3) else "yes",
        contact_point_given=None if r.slips(0.15) else "yes",
        informed=None if r.slips(0.15) else ("adult", "referrer"),
    )
    if r.slips(0.3):
        return
    is_answered = r.chance(0.5)
    r.add(
        "experience_feedback",
        offered="no" if r.slips(0.1) else "yes",
        answered="yes" if is_answered else "no",
        respondent=life.voice if is_answered else None,
        independent=r.pick(("yes", "no")) if is_answered else None,
        felt_safer=r.pick(("yes", "yes", "no", "not_known")) if is_answered else None,
        felt_listened_to="yes" if is_answered else None,
    )
