"""What a worker says is kept once, and gives the same answer when it comes again."""

from __future__ import annotations

import pytest

from msp_rules.casework.case import WITHHELD
from msp_rules.casework.moments import parse_moment
from msp_rules.errors import MspRulesError
from msp_rules.prompts.prompt import FeedbackKind, FeedbackStatus
from msp_rules.prompts.store import Desk, FeedbackConflict
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
