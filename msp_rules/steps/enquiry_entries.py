"""Concerns, decisions, enquiries and their planning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msp_rules.steps.days import read_day
from msp_rules.steps.record_steps import entry
from msp_rules.steps.sentence import Kind, Sentence, Table
from msp_rules.steps.story import Story

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
