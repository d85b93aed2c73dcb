"""What went well: each sign by what the record says, and not by less."""

from typing import Any

import pytest

from msp_rules.audit.case_audit.grid import grid_of
from msp_rules.audit.case_audit.practice import (
    ASKED_AGAIN,
    GRID_GAIN,
    PRACTICES,
    SIGNS,
    practice_of,
)
from msp_rules.casework.case import Case
from msp_rules.casework.moments import parse_as_of
from msp_rules.casework.visibility import in_force
from msp_rules.casework.vocabulary import core_vocabulary
from tests.builders.case import case_of

DAY = {"occurred": "2026-01-08"}
GOOD: dict[str, tuple[str, dict[str, Any]]] = {
    "communication_supported": (
        "outcomes_conversation",
        {"asked": "asked_none_expressed", "communication_support": ["pictures"]},
    ),
    "outcome_revised_with_adult": ("outcome_revised", {"agreed_by": "adult"}),
    "outcome_achieved_in_their_view": (
        "outcome_reviewed",
        {"outcome": "o", "achieved": "full", "view_of": "imca"},
    ),
    "capacity_upheld_with_support": (
        "capacity_assessed",
        {"conclusion": "has_capacity", "support_given": [{"withheld": True}]},
    ),
    "advocate_heard": ("advocate_contribution", {"summary": {"withheld": True}}),
    "choice_respected_with_support": (
        "risk_discussed",
        {"informed_choice": "yes", "mitigation": "A key safe."},
    ),
    "family_group_conference_offered": ("family_group_conference", {"accepted": "no"}),
    "enquiry_planned_with_adult": ("enquiry_planned", {"with_adult": "yes"}),
    "meeting_around_adult": (
        "meeting_held",
        {"participation": "present", "venue_considered": "yes", "record_shared_with_adult": "yes"},
    ),
    "meeting_venue_considered": ("meeting_held", {"venue_considered": "yes"}),
    "meeting_supported": ("meeting_held", {"support": ["A signer."]}),
    "liberty_safeguards_considered": (
        "best_interests_decided",
        {"restriction": "A locked door.", "dols_considered": "yes"},
    ),
    "report_holds_adults_voice": (
        "enquiry_reported",
        {"voice_of_adult": "yes", "outcomes_covered": "yes"},
    ),
    "adult_owned_action": ("plan_action", {"adult_owned": "yes"}),
    "plan_reviewed_with_adult": ("plan_reviewed", {"adult_took_part": "yes"}),
    "partner_showed_msp": ("partner_involved", {"msp_evidence": "yes"}),
    "independent_feedback": (
        "experience_feedback",
        {"offered": "yes", "answered": "yes", "independent": "yes"},
    ),
    "felt_listened_to": (
        "experience_feedback",
        {"offered": "yes", "felt_listened_to": "yes", "respondent": "adult"},
    ),
    "felt_safer": (
        "experience_feedback",
        {"offered": "yes", "felt_safer": "yes", "respondent": "family"},
    ),
}
ALSO_SHOWN = {"meeting_around_adult": ["meeting_venue_considered"]}
"""What the same event shows beside."""
WEAK = {
    "asked": "not_asked",
    "view_of": "other_professional",
    "agreed_by": "other_professional",
} | {
    "achieved": "partial",
    "conclusion": "undetermined",
    "participation": "written",
    "msp_evidence": "part",
    "respondent": "other_professional",
}


def practice(case: Case) -> dict[str, tuple[str, ...]]:
    view = in_force(case, parse_as_of("2026-03-31"))
    return dict(practice_of(view, grid_of(view)))


def test_every_name_has_its_story() -> None:
    assert set(GOOD) == set(SIGNS)
    assert (*SIGNS, ASKED_AGAIN, GRID_GAIN) == PRACTICES


def test_signs_use_the_words_of_the_vocabulary() -> None:
    for sign in SIGNS.values():
        fields = core_vocabulary().events[sign.event].fields
        for name, allowed in sign.tests.items():
            assert allowed <= set(fields[name].codes)
            # A test of one value could not read a field that repeats.
            assert not (allowed and fields[name].may_repeat)


@pytest.mark.parametrize("name", sorted(GOOD))
def test_each_sign(name: str) -> None:
    event, fields = GOOD[name]

    shown = {name, *ALSO_SHOWN.get(name, ())}
    assert practice(case_of((event, {**DAY, **fields}))) == dict.fromkeys(shown, ("e1",))
    # Nothing less is enough: each tested field absent, weaker, unknown or unreadable.
    for field in SIGNS[name].tests:
        others = {key: value for key, value in fields.items() if key != field}
        texts = core_vocabulary().events[event].fields[field].codes == ()
        weaker = "  " if texts else WEAK.get(field, "no")
        assert name not in practice(case_of((event, {**DAY, **others}))), field
        assert name not in practice(case_of((event, {**DAY, **others, field: weaker}))), field
        unread = case_of((event, {**DAY, **others, "unreadable": [field]}))
        assert name not in practice(unread), field
    assert practice(case_of((event, {**DAY, **fields, "void": "yes"}))) == {}
    assert practice(case_of((event, {**fields, "occurred": "unreadable"}))) == {}
    assert practice(case_of((event, {**fields, "occurred": "2026-04-01"}))) == {}


def test_events_are_named_in_order_of_time() -> None:
    case = case_of(
        ("plan_action", {"occurred": "2026-01-09", "adult_owned": "yes"}),
        ("plan_action", {"occurred": "2026-01-08", "adult_owned": "yes"}),
        ("plan_action", {"occurred": "2026-01-07", "adult_owned": "no"}),
    )

    assert practice(case) == {"adult_owned_action": ("e2", "e1")}


def test_asked_again() -> None:
    def told(*days_and_answers: tuple[str, str]) -> dict[str, tuple[str, ...]]:
        return practice(
            case_of(
                *[
                    ("outcomes_conversation", {"occurred": day, "asked": answer})
                    for day, answer in days_and_answers
                ]
            )
        )

    for nothing in ("asked_none_expressed", "not_asked"):
        again = told(("2026-01-06", nothing), ("2026-01-09", "asked_expressed"))
        assert again == {ASKED_AGAIN: ("e1", "e2")}
        # The same day, the other way round, never answered: not shown.
        assert told(("2026-01-06", nothing), ("2026-01-06", "asked_expressed")) == {}
        assert told(("2026-01-06", "asked_expressed"), ("2026-01-09", nothing)) == {}
        assert told(("2026-01-06", nothing), ("2026-01-09", nothing)) == {}
    assert told(("2026-01-06", "dont_know"), ("2026-01-09", "asked_expressed")) == {}


def test_only_a_gain_on_the_grid_goes_well() -> None:
    def moved(wellbeing: str, safety: str) -> dict[str, tuple[str, ...]]:
        return practice(
            case_of(
                ("grid_position", {"occurred": "2026-01-06", "wellbeing": "high", "safety": "low"}),
                (
                    "grid_position",
                    {"occurred": "2026-02-06", "wellbeing": wellbeing, "safety": safety},
                ),
            )
        )

    assert moved("high", "high") == {GRID_GAIN: ("e1", "e2")}
    assert moved("low", "high") == {}
    assert moved("high", "low") == {}
