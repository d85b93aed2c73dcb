"""Meetings, contact, information, and what partners carry."""

from __future__ import annotations

from typing import Final

from msp_rules.steps.record_steps import entry

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
