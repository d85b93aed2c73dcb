"""No core rule flags good practice: the adult declines, lacks capacity, dies, or moves away."""

from __future__ import annotations

from functools import cache
from typing import Final

import pytest

from msp_rules.casework.moments import parse_as_of
from msp_rules.engine.engine import Engine
from tests.builders.case import EventParts, case_of
from tests.support.core import core_ruleset

FLAGS: Final = {"flag", "statutory"}
WORDS: Final = "As noted."


def concern(occurred: str = "2026-01-05T10:00:00", **fields: object) -> EventParts:
    more = {"identified_adult": "yes", "source": "gp", "abuse_type": ["neglect_omission"], **fields}
    return "concern_raised", {"id": "concern", "occurred": occurred, **more}


def decided(result: str, occurred: str = "2026-01-07", **fields: object) -> EventParts:
    tests = {"has_needs": "met", "at_risk": "met", "cannot_protect_self": "met"}
    if result == "no_enquiry":
        tests = {"has_needs": "met", "at_risk": "not_met", "cannot_protect_self": "not_met"}
    body = {"concern": ["concern"], "rationale": WORDS, "decided_by": "team manager"}
    told = {"adult_informed": "yes"}
    return "s42_decided", {
        "occurred": occurred,
        "result": result,
        **tests,
        **body,
        **told,
        **fields,
    }


def asked(occurred: str, **fields: object) -> EventParts:
    said = {"asked": "asked_expressed", "with": "adult", "alone": "yes", **fields}
    return "outcomes_conversation", {"occurred": occurred, **said}


def spoken(occurred: str, purpose: str = "update") -> EventParts:
    body = {"purpose": purpose, "method": "visit", "with": "adult", "result": "spoke"}
    return "contact_with_adult", {"occurred": occurred, **body}


def views(agree: str, occurred: str = "2026-01-06", **fields: object) -> EventParts:
    body = {"about": "enquiry", "agree": agree, "with": "adult", **fields}
    return "views_on_proceeding", {"occurred": occurred, **body}


def explained(rule: str, code: str, occurred: str, **fields: object) -> EventParts:
    body = {"rule": rule, "code": code, "text": WORDS, **fields}
    return "explanation", {"occurred": occurred, **body}


def closed(reason: str, occurred: str, **fields: object) -> EventParts:
    body = {"reason": reason, "adult_view": "agrees", "contact_point_given": "yes"}
    told = {"informed": ["adult", "referrer"], "risk_result": "removed"}
    return "case_closed", {"occurred": occurred, **body, **told, **fields}


SAFE: Final = ("immediate_safety_check", {"occurred": "2026-01-05T12:00:00", "result": "safe"})
WISH: Final = (
    "outcome_expressed",
    {
        "id": "wish",
        "occurred": "2026-01-06",
        "text": "To sleep without fear.",
        "kind": "safety",
        "domain": ["protection"],
        "voiced_by": "adult",
    },
)
CAPABLE: Final = ("capacity_considered", {"occurred": "2026-01-06", "view": "no_reason_to_doubt"})
FED_BACK: Final = ("referrer_feedback", {"occurred": "2026-01-08", "limited": "yes"})
NO_ADVOCATE: Final = (
    "advocacy_considered",
    {"occurred": "2026-01-08", "no_difficulty": "yes", "conclusion": "not_needed", "reason": WORDS},
)
STARTED: Final = (
    "enquiry_started",
    {"occurred": "2026-01-08", "kind": "s42", "form": "conversation"},
)
RESPONSE: Final = (
    "response_decided",
    {
        "occurred": "2026-01-08",
        "why_proportionate": WORDS,
        "less_intrusive_considered": "yes",
        "adult_agrees": "yes",
    },
)
TOLD: Final = ("information_given", {"occurred": "2026-01-08", "topic": ["process", "rights"]})
REVIEWED: Final = (
    "outcome_reviewed",
    {"outcome": "wish", "occurred": "2026-01-26", "achieved": "full", "view_of": "adult"},
)
OPENING: Final = (concern(), SAFE, asked("2026-01-06"), WISH, CAPABLE)
ENQUIRY: Final = (decided("s42_enquiry"), FED_BACK, NO_ADVOCATE, STARTED, RESPONSE, TOLD)
ASSESSED: Final = (
    "capacity_assessed",
    {
        "occurred": "2026-01-07",
        "id": "assessment",
        "considered": "doubt",
        "decision": "Taking part in the enquiry.",
        "decision_kind": "taking_part_in_enquiry",
        "support_given": ["Quiet room"],
        "understand": "no",
        "retain": "no",
        "weigh": "no",
        "communicate": "yes",
        "impairment": "Dementia.",
        "link_made": "yes",
        "conclusion": "lacks_capacity",
    },
)

STORIES: Final[dict[str, tuple[EventParts, ...]]] = {
    "the adult declines an enquiry, and is left with a way back": (
        *OPENING,
        views("no"),
        decided("no_enquiry", alternative_route=["information_advice"]),
        FED_BACK,
        TOLD,
        ("outcome_reviewed", {**REVIEWED[1], "occurred": "2026-01-08"}),
        closed("adult_request", "2026-01-08"),
    ),
    "the adult declines once the enquiry has begun, and it ceases": (
        *OPENING,
        views("yes"),
        *ENQUIRY,
        views("no", "2026-01-12"),
        (
            "enquiry_reported",
            {
                "occurred": "2026-01-14",
                "finding": "inconclusive",
                "ceased_at_adults_request": "yes",
                "voice_of_adult": "yes",
                "outcomes_covered": "yes",
            },
        ),
        ("outcome_reviewed", {**REVIEWED[1], "occurred": "2026-01-14"}),
        closed("adult_request", "2026-01-14"),
    ),
    "the adult declines while others are at risk, and is told": (
        concern(others_at_risk="yes"),
        *OPENING[1:],
        views("no"),
        (
            "override_decided",
            {
                "occurred": "2026-01-07",
                "ground": ["others_at_risk"],
                "legal_basis": "Care Act, section 42.",
                "authorised_by": "team manager",
                "person_told": "yes",
                "rationale": WORDS,
            },
        ),
        *ENQUIRY,
    ),
    "the adult lacks capacity, and is heard through others": (
        concern(),
        SAFE,
        (
            "outcomes_conversation",
            {
                "occurred": "2026-01-06",
                "asked": "asked_expressed",
                "with": "family",
                "wishes_and_feelings": "Smiles at the window seat.",
            },
        ),
        WISH,
        (
            "capacity_considered",
            {
                "id": "doubt",
                "occurred": "2026-01-06",
                "view": "doubt",
                "decision_kind": "taking_part_in_enquiry",
            },
        ),
        ASSESSED,
        views("unable", "2026-01-07"),
        decided("s42_enquiry"),
        (
            "best_interests_decided",
            {
                "occurred": "2026-01-07",
                "decision_kind": "taking_part_in_enquiry",
                "assessment": "assessment",
                "wishes_and_feelings": "Smiles at the window seat.",
                "consulted": ["family"],
                "option": ["Take part through her sister", "No part"],
                "less_restrictive_considered": "yes",
            },
        ),
        (
            "advocacy_considered",
            {
                "occurred": "2026-01-08",
                "difficulty": ["retaining", "weighing"],
                "conclusion": "independent_advocate",
                "imca_considered": "yes",
                "reason": WORDS,
            },
        ),
        ("advocate_status", {"occurred": "2026-01-09", "kind": "care_act", "state": "instructed"}),
        FED_BACK,
        STARTED,
        TOLD,
    ),
    "the adult dies, and a review is considered": (
        *OPENING,
        views("yes"),
        *ENQUIRY,
        (
            "adult_died",
            {
                "occurred": "2026-01-16",
                "abuse_or_neglect_suspected": "yes",
                "agencies_could_have_worked_better": "yes",
            },
        ),
        (
            "sar_considered",
            {"occurred": "2026-01-20", "result": "referred", "family_engaged": "yes"},
        ),
        closed("adult_died", "2026-01-21", adult_view="unable"),
    ),
    "the adult moves away before a decision, and the concern goes along": (
        *OPENING,
        decided("transferred", rationale="Moved to the coast."),
        FED_BACK,
        (
            "outcome_reviewed",
            {**REVIEWED[1], "occurred": "2026-01-08", "achieved": "partial", "reason": WORDS},
        ),
        closed("moved_area", "2026-01-08"),
    ),
    "the police come first, and the adult is asked once they say so": (
        concern(crime_suspected="yes"),
        SAFE,
        CAPABLE,
        (
            "outcomes_conversation",
            {
                "occurred": "2026-01-06",
                "asked": "not_asked",
                "reason_not_asked": "police_advice",
                "reason_text": WORDS,
                "review_by": "2026-01-19",
            },
        ),
        explained("CON-01", "police_precedence", "2026-01-06", review_by="2026-01-19"),
        ("police_referral", {"occurred": "2026-01-06", "result": "referred"}),
        decided("s42_enquiry"),
        FED_BACK,
        NO_ADVOCATE,
        STARTED,
        RESPONSE,
        TOLD,
        asked("2026-01-16"),
        ("outcome_expressed", {**WISH[1], "occurred": "2026-01-16"}),
        views("yes", "2026-01-16"),
    ),
    "a concern late on a Friday, acted on that night": (
        concern("2026-01-09T22:30:00"),
        (
            "immediate_safety_check",
            {
                "occurred": "2026-01-09T23:45:00",
                "result": "action_taken",
                "action": ["A bed for the night."],
                "emergency_services": "yes",
            },
        ),
        asked("2026-01-12"),
        ("outcome_expressed", {**WISH[1], "occurred": "2026-01-12"}),
        ("capacity_considered", {"occurred": "2026-01-12", "view": "no_reason_to_doubt"}),
        views("yes", "2026-01-12"),
        decided("s42_enquiry", "2026-01-13"),
        ("referrer_feedback", {"occurred": "2026-01-14", "limited": "yes"}),
        ("advocacy_considered", {**NO_ADVOCATE[1], "occurred": "2026-01-13"}),
        ("enquiry_started", {**STARTED[1], "occurred": "2026-01-14"}),
        ("response_decided", {**RESPONSE[1], "occurred": "2026-01-14"}),
        ("information_given", {**TOLD[1], "occurred": "2026-01-14"}),
    ),
    "the partner is in the room, and the adult is heard alone later": (
        concern(abuse_type=["domestic"], coercion_suspected="yes"),
        SAFE,
        CAPABLE,
        (
            "outcomes_conversation",
            {
                "occurred": "2026-01-06",
                "asked": "not_asked",
                "reason_not_asked": "unsafe_to_ask",
                "reason_text": WORDS,
                "review_by": "2026-01-12",
            },
        ),
        asked("2026-01-07"),
        ("outcome_expressed", {**WISH[1], "occurred": "2026-01-07"}),
        ("marac_considered", {"occurred": "2026-01-07", "result": "referred"}),
        views("yes", "2026-01-07"),
        *ENQUIRY,
    ),
    "a concern about a service, without an identified adult": (
        concern(identified_adult="no", abuse_type=["organisational"]),
        (
            "outcomes_conversation",
            {
                "occurred": "2026-01-06",
                "asked": "not_asked",
                "reason_not_asked": "organisational_concern_no_individual",
            },
        ),
        decided("other_enquiry", adult_informed="no"),
        FED_BACK,
    ),
    "the adult refuses to be assessed": (
        *OPENING[:4],
        (
            "capacity_considered",
            {
                "id": "doubt",
                "occurred": "2026-01-06",
                "view": "doubt",
                "decision_kind": "taking_part_in_enquiry",
            },
        ),
        explained("MCA-02", "adult_declined", "2026-01-12"),
        views("yes"),
        *ENQUIRY,
    ),
    "an urgent enquiry begins before the advocate is there": (
        *OPENING,
        views("yes"),
        ("enquiry_started", {**STARTED[1], "occurred": "2026-01-06"}),
        explained("ADV-01", "emergency_action", "2026-01-06", review_by="2026-01-14"),
        decided("s42_enquiry"),
        FED_BACK,
        (
            "advocacy_considered",
            {
                "occurred": "2026-01-13",
                "difficulty": ["understanding"],
                "conclusion": "independent_advocate",
            },
        ),
        ("advocate_status", {"occurred": "2026-01-15", "kind": "care_act", "state": "referred"}),
        RESPONSE,
        TOLD,
    ),
    "the adult moves away while the enquiry runs, and the next council takes it on": (
        *OPENING,
        views("yes"),
        *ENQUIRY,
        spoken("2026-01-14"),
        (
            "outcome_reviewed",
            {**REVIEWED[1], "occurred": "2026-01-14", "achieved": "partial", "reason": WORDS},
        ),
        (
            "information_shared",
            {
                "occurred": "2026-01-14",
                "with_agency": "council",
                "what": WORDS,
                "how": WORDS,
                "basis": WORDS,
            },
        ),
        closed("moved_area", "2026-01-15", risk_result="remained", risk_reason=WORDS),
        ("no_plan_needed", {"occurred": "2026-01-15", "reason": WORDS}),
    ),
    "the adult moved before anybody could ask how far it was met": (
        *OPENING,
        views("yes"),
        *ENQUIRY,
        explained("CLO-01", "not_reachable", "2026-01-15"),
        closed("moved_area", "2026-01-15", adult_view="unable"),
    ),
    "the adult dies before she could be asked": (
        concern(),
        SAFE,
        ("adult_died", {"occurred": "2026-01-06", "abuse_or_neglect_suspected": "no"}),
        decided("no_enquiry", "2026-01-07", adult_informed="no", alternative_route=["none"]),
        FED_BACK,
        closed("adult_died", "2026-01-08", adult_view="unable"),
    ),
    "the adult does not want to talk": (
        concern(),
        SAFE,
        (
            "outcomes_conversation",
            {
                "occurred": "2026-01-06",
                "asked": "not_asked",
                "with": "adult",
                "reason_not_asked": "declined_to_discuss",
                "reason_text": WORDS,
            },
        ),
        CAPABLE,
        views("no"),
        decided("no_enquiry", alternative_route=["information_advice"]),
        explained("DEC-03", "adult_declined", "2026-01-07"),
        FED_BACK,
        TOLD,
        closed("adult_request", "2026-01-08"),
    ),
    "the police ask to wait, and the case closes with theirs": (
        concern(crime_suspected="yes"),
        SAFE,
        ("police_referral", {"occurred": "2026-01-05T16:00:00", "result": "referred"}),
        explained("CON-01", "police_precedence", "2026-01-05", review_by="2026-02-27"),
        (
            "outcomes_conversation",
            {
                "occurred": "2026-01-06",
                "asked": "not_asked",
                "reason_not_asked": "police_advice",
                "reason_text": WORDS,
                "review_by": "2026-02-27",
            },
        ),
        CAPABLE,
        decided("s42_enquiry"),
        FED_BACK,
        NO_ADVOCATE,
        ("enquiry_started", {**STARTED[1], "form": "police_led"}),
        RESPONSE,
        TOLD,
    ),
    "an adult who neglects himself chooses to go on as he is": (
        concern(abuse_type=["self_neglect"]),
        *OPENING[1:4],
        (
            "capacity_considered",
            {
                "occurred": "2026-01-06",
                "view": "no_reason_to_doubt",
                "decision": "To have no help at home.",
                "decision_kind": "residence_or_care",
            },
        ),
        views("no"),
        decided("no_enquiry", alternative_route=["health_referral"]),
        FED_BACK,
        ("partner_involved", {"occurred": "2026-01-12", "partner": "gp", "msp_evidence": "yes"}),
        ("outcome_reviewed", {**REVIEWED[1], "occurred": "2026-01-16"}),
        closed("adult_request", "2026-01-16"),
    ),
}
LOOKS: Final = ("2026-01-09", "2026-01-23", "2026-01-31")
"""Within days, after some weeks, and before a silence would be a finding of its own."""


@cache
def engine() -> Engine:
    return Engine(core_ruleset(), matcher="python")


@pytest.mark.parametrize("day", LOOKS)
@pytest.mark.parametrize("story", STORIES)
def test_no_flag_on_good_practice(story: str, day: str) -> None:
    case = case_of(*(one for one in STORIES[story]))

    evaluation = engine().evaluate(case, parse_as_of(day))

    assert evaluation.faults == ()
    assert [
        (one.rule, one.subject, str(one.due))
        for one in evaluation.answers
        if one.severity in FLAGS and one.verdict == "not_met"
    ] == []


@pytest.mark.parametrize("story", STORIES)
def test_each_story_answers_most_of_what_applies(story: str) -> None:
    evaluation = engine().evaluate(case_of(*STORIES[story]), parse_as_of(LOOKS[-1]))

    verdicts = [str(one.verdict) for one in evaluation.answers]
    assert verdicts.count("cannot_tell") == 0
    assert verdicts.count("met") + verdicts.count("explained") >= 3
