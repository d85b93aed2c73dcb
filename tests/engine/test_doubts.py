"""An answer that can't tell names what leaves it open: the very fields, and nothing beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from msp_rules.casework.case import Supply
from msp_rules.casework.moments import parse_as_of
from msp_rules.engine.engine import Engine
from msp_rules.engine.verdict import Verdict
from tests.builders.answer import event
from tests.builders.case import EventParts, case_of
from tests.builders.ruleset import rule_text, ruleset_of
from tests.support.core import core_ruleset

CONCERN = event("concern_raised", "01-05", id="c")
CLOSED = event("case_closed", "02-02", id="x", reason="moved_area")
TALK = event("outcomes_conversation", "01-06", id="t", asked="asked_expressed")
UNREAD_TALK = event("outcomes_conversation", "01-06", id="t", asked="unreadable")
UNDATED_TALK = event("outcomes_conversation", "unreadable", id="t", asked="asked_expressed")
EVERYTHING = Supply()
ASKED = "recorded: outcomes_conversation, where: {asked: [asked_expressed]}"


def supplied(*words: str) -> Supply:
    """Gives a supply of whole types, and of fields written as `type.field`."""
    fields: dict[str, frozenset[str]] = {}
    for kind, _, name in (word.partition(".") for word in words if "." in word):
        fields[kind] = fields.get(kind, frozenset()) | {name}
    return Supply(True, frozenset(word for word in words if "." not in word), fields)


def missing(
    folder: Path, condition: str, *events: EventParts, supply: Supply = EVERYTHING
) -> list[tuple[str, tuple[str, ...]]]:
    """Gives what a rule that expects a condition names, where it can't tell."""
    rules = ruleset_of(folder, rule_text("R-01", f"expect: {{{condition}}}\ndue: {{at: as_of}}\n"))
    case = case_of(CONCERN, *events, supply=supply)
    (answer,) = Engine(rules).evaluate(case, parse_as_of("2026-03-31")).answers
    assert answer.verdict is Verdict.CANNOT_TELL
    return [(row.event, row.fields) for row in answer.missing]


@pytest.mark.parametrize(
    ("condition", "events", "supply", "named"),
    [
        (ASKED, (UNREAD_TALK,), EVERYTHING, [("outcomes_conversation", ("asked",))]),
        (ASKED, (UNDATED_TALK,), EVERYTHING, [("outcomes_conversation", ("occurred",))]),
        (ASKED, (), supplied("concern_raised"), [("outcomes_conversation", ())]),
        (
            "recorded: outcomes_conversation, where: {asked: [asked_expressed], alone: 'yes'}",
            (TALK,),
            supplied("concern_raised", "outcomes_conversation.asked"),
            [("outcomes_conversation", ("alone",))],
        ),
        # What follows on it is in doubt, not the closure.
        (
            "recorded: case_closed, not_followed_by: case_reopened",
            (CLOSED,),
            supplied("concern_raised", "case_closed"),
            [("case_reopened", ())],
        ),
        # So is the moment that it is held against.
        (
            f"{ASKED}, after: {{first: case_reopened}}",
            (TALK,),
            supplied("concern_raised", "outcomes_conversation"),
            [("case_reopened", ())],
        ),
        (
            "count: concern_raised, at_least: 2, plus: earlier_concerns_6_months",
            (),
            supplied("concern_raised.source"),
            [("concern_raised", ("earlier_concerns_6_months",))],
        ),
        (
            "latest: outcomes_conversation, where: {asked: [asked_expressed]}",
            (UNREAD_TALK,),
            EVERYTHING,
            [("outcomes_conversation", ("asked",))],
        ),
        (
            "in_order: [outcomes_conversation, case_closed]",
            (UNDATED_TALK, CLOSED),
            EVERYTHING,
            [("outcomes_conversation", ("occurred",))],
        ),
    ],
)
def test_what_is_named_is_what_is_not_known(
    tmp_path: Path,
    condition: str,
    events: tuple[EventParts, ...],
    supply: Supply,
    named: list[tuple[str, tuple[str, ...]]],
) -> None:
    assert missing(tmp_path, condition, *events, supply=supply) == named


def test_a_suspension_that_is_in_doubt_is_named_by_every_rule_that_it_may_stop() -> None:
    concern = event("concern_raised", "01-05", id="c", identified_adult="unreadable")
    case = case_of(concern, TALK)

    answers = Engine(core_ruleset()).evaluate(case, parse_as_of("2026-03-31")).answers

    unsure = [one for one in answers if one.verdict is Verdict.CANNOT_TELL]
    rows = {one.rule: [(row.event, row.fields) for row in one.missing] for one in unsure}
    assert {"ASK-01", "MCA-01", "OUT-04"} <= rows.keys()
    assert [rule for rule, named in rows.items() if not named] == []
    assert rows["OUT-04"] == [("concern_raised", ("identified_adult",))]
