"""What the adult was asked, and what they want."""

from __future__ import annotations

from typing import Final

from msp_rules.steps.record_steps import entry

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
