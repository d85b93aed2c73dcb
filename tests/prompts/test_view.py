"""What one view shows: the right step, the right role, and no more than the budget."""

from dataclasses import replace

import pytest

from msp_rules.casework.moments import parse_as_of
from msp_rules.casework.workdays import Due
from msp_rules.engine.verdict import Verdict
from msp_rules.errors import MspRulesError
from msp_rules.prompts.prompt import DeskState, Prompt, PromptKey, PromptState, Timing
from msp_rules.prompts.view import Budget, View, view
from tests.support.desk import Desk


def prompt(rule: str, urgency: str = "info", due: str | None = None, **more: object) -> Prompt:
    made = Prompt(
        key=PromptKey(rule, "SA-1", None),
        subject=None,
        summary="?",
        urgency=urgency,
        ask_at=("case_closed",),
        roles=("worker",),
        severity="flag",
        verdict=Verdict.NOT_YET_DUE,
        timing=Timing.DUE_SOON,
        due=Due(parse_as_of(due)) if due is not None else None,
        missing=(),
        evidence=(),
        state=PromptState.RAISED,
        generation=1,
        since=0,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def state_of(*prompts: Prompt) -> DeskState:
    return DeskState(case="SA-1", prompts={one.key: one for one in prompts})


def rules(found: View) -> tuple[list[str], list[str], list[str]]:
    parts = (found.interrupting, found.passive, found.held_back)
    first, second, third = ([one.key.rule for one in part] for part in parts)
    return first, second, third


def test_one_interrupts_three_stand_beside_and_the_rest_is_held_back() -> None:
    state = state_of(
        *(prompt(f"C-{n}", "critical", "2026-01-07") for n in (2, 1)),
        *(prompt(f"I-{n}", "info", "2026-01-07") for n in (4, 3, 2, 1)),
    )

    assert rules(view(state)) == (["C-1"], ["C-2", "I-1", "I-2"], ["I-3", "I-4"])


def test_urgency_comes_first_then_the_due_day_then_the_rule() -> None:
    state = state_of(
        prompt("A", "info", "2026-01-06"),
        prompt("B", "warning", "2026-01-09"),
        prompt("D", "warning", "2026-01-08"),
        prompt("C", "warning", "2026-01-08"),
        prompt("E", "warning"),
    )

    found = view(state, budget=Budget(passive=9))

    assert rules(found) == ([], ["C", "D", "B", "E", "A"], [])


def test_overdue_without_a_known_limit_comes_before_what_is_due_soon() -> None:
    overdue = prompt("B", "info", None, timing=Timing.OVERDUE, verdict=Verdict.NOT_MET)

    assert rules(view(state_of(prompt("A", "info", "2026-01-06"), overdue)))[1] == ["B", "A"]


def test_budget_of_nothing_shows_nothing_and_keeps_all() -> None:
    state = state_of(prompt("A", "critical"), prompt("B"))

    found = view(state, budget=Budget(interrupting=0, passive=0))

    assert rules(found) == ([], [], ["A", "B"])
    assert found.shown == ()


def test_critical_prompt_interrupts_once() -> None:
    seen = prompt("A", "critical", state=PromptState.SHOWN)

    assert rules(view(state_of(seen))) == ([], ["A"], [])


@pytest.mark.parametrize(
    "state", [s for s in PromptState if s not in (PromptState.RAISED, PromptState.SHOWN)]
)
def test_prompt_that_a_worker_dealt_with_or_that_ended_is_not_shown(state: PromptState) -> None:
    assert rules(view(state_of(prompt("A", state=state)))) == ([], [], [])


@pytest.mark.parametrize(
    ("ask_at", "timing", "step", "is_shown"),
    [
        (("case_closed",), Timing.EARLY, "case_closed", True),
        (("case_closed",), Timing.OVERDUE, "plan_made", False),
        (("any",), Timing.EARLY, "plan_made", True),
        (("any",), Timing.EARLY, None, True),
        (("case_closed",), Timing.EARLY, None, False),
        (("case_closed",), Timing.DUE_SOON, None, True),
        (("case_closed",), Timing.OVERDUE, None, True),
        (("case_closed",), Timing.OVERDUE, "any", False),
    ],
)
def test_prompt_is_shown_at_the_steps_that_its_rule_names(
    ask_at: tuple[str, ...], timing: Timing, step: str | None, is_shown: bool
) -> None:
    state = state_of(prompt("A", ask_at=ask_at, timing=timing))

    assert (view(state, step=step).shown != ()) is is_shown


def test_critical_prompt_is_on_the_page_of_the_case_from_the_start() -> None:
    state = state_of(prompt("A", "critical", timing=Timing.EARLY))

    assert rules(view(state))[0] == ["A"]


@pytest.mark.parametrize(("role", "is_shown"), [("worker", True), ("advocate", False)])
def test_prompt_is_shown_to_the_roles_that_its_rule_names(role: str, is_shown: bool) -> None:
    assert (view(state_of(prompt("A")), role=role).shown != ()) is is_shown


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"step": "case_close"}, 'did you mean "case_closed"'),
        ({"role": "workers"}, 'did you mean "worker"'),
    ],
    ids=["step", "role"],
)
def test_misspelt_step_or_role_is_refused_not_empty(words: dict[str, str], message: str) -> None:
    with pytest.raises(MspRulesError, match=message):
        view(Desk().state, **words)  # type: ignore[arg-type]


def test_negative_budget_is_refused() -> None:
    with pytest.raises(MspRulesError, match="negative"):
        Budget(passive=-1)


def test_core_rules_ask_for_safety_first_when_a_concern_is_recorded() -> None:
    desk = Desk()

    found = view(desk.state, step="concern_raised", role="worker")

    assert rules(found) == (["RISK-01"], ["ASK-01", "DEC-02", "INV-03"], ["MCA-01"])
