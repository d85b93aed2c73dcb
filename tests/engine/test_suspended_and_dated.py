"""Suspensions by the clock and without subjects, rules that begin and end, late-written events."""

from pathlib import Path

import pytest

from msp_rules.casework.case import Event, Supply
from msp_rules.casework.moments import parse_as_of
from msp_rules.engine.engine import Engine
from msp_rules.errors import RulesetInvalid
from msp_rules.rules import load_ruleset
from tests.builders.answer import event
from tests.builders.case import EventParts, case_of
from tests.builders.ruleset import rule_text, ruleset_of, write_ruleset

LATER = parse_as_of("2026-03-31")
DEATH = """\
suspend_when:
  - name: the adult has died
    when: {recorded: adult_died}
    limit_after: {first: adult_died}
    keeps: []
"""
IN_HOURS = "each: concern_raised\nexpect: {recorded: immediate_safety_check}\n"
FOUR_HOURS = "due: {within: 4 hours, of: this}\n"


def verdicts(
    folder: Path, blocks: str, more: str, *events: EventParts, supply: Supply | None = None
) -> list[str]:
    ruleset = load_ruleset(write_ruleset(folder, rule_text("R-01", blocks), more=more))
    evaluation = Engine(ruleset, matcher="python").evaluate(case_of(*events, supply=supply), LATER)
    assert evaluation.faults == ()
    return [answer.verdict.value for answer in evaluation.answers]


@pytest.mark.parametrize(
    ("concern", "death", "verdict"),
    [
        pytest.param("01-06T08:00", "01-06T13:00", "not_met", id="the hours passed before"),
        pytest.param("01-06T08:00", "01-06T12:00", "not_applicable", id="at that very moment"),
        pytest.param("01-06T08:00", "01-06T11:00", "not_applicable", id="an hour before they end"),
        pytest.param("01-06T08:00", "01-06", "not_applicable", id="the time is not known"),
        pytest.param("01-05T08:00", "01-06", "not_met", id="the day before"),
    ],
)
def test_hours_that_passed_before_a_death_of_the_day_are_judged_as_usual(
    tmp_path: Path, concern: str, death: str, verdict: str
) -> None:
    events = (event("concern_raised", concern), event("adult_died", death))

    assert verdicts(tmp_path, f"{IN_HOURS}{FOUR_HOURS}", DEATH, *events) == [verdict]


IN_DAYS = "each: concern_raised\nexpect: {recorded: outcomes_conversation}\n"
TWO_DAYS = "due: {within: 2 calendar_days, of: this}\n"


def on(day: str) -> Event:
    """A death that may not have been, as where its id is used twice."""
    (one,) = case_of(event("adult_died", day, id=f"d{day}")).events
    return one._replace(is_certain=False)


@pytest.mark.parametrize(
    ("sure", "perhaps", "verdict"),
    [
        pytest.param((), ("01-08", "01-09"), "not_met", id="none before the limit had passed"),
        pytest.param((), ("01-07",), "cannot_tell", id="perhaps one on its day"),
        pytest.param((), ("01-07", "01-08"), "cannot_tell", id="perhaps one on its day or later"),
        pytest.param(("01-07",), ("01-06",), "not_applicable", id="one for sure, or before it"),
        pytest.param(("01-08",), ("01-07",), "cannot_tell", id="one for sure, or on its day"),
        pytest.param(("01-09",), ("01-08",), "not_met", id="both of them later"),
    ],
)
def test_a_death_that_may_not_have_been_stops_no_limit_that_had_passed_before(
    tmp_path: Path, sure: tuple[str, ...], perhaps: tuple[str, ...], verdict: str
) -> None:
    blocks = "each: concern_raised\nexpect: {recorded: outcomes_conversation}\n"
    blocks += "due: {within: 2 calendar_days, of: this}\n"
    ruleset = load_ruleset(write_ruleset(tmp_path, rule_text("R-01", blocks), more=DEATH))
    known = case_of(event("concern_raised", "01-05"), *(event("adult_died", day) for day in sure))
    case = known._replace(events=known.events + tuple(on(day) for day in perhaps))

    (answer,) = Engine(ruleset, matcher="python").evaluate(case, LATER).answers

    assert answer.verdict.value == verdict


DUPLICATE = """\
suspend_when:
  - name: closed as a duplicate
    when: {recorded: case_closed, where: {reason: duplicate}}
    keeps: []
"""
CLOSED = event("case_closed", "01-12", reason="duplicate")
IF_NONE = "if_none: {applies_when: {recorded: plan_made}, due: {at: {first: plan_made}}}\n"


@pytest.mark.parametrize("blocks", [IN_HOURS, f"{IN_HOURS}{IF_NONE}"])
@pytest.mark.parametrize(
    ("more", "last", "verdict"),
    [
        pytest.param(DUPLICATE, CLOSED, "not_applicable", id="a duplicate"),
        pytest.param(DEATH, event("adult_died", "01-12"), "not_applicable", id="after a death"),
        pytest.param(DUPLICATE, event("case_closed", "01-12"), "cannot_tell", id="neither"),
    ],
)
def test_a_suspended_case_asks_for_no_subject_whatever_is_supplied(
    tmp_path: Path, blocks: str, more: str, last: EventParts, verdict: str
) -> None:
    supply = Supply(declared=True, types=frozenset({"case_closed", "adult_died"}))

    assert verdicts(tmp_path, blocks, more, last, supply=supply) == [verdict]


PERIOD = "from: 2026-01-06\nuntil: 2026-01-08\n"
EACH = "each: concern_raised\nexpect: {recorded: outcomes_conversation}\n"
ONCE = "applies_when: {recorded: concern_raised}\nexpect: {recorded: outcomes_conversation}\n"


@pytest.mark.parametrize("blocks", [EACH, ONCE])
@pytest.mark.parametrize(
    ("day", "verdict"),
    [
        pytest.param("01-05", "not_applicable", id="the day before"),
        pytest.param("01-06", "not_met", id="the first day"),
        pytest.param("01-08T23:59", "not_met", id="the last minute"),
        pytest.param("01-09", "not_applicable", id="the day after"),
    ],
)
def test_a_rule_is_in_force_for_what_happened_in_its_days(
    tmp_path: Path, blocks: str, day: str, verdict: str
) -> None:
    found = verdicts(tmp_path, f"{PERIOD}{blocks}", "", event("concern_raised", day))

    assert found == [verdict]


def test_a_rule_that_ends_before_it_begins_is_refused(tmp_path: Path) -> None:
    blocks = f"from: 2026-01-06\nuntil: 2026-01-05\n{EACH}"

    with pytest.raises(RulesetInvalid) as refused:
        ruleset_of(tmp_path, rule_text("R-01", blocks))

    assert [problem.message for problem in refused.value.problems] == [
        "it ends on 2026-01-05, before it begins on 2026-01-06"
    ]


def test_a_reference_follows_a_correction_of_what_was_written_down_later(tmp_path: Path) -> None:
    blocks = "each: outcome_expressed\nexpect: {recorded: outcome_reviewed, refers_to: this}\n"
    later = {"recorded": "2026-06-01"}
    events = (
        event("outcome_expressed", "01-05", id="o1", **later),
        event("outcome_expressed", "01-05", id="o2", supersedes="o1"),
        event("outcome_reviewed", "01-05", id="r1", outcome="o1"),
    )

    assert verdicts(tmp_path, blocks, "", *events) == ["met"]
