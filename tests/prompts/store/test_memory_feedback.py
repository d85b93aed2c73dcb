"""What a worker says is kept once, and gives the same answer when it comes again."""

from __future__ import annotations

import pytest

from msp_rules.casework.case import WITHHELD
from msp_rules.casework.moments import at_instant, parse_moment
from msp_rules.engine.engine import Engine
from msp_rules.errors import MspRulesError
from msp_rules.prompts.policy import AnswerLimits, FeedbackPolicy
from msp_rules.prompts.prompt import FeedbackKind, FeedbackStatus
from msp_rules.prompts.store import Desk, FeedbackConflict, Memory
from tests.support.told import CASE, at, concern, prompt_of, said

NOON = at("2026-01-05T12:00:00")
OVERRULED = {
    "code": "emergency_action",
    "has_text": True,
    "review_by": parse_moment("2026-01-12"),
    "role": "worker",
}


@pytest.mark.slow
def test_an_answer_is_kept_and_the_prompt_asks_no_more(desk: Desk) -> None:
    desk.receive(concern(), NOON)

    heard = desk.hear(said(prompt_of(desk, "ASK-01"), FeedbackKind.ACKNOWLEDGED))

    assert heard.heard_as is FeedbackStatus.HEARD
    assert prompt_of(desk, "ASK-01").state == "acknowledged"


def test_a_deferred_prompt_is_looked_at_when_its_time_has_come(desk: Desk) -> None:
    desk.receive(concern(), NOON)
    until = parse_moment("2026-01-05T16:00:00")
    desk.hear(said(prompt_of(desk, "ASK-01"), FeedbackKind.DEFERRED, until=until))

    early = desk.sweep(at("2026-01-05T15:59:59"))
    due = desk.sweep(at("2026-01-05T16:00:00"))

    assert early.reevaluated == 0
    assert [one.change.kind for one in due.kept] == ["returned"]


def test_an_accepted_reason_gives_the_event_to_record_and_gives_it_again(desk: Desk) -> None:
    desk.receive(concern(), NOON)
    feedback = said(prompt_of(desk, "RISK-01"), FeedbackKind.OVERRIDDEN, **OVERRULED)

    first = desk.hear(feedback)
    later = said(prompt_of(desk, "RISK-01"), FeedbackKind.ACKNOWLEDGED, id="f2")
    desk.hear(later)
    again = desk.hear(feedback)

    assert first.heard_as is FeedbackStatus.HEARD
    assert first.explanation is not None
    assert first.explanation.fields == {
        "rule": "RISK-01",
        "code": "emergency_action",
        "subject": "e1",
        "text": WITHHELD,
        "review_by": parse_moment("2026-01-12"),
    }
    assert again.heard_as is FeedbackStatus.REPEATED
    assert again.explanation == first.explanation


def test_the_same_id_with_another_answer_is_a_conflict_and_changes_nothing(desk: Desk) -> None:
    desk.receive(concern(), NOON)
    prompt = prompt_of(desk, "ASK-01")
    desk.hear(said(prompt, FeedbackKind.SHOWN))
    held = desk.held_on(CASE)

    with pytest.raises(FeedbackConflict, match="with other content"):
        desk.hear(said(prompt, FeedbackKind.ACKNOWLEDGED))

    assert desk.held_on(CASE) == held


def test_feedback_on_a_prompt_that_nobody_raised_is_unknown_and_not_kept(desk: Desk) -> None:
    desk.receive(concern(), NOON)
    prompt = prompt_of(desk, "ASK-01")
    held = desk.held_on(CASE)

    for key in (prompt.key._replace(rule="ASK-77"), prompt.key._replace(case="SA-2")):
        feedback = said(prompt, FeedbackKind.SHOWN, id=f"about {key.case}")
        unknown = desk.hear(type(feedback)(**{**_parts(feedback), "key": key}))

        assert unknown.heard_as is FeedbackStatus.UNKNOWN

    assert desk.held_on(CASE) == held
    assert desk.held_on("SA-2") is None


@pytest.mark.parametrize(
    "parts",
    [{"code": "felt like it"}, {"id": ""}, {"id": "x" * 201}, {"id": "a\0b"}],
    ids=["no-such-code", "no-id", "long-id", "zero-in-id"],
)
def test_feedback_that_can_not_be_kept_is_refused(desk: Desk, parts: dict[str, str]) -> None:
    desk.receive(concern(), NOON)
    held = desk.held_on(CASE)

    with pytest.raises(MspRulesError) as refused:
        desk.hear(said(prompt_of(desk, "RISK-01"), FeedbackKind.OVERRIDDEN, **OVERRULED | parts))

    assert "felt like it" not in str(refused.value)
    assert desk.held_on(CASE) == held


def _parts(feedback: object) -> dict[str, object]:
    return {name: getattr(feedback, name) for name in feedback.__dataclass_fields__}  # type: ignore[attr-defined]


def test_an_answer_is_a_change_for_other_screens_once(desk: Desk) -> None:
    desk.receive(concern(), NOON)
    desk.acknowledge(desk.changes())
    feedback = said(prompt_of(desk, "RISK-01"), FeedbackKind.ACCEPTED)

    shown = desk.hear(said(prompt_of(desk, "RISK-01"), FeedbackKind.SHOWN, id="f0"))
    first = desk.hear(feedback)
    again = desk.hear(feedback)

    (kept,) = desk.changes()
    assert (kept.change.kind, kept.change.prompt.state) == ("answered", "promised")
    assert kept.change.prompt == prompt_of(desk, "RISK-01")
    assert (shown.kept, first.kept, again.kept) == ((), (kept,), ())
    assert first.returns_at == again.returns_at == kept.change.prompt.until


def test_a_reply_says_what_the_answer_lacks_and_the_same_when_it_comes_again(desk: Desk) -> None:
    desk.receive(concern(), NOON)
    bare = said(prompt_of(desk, "RISK-01"), FeedbackKind.ACKNOWLEDGED)
    coded = said(prompt_of(desk, "ASK-01"), FeedbackKind.OVERRIDDEN, id="f2", code="unsafe")

    replies = [desk.hear(one) for one in (bare, bare, coded, coded)]

    assert [one.heard_as.value for one in replies] == [
        *("incomplete", "repeated", "heard", "repeated"),
    ]
    assert [one.needs for one in replies] == [
        *(("reason",), ("reason",), ("words", "review_by"), ("words", "review_by")),
    ]
    assert not any(one.counts for one in replies)
    assert prompt_of(desk, "RISK-01").asks


def test_a_promised_prompt_comes_back_in_a_sweep_where_the_record_is_silent(desk: Desk) -> None:
    desk.receive(concern(), NOON)
    desk.hear(said(prompt_of(desk, "RISK-01"), FeedbackKind.ACCEPTED))
    until = prompt_of(desk, "RISK-01").until
    assert until is not None

    early = desk.sweep(at_instant(until - 1))
    due = desk.sweep(at_instant(until))

    assert "RISK-01" not in {one.change.prompt.key.rule for one in early.kept}
    assert [one.change.kind for one in due.kept if one.change.prompt.key.rule == "RISK-01"] == [
        "returned"
    ]


def test_a_host_may_set_a_policy_of_its_own(memory: Memory, engine: Engine) -> None:
    once_a_week = AnswerLimits(put_off_days=5, returns_after_days=5)
    desk = Desk(memory, engine, skew=None, policy=FeedbackPolicy(critical=once_a_week))
    desk.receive(concern(), NOON)

    heard = desk.hear(said(prompt_of(desk, "RISK-01"), FeedbackKind.ACKNOWLEDGED))

    assert (heard.heard_as, heard.needs) == (FeedbackStatus.HEARD, ())
    assert heard.returns_at == at("2026-01-12T00:00:00").instant
