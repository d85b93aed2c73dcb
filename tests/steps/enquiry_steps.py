"""Concerns, decisions, enquiries and their planning."""

from pytest_bdd import given, parsers
from steps.story import CONCERN_DAY, Story, entry

COMPLETE = {
    "has_needs": "met",
    "at_risk": "met",
    "rationale": "Relies on the person suspected.",
    "decided_by": "team manager",
}

entry("a concern about domestic abuse", "concern_raised", abuse_type=["domestic"])
entry("a concern about self-neglect", "concern_raised", abuse_type=["self_neglect"])
entry(
    "a full decision on an enquiry was taken",
    "s42_decided",
    **COMPLETE,
    cannot_protect_self="met",
    result="s42_enquiry",
)
entry(
    "the concern led to advice instead of an enquiry",
    "s42_decided",
    **COMPLETE,
    result="no_enquiry",
    alternative_route=["information_advice"],
    adult_informed="yes",
)
entry("the enquiry started", "enquiry_started", kind="s42", form="single_agency")
entry("the enquiry was planned", "enquiry_planned", with_adult="yes")


@given(parsers.parse("a concern with {earlier:d} earlier ones in half a year"))
def repeated_concern(story: Story, earlier: int) -> None:
    body = {"occurred": CONCERN_DAY, "earlier_concerns_6_months": earlier}
    story.events.append(("concern_raised", body))


@given(parsers.parse("more information was asked for, to be looked at by {day}"))
def more_information(story: Story, day: str) -> None:
    body = {"occurred": CONCERN_DAY, **COMPLETE, "result": "more_information", "review_by": day}
    story.events.append(("s42_decided", body))


@given(parsers.parse("the enquiry was to end by {day}, as agreed with the adult"))
def agreed_end(story: Story, day: str) -> None:
    body = {"occurred": CONCERN_DAY, "with_adult": "yes", "agreed_due": day}
    story.events.append(("enquiry_planned", body))
