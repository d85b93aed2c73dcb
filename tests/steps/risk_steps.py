"""Safety, risk weighed with the adult, and the response."""

from datetime import datetime, timedelta

from pytest_bdd import given, parsers
from steps.story import CONCERN_DAY, Story, entry

TEN = datetime(CONCERN_DAY.year, CONCERN_DAY.month, CONCERN_DAY.day, 10)  # noqa: DTZ001 - London
WEIGHED = {"with_": "adult", "benefits_noted": "yes", "risks_noted": "yes"}


@given("a concern raised at 10 in the morning")
def morning_concern(story: Story) -> None:
    story.events.append(("concern_raised", {"occurred": TEN.isoformat()}))


@given(parsers.parse("the adult was found safe {hours:d} hours later"))
def found_safe(story: Story, hours: int) -> None:
    body = {"occurred": (TEN + timedelta(hours=hours)).isoformat(), "result": "safe"}
    story.events.append(("immediate_safety_check", body))


entry(
    "a visit left open whether the adult is safe",
    "immediate_safety_check",
    result="not_established",
)
entry("the risk was judged high", "risk_assessed", level="high")
entry("the adult weighed up two options", "risk_discussed", **WEIGHED, option=["Stay", "Go"])
entry("the adult weighed up one option", "risk_discussed", **WEIGHED, option=["Stay"])
entry(
    "a safeguard for the wish was agreed",
    "risk_discussed",
    **WEIGHED,
    outcome="wish",
    mitigation="A neighbour walks along.",
)
entry(
    "the adult chose the risk with open eyes",
    "risk_discussed",
    **WEIGHED,
    option=["Stay", "Go"],
    informed_choice="yes",
)
entry(
    "the adult chose the risk of the wish with open eyes",
    "risk_discussed",
    **WEIGHED,
    outcome="wish",
    informed_choice="yes",
)
entry("the response was a conversation", "response_decided", form="conversation")
