"""The limit of a rule about silences is the one that was not kept last."""

from pathlib import Path

import pytest

from msp_rules.casework.moments import parse_as_of
from msp_rules.engine.engine import Engine
from msp_rules.engine.verdict import LimitNumber, Missing
from tests.builders.answer import event
from tests.builders.case import case_of
from tests.builders.ruleset import rule_text, ruleset_of

BLOCKS = """\
parameters:
  apart:
    unit: calendar_days
    range: [7, 90]
    values:
      - {from: 2015-04-01, value: 21, basis: assumed, source: "somebody"}
applies_when: {recorded: enquiry_started}
expect:
  all:
    - {recorded: contact_with_adult}
    - {gap: contact_with_adult, at_most: $apart, from: {first: enquiry_started}}
due: {within: $apart, of: {first: enquiry_started}}
"""


DEATH = """\
suspend_when:
  - name: the adult has died
    when: {recorded: adult_died}
    limit_after: {first: adult_died}
    keeps: []
"""


@pytest.mark.parametrize(
    ("death", "verdict", "due"),
    [
        pytest.param("01-28", "not_applicable", None, id="before the first limit"),
        pytest.param("02-09", "met", "2026-01-29", id="before the silence was too long"),
        pytest.param("02-11", "not_met", "2026-02-10", id="after it"),
    ],
)
def test_open_work_is_judged_up_to_a_death(
    tmp_path: Path, death: str, verdict: str, due: str | None
) -> None:
    ruleset = ruleset_of(tmp_path, rule_text("R-01", BLOCKS), more=DEATH)
    talk = event("contact_with_adult", "01-20")  # in time of the first limit, 29 January
    case = case_of(event("enquiry_started", "01-08"), talk, event("adult_died", death))

    (answer,) = Engine(ruleset, matcher="python").evaluate(case, parse_as_of("2026-06-30")).answers

    assert (answer.verdict.value, answer.due.text if answer.due else None) == (verdict, due)


@pytest.mark.parametrize(
    ("death", "missing"),
    [
        pytest.param("02-11", (Missing("contact_with_adult"),), id="one more contact before it"),
        pytest.param("05-20", (), id="no single one would have been enough"),
    ],
)
def test_after_a_death_no_later_record_is_named_as_missing(
    tmp_path: Path, death: str, missing: tuple[Missing, ...]
) -> None:
    ruleset = ruleset_of(tmp_path, rule_text("R-01", BLOCKS), more=DEATH)
    engine = Engine(ruleset, matcher="python")
    events = (
        event("enquiry_started", "01-08"),
        event("contact_with_adult", "01-20"),
        event("adult_died", death),
    )

    answer, before, after = (
        engine.evaluate(case_of(*events, *more), parse_as_of("2026-06-30")).answers[0]
        for more in (
            (),
            (event("contact_with_adult", "02-08"),),
            (event("contact_with_adult", "06-30"),),
        )
    )

    assert answer.missing == missing
    assert before.verdict.value == ("met" if missing else "not_met")
    assert after.verdict.value == "not_met"


def test_evidence_that_came_late_is_named_however_long_it_was_silent_after_a_death(
    tmp_path: Path,
) -> None:
    blocks = BLOCKS.replace("due: {within: $apart,", "due: {within: 7 calendar_days,")
    ruleset = ruleset_of(tmp_path, rule_text("R-01", blocks), more=DEATH)
    talk, died = event("contact_with_adult", "01-20"), event("adult_died", "02-05")
    case = case_of(event("enquiry_started", "01-08"), talk, died)

    (answer,) = Engine(ruleset, matcher="python").evaluate(case, parse_as_of("2026-06-30")).answers

    assert (answer.verdict.value, answer.evidence) == ("met_late", ("e2",))


@pytest.mark.parametrize(
    ("contacts", "as_of", "verdict", "due"),
    [
        pytest.param((), "2026-01-29", "not_yet_due", "2026-01-29", id="none so far"),
        pytest.param((), "2026-06-30", "not_met", "2026-01-29", id="none at all"),
        pytest.param(("01-20", "02-05"), "2026-02-26", "met", "2026-01-29", id="the last good day"),
        pytest.param(("01-20", "02-05"), "2026-02-27", "not_met", "2026-02-26", id="silent since"),
        pytest.param(("03-20", "04-02"), "2026-04-10", "not_met", "2026-01-29", id="at first only"),
        pytest.param(("03-20",), "2026-04-11", "not_met", "2026-04-10", id="twice: the last"),
    ],
)
def test_the_limit_that_was_not_kept_last_is_named(
    tmp_path: Path, contacts: tuple[str, ...], as_of: str, verdict: str, due: str
) -> None:
    ruleset = ruleset_of(tmp_path, rule_text("R-01", BLOCKS))
    events = [event("contact_with_adult", day) for day in contacts]
    case = case_of(event("enquiry_started", "01-08"), *events)

    (answer,) = Engine(ruleset, matcher="python").evaluate(case, parse_as_of(as_of)).answers

    assert answer.due is not None
    assert (answer.verdict.value, answer.due.text) == (verdict, due)
    assert answer.number == LimitNumber("apart", 21, "calendar_days", "assumed")
