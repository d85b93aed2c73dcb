"""How long an answer may silence a question, by its urgency, and what a card says of that."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from msp_rules.casework.moments import at_instant, iso_instant, parse_as_of, parse_moment
from msp_rules.engine.engine import Engine
from msp_rules.errors import MspRulesError
from msp_rules.prompts.card import EXTENSION, card
from msp_rules.prompts.feedback import change_of_answer, needs_of
from msp_rules.prompts.policy import AnswerLimits, FeedbackPolicy, policy_of
from msp_rules.prompts.prompt import Feedback, FeedbackStatus, PromptState
from tests.support.core import core_ruleset
from tests.support.desk import Desk

MONDAY = "2026-01-05T10:30"
CHECKED = {"id": "e9", "occurred": "2026-01-05T14:00", "result": "safe"}


@cache
def engine_with(urgency: str) -> Engine:
    """The core rules, of which ASK-01 has another urgency."""
    core = core_ruleset()
    rules = tuple(
        replace(rule, prompt=replace(rule.prompt, urgency=urgency)) if rule.id == "ASK-01" else rule
        for rule in core.rules
    )
    return Engine(replace(core, rules=rules), matcher="python")


def asked_again(desk: Desk, rule: str = "ASK-01") -> str | None:
    """When the prompt asks again by time alone; None: never."""
    until = desk.prompt(rule).until
    if until is None:
        return None
    assert desk.at(iso_instant(until - 1_000_000)).get(rule) != "returned"
    assert desk.at(iso_instant(until))[rule] == "returned"
    return iso_instant(until).removesuffix("+00:00")


@pytest.mark.parametrize(
    ("urgency", "again"),
    [("critical", "2026-01-06T00:00:00"), ("warning", "2026-01-19T00:00:00"), ("info", None)],
)
@pytest.mark.parametrize("kind", ["acknowledged", "overridden"])
def test_an_answered_question_comes_back_by_its_urgency(
    urgency: str, again: str | None, kind: str
) -> None:
    desk = Desk(engine_with(urgency))
    desk.at("2026-01-05T10:20")

    desk.say("ASK-01", kind, MONDAY, code="does_not_fit")

    assert desk.prompt("ASK-01").until == (None if again is None else instant(again))


def instant(text: str) -> int:
    return parse_as_of(text).instant


@pytest.mark.parametrize(
    ("urgency", "latest", "too_late"),
    [
        ("critical", "2026-01-06T23:59", "2026-01-07"),
        ("warning", "2026-01-12T23:59", "2026-01-13"),
        ("info", "2026-02-02T23:59", "2026-02-03"),
    ],
)
def test_a_question_is_put_off_for_so_many_working_days_at_most(
    urgency: str, latest: str, too_late: str
) -> None:
    allowed, shortened = Desk(engine_with(urgency)), Desk(engine_with(urgency))

    allowed.say("ASK-01", "deferred", MONDAY, until=latest)
    for_ever = shortened.say("ASK-01", "deferred", MONDAY, until=too_late)

    assert allowed.prompt("ASK-01").until == instant(latest)
    assert for_ever.heard_as is FeedbackStatus.HEARD
    # The start of the last day that is allowed.
    assert shortened.prompt("ASK-01").until == instant(latest[:10] + "T00:00")


@pytest.mark.parametrize(
    ("said", "again"),
    [
        ("2026-01-08T10:00", "2026-01-09"),  # a Thursday
        ("2026-01-09T23:59", "2026-01-12"),  # a Friday
        ("2026-01-10T10:00", "2026-01-12"),  # a Saturday
        ("2026-04-02T10:00", "2026-04-07"),  # the Thursday before Easter
        ("2199-12-31T10:00", "2200-01-01"),  # outside the years of known bank holidays
    ],
)
def test_days_of_the_policy_are_working_days(said: str, again: str) -> None:
    assert FeedbackPolicy().returns_at("critical", parse_moment(said)) == instant(f"{again}T00:00")


@pytest.mark.parametrize(
    ("said", "urgency", "again"),
    [
        ("2026-01-05T10:30", "critical", "2026-01-05T14:30"),
        ("2026-01-05T10:30", "warning", "2026-01-08T00:00"),
        ("2026-01-05T10:30", "info", "2026-01-08T00:00"),
        ("2026-01-09T10:30", "info", "2026-01-14T00:00"),
        ("2199-12-31T10:30", "info", "2200-01-03T00:00"),
    ],
)
def test_a_promise_holds_for_hours_or_for_working_days(said: str, urgency: str, again: str) -> None:
    at, office_close = parse_moment(said), core_ruleset().settings.office_close
    ends = FeedbackPolicy().promise_ends(urgency, at, office_close)

    assert at_instant(ends).instant in (instant(again), instant(again) - 1)


def test_critical_question_that_was_promised_and_forgotten_comes_back() -> None:
    desk = Desk()
    desk.say("RISK-01", "accepted", MONDAY)

    assert desk.prompt("RISK-01").state is PromptState.PROMISED
    assert asked_again(desk, "RISK-01") == "2026-01-05T14:30:00"
    assert desk.prompt("RISK-01").generation == 2


def test_promise_that_was_kept_ends_with_the_record() -> None:
    desk = Desk()
    desk.say("RISK-01", "accepted", MONDAY)

    changes = desk.record("immediate_safety_check", CHECKED, "2026-01-05T14:00")

    assert changes["RISK-01"] == "withdrawn"
    assert "RISK-01" not in desk.at("2026-01-05T15:00")


def test_promise_of_a_question_that_becomes_overdue_meanwhile_still_holds() -> None:
    desk = Desk()
    desk.at("2026-01-07T10:00")
    desk.say("ASK-01", "accepted", "2026-01-07T10:30")

    assert desk.at("2026-01-08T00:00")["ASK-01"] == "changed"
    assert desk.prompt("ASK-01").state is PromptState.PROMISED
    assert desk.at("2026-01-10T00:00")["ASK-01"] == "returned"


def test_critical_question_that_was_only_seen_asks_on_and_says_that_it_needs_a_reason() -> None:
    desk = Desk()

    heard = desk.say("RISK-01", "acknowledged", MONDAY)
    with_reason = desk.say("RISK-01", "acknowledged", "2026-01-05T10:31", code="not_my_role")

    assert heard.heard_as is FeedbackStatus.INCOMPLETE
    assert heard.state.prompts[desk.prompt("RISK-01").key].state is PromptState.SHOWN
    assert with_reason.heard_as is FeedbackStatus.HEARD
    assert desk.prompt("RISK-01").state is PromptState.ACKNOWLEDGED
    assert asked_again(desk, "RISK-01") == "2026-01-06T00:00:00"


def test_critical_overdue_question_that_was_answered_every_day_asks_every_day() -> None:
    desk = Desk()
    asked = list[bool]()
    for day in range(12, 17):
        desk.at(f"2026-01-{day}T09:00")
        asked.append(desk.prompt("RISK-01").asks)
        desk.say("RISK-01", "deferred", f"2026-01-{day}T09:00", until="2099-01-01")
        asked.append(desk.prompt("RISK-01").asks)

    assert asked == [True, False] * 5


def test_what_was_said_under_another_policy_stays_as_it_was() -> None:
    desk = Desk()
    prompt = replace(desk.prompt("RISK-01"), state=PromptState.ACKNOWLEDGED, heard=(1, "f0"))
    desk.state = replace(desk.state, prompts={**desk.state.prompts, prompt.key: prompt})
    desk.mirror[prompt.key] = prompt

    changes = desk.at("2026-01-05T20:00") | desk.at("2026-01-06T09:00")

    assert changes.get("RISK-01") != "returned"


def test_question_that_has_become_critical_is_asked_again() -> None:
    desk = Desk(engine_with("info"))
    desk.say("ASK-01", "overridden", MONDAY, code="does_not_fit")
    desk.engine = engine_with("critical")

    assert desk.at("2026-01-05T11:00")["ASK-01"] == "returned"


@pytest.mark.parametrize(
    ("answer", "needs"),
    [
        ({"code": "unsafe"}, ("words", "review_by")),
        ({"code": "unsafe", "has_text": True}, ("review_by",)),
        ({"code": "unsafe", "has_text": True, "review_by": "2026-01-12"}, ()),
        ({"code": "not_my_role"}, ()),
        ({"kind": "deferred", "until": "2026-01-06"}, ()),
    ],
)
def test_an_answer_says_what_it_needs(answer: dict[str, Any], needs: tuple[str, ...]) -> None:
    desk = Desk()
    prompt = desk.prompt("ASK-01")
    feedback = Feedback(
        **{"id": "f", "key": prompt.key, "generation": 1, "kind": "overridden", "at": MONDAY}
        | answer
    )

    assert needs_of(core_ruleset(), prompt, feedback) == needs


def test_answer_is_a_change_for_other_screens_and_being_shown_is_none() -> None:
    desk = Desk()
    before = desk.state
    shown = desk.say("ASK-01", "shown", MONDAY)
    seen = desk.state
    promised = desk.say("ASK-01", "accepted", MONDAY)
    prompt = desk.prompt("ASK-01")
    feedback = Feedback(id="f", key=prompt.key, generation=1, kind="accepted", at=MONDAY)

    change = change_of_answer(feedback, seen, promised.state)

    assert change is not None
    assert (change.kind, change.prompt) == ("answered", desk.prompt("ASK-01"))
    assert change_of_answer(feedback, before, shown.state) is None


def test_card_says_what_each_reason_needs_and_what_the_policy_allows() -> None:
    desk = Desk()
    routing = card(desk.prompt("RISK-01"), core_ruleset(), now=MONDAY)["extension"][EXTENSION]
    reasons = {one["code"]: (one["counts"], one.get("needs")) for one in routing["reasons"]}

    assert routing["allowed"] == {
        "reason_needed": True,
        "put_off_working_days": 1,
        "returns_after_working_days": 1,
        "latest_put_off": "2026-01-06",
        "promise_until": "2026-01-05T14:30:00+00:00",
    }
    assert reasons["emergency_action"] == (True, ["words", "review_by"])
    assert reasons["not_my_role"] == (False, None)
    assert [(one["code"], one["system"]) for one in routing["reasons"]] == [
        (one["code"], one["system"])
        for one in card(desk.prompt("RISK-01"), core_ruleset())["overrideReasons"]
    ]


def test_card_of_a_promised_question_says_so_and_until_when() -> None:
    desk = Desk()
    desk.say("RISK-01", "accepted", MONDAY)

    routing = card(desk.prompt("RISK-01"), core_ruleset())["extension"][EXTENSION]

    assert (routing["state"], routing["until"]) == ("promised", "2026-01-05T14:30:00+00:00")
    assert routing["allowed"] == {
        "reason_needed": True,
        "put_off_working_days": 1,
        "returns_after_working_days": 1,
    }


STRICT = AnswerLimits(put_off_days=1, returns_after_days=1)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"critical": replace(STRICT, returns_after_days=None)}, "comes back until the record"),
        ({"critical": replace(STRICT, returns_after_days=6)}, "a number up to 5"),
        ({"critical": replace(STRICT, put_off_days=6)}, "put_off_days must be a whole number"),
        ({"warning": replace(STRICT, put_off_days=0)}, "warning: put_off_days"),
        ({"info": replace(STRICT, returns_after_days=251)}, "info: returns_after_days"),
        ({"promise_hours": 0}, "promise_hours"),
        ({"promise_days": 251}, "promise_days"),
    ],
)
def test_policy_that_would_silence_for_ever_is_refused(given: Any, message: str) -> None:
    with pytest.raises(MspRulesError, match=message):
        FeedbackPolicy(**given)


def test_policy_may_be_set_up_to_its_bounds() -> None:
    policy = FeedbackPolicy(
        critical=AnswerLimits(put_off_days=5, returns_after_days=5),
        info=AnswerLimits(put_off_days=250, returns_after_days=250),
        promise_hours=120,
    )

    assert policy.of("critical").needs_reason is False
    assert policy.of("notice") == policy.info


def test_policy_may_be_plain_data_and_what_it_leaves_out_is_as_usual() -> None:
    given = {"warning": {"put_off_days": 3, "returns_after_days": None}, "promise_days": 1}

    assert policy_of(given) == FeedbackPolicy(
        warning=AnswerLimits(put_off_days=3, returns_after_days=None), promise_days=1
    )
    assert policy_of({}) == policy_of({"critical": {}}) == FeedbackPolicy()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"warnings": {}}, 'unknown limit; did you mean "warning"'),
        ({"info": {"put_of_days": 3}}, 'info has an unknown limit; did you mean "put_off_days"'),
        ({"info": 3}, "info: its limits are expected by name"),
        ({"info": {"put_off_days": "3"}}, "put_off_days must be a whole number"),
        ({"info": {"put_off_days": True}}, "put_off_days must be a whole number"),
        ({"critical": {"needs_reason": 1}}, "needs_reason must be true or false"),
        ({"critical": {"returns_after_days": None}}, "comes back until the record"),
    ],
)
def test_plain_data_that_is_no_policy_is_refused(given: Any, message: str) -> None:
    with pytest.raises(MspRulesError, match=message):
        policy_of(given)
