"""A message is taken in once, with all that follows from it; the same answer comes again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from msp_rules.engine.engine import Engine
from msp_rules.errors import MspRulesError
from msp_rules.prompts.prompt import Ending
from msp_rules.prompts.store import Desk, Memory, Status
from tests.support.told import CASE, about, at, concern, prompt_of, safety_check, summary, told

pytestmark = pytest.mark.slow

NOON = at("2026-01-05T12:00:00")


def test_an_event_raises_prompts_and_the_record_takes_them_away(desk: Desk) -> None:
    first = desk.receive(concern(), NOON)
    second = desk.receive(safety_check(), NOON)

    assert first.status is second.status is Status.RECORDED
    assert "raised RISK-01" in summary(first.kept)
    assert summary(second.kept) == ["withdrawn RISK-01"]
    assert first.faults == second.faults == ()


def test_a_message_that_comes_again_gets_the_same_answer_and_changes_nothing(desk: Desk) -> None:
    first = desk.receive(concern(), NOON)
    held = desk.held_on(CASE)

    again = desk.receive(concern(), at("2026-01-09"))

    assert again.status is Status.ALREADY_KNOWN
    assert again.kept == first.kept
    assert desk.held_on(CASE) == held


def test_what_was_acknowledged_is_not_said_again(desk: Desk) -> None:
    first = desk.receive(concern(), NOON)

    assert desk.acknowledge(first.kept[:2]) == 2

    assert desk.changes() == first.kept[2:]
    assert desk.receive(concern(), NOON).kept == first.kept[2:]
    assert desk.acknowledge(first.kept) == len(first.kept) - 2
    assert desk.changes() == ()


@pytest.mark.parametrize(
    "other",
    [
        {**concern(), "data": {**concern()["data"], "identified_adult": "no"}},
        {**safety_check(), "id": concern()["id"]},
        {**concern("SA-2"), "id": concern()["id"]},
        {**about(agency="council"), "id": concern()["id"]},
    ],
    ids=["another-field", "another-event", "another-case", "about-the-case"],
)
def test_the_same_id_with_another_body_is_a_conflict_and_changes_nothing(
    desk: Desk, other: Any
) -> None:
    first = desk.receive(concern(), NOON)
    held = desk.held_on(CASE)

    received = desk.receive(other, NOON)

    assert received.status is Status.CONFLICT
    assert received.kept == ()
    assert [fault.case for fault in received.faults] == [other["subject"]]
    assert desk.held_on(CASE) == held
    assert desk.held_on("SA-2") is None
    assert desk.changes() == first.kept


def test_the_same_id_from_another_source_is_another_message(desk: Desk) -> None:
    desk.receive(concern(), NOON)

    received = desk.receive({**safety_check(), "id": concern()["id"], "source": "urn:b"}, NOON)

    assert received.status is Status.RECORDED


def test_a_refused_message_names_places_leaves_nothing_and_may_be_put_right(desk: Desk) -> None:
    broken = concern()
    broken["data"] = {**broken["data"], "abuse_type": ["shouting"], "note": "x"}

    refused = desk.receive(broken, NOON)

    assert refused.status is Status.REFUSED
    assert refused.case == CASE
    assert sorted(fault.reason.partition(":")[0] for fault in refused.faults) == [
        "data",
        "data.abuse_type[0]",
    ]
    assert desk.held_on(CASE) is None
    assert desk.receive(concern(), NOON).status is Status.RECORDED


def test_the_same_event_in_another_message_is_known(desk: Desk) -> None:
    desk.receive(concern(), NOON)
    standing = desk.state(CASE)

    received = desk.receive({**concern(), "id": "sent-once-more"}, NOON)

    assert received.status is Status.ALREADY_KNOWN
    assert received.kept == ()
    assert desk.state(CASE) == standing


def test_a_reference_may_come_before_the_event_that_it_names(desk: Desk) -> None:
    review = told("outcome_reviewed", 5, "2026-01-05", outcome="e4", achieved="full")
    outcome = told("outcome_expressed", 4, "2026-01-05", kind="safety")

    first = desk.receive(review, NOON)
    second = desk.receive(outcome, NOON)

    assert [fault.reason for fault in first.faults] == [
        "outcome of outcome_reviewed names no outcome_expressed of the case"
    ]
    assert second.faults == ()


@pytest.mark.parametrize("turned", [False, True], ids=["in-order", "overtaken"])
def test_the_newest_message_about_a_case_stands_whatever_the_order(
    desk: Desk, *, turned: bool
) -> None:
    older = about(time="2026-01-05T10:00:00Z", number=1, agency="council", team="north")
    newer = about(time="2026-01-06T10:00:00Z", number=2, agency="police", adult={"ref": "P-1"})

    for message in (newer, older) if turned else (older, newer):
        assert desk.receive(message, NOON).status is Status.RECORDED

    held = desk.held_on(CASE)
    assert held is not None
    assert held["attributes"] == {"agency": "police"}
    assert held["adult"] == {"ref": {"withheld": True}}


def test_a_history_is_taken_in_at_once_with_one_look(desk: Desk) -> None:
    received = desk.receive_history([concern(), safety_check()], NOON)

    assert received.status is Status.RECORDED
    assert "withdrawn RISK-01" not in summary(received.kept)
    assert "raised ASK-01" in summary(received.kept)
    assert desk.receive(concern(), NOON).status is Status.ALREADY_KNOWN
    assert desk.receive_history([concern(), safety_check()], NOON).kept == received.kept


def test_one_bad_message_keeps_a_whole_history_out(desk: Desk) -> None:
    broken = {**safety_check(), "type": "org.msp-rules.immediate_safety_chat.v1"}

    received = desk.receive_history([concern(), broken], NOON)

    assert received.status is Status.REFUSED
    assert desk.held_on(CASE) is None


@pytest.mark.parametrize("messages", [[], [concern(), concern("SA-2")]], ids=["none", "two-cases"])
def test_a_history_is_that_of_one_case(desk: Desk, messages: list[Any]) -> None:
    with pytest.raises(MspRulesError, match="messages of one case only"):
        desk.receive_history(messages, NOON)


def test_a_view_shows_what_the_desk_remembers(desk: Desk, memory: Memory, engine: Engine) -> None:
    desk.receive(concern(), NOON)

    seen = Desk(memory, engine).view(CASE, step="concern_raised", role="worker")

    assert [prompt.key.rule for prompt in seen.interrupting] == ["RISK-01"]
    assert desk.view("nobody spoke of it").shown == ()


def test_a_view_of_now_looks_again_where_the_moment_has_come(desk: Desk) -> None:
    desk.receive(concern(), NOON)
    before = prompt_of(desk, "RISK-01")

    desk.view(CASE, now=at("2026-01-07"))

    assert before.timing != "overdue"
    assert prompt_of(desk, "RISK-01").timing == "overdue"


def test_now_may_be_an_aware_datetime_or_text(desk: Desk) -> None:
    received = desk.receive(concern(), datetime(2026, 1, 5, 12, tzinfo=UTC))

    assert received.status is Status.RECORDED
    assert desk.state(CASE).as_of == NOON.instant
    assert desk.reevaluate(CASE, "2026-01-05T12:00:00Z").kept == ()
    assert desk.sweep(datetime(2026, 1, 5, 12, tzinfo=UTC)).is_done
    assert desk.forget_before("2026-01-05") == ()


def test_a_naive_now_is_refused_before_anything_is_kept(desk: Desk) -> None:
    naive = datetime(2026, 1, 5, 12)  # noqa: DTZ001 - what is refused

    with pytest.raises(MspRulesError, match="without a time zone"):
        desk.receive(concern(), naive)

    assert desk.held_on(CASE) is None


def asked_on(occurred: str, **more: Any) -> dict[str, Any]:
    """A conversation in which the adult was asked, as the host dates it."""
    return dict(told("outcomes_conversation", 9, occurred, asked="asked_expressed", **more))


@pytest.mark.parametrize(
    ("occurred", "trouble"),
    [
        ("2026-01-06T12:00:00", None),  # the clock of a host may be a day ahead
        ("2026-01-06T12:00:01", "lies after the export"),
        ("2062-01-05", "lies after the export"),
        ("1899-12-30", "lies before 1900"),
    ],
)
def test_a_date_that_cannot_be_is_a_fault_and_leaves_open_what_it_could_answer(
    desk: Desk, occurred: str, trouble: str | None
) -> None:
    desk.receive(concern(), NOON)

    received = desk.receive(asked_on(occurred), NOON)
    known = desk.receive(asked_on(occurred), NOON)

    reason = f"occurred of outcomes_conversation: {trouble}"
    assert received.status is Status.RECORDED
    assert [(one.reason, one.case, one.event) for one in received.faults] == (
        [] if trouble is None else [(reason, CASE, "e9")]
    )
    assert known.status is Status.ALREADY_KNOWN


def test_what_such_an_event_could_answer_is_not_asked_about(desk: Desk) -> None:
    desk.receive(concern(), NOON)

    unsure = desk.receive(asked_on("2062-01-05"), NOON)

    assert "withdrawn ASK-01" in summary(unsure.kept)
    assert prompt_of(desk, "ASK-01").ending is Ending.CANNOT_TELL


def test_an_event_to_come_is_looked_at_again_once_it_can_have_been(desk: Desk) -> None:
    desk.receive(concern(), NOON)
    ahead = desk.receive(asked_on("2026-01-09T12:00:00"), NOON)

    before = desk.reevaluate(CASE, at("2026-01-08T11:59:59"))
    after = desk.reevaluate(CASE, at("2026-01-08T12:00:00"))

    assert len(ahead.faults) == 1
    assert after.faults == ()
    assert [one.event for one in before.faults] in ([], ["e9"])
