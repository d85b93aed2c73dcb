"""An owner that looks like a person's name is warned of, and a role is not."""

from __future__ import annotations

import pytest

from msp_rules.audit.case_file.owners import looks_like_a_name, owner_warnings
from msp_rules.audit.case_file.ratings import AgreedAction
from tests.builders.ratings import audit_of, audited_case, question


@pytest.mark.parametrize(
    "owner",
    [
        "Priya Shah",
        "P. Shah",
        "P Shah",
        "Siân O’Neill",
        "Anne-Marie McDonald",
        "Mrs Shah",
        "dr shah",
        "Cllr. Shah",
        "Priya Shah, team manager",
        "Team manager (Priya Shah)",
        "Team manager - Priya Shah",
        "Practice lead and Priya Shah",
        "priya.shah@example.org",
    ],
)
def test_a_name_is_noticed(owner: str) -> None:
    assert looks_like_a_name(owner)


@pytest.mark.parametrize(
    "owner",
    [
        "",
        "Team manager",
        "Team Manager, Hospital Social Work",
        "Principal Social Worker",
        "Named Nurse",
        "MCA lead",
        "Leicester City team manager",
        "Royal Infirmary matron",
        "Safeguarding Adults Board",
        "All agencies",
        "SAB chair & business manager",
        "to be agreed",
        "Commissioning",
        "Director",
    ],
)
def test_a_role_is_not_taken_for_a_name(owner: str) -> None:
    assert not looks_like_a_name(owner)


@pytest.mark.parametrize("owner", ["Priya", "priya shah", "Team manager Priya Shah"])
def test_names_that_the_form_does_not_show_are_missed(owner: str) -> None:
    """The page on audits says so; if one of these is noticed one day, so much the better."""
    assert not looks_like_a_name(owner)


def test_the_warning_names_the_place_and_not_the_person() -> None:
    named = AgreedAction(text="Train the team.", owner="Priya Shah")
    role = AgreedAction(text="Train the team.", owner="Team manager")
    audit = audit_of(
        audited_case(question("Q1", action=role), question("Q5", action=named), number=2)
    )

    assert list(owner_warnings(audit)) == [
        "E10000016/council, Case 2, Q5: the owner looks like a person's name; name a role"
    ]
