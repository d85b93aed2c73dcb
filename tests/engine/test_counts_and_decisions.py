"""Counts that a field adds to, decisions held against their concerns, fields that say nothing."""

from pathlib import Path

import pytest

from msp_rules.casework.case import Supply
from msp_rules.casework.moments import parse_as_of
from msp_rules.engine.engine import Engine
from msp_rules.errors import RulesetInvalid
from msp_rules.rules import load_ruleset
from tests.builders.answer import NO, UNKNOWN, YES, event, holds
from tests.builders.case import EventParts, case_of
from tests.builders.ruleset import SMALL_RULESET, rule_text, ruleset_of, write_ruleset

THREE = "{count: concern_raised, plus: earlier_concerns_6_months, at_least: 3}"


def concern(occurred: str, earlier: int | None = None, **fields: object) -> EventParts:
    said = {} if earlier is None else {"earlier_concerns_6_months": earlier}
    return event("concern_raised", occurred, **said, **fields)


@pytest.mark.parametrize(
    ("concerns", "expected"),
    [
        pytest.param((concern("01-05"), concern("01-06")), NO, id="two"),
        pytest.param((concern("01-05"), concern("01-06"), concern("01-07")), YES, id="three"),
        pytest.param((concern("01-05", 2),), YES, id="one, and two in other cases"),
        pytest.param((concern("01-05", 1),), NO, id="one, and one in another case"),
        pytest.param((concern("01-05"), concern("01-06", 1)), YES, id="two, and one before"),
        pytest.param((concern("01-05", 1), concern("01-06")), NO, id="one more before the first"),
        pytest.param((concern("01-05", 1), concern("01-05")), YES, id="both are of one day"),
        pytest.param((concern("01-05", 1), concern("unreadable")), UNKNOWN, id="no date"),
    ],
)
def test_a_count_adds_what_an_event_says_of_earlier_ones(
    tmp_path: Path, concerns: tuple[EventParts, ...], expected: str
) -> None:
    assert holds(tmp_path, THREE, case_of(*concerns)) == expected


def test_a_number_that_the_source_cannot_supply_leaves_the_count_open(tmp_path: Path) -> None:
    supply = Supply(
        declared=True,
        types=frozenset({"case_reopened"}),
        fields={"concern_raised": frozenset({"source"})},
    )

    one = holds(tmp_path / "one", THREE, case_of(concern("01-05"), supply=supply))
    days = ("01-05", "01-06", "01-07")
    three = holds(tmp_path / "three", THREE, case_of(*map(concern, days), supply=supply))

    assert (one, three) == (UNKNOWN, YES)


def test_only_a_number_can_be_added_to_a_count(tmp_path: Path) -> None:
    blocks = "expect: {count: concern_raised, plus: source, at_least: 3}\n"

    with pytest.raises(RulesetInvalid) as refused:
        ruleset_of(tmp_path, rule_text("R-01", blocks))

    assert [problem.message for problem in refused.value.problems] == [
        'unknown number of concern_raised "source"; the only one is earlier_concerns_6_months'
    ]


SOON = "{recorded: s42_decided, decides_within: 1 working_days}"
FIRST = event("concern_raised", "01-05", id="c1")  # a Monday
SECOND = event("concern_raised", "01-07", id="c2")


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param((FIRST, event("s42_decided", "01-06", concern="c1")), YES, id="in time"),
        pytest.param((FIRST, event("s42_decided", "01-07", concern="c1")), NO, id="a day late"),
        pytest.param(
            (FIRST, SECOND, event("s42_decided", "01-07", concern=["c1", "c2"])),
            NO,
            id="in time of one of two",
        ),
        pytest.param(
            (FIRST, SECOND, event("s42_decided", "01-08", concern="c2")),
            YES,
            id="another concern is no matter",
        ),
        pytest.param((FIRST, event("s42_decided", "01-06")), YES, id="of the earliest concern"),
        pytest.param((event("s42_decided", "01-06"),), NO, id="it decides nothing"),
        pytest.param((FIRST, event("s42_decided", "01-04", concern="c1")), NO, id="before it"),
        pytest.param(
            (event("concern_raised", "unreadable", id="c1"), event("s42_decided", "01-06")),
            UNKNOWN,
            id="a concern without a date",
        ),
    ],
)
def test_a_decision_is_held_against_each_concern_that_it_decides(
    tmp_path: Path, events: tuple[EventParts, ...], expected: str
) -> None:
    assert holds(tmp_path, SOON, case_of(*events)) == expected


def test_only_decisions_decide(tmp_path: Path) -> None:
    blocks = "expect: {recorded: plan_made, decides_within: 1 working_days}\n"

    with pytest.raises(RulesetInvalid) as refused:
        ruleset_of(tmp_path, rule_text("R-01", blocks))

    assert [problem.message for problem in refused.value.problems] == [
        "decides_within goes with s42_decided"
    ]


@pytest.mark.parametrize(
    ("setting", "expected"),
    [("", "cannot_tell"), ("  absent_if_not_supplied: [identified_adult]\n", "not_met")],
)
def test_a_field_may_count_as_empty_where_the_source_cannot_supply_it(
    tmp_path: Path, setting: str, expected: str
) -> None:
    blocks = (
        "each: concern_raised\napplies_when: {this: {identified_adult: {is_not: 'no'}}}\n"
        "expect: {recorded: outcomes_conversation}\n"
    )
    folder = write_ruleset(tmp_path, rule_text("R-01", blocks), more=setting)
    supply = Supply(
        declared=True,
        types=frozenset({"outcomes_conversation"}),
        fields={"concern_raised": frozenset({"source"})},
    )

    evaluation = Engine(load_ruleset(folder), matcher="python").evaluate(
        case_of(FIRST, supply=supply), parse_as_of("2026-03-31")
    )

    assert [answer.verdict.value for answer in evaluation.answers] == [expected]


def test_a_rule_may_name_the_number_of_the_ruleset(tmp_path: Path) -> None:
    blocks = (
        "each: concern_raised\nexpect: {recorded: outcomes_conversation}\n"
        "due: {within: $max_temporary_reason, of: this}\n"
    )
    ruleset = ruleset_of(tmp_path, rule_text("R-01", blocks))

    (answer,) = (
        Engine(ruleset, matcher="python")
        .evaluate(case_of(FIRST), parse_as_of("2026-03-31"))
        .answers
    )

    assert "value: 10" in SMALL_RULESET
    assert answer.due is not None
    assert answer.due.text == "2026-01-19"
    assert answer.colour == "amber"  # it is assumed


def test_a_reason_in_another_event_than_the_subject(tmp_path: Path) -> None:
    blocks = (
        "each: outcomes_conversation\nexpect: {recorded: plan_made}\n"
        "explained_when: {recorded: outcomes_conversation, where: {asked: not_asked}, "
        "other_than: this, standing: review_by}\n"
    )
    ruleset = ruleset_of(tmp_path, rule_text("R-01", blocks))
    talk = {"asked": "not_asked", "review_by": "2026-04-30"}

    alone = Engine(ruleset, matcher="python").evaluate(
        case_of(event("outcomes_conversation", "01-05", **talk)), parse_as_of("2026-03-31")
    )
    both = Engine(ruleset, matcher="python").evaluate(
        case_of(
            event("outcomes_conversation", "01-05", **talk),
            event("outcomes_conversation", "01-08", **talk),
        ),
        parse_as_of("2026-03-31"),
    )

    assert [answer.verdict.value for answer in alone.answers] == ["not_met"]
    assert [answer.verdict.value for answer in both.answers] == ["explained", "not_met"]
