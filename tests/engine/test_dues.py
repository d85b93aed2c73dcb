"""Limits: which one is due, by which number, and what an assumed number does to a colour."""

from pathlib import Path

import pytest

from msp_rules.casework.moments import parse_as_of
from msp_rules.engine.engine import Engine
from msp_rules.engine.verdict import Answer, LimitNumber
from tests.builders.answer import event
from tests.builders.case import EventParts, case_of
from tests.builders.ruleset import rule_text, ruleset_of

_NUMBER = """\
parameters:
  wait:
    unit: working_days
    range: [0, 30]
    values:
      - {{from: 2015-04-01, value: 2, basis: {basis}, source: "somebody"}}
      - {{from: 2026-03-01, value: 3, basis: local, source: "us"}}
"""
_EACH = "each: concern_raised\nexpect: {recorded: outcomes_conversation}\n"
_WITHIN = "due: {within: $wait, of: this}\n"
CONCERN = event("concern_raised", "01-05")  # a Monday
CLOSED = event("case_closed", "01-12")


def answer_to(
    folder: Path,
    blocks: str,
    *events: EventParts,
    as_of: str = "2026-01-31",
    severity: str = "flag",
) -> Answer:
    ruleset = ruleset_of(folder, rule_text("R-01", blocks, severity=severity))
    evaluation = Engine(ruleset, matcher="python").evaluate(case_of(*events), parse_as_of(as_of))
    assert evaluation.faults == ()
    (answer,) = evaluation.answers
    return answer


def said(answer: Answer) -> tuple[str, str | None, str]:
    return answer.verdict.value, answer.due.text if answer.due else None, answer.colour


@pytest.mark.parametrize(
    ("basis", "severity", "colour"),
    [
        ("assumed", "flag", "amber"),
        ("assumed", "statutory", "amber"),
        ("assumed", "advice", "amber"),
        ("assumed", "prompt", "none"),
        ("published", "flag", "red"),
        ("local", "flag", "red"),
    ],
)
def test_only_a_number_that_somebody_stands_for_makes_a_finding_red(
    tmp_path: Path, basis: str, severity: str, colour: str
) -> None:
    blocks = f"{_NUMBER.format(basis=basis)}{_EACH}{_WITHIN}"

    found = answer_to(tmp_path, blocks, CONCERN, severity=severity)

    assert said(found) == ("not_met", "2026-01-07", colour)
    assert found.number == LimitNumber("wait", 2, "working_days", basis)


def test_the_number_of_the_anchors_day_decides(tmp_path: Path) -> None:
    blocks = f"{_NUMBER.format(basis='assumed')}{_EACH}{_WITHIN}"

    found = answer_to(tmp_path, blocks, event("concern_raised", "03-02"), as_of="2026-03-31")

    assert said(found) == ("not_met", "2026-03-05", "red")
    assert found.number == LimitNumber("wait", 3, "working_days", "local")


@pytest.mark.parametrize(("last", "colour"), [((), "amber"), ((CLOSED,), "red")])
def test_red_when_darkens_what_rests_on_an_assumed_number(
    tmp_path: Path, last: tuple[EventParts, ...], colour: str
) -> None:
    red = "colour: {red_when: {recorded: case_closed}}\n"
    blocks = f"{_NUMBER.format(basis='assumed')}{_EACH}{_WITHIN}{red}"

    assert answer_to(tmp_path, blocks, CONCERN, *last).colour == colour


@pytest.mark.parametrize(("source", "colour"), [("police", "red"), ("gp", "amber")])
def test_red_when_may_look_at_the_subject(tmp_path: Path, source: str, colour: str) -> None:
    red = "colour: {not_met: amber, red_when: {this: {source: police}}}\n"

    found = answer_to(tmp_path, f"{_EACH}{red}", event("concern_raised", "01-05", source=source))

    assert said(found) == ("not_met", "2026-01-05", colour)


_EITHER = "due: {earliest: [{within: $wait, of: this}, {at: {first: case_closed}}]}\n"


@pytest.mark.parametrize(
    ("closed", "due", "colour"),
    [
        pytest.param("01-20", "2026-01-07", "amber", id="the assumed number alone has passed"),
        pytest.param("01-15", "2026-01-07", "red", id="the event has passed, too"),
        pytest.param("01-06", "2026-01-06", "red", id="the event came first"),
        pytest.param("01-07", "2026-01-07", "red", id="both end on one day"),
    ],
)
def test_an_event_that_ends_the_wait_gives_the_rules_own_colour(
    tmp_path: Path, closed: str, due: str, colour: str
) -> None:
    blocks = f"{_NUMBER.format(basis='assumed')}{_EACH}{_EITHER}"

    found = answer_to(tmp_path, blocks, CONCERN, event("case_closed", closed), as_of="2026-01-16")

    assert said(found) == ("not_met", due, colour)
    assert (found.number is None) is (closed in ("01-06", "01-07"))


_CHOSEN = """\
due:
  when: {recorded: s42_decided, where: {result: s42_enquiry}}
  then: {at: {first: s42_decided, where: {result: s42_enquiry}}}
  else: {at: {first: s42_decided, where: {result: {is_not: more_information}}}}
"""


@pytest.mark.parametrize(
    ("results", "due"),
    [
        ((), None),
        (("more_information",), None),
        (("no_enquiry",), "2026-01-06"),
        (("no_enquiry", "s42_enquiry"), "2026-01-07"),
    ],
)
def test_a_limit_is_chosen_by_a_condition(
    tmp_path: Path, results: tuple[str, ...], due: str | None
) -> None:
    decisions = [
        event("s42_decided", f"01-0{6 + place}", result=result)
        for place, result in enumerate(results)
    ]

    found = answer_to(tmp_path, f"{_EACH}{_CHOSEN}", CONCERN, *decisions)

    assert (found.due.text if found.due else None) == due
    assert found.verdict.value == ("not_yet_due" if due is None else "not_met")


@pytest.mark.parametrize(
    ("events", "as_of", "expected"),
    [
        pytest.param((), "2026-01-05", ("not_yet_due", "2026-01-05", "none"), id="on the day"),
        pytest.param((), "2026-01-06", ("not_met", "2026-01-05", "red"), id="the day after"),
        pytest.param(
            (event("outcomes_conversation", "01-20"),),
            "2026-01-31",
            ("met", "2026-01-05", "green"),
            id="evidence counts whenever it came",
        ),
    ],
)
def test_without_a_limit_evidence_is_never_late(
    tmp_path: Path,
    events: tuple[EventParts, ...],
    as_of: str,
    expected: tuple[str, str | None, str],
) -> None:
    found = answer_to(tmp_path, f"{_EACH}due: no_limit\n", CONCERN, *events, as_of=as_of)

    assert said(found) == expected
    assert len(found.evidence) == len(events)


TALKED = event("outcomes_conversation", "01-07", asked="asked_expressed")
UNDATED_TALK = event("outcomes_conversation", "unreadable", asked="asked_expressed")
WORDS = event("outcome_expressed", "01-08", text="To feel safe.")


@pytest.mark.parametrize(
    ("due", "events", "day", "verdict"),
    [
        pytest.param("no_limit", (TALKED, UNDATED_TALK, WORDS), "31", "met", id="no limit"),
        pytest.param("no_limit", (TALKED, UNDATED_TALK), "08", "not_met", id="due by now"),
        pytest.param("no_limit", (TALKED, UNDATED_TALK), "07", "cannot_tell", id="perhaps today"),
        pytest.param("no_limit", (TALKED,), "07", "not_yet_due", id="due today"),
        pytest.param("no_limit", (TALKED, WORDS), "31", "met", id="no doubt"),
        pytest.param("", (TALKED, UNDATED_TALK, WORDS), "31", "cannot_tell", id="perhaps late"),
        pytest.param("", (TALKED, UNDATED_TALK), "31", "cannot_tell", id="no known limit"),
    ],
)
@pytest.mark.parametrize("before", [(CONCERN,), ()], ids=["after a concern", "first of all"])
def test_without_a_limit_it_does_not_matter_when_the_rule_began_to_apply(
    tmp_path: Path,
    due: str,
    events: tuple[EventParts, ...],
    day: str,
    verdict: str,
    before: tuple[EventParts, ...],
) -> None:
    block = f"""applies_when: {{recorded: outcomes_conversation}}
expect: {{recorded: outcome_expressed}}
{f"due: {due}" if due else ""}
"""

    found = answer_to(tmp_path, block, *before, *events, as_of=f"2026-01-{day}")
    assert found.verdict == verdict


def test_day_on_which_a_rule_began_to_apply_is_known_whichever_event_of_it_was_first(
    tmp_path: Path,
) -> None:
    asked = "{recorded: outcomes_conversation, where: {asked: asked_expressed}}"
    block = f"applies_when: {asked}\nexpect: {{recorded: outcome_expressed}}\n"
    unread = event("outcomes_conversation", "01-07T09:00:00", asked="unreadable")
    same_day = event("outcomes_conversation", "01-07T10:00:00", asked="asked_expressed")
    next_day = event("outcomes_conversation", "01-08T10:00:00", asked="asked_expressed")

    known = answer_to(tmp_path, block, unread, same_day)
    assert said(known) == ("not_met", "2026-01-07", "red")
    unknown = answer_to(tmp_path, block, unread, next_day)
    assert said(unknown) == ("cannot_tell", None, "grey")
