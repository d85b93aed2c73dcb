"""What becomes of a finding or a prompt: nothing that is set aside counts as gone."""

import pytest

from msp_rules.authoring.impact.effects import (
    Effect,
    Side,
    State,
    absent,
    finding_effect,
    prompt_effect,
)
from msp_rules.engine.verdict import Verdict
from msp_rules.rules.language.rule import Prompt

RED = Side(State.FINDING, Verdict.NOT_MET, "red", "flag", asks=True)
AMBER = Side(State.FINDING, Verdict.MET_LATE, "amber", "flag")
MET = Side(State.CLEAR, Verdict.MET, "green", "flag")
AHEAD = Side(State.CLEAR, Verdict.NOT_YET_DUE, "none", "flag", asks=True)
WAIVED = Side(State.WAIVED, Verdict.NOT_MET, "grey", "flag", asks=True)
UNCLEAR = Side(State.CANNOT_TELL, Verdict.CANNOT_TELL, "grey", "flag")
FILTERED = Side(State.FILTERED, Verdict.NOT_APPLICABLE, "none", "flag")
PROMPT = Prompt(summary="?", urgency="info", ask_at=("any",), roles=("worker",))
LOUDER = Prompt(summary="?", urgency="warning", ask_at=("any",), roles=("worker",))


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        pytest.param(RED, RED, Effect.UNCHANGED, id="the same finding"),
        pytest.param(RED, AMBER, Effect.CHANGES, id="another verdict"),
        pytest.param(RED, RED._replace(colour="amber"), Effect.CHANGES, id="another colour"),
        pytest.param(RED, RED._replace(severity="advice"), Effect.CHANGES, id="another weight"),
        pytest.param(MET, RED, Effect.APPEARS, id="new"),
        pytest.param(WAIVED, RED, Effect.APPEARS, id="no longer waived"),
        pytest.param(Side(State.SWITCHED_OFF), RED, Effect.APPEARS, id="switched on"),
        pytest.param(UNCLEAR, RED, Effect.APPEARS, id="can be told now"),
        pytest.param(RED, MET, Effect.DISAPPEARS, id="met now"),
        pytest.param(RED, AHEAD, Effect.DISAPPEARS, id="not yet due now"),
        pytest.param(RED, WAIVED, Effect.WAIVED, id="waived now"),
        pytest.param(MET, WAIVED, Effect.WAIVED, id="would appear, and is waived"),
        pytest.param(RED, FILTERED, Effect.FILTERED, id="filtered now"),
        pytest.param(RED, Side(State.SWITCHED_OFF), Effect.SWITCHED_OFF, id="switched off now"),
        pytest.param(RED, Side(State.NO_SUCH_RULE), Effect.NO_SUCH_RULE, id="the rule is gone"),
        pytest.param(RED, UNCLEAR, Effect.CANNOT_TELL, id="can't be told now"),
        pytest.param(RED, Side(State.NOT_JUDGED), Effect.NOT_JUDGED, id="a fault now"),
        pytest.param(MET, AHEAD, None, id="no finding on either side"),
        pytest.param(WAIVED, WAIVED, None, id="waived on both sides"),
    ],
)
def test_what_becomes_of_a_finding(before: Side, after: Side, effect: Effect | None) -> None:
    assert finding_effect(before, after) is effect


@pytest.mark.parametrize(
    ("before", "after", "new", "effect"),
    [
        pytest.param(AHEAD, RED, PROMPT, Effect.UNCHANGED, id="asks on both sides"),
        pytest.param(AHEAD, RED, LOUDER, Effect.CHANGES, id="asks more urgently"),
        pytest.param(RED, WAIVED, PROMPT, Effect.UNCHANGED, id="a waiver silences no prompt"),
        pytest.param(MET, AHEAD, PROMPT, Effect.APPEARS, id="begins to ask"),
        pytest.param(AHEAD, MET, PROMPT, Effect.DISAPPEARS, id="has its answer"),
        pytest.param(AHEAD, Side(State.SWITCHED_OFF), PROMPT, Effect.SWITCHED_OFF, id="off"),
        pytest.param(AHEAD, FILTERED, PROMPT, Effect.FILTERED, id="filtered"),
        pytest.param(AHEAD, UNCLEAR, PROMPT, Effect.CANNOT_TELL, id="can't be told"),
        pytest.param(MET, AMBER, PROMPT, None, id="asks on neither side"),
    ],
)
def test_what_becomes_of_a_prompt(
    before: Side, after: Side, new: Prompt, effect: Effect | None
) -> None:
    assert prompt_effect(before, after, PROMPT, new) is effect


def test_a_rule_without_an_answer_is_off_or_not_there() -> None:
    switches = {"ON-01": True, "OF-01": False}

    states = [absent(rule, switches).state for rule in ("ON-01", "OF-01", "NO-01")]

    assert states == [State.CLEAR, State.SWITCHED_OFF, State.NO_SUCH_RULE]
