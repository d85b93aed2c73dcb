"""What events and fields are called in plain words, for explanations and catalogues.

A name that is not here is its own words, with spaces for underscores. Each name has one wording, so
that nothing is lost by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

EVENT_NOUNS: Final[Mapping[str, str]] = {
    "concern_raised": "concern",
    "immediate_safety_check": "check of immediate safety",
    "outcomes_conversation": "conversation about outcomes",
    "outcome_expressed": "wanted outcome",
    "outcome_revised": "change of a wanted outcome",
    "outcome_reviewed": "review of an outcome",
    "capacity_considered": "consideration of capacity",
    "capacity_assessed": "capacity assessment",
    "best_interests_decided": "best-interests decision",
    "advocacy_considered": "consideration of advocacy",
    "advocate_status": "status of an advocate",
    "advocate_contribution": "contribution of an advocate",
    "views_on_proceeding": "view on going ahead",
    "override_decided": "decision to act without agreement",
    "information_shared": "sharing of information",
    "s42_decided": "decision on the duty to enquire",
    "referrer_feedback": "feedback to whoever raised the concern",
    "enquiry_started": "start of an enquiry",
    "enquiry_planned": "planning of the enquiry",
    "enquiry_caused": "request to another body to enquire",
    "enquiry_reported": "enquiry report",
    "meeting_held": "meeting",
    "contact_with_adult": "contact with the adult",
    "information_given": "giving of information",
    "risk_assessed": "risk assessment",
    "risk_discussed": "discussion of risk",
    "response_decided": "decision on the response",
    "family_group_conference": "offer of a family group conference",
    "plan_made": "safeguarding plan",
    "plan_action": "plan action",
    "no_plan_needed": "record that no plan is needed",
    "plan_reviewed": "review of the plan",
    "oversight": "piece of oversight",
    "partner_involved": "part of another agency",
    "police_referral": "consideration of a police referral",
    "position_of_trust": "consideration of a position of trust",
    "dbs_referral": "consideration of a barring referral",
    "marac_considered": "consideration of a MARAC referral",
    "sar_considered": "consideration of a safeguarding adults review",
    "serious_harm": "serious harm",
    "adult_died": "death of the adult",
    "experience_feedback": "feedback on the experience",
    "grid_position": "position on the wellbeing and safety grid",
    "explanation": "explanation",
    "case_closed": "closure",
    "case_reopened": "reopening",
}
"""What one event of each type is called, without an article."""

FIELD_LABELS: Final[Mapping[str, str]] = {
    "with": "spoken with",
    "with_is_source": "the one spoken with is the suspected source",
    "interpreter_is_source": "the interpreter is the suspected source",
    "appropriate_person_is_source": "the appropriate person is the suspected source",
    "appropriate_person_paid": "the appropriate person is paid for care",
    "alone": "seen alone",
    "asked": "adult asked",
    "agree": "agreement",
    "adult_agrees": "the adult agrees",
    "adult_agreed": "the adult agreed",
    "text": "the words",
    "document": "linked document",
    "achieved": "how far it was met",
    "view_of": "in whose view",
    "considered": "consideration that it answers",
    "understand": "test of understanding",
    "retain": "test of retaining",
    "weigh": "test of weighing up",
    "communicate": "test of communicating",
    "link_made": "link to the impairment made",
    "consulted": "who was consulted",
    "option": "options",
    "has_needs": "criterion of care and support needs",
    "at_risk": "criterion of abuse or neglect, or its risk",
    "cannot_protect_self": "criterion of being unable to protect themselves",
    "informed": "who was informed",
    "views": "views that it answers",
    "outcome": "outcome that it is about",
    "plan": "plan that it is about",
    "what": "what was shared",
    "how": "how it was shared",
    "basis": "basis of sharing",
    "with_agency": "shared with",
    "not_involved": "why the adult was not involved",
    "participation": "how the adult took part",
    "msp_evidence": "understanding of MSP seen",
    "removed": "removed from their role",
    "earlier_concerns_6_months": "earlier concerns in other cases, six months",
}
"""What a field is called where its own words say too little."""


def event_noun(event_type: str) -> str:
    """One event of a type, with its article: "a concern"."""
    noun = bare_event_noun(event_type)
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"


def bare_event_noun(event_type: str) -> str:
    """One event of a type, without an article."""
    return EVENT_NOUNS.get(event_type, spaced(event_type))


def field_label(field: str) -> str:
    """A field as it might stand on a form."""
    return FIELD_LABELS.get(field, spaced(field))


def spaced(word: str) -> str:
    """A code or name with spaces for its underscores."""
    return word.replace("_", " ")


def code_in_words(code: str) -> str:
    """A code in quotation marks, with spaces for its underscores."""
    return f"“{spaced(code)}”"
