"""Which prompt an answer belongs to, where events correct each other."""

import pytest

from msp_rules.casework.case import Case, Event
from msp_rules.casework.moments import parse_as_of, parse_moment
from msp_rules.casework.visibility import in_force
from msp_rules.prompts.prompt import PromptKey, identities

DAY = parse_moment("2026-01-05")


def event(event_id: str, supersedes: str | None = None) -> Event:
    return Event(
        id=event_id, type="concern_raised", moment=DAY, recorded=DAY, supersedes=supersedes
    )


@pytest.mark.parametrize(
    ("events", "subject", "first"),
    [
        ([event("a")], "a", "a"),
        ([event("a"), event("b", "a")], "b", "a"),
        ([event("c", "b"), event("b", "a"), event("a")], "c", "a"),
        ([event("b", "a")], "b", "a"),
        ([event("b", "a"), event("c", "a"), event("a")], "b", "b"),
        ([event("c", "a"), event("a", "b"), event("b", "a")], "c", "c"),
        ([event("c", "a"), event("a", "z"), event("a")], "c", "a"),
    ],
    ids=[
        "no correction",
        "a correction",
        "a correction of a correction",
        "a correction of what is not there yet",
        "two corrections side by side",
        "a correction of a circle",
        "a correction of an id that is used twice",
    ],
)
def test_subject_of_a_prompt_is_where_its_corrections_began(
    events: list[Event], subject: str, first: str
) -> None:
    for order in (events, events[::-1]):
        view = in_force(Case(id="C", events=tuple(order)), parse_as_of("2026-01-05"))

        assert identities(view)("R-1", subject) == PromptKey("R-1", "C", first)


def test_rule_about_the_whole_case_has_no_subject() -> None:
    view = in_force(Case(id="C", events=(event("b", "a"),)), parse_as_of("2026-01-05"))

    assert identities(view)("R-1", None) == PromptKey("R-1", "C", None)
