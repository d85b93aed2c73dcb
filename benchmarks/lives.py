"""How made-up cases begin and are decided on, and what every kind of concern asks for besides."""

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
    "financial_material", "self_neglect", "self_neglect", "domestic", "organisational", "sexual",
    "modern_slavery", "discriminatory", "sexual_exploitation",
)  # fmt: skip
_LOCATIONS: Final = (
    "own_home", "own_home", "own_home", "care_home_residential", "care_home_nursing",
    "hospital_acute", "community", "community_service", "hospital_mental_health",
)  # fmt: skip
_ROUTES: Final = (
    "information_advice", "care_needs_assessment", "care_review", "provider_quality",
    "health_referral", "community_support", "housing", "complaint", "other",
)  # fmt: skip
PARTNERS: Final = (
    "police", "nhs_community", "nhs_acute", "gp", "provider_homecare", "provider_residential",
    "housing", "mental_health_trust", "voluntary",
)  # fmt: skip


@dataclass(slots=True)
class Life:
    """What later stages of a case need to know of earlier ones.

    `voice` is who speaks: the adult, or a representative where the adult lacks capacity; `doubt` is
    the consideration that found reason to doubt capacity; `outcomes` are those that still stand.
    """

    record: Record
    concern: str = ""
    is_anonymous: bool = False
    is_domestic: bool = False
    is_self_neglect: bool = False
    is_repeated: bool = False
    has_paid_source: bool = False
    is_crime_suspected: bool = False
    has_specialist: bool = False
    lacks_capacity: bool = False
    fluctuates: bool = False
    doubt: str | None = None
    voice: str = "adult"
    has_advocate: bool = False
    outcomes: list[str] = field(default_factory=list)
    plan: str | None = None
    has_waited: bool = False
    found_risk: bool = False
    is_reviewed: bool = False
    risk_result: str = "removed"
    is_closed: bool = False


def raise_concern(life: Life, *, is_organisational: bool = False) -> None:
    """The concern, and whether the adult is safe right now."""
    r = life.record
    abuse: tuple[str, ...] = ("organisational",) if is_organisational else (r.pick(_ABUSE),)
    if not is_organisational and r.chance(0.25):
        abuse = tuple(dict.fromkeys((*abuse, r.pick(_ABUSE))))
    is_coerced = r.chance(0.04)
    life.is_domestic = "domestic" in abuse or is_coerced
    life.is_self_neglect = "self_neglect" in abuse
    life.is_repeated = r.chance(0.04)
    source = "known_to_adult" if life.is_domestic else r.pick(
        ("service_provider", "known_to_adult", "known_to_adult", "unknown_to_adult")
    )  # fmt: skip
    life.has_paid_source = source == "service_provider" and r.chance(0.7)
    life.is_crime_suspected = not life.is_self_neglect and r.chance(0.15)
    referrer = r.pick(_REFERRERS)
    life.is_anonymous = referrer == "anonymous"
    life.concern = r.add(
        "concern_raised",
        source=referrer,
        abuse_type=abuse,
        location=r.pick(_LOCATIONS) if r.chance(0.9) else None,
        source_of_risk=None if life.is_self_neglect else source,
        source_is_paid_or_volunteer="yes" if life.has_paid_source else None,
        crime_suspected="yes" if life.is_crime_suspected else r.pick(("no", "no", None)),
        coercion_suspected="yes" if is_coerced else r.pick(("no", None)),
        adult_aware=r.pick(("yes", "yes", "not_known")),
        identified_adult="no" if is_organisational else r.pick(("yes", "yes", "yes", None)),
        others_at_risk=r.pick(("no", "no", "yes", "not_known")),
        children_in_household="no" if r.chance(0.3) else None,
        earlier_concerns_6_months=4 if life.is_repeated else r.pick((0, 0, 1, None)),
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
    elif result != "more_information" and not life.has_waited and r.chance(0.04):
        r.explain("DEC-02", "agreed_with_adult", life.concern)
        r.later(3, 6)
    is_enquiry, is_open = result == "s42_enquiry", result == "more_information"
    third = "met" if is_enquiry else "unclear" if is_open else "not_met"
    route = "domestic_abuse_service" if life.has_specialist else r.pick(_ROUTES)
    r.add(
        "s42_decided",
        concern=None if r.slips(0.3) else life.concern,
        has_needs="met" if not r.slips(0.05) else None,
        at_risk="met" if is_enquiry else r.pick(("met", "not_met", "unclear")),
        cannot_protect_self=third if not r.slips(0.06) else None,
        result=result,
        rationale=None if r.slips(0.07) else r.say("rationale"),
        decided_by=None if r.slips(0.05) else r.say("lead"),
        alternative_route=None if is_enquiry or is_open or r.slips(0.15) else route,
        adult_informed=r.pick(("no", None)) if r.slips(0.12) else "yes",
        urgent="no" if r.chance(0.3) else None,
        review_by=r.date_in(8, 12) if is_open else None,
    )
    if not is_open:
        _tell_the_referrer(life)


def _tell_the_referrer(life: Life) -> None:
    r = life.record
    if r.slips(0.2) or (life.is_anonymous and r.chance(0.5)):
        return
    r.soon()
    unheard = r.say("reason") if r.chance(0.05) else None
    r.add("referrer_feedback", limited=r.pick(("no", "no", None)), not_given_reason=unheard)


def wait_for_information(life: Life) -> None:
    """More must be known before the decision; by when to look again is recorded."""
    decide(life, "more_information")
    life.has_waited = True
    life.record.later(2, 4)


def answer_for_kind(life: Life) -> None:
    """What the kind of abuse asks for besides: police, positions of trust, domestic abuse."""
    r = life.record
    if life.is_crime_suspected and not r.slips(0.2):
        if not life.has_paid_source and r.chance(0.1):
            r.explain("SPC-03", "adult_declined")
        else:
            r.add("police_referral", result="referred", reason=r.say("reason"))
    if life.has_paid_source and not r.slips(0.3):
        is_removed = r.chance(0.15)
        r.add(
            "position_of_trust",
            result=r.pick(("referred", "not_needed")),
            removed="yes" if is_removed else "no",
            reason=r.say("reason"),
        )
        if is_removed and not r.slips(0.3):
            r.add("dbs_referral", result="referred", reason=r.say("reason"))
    if life.is_domestic and not life.has_specialist and not r.slips(0.25):
        r.add("marac_considered", result=r.pick(("referred", "not_needed")), reason=r.say("reason"))


def involve_partner(life: Life) -> None:
    """Another agency takes part, and how it worked with the adult is judged."""
    r = life.record
    r.add(
        "partner_involved",
        partner=r.pick(PARTNERS),
        part=r.say("part"),
        msp_evidence="not_judged" if r.slips(0.4) else r.pick(("yes", "yes", "part")),
    )


def share_information(life: Life, override: str | None) -> None:
    """Tells another agency what it needs to know."""
    r = life.record
    agency = r.pick(PARTNERS)
    is_bare = r.slips(0.06)
    is_brief = agency == "police" and override is None and r.chance(0.3)
    r.add(
        "information_shared",
        with_agency=agency,
        what=None if is_bare or r.slips(0.1) else "the concern and the adult's view of it",
        how=None if is_bare or is_brief or r.slips(0.1) else r.say("method"),
        basis=None if is_bare or r.slips(0.15) else r.say("basis"),
        override=override,
    )
