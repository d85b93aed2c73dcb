"""A live event under an id that is held corrects it where its host says so, else is a conflict."""

from __future__ import annotations

from typing import Any

import pytest

from msp_rules.engine.engine import Engine
from msp_rules.prompts.prompt import FeedbackKind
from msp_rules.prompts.store import Desk, DeskOutbox, Status
from msp_rules.prompts.store.redaction import says_the_same
from tests.support.told import CASE, at, concern, prompt_of, safety_check, said, summary

pytestmark = pytest.mark.slow

NOON = at("2026-01-05T12:00:00")


def edited(number: int = 2, *, corrects: object = True, **parts: Any) -> dict[str, Any]:
    """The concern of the case in another message, with other content."""
    data = {**concern()["data"], "identified_adult": "no", **parts}
    message = {**concern(), "id": f"{CASE}/edit-{number}", "data": data}
    return message if corrects is None else {**message, "mspcorrection": corrects}


def events_held(desk: Desk) -> list[Any]:
    """The contents of the events that are held."""
    held = desk.held_on(CASE)
    assert held is not None
    messages: Any = held["messages"]
    return [one["content"] for one in messages if "content" in one]


@pytest.mark.parametrize("corrects", [None, False, "false"])
def test_another_content_under_an_id_that_is_held_is_a_conflict_that_changes_nothing(
    desk: Desk, corrects: object
) -> None:
    first = desk.receive(concern(), NOON)
    held = desk.held_on(CASE)

    received = desk.receive(edited(corrects=corrects), NOON)

    assert received.status is Status.EVENT_CONFLICT
    assert received.kept == ()
    (fault,) = received.faults
    assert (fault.case, fault.event) == (CASE, "e1")
    assert fault.reason.startswith("data.id: another event with this id, but other content")
    assert desk.held_on(CASE) == held
    assert desk.changes() == first.kept
    assert prompt_of(desk, "RISK-01").stands


@pytest.mark.parametrize("corrects", [True, "true", "True"])
def test_a_message_that_is_marked_corrects_what_is_held(desk: Desk, corrects: object) -> None:
    desk.receive(concern(), NOON)
    prompt = prompt_of(desk, "RISK-01")
    desk.hear(said(prompt, FeedbackKind.ACKNOWLEDGED, code="not_my_role"))

    received = desk.receive(edited(corrects=corrects, occurred="2026-01-05T10:30:00"), NOON)

    assert (received.status, received.faults) == (Status.RECORDED, ())
    (content,) = events_held(desk)
    assert content["occurred"].startswith("2026-01-05T10:30")
    assert content["fields"] == {"identified_adult": "no"}
    now = prompt_of(desk, "RISK-01")
    assert (now.state, now.generation) == (prompt_of(desk, "RISK-01").state, prompt.generation)
    assert now.heard is not None


def test_each_message_of_a_corrected_event_is_known_when_it_comes_again(desk: Desk) -> None:
    desk.receive(concern(), NOON)
    desk.receive(edited(), NOON)

    again = [desk.receive(one, NOON).status for one in (concern(), edited())]
    same = desk.receive(edited(3), NOON)

    assert again == [Status.ALREADY_KNOWN, Status.ALREADY_KNOWN]
    assert same.status is Status.ALREADY_KNOWN
    assert [one["fields"] for one in events_held(desk)] == [{"identified_adult": "no"}]


def test_an_event_may_be_corrected_back_to_what_it_was(desk: Desk) -> None:
    desk.receive(concern(), NOON)
    first = events_held(desk)
    desk.receive(edited(), NOON)

    desk.receive({**concern(), "id": "back", "mspcorrection": True}, NOON)

    assert events_held(desk) == first


def test_a_correction_may_void_an_event_and_another_may_restore_it(desk: Desk) -> None:
    desk.receive(concern(), NOON)

    voided = desk.receive(edited(void="yes", identified_adult="yes"), NOON)
    restored = desk.receive({**concern(), "id": "back", "mspcorrection": True}, NOON)

    assert "withdrawn RISK-01" in summary(voided.kept)
    assert "raised RISK-01" in summary(restored.kept)


def test_a_correction_that_was_recorded_before_what_is_held_changes_nothing_and_is_said(
    desk: Desk,
) -> None:
    desk.receive(edited(1, recorded="2026-01-05T11:00:00"), NOON)
    held = events_held(desk)

    received = desk.receive(edited(2, recorded="2026-01-05T10:59:59", identified_adult="yes"), NOON)
    level = desk.receive(edited(3, recorded="2026-01-05T11:00:00", identified_adult="yes"), NOON)

    assert received.status is Status.STALE
    assert [fault.reason.partition(":")[0] for fault in received.faults] == ["data.recorded"]
    assert level.status is Status.RECORDED
    assert len(held) == len(events_held(desk)) == 1
    assert events_held(desk) != held


def test_a_correction_is_refused_where_it_does_not_say_yes_or_no(desk: Desk) -> None:
    received = desk.receive(edited(corrects="canary"), NOON)

    assert received.status is Status.REFUSED
    assert [fault.reason for fault in received.faults] == ["mspcorrection: must be true or false"]


def test_a_message_in_conflict_may_come_again_under_its_own_id_as_a_correction(desk: Desk) -> None:
    desk.receive(concern(), NOON)
    desk.receive(edited(corrects=None), NOON)

    received = desk.receive(edited(), NOON)

    assert received.status is Status.RECORDED
    assert desk.receive(edited(corrects=None), NOON).status is Status.ALREADY_KNOWN


def test_a_history_with_two_contents_of_one_id_is_kept_out_whole(desk: Desk) -> None:
    received = desk.receive_history([concern(), safety_check(), edited(corrects=None)], NOON)

    assert received.status is Status.EVENT_CONFLICT
    assert desk.held_on(CASE) is None


def test_a_history_with_a_correction_holds_what_came_last(desk: Desk) -> None:
    received = desk.receive_history([concern(), safety_check(), edited()], NOON)

    assert (received.status, received.faults) == (Status.RECORDED, ())
    assert [one["id"] for one in events_held(desk)] == ["e2", "e1"]


def test_a_history_with_two_contents_of_one_message_is_a_conflict(desk: Desk) -> None:
    other = {**concern(), "data": {**concern()["data"], "identified_adult": "no"}}

    received = desk.receive_history([concern(), other], NOON)

    assert received.status is Status.CONFLICT
    assert desk.held_on(CASE) is None


def test_a_live_event_that_a_snapshot_says_too_is_known(desk: Desk) -> None:
    event = {"type": "concern_raised", **concern()["data"]}
    desk.put_case({"schema": "msp-case/1", "id": CASE, "events": [event]}, NOON)

    received = desk.receive(concern(), NOON)
    corrected = desk.receive(edited(), NOON)

    assert received.status is Status.ALREADY_KNOWN
    assert corrected.status is Status.RECORDED
    (content,) = events_held(desk)
    assert content["first_seen"].startswith("2026-01-05T12:00")


def test_the_round_names_a_conflict_by_its_place(desk: Desk, engine: Engine) -> None:
    desk.receive(concern(), NOON)
    outbox = DeskOutbox(desk, engine.ruleset, lambda: NOON)

    refused = outbox.submit(edited(corrects=None))
    taken = outbox.submit(edited())

    assert refused is not None
    assert refused.startswith("data.id: another event with this id")
    assert taken is None
    assert desk.memory.letters() == ()


@pytest.mark.parametrize(
    ("held", "came", "same"),
    [
        ({"withheld": True}, {"fingerprint": "a"}, True),
        ({"fingerprint": "a"}, {"withheld": True}, True),
        ([{"withheld": True}, "x"], [{"fingerprint": "a"}, "x"], True),
        ({"fingerprint": "a"}, {"fingerprint": "b"}, False),
        ([{"withheld": True}], [{"withheld": True}, {"withheld": True}], False),
        ("yes", "no", False),
        ("yes", {"withheld": True}, False),
    ],
)
def test_a_text_is_the_same_whether_or_not_rules_compared_it_when_it_came(
    held: Any, came: Any, same: bool
) -> None:
    documents = (
        {"id": "e1", "occurred": "2026-01-05", "fields": {"f": one}} for one in (held, came)
    )
    one, other = (("concern_raised", document) for document in documents)

    assert says_the_same(one, other) is same
    assert not says_the_same(one, ("case_closed", one[1]))
    assert not says_the_same(one, (one[0], {**one[1], "fields": {}}))
