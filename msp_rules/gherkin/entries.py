"""Capacity, best interests, and who supports the adult.

What the adult was asked, and what they want.

Meetings, contact, information, and what partners carry.

Concerns, decisions, enquiries and their planning.

The adult's view on going ahead, what was decided against it, and what was shared.

Safety, risk weighed with the adult, and the response.

How cases end, with the adult or without them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msp_rules.gherkin.days import read_day, read_occurrence
from msp_rules.gherkin.record_sentences import code_of, entry
from msp_rules.gherkin.sentence import Kind, Sentence, Table
from msp_rules.gherkin.story import Story

_ABILITIES: Final = {"understand": "yes", "retain": "yes", "weigh": "yes", "communicate": "yes"}
_DECISION: Final = {"decision": "whether to stay at the home", "decision_kind": "residence_or_care"}
_LACKS: Final = {"conclusion": "lacks_capacity", "impairment": "as noted", "link_made": "yes"}
_HELP: Final = {"support_given": ["pictures"]}
_SUPPORTER: Final = {"difficulty": ["weighing"], "conclusion": "appropriate_person"}


def _advocacy(story: Story, blanks: Mapping[str, str], _: Table) -> None:
    codes = story.rules.vocabulary.events["advocacy_considered"].fields["conclusion"].codes
    conclusion = code_of(blanks["code"], codes, "conclusion")
    when = read_occurrence(blanks.get("when", ""))
    story.tell("advocacy_considered", {"conclusion": conclusion}, when)


CAPACITY: Final = (
    Sentence(
        kind=Kind.GIVEN,
        words="advocacy was considered and CODE was the conclusion [WHEN]",
        means="advocacy_considered with that conclusion",
        run=_advocacy,
    ),
    entry("capacity was considered", "capacity_considered", view="no_reason_to_doubt"),
    entry("a doubt about capacity was noted", "capacity_considered", view="doubt"),
    entry(
        "a full assessment followed",
        "capacity_assessed",
        **_ABILITIES,
        **_DECISION,
        **_HELP,
        conclusion="has_capacity",
    ),
    entry(
        "an assessment without the help given followed",
        "capacity_assessed",
        **_ABILITIES,
        **_DECISION,
        conclusion="has_capacity",
    ),
    entry("a blanket assessment followed", "capacity_assessed", **_LACKS),
    entry(
        "an assessment in a filed document followed",
        "capacity_assessed",
        **_LACKS,
        document="FORM-1",
    ),
    entry(
        "the adult was found to lack capacity",
        "capacity_assessed",
        **(_ABILITIES | {"weigh": "no"}),
        **_DECISION,
        **_HELP,
        **_LACKS,
    ),
    entry(
        "the adult was found to lack capacity to be protected",
        "capacity_assessed",
        **_ABILITIES,
        **_HELP,
        **_LACKS,
        decision_kind="protective_measure",
    ),
    entry(
        "a best-interests decision left out the adult's wishes",
        "best_interests_decided",
        consulted=["family"],
        option=["stay", "go"],
        less_restrictive_considered="yes",
    ),
    entry(
        "the adult was thought able to take full part",
        "advocacy_considered",
        no_difficulty="yes",
        conclusion="not_needed",
        reason="Takes full part.",
    ),
    entry(
        "no advocate was free, which was escalated",
        "advocate_status",
        kind="care_act",
        state="unavailable",
        escalated="yes",
    ),
    entry("the adult declined the advocate", "advocate_status", kind="care_act", state="declined"),
    entry(
        "the adult's supporter was a friend",
        "advocacy_considered",
        **_SUPPORTER,
        appropriate_person="friend",
        adult_agrees="yes",
    ),
    entry(
        "the adult's supporter was a paid carer",
        "advocacy_considered",
        **_SUPPORTER,
        appropriate_person="other_professional",
        appropriate_person_paid="yes",
    ),
    entry(
        "the adult's supporter was the person suspected",
        "advocacy_considered",
        **_SUPPORTER,
        appropriate_person="family",
        appropriate_person_is_source="yes",
    ),
    entry(
        "the adult's supporter was somebody the adult rejected",
        "advocacy_considered",
        **_SUPPORTER,
        appropriate_person="family",
        adult_agrees="no",
    ),
    entry(
        "the adult's supporter was somebody of whom no more is said",
        "advocacy_considered",
        **_SUPPORTER,
        appropriate_person="friend",
    ),
)
"""Sentences about capacity and advocacy."""


NOT_ASKED = {"asked": "not_asked"}
_SAID: Final = {"asked": "asked_expressed", "with_": "adult"}

ASKING: Final = (
    entry("the adult was asked what they want", "outcomes_conversation", asked="asked_expressed"),
    entry(
        "the person suspected answered for the adult",
        "outcomes_conversation",
        asked="asked_expressed",
        with_="family",
        with_is_source="yes",
    ),
    entry(
        "the adult was not asked, with a reason in a few words",
        "outcomes_conversation",
        **NOT_ASKED,
        reason_not_asked="declined_to_discuss",
        reason_text="Not today.",
    ),
    entry(
        "the adult was not asked, with only a code as reason",
        "outcomes_conversation",
        **NOT_ASKED,
        reason_not_asked="declined_to_discuss",
    ),
    entry("the adult was not asked, with no reason at all", "outcomes_conversation", **NOT_ASKED),
    entry("nobody knows whether the adult was asked", "outcomes_conversation", asked="dont_know"),
    entry(
        "the family spoke for the adult, with the adult's own wishes noted",
        "outcomes_conversation",
        asked="asked_expressed",
        with_="family",
        wishes_and_feelings="Reaches for the window.",
    ),
    entry("the adult said what they want", "outcomes_conversation", **_SAID),
    entry(
        "the adult had nothing to say when asked",
        "outcomes_conversation",
        asked="asked_none_expressed",
        with_="adult",
    ),
    entry(
        "the adult was asked again with an interpreter",
        "outcomes_conversation",
        asked="asked_none_expressed",
        with_="adult",
        communication_support=["interpreter"],
    ),
    entry(
        "the adult was asked with the partner in the room",
        "outcomes_conversation",
        **_SAID,
        alone="no",
    ),
    entry(
        "what they want was recorded in their words",
        "outcome_expressed",
        id="wish",
        text="I want my key back.",
    ),
    entry("what they want was recorded without words", "outcome_expressed", kind="safety"),
    entry(
        "what they want was recorded in a letter that is filed",
        "outcome_expressed",
        document="LETTER-1",
    ),
    entry(
        "what they want was recorded as safety alone",
        "outcome_expressed",
        text="I want to be safe.",
        kind="safety",
        domain=["protection"],
    ),
    entry(
        "what they want was recorded as carrying risk",
        "outcome_expressed",
        id="wish",
        text="I want to walk to the shop.",
        carries_risk="yes",
    ),
    entry(
        "the adult changed what they want",
        "outcome_revised",
        outcome="wish",
        change="changed",
        agreed_by="adult",
    ),
    entry(
        "the court decides about what the adult wanted",
        "outcome_reviewed",
        outcome="wish",
        achieved="not_achieved",
        view_of="adult",
        reason_code="criminal_process",
    ),
    entry(
        "the adult said how far it was met",
        "outcome_reviewed",
        outcome="wish",
        achieved="partial",
        view_of="adult",
    ),
    entry(
        "a professional said how far it was met",
        "outcome_reviewed",
        outcome="wish",
        achieved="full",
        view_of="other_professional",
    ),
)
"""Sentences about asking, and about outcomes."""


_MEETING: Final = {"purpose": "review"}
_REQUEST: Final = {"to_agency": "housing", "carries_capacity_view": "yes", "carries_issues": "yes"}

INVOLVEMENT: Final = (
    entry(
        "a meeting was held with the adult in the room",
        "meeting_held",
        **_MEETING,
        participation="present",
        record_shared_with_adult="yes",
    ),
    entry(
        "a meeting was held with the adult's words read out",
        "meeting_held",
        **_MEETING,
        participation="written",
        record_shared_with_adult="yes",
    ),
    entry(
        "a meeting was held with the adult, and no record for them",
        "meeting_held",
        **_MEETING,
        participation="present",
    ),
    entry(
        "a meeting was held without the adult, who preferred not to",
        "meeting_held",
        **_MEETING,
        participation="none",
        not_involved="adult_preferred_not",
    ),
    entry(
        "a meeting was held without the adult, and no reason",
        "meeting_held",
        **_MEETING,
        participation="none",
    ),
    entry("the adult heard from the team", "contact_with_adult", purpose="update", result="spoke"),
    entry(
        "the team rang and got no reply", "contact_with_adult", purpose="update", result="no_reply"
    ),
    entry(
        "the worker explained in a talk what happens next",
        "contact_with_adult",
        purpose="explain",
        result="spoke",
    ),
    entry(
        "another body was asked to enquire with the adult's views",
        "enquiry_caused",
        **_REQUEST,
        carries_period="yes",
        carries_views="yes",
    ),
    entry(
        "another body was asked to enquire without the adult's views",
        "enquiry_caused",
        **_REQUEST,
        carries_period="yes",
    ),
    entry(
        "another body was asked to enquire in a bare request", "enquiry_caused", to_agency="housing"
    ),
    entry(
        "a partner's practice was judged, and found wanting",
        "partner_involved",
        partner="housing",
        msp_evidence="no",
    ),
)
"""Sentences about meetings, contact and partners."""


_COMPLETE: Final = {
    "has_needs": "met",
    "at_risk": "met",
    "rationale": "Relies on the person suspected.",
    "decided_by": "team manager",
}


def _repeated(story: Story, blanks: Mapping[str, str], _: Table) -> None:
    story.tell("concern_raised", {"earlier_concerns_6_months": blanks["number"]})


def _more_information(story: Story, blanks: Mapping[str, str], _: Table) -> None:
    day = read_day(blanks["day"]).isoformat()
    story.tell("s42_decided", {**_COMPLETE, "result": "more_information", "review_by": day})


def _agreed_end(story: Story, blanks: Mapping[str, str], _: Table) -> None:
    day = read_day(blanks["day"]).isoformat()
    story.tell("enquiry_planned", {"with_adult": "yes", "agreed_due": day})


ENQUIRY: Final = (
    entry("a concern that does not say whether there is an identified adult", "concern_raised"),
    Sentence(
        kind=Kind.GIVEN,
        words="a concern with NUMBER earlier ones in half a year",
        means="concern_raised with earlier_concerns_6_months",
        run=_repeated,
    ),
    entry("an enquiry was decided", "s42_decided", result="s42_enquiry"),
    Sentence(
        kind=Kind.GIVEN,
        words="more information was asked for, to be looked at by DAY",
        means="a full s42_decided with result: more_information, and review_by",
        run=_more_information,
    ),
    Sentence(
        kind=Kind.GIVEN,
        words="the enquiry was to end by DAY, as agreed with the adult",
        means="enquiry_planned with with_adult: yes, and agreed_due",
        run=_agreed_end,
    ),
    entry("a concern about domestic abuse", "concern_raised", abuse_type=["domestic"]),
    entry("a concern about self-neglect", "concern_raised", abuse_type=["self_neglect"]),
    entry(
        "a full decision on an enquiry was taken",
        "s42_decided",
        **_COMPLETE,
        cannot_protect_self="met",
        result="s42_enquiry",
    ),
    entry(
        "the concern led to advice instead of an enquiry",
        "s42_decided",
        **_COMPLETE,
        result="no_enquiry",
        alternative_route=["information_advice"],
        adult_informed="yes",
    ),
    entry("the enquiry started", "enquiry_started", kind="s42", form="single_agency"),
    entry("the enquiry was planned", "enquiry_planned", with_adult="yes"),
)
"""Sentences about concerns, decisions and enquiries."""


_VIEW: Final = "the adult's view on the enquiry was"
_SHARING_FIELDS: Final = {"with_agency": "housing", "what": "the concern", "how": "by letter"}

AGREEMENT: Final = (
    entry(f"{_VIEW} yes", "views_on_proceeding", id="view", about="enquiry", agree="yes"),
    entry(
        f"{_VIEW} no", "views_on_proceeding", id="view", about="enquiry", agree="no", with_="adult"
    ),
    entry(
        f"{_VIEW} not sought", "views_on_proceeding", id="view", about="enquiry", agree="not_sought"
    ),
    entry(
        "going ahead was decided because asking would increase the risk",
        "override_decided",
        views="view",
        ground=["asking_increases_risk"],
        legal_basis="Care Act 2014, s42",
        person_told="no_unsafe",
    ),
    entry(
        "going ahead was decided to protect others",
        "override_decided",
        views="view",
        ground=["others_at_risk"],
        legal_basis="Care Act 2014, s42",
        person_told="yes",
    ),
    entry(
        "going ahead was decided on a ground, with nothing more",
        "override_decided",
        views="view",
        ground=["serious_harm_or_life"],
    ),
    entry(
        "the enquiry ended at the adult's request",
        "enquiry_reported",
        ceased_at_adults_request="yes",
    ),
    entry(
        "information was shared with what was said and its basis",
        "information_shared",
        **_SHARING_FIELDS,
        basis="vital interests",
    ),
    entry(
        "information was shared with what was said alone", "information_shared", **_SHARING_FIELDS
    ),
    entry(
        "information was shared without a word about it",
        "information_shared",
        with_agency="housing",
    ),
    entry(
        "information was shared with the ambulance in a hurry",
        "information_shared",
        with_agency="ambulance",
    ),
)
"""Sentences about agreement and sharing."""


_WEIGHED: Final = {"with_": "adult", "benefits_noted": "yes", "risks_noted": "yes"}

RISK: Final = (
    entry("the adult was found safe", "immediate_safety_check", result="safe"),
    entry(
        "a visit left open whether the adult is safe",
        "immediate_safety_check",
        result="not_established",
    ),
    entry("the risk was judged high", "risk_assessed", level="high"),
    entry("the adult weighed up two options", "risk_discussed", **_WEIGHED, option=["Stay", "Go"]),
    entry("the adult weighed up one option", "risk_discussed", **_WEIGHED, option=["Stay"]),
    entry(
        "a safeguard for the wish was agreed",
        "risk_discussed",
        **_WEIGHED,
        outcome="wish",
        mitigation="A neighbour walks along.",
    ),
    entry(
        "the adult chose the risk with open eyes",
        "risk_discussed",
        **_WEIGHED,
        option=["Stay", "Go"],
        informed_choice="yes",
    ),
    entry(
        "the adult chose the risk of the wish with open eyes",
        "risk_discussed",
        **_WEIGHED,
        outcome="wish",
        informed_choice="yes",
    ),
    entry("the response was a conversation", "response_decided", form="conversation"),
)
"""Sentences about risk and the response."""


_CLOSING_FIELDS: Final = {"contact_point_given": "yes", "informed": ["adult"]}

CLOSING: Final = (
    entry(
        "the case was closed with the adult", "case_closed", **_CLOSING_FIELDS, adult_view="agrees"
    ),
    entry(
        "the case was closed against the adult's wish",
        "case_closed",
        **_CLOSING_FIELDS,
        adult_view="disagrees",
    ),
    entry(
        "the case was closed with risk that goes on",
        "case_closed",
        **_CLOSING_FIELDS,
        adult_view="agrees",
        risk_result="remained",
    ),
    entry("the adult was offered a say", "experience_feedback", offered="yes"),
    entry(
        "the adult died of suspected neglect",
        "adult_died",
        abuse_or_neglect_suspected="yes",
        agencies_could_have_worked_better="yes",
    ),
)
"""Sentences about endings."""
