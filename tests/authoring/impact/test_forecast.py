"""The forecast: what asks at each step, as a live desk would, and how it is counted."""

import io
from dataclasses import replace
from itertools import pairwise

import pytest

from benchmarks.export_generator import write_export
from msp_rules.authoring.impact.forecast import (
    AskedPrompt,
    AskingRules,
    CaseReplay,
    Forecast,
    Forecaster,
    Recurrence,
    held_back,
    steps_of,
    week_of,
)
from msp_rules.casework.case import Case
from msp_rules.casework.moments import parse_as_of
from msp_rules.engine.engine import Engine
from msp_rules.intake.export_xml import ExportReader
from msp_rules.prompts.desk import advance
from msp_rules.prompts.prompt import DeskState
from msp_rules.prompts.view import Budget, view
from msp_rules.reports.forecast import load_of_role, raised_by_rule, verdicts_in_words
from msp_rules.rules.language.rule import Ruleset
from tests.builders.case import case_of
from tests.support.core import core_ruleset
from tests.support.desk import core_engine

AS_OF = parse_as_of("2026-03-31")


def ruleset_of(*names: str) -> Ruleset:
    core = core_ruleset()
    return replace(core, rules=tuple(rule for rule in core.rules if rule.id in names))


def engine_of(ruleset: Ruleset) -> Engine:
    return Engine(ruleset, matcher="python", foresees=False, gives_grounds=False)


def forecast_of(
    before: Ruleset, after: Ruleset, *cases: Case, budget: Budget | None = None, weeks: int = 52
) -> Forecast:
    touched = frozenset(rule.id for side in (before, after) for rule in side.rules)
    engines = (engine_of(before), engine_of(after))
    forecaster = Forecaster(engines, touched, budget=budget or Budget(), weeks=weeks)
    for one in cases:
        assert forecaster.replay(one, AS_OF) == []
    return forecaster.forecast


CONCERN = ("concern_raised", {"occurred": "2026-01-05T10:00", "identified_adult": "yes"})
DECIDED = ("s42_decided", {"occurred": "2026-01-06T10:00", "result": "s42_enquiry"})
ASKED = ("outcomes_conversation", {"occurred": "2026-01-05T12:00", "asked": "asked_expressed"})
NONE = ruleset_of()


def test_a_prompt_is_raised_once_and_stands_on_until_it_is_answered() -> None:
    rules = ruleset_of("ASK-01")

    found = forecast_of(NONE, rules, case_of(CONCERN, DECIDED))

    assert found.steps == 2
    assert found.before.by_rule == {}
    assert found.after.by_rule == {
        ("ASK-01", Recurrence.FIRST): 1,
        ("ASK-01", Recurrence.STILL): 1,
    }
    monday = week_of(parse_as_of("2026-01-05").day)
    assert found.after.raised == {
        ("ASK-01", "worker", monday): 1,
        ("ASK-01", "team_manager", monday): 1,
    }


def test_what_the_record_answers_asks_no_more() -> None:
    found = forecast_of(NONE, ruleset_of("ASK-01"), case_of(CONCERN, ASKED, DECIDED))

    assert found.after.by_rule == {("ASK-01", Recurrence.FIRST): 1}


def test_a_prompt_that_comes_back_after_an_answer_is_raised_again() -> None:
    unwell = {
        "occurred": "2026-01-05T12:00",
        "asked": "not_asked",
        "reason_not_asked": "too_unwell",
        "review_by": "2026-01-20",
    }
    late = ("s42_decided", {"occurred": "2026-02-02T10:00", "result": "s42_enquiry"})
    story = case_of(CONCERN, ("outcomes_conversation", unwell), DECIDED, late)

    found = forecast_of(NONE, ruleset_of("ASK-01"), story)

    assert found.after.by_rule == {
        ("ASK-01", Recurrence.FIRST): 1,
        ("ASK-01", Recurrence.AGAIN): 1,
    }


def test_a_step_that_a_rule_does_not_name_raises_nothing() -> None:
    found = forecast_of(NONE, ruleset_of("CLO-02"), case_of(CONCERN, DECIDED))

    assert found.after.by_rule == {}


def test_a_corrected_event_keeps_its_prompt() -> None:
    first = ("concern_raised", {**CONCERN[1], "id": "e1"})
    second = (
        "concern_raised",
        {"id": "e2", "supersedes": "e1", **CONCERN[1], "recorded": "2026-01-06T09:00"},
    )

    found = forecast_of(NONE, ruleset_of("ASK-01"), case_of(first, second))

    assert found.after.by_rule == {
        ("ASK-01", Recurrence.FIRST): 1,
        ("ASK-01", Recurrence.STILL): 1,
    }


def test_what_was_recorded_later_raises_its_prompts_later() -> None:
    late = ("concern_raised", {**CONCERN[1], "recorded": "2026-01-14T09:00"})

    found = forecast_of(NONE, ruleset_of("ASK-01"), case_of(late))

    assert {week for _, _, week in found.after.raised} == {week_of(parse_as_of("2026-01-14").day)}


def test_a_record_after_the_date_of_the_export_is_no_step() -> None:
    late = ("concern_raised", {**CONCERN[1], "recorded": "2026-04-01"})

    assert forecast_of(NONE, ruleset_of("ASK-01"), case_of(late)).steps == 0


def test_weeks_before_the_window_are_replayed_and_not_counted() -> None:
    story = case_of(CONCERN, DECIDED)

    inside = forecast_of(NONE, ruleset_of("ASK-01"), story, weeks=13)
    outside = forecast_of(NONE, ruleset_of("ASK-01"), story, weeks=12)

    assert (inside.steps, inside.weeks) == (2, 13)
    assert (outside.steps, outside.weeks) == (0, 1)


def test_a_prompt_that_stood_before_the_window_is_not_raised_in_it() -> None:
    late = ("s42_decided", {"occurred": "2026-03-30T10:00", "result": "s42_enquiry"})

    found = forecast_of(NONE, ruleset_of("ASK-01"), case_of(CONCERN, late), weeks=1)

    assert found.after.by_rule == {("ASK-01", Recurrence.STILL): 1}


def test_the_budget_holds_back_what_presses_least() -> None:
    core = core_ruleset()

    whole = forecast_of(NONE, core, case_of(CONCERN))
    tight = forecast_of(NONE, core, case_of(CONCERN), budget=Budget(interrupting=0, passive=0))

    asked = load_of_role(whole.after, "worker")
    assert asked.raised > 4
    assert asked.held == asked.raised - 4
    assert load_of_role(tight.after, "worker").held == asked.raised


@pytest.mark.slow
def test_a_unchanged_side_forecasts_the_same_twice() -> None:
    core = engine_of(core_ruleset())
    forecaster = Forecaster((core, core), frozenset(), budget=Budget())

    for one, as_of in made_up_cases(20):
        forecaster.replay(one, as_of)

    assert forecaster.forecast.before == forecaster.forecast.after
    assert forecaster.forecast.after.by_rule
    assert verdicts_in_words(forecaster.forecast) == (
        "this change would not alter how often anybody is prompted",
    )


def made_up_cases(cases: int):
    export = io.BytesIO()
    write_export(export, cases=cases, seed=11, profile="noisy")
    reader = ExportReader(io.BytesIO(export.getvalue()), "made-up.xml")
    for one in reader:
        assert reader.header is not None
        assert reader.header.reference_date is not None
        yield one, reader.header.reference_date


@pytest.mark.slow
def test_at_every_step_the_forecast_asks_what_the_desk_would_ask() -> None:
    rules = AskingRules(engine_of(core_ruleset()))
    compared = 0

    for one, as_of in made_up_cases(40):
        replay = CaseReplay(rules, one.id)
        for step in steps_of(one, as_of):
            state = advance(core_engine(), one, DeskState(case=one.id), step.view.as_of).state
            wanted = {
                (p.key, p.urgency, p.timing)
                for p in state.standing
                if not {"any", *step.types}.isdisjoint(p.ask_at)
            }
            asked = [a.prompt for a in replay.at(step).asked]
            assert {(p.key, p.urgency, p.timing) for p in asked} == wanted
            compared += len(wanted)
    assert compared > 1000


@pytest.mark.slow
@pytest.mark.parametrize("room", [(0, 0), (0, 3), (1, 3), (2, 1)])
def test_the_budget_holds_back_what_the_desk_would(room: tuple[int, int]) -> None:
    rules = AskingRules(engine_of(core_ruleset()))
    budget = Budget(interrupting=room[0], passive=room[1])
    seen = 0

    for one, as_of in made_up_cases(15):
        for step in steps_of(one, as_of):
            if len(step.types) != 1:
                continue
            (kind,) = step.types
            state = advance(core_engine(), one, DeskState(case=one.id), step.view.as_of).state
            wanted = view(state, step=kind, role="worker", budget=budget).held_back
            asked = CaseReplay(rules, one.id).at(step).asked
            held = held_back([a for a in asked if "worker" in a.prompt.roles], budget)
            assert [p.key for p in held] == [p.key for p in wanted]
            seen += len(held)
    assert seen > 50


def test_a_critical_prompt_that_was_seen_stands_beside() -> None:
    story = case_of(CONCERN)
    state = advance(core_engine(), story, DeskState(case=story.id), AS_OF).state
    first, *_ = state.standing
    critical = replace(first, urgency="critical")
    info = replace(first, key=first.key._replace(rule="ZZ-01"), urgency="info")
    budget = Budget(interrupting=1, passive=1)
    beside = AskedPrompt(info, Recurrence.FIRST)

    assert held_back([AskedPrompt(critical, Recurrence.FIRST), beside], budget) == ()
    assert held_back([AskedPrompt(critical, Recurrence.AGAIN), beside], budget) == ()
    assert held_back([AskedPrompt(critical, Recurrence.STILL), beside], budget) == (info,)


def test_a_rule_that_fails_at_a_step_keeps_its_prompts_and_is_named() -> None:
    early = {"occurred": "2026-01-02", "recorded": "2026-02-05T09:00", "kind": "s42"}
    broken = {"occurred": "2026-01-06", "recorded": "2026-02-06T09:00", "kind": "s42"}
    mended = {**broken, "recorded": "2026-02-07T09:00", "supersedes": "e2"}
    story = case_of(*(("enquiry_started", one) for one in (early, broken, mended)))
    # An event that is certain and has no date: no reader makes one, but a host's own code may.
    first, second, third = story.events
    story = story._replace(events=(first, second._replace(moment=None), third))
    engines = (engine_of(NONE), engine_of(ruleset_of("OUT-04")))
    forecaster = Forecaster(engines, frozenset({"OUT-04"}), budget=Budget())

    faults = forecaster.replay(story, AS_OF)

    assert [fault.rule for fault in faults] == ["OUT-04"]
    assert forecaster.forecast.steps == 3
    assert forecaster.forecast.after.by_rule == {
        ("OUT-04", Recurrence.FIRST): 1,
        ("OUT-04", Recurrence.STILL): 1,
    }


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param(0, 3, "begin prompts of ADV-01 (from 0 to 3", id="begins"),
        pytest.param(3, 0, "end prompts of ADV-01 (from 3 to 0", id="ends"),
        pytest.param(4, 12, "triple prompts of ADV-01 (from 4 to 12", id="exactly three times"),
        pytest.param(4, 11, "about triple prompts of ADV-01 (", id="nearly three times"),
        pytest.param(8, 14, "about double prompts of ADV-01 (", id="the first that counts double"),
        pytest.param(100, 174, "raise prompts of ADV-01 by 74% (", id="the last in per cent"),
        pytest.param(10, 70, "make prompts of ADV-01 7 times as many (", id="many times"),
        pytest.param(12, 6, "cut prompts of ADV-01 to half (", id="half"),
        pytest.param(70, 10, "cut prompts of ADV-01 to one in 7 (", id="a small part"),
        pytest.param(100, 90, "lower prompts of ADV-01 by 10% (", id="fewer"),
        pytest.param(1000, 1001, "raise prompts of ADV-01 by less than 1% (", id="a trace"),
    ],
)
def test_a_verdict_in_words(old: int, new: int, words: str) -> None:
    forecast = Forecast(first_week=1, last_week=4)
    for load, count in ((forecast.before, old), (forecast.after, new)):
        if count:
            load.by_rule["ADV-01", Recurrence.FIRST] = count

    (sentence,) = verdicts_in_words(forecast)

    assert sentence.startswith(f"this change would {words}")
    assert sentence.endswith("in 4 weeks)")


def test_the_largest_change_is_told_first() -> None:
    forecast = Forecast(first_week=1, last_week=1)
    forecast.after.by_rule.update(
        {("A", Recurrence.FIRST): 1, ("B", Recurrence.AGAIN): 9, ("C", Recurrence.STILL): 99}
    )

    assert raised_by_rule(forecast.after) == {"A": 1, "B": 9}
    told = [sentence.split()[6] for sentence in verdicts_in_words(forecast)]
    assert told == ["B", "A"]


def test_steps_are_in_order_and_each_moment_is_one() -> None:
    for one, as_of in made_up_cases(10):
        moments = [step.view.as_of.instant for step in steps_of(one, as_of)]
        assert all(first < second for first, second in pairwise(moments))
