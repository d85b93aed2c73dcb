"""Messages as they come: no clock, date or rubbish stops the desk, and none of it is silent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from msp_rules.casework.case import Fault
from msp_rules.engine.engine import Engine
from msp_rules.prompts.card import card_uuid
from msp_rules.prompts.store import Desk, Memory, Status
from tests.support.told import CASE, at, concern, prompt_of, safety_check, told

pytestmark = pytest.mark.slow

NOON = at("2026-01-05T12:00:00")


@pytest.mark.parametrize(
    ("occurred", "recorded"),
    [
        ("1753-01-01T00:00:00", "2026-01-05"),
        ("0001-01-01T00:00:00", "2026-01-05"),
        ("9999-12-31T23:59:59.9999999", "2026-01-05"),
        ("2026-01-06T12:00:01", "2026-01-05"),
    ],
    ids=["SQL Server", ".NET", "never", "beyond the skew"],
)
def test_a_date_that_cannot_be_is_a_fault_of_the_event_and_the_next_message_is_taken(
    desk: Desk, occurred: str, recorded: str
) -> None:
    first = desk.receive(concern(), NOON)
    bad = desk.receive(
        told("immediate_safety_check", 2, occurred, recorded=recorded, result="safe"), NOON
    )
    later = desk.receive(told("outcomes_conversation", 3, "2026-01-05", asked="not_asked"), NOON)

    assert first.faults == ()
    assert bad.status is later.status is Status.RECORDED
    assert [fault.event for fault in bad.faults] == ["e2"]
    assert bad.faults[0].reason.startswith("occurred of immediate_safety_check: lies ")


def test_a_day_in_a_field_that_cannot_be_is_a_fault_and_the_field_unknown(desk: Desk) -> None:
    desk.receive(concern(), NOON)

    received = desk.receive(
        told("outcomes_conversation", 3, "2026-01-05", asked="not_asked", review_by="0001-01-01"),
        NOON,
    )

    assert received.status is Status.RECORDED
    assert [fault.reason for fault in received.faults] == [
        "review_by of outcomes_conversation: lies before 1900"
    ]


@pytest.mark.parametrize(
    ("occurred", "warnings"),
    [
        ("2026-01-05T12:00:00", ()),
        (
            "2026-01-05T12:00:01",
            (Fault("occurred of concern_raised: lies after now", case=CASE, event="e1"),),
        ),
        (
            "2026-01-06T12:00:00",
            (Fault("occurred of concern_raised: lies after now", case=CASE, event="e1"),),
        ),
    ],
    ids=["now", "a second later", "a day later"],
)
def test_an_event_after_now_is_said_in_the_answer(
    desk: Desk, occurred: str, warnings: tuple[Fault, ...]
) -> None:
    received = desk.receive(concern(occurred=occurred), NOON)

    assert (received.status, received.faults) == (Status.RECORDED, ())
    assert received.warnings == warnings


def test_a_council_may_allow_its_clocks_less(memory: Memory, engine: Engine) -> None:
    strict = Desk(memory, engine, skew=timedelta(hours=1))

    within = strict.receive(concern("SA-1", "2026-01-05T13:00:00"), NOON)
    beyond = strict.receive(concern("SA-2", "2026-01-05T13:00:01"), NOON)

    assert within.faults == ()
    assert [fault.event for fault in beyond.faults] == ["e1"]


def test_the_same_message_in_another_spelling_is_already_known(desk: Desk) -> None:
    message = told("concern_raised", 1, "2026-01-05T10:00:00Z", identified_adult="yes")
    other = {
        **told("concern_raised", 1, "2026-01-05t10:00:00.000+00:00", identified_adult="yes"),
        "datacontenttype": "application/json; charset=utf-8",
        "traceparent": "00-0af7-b7ad-01",
        "tenantid": None,
    }
    other["data"]["role"] = None

    first, again = desk.receive(message, NOON), desk.receive(other, NOON)

    assert (first.status, again.status) == (Status.RECORDED, Status.ALREADY_KNOWN)


def test_a_card_leads_to_its_prompt_after_a_restart_and_as_long_as_it_is_the_newest(
    where: str, engine: Engine
) -> None:
    with Memory(where) as memory:
        desk = Desk(memory, engine)
        desk.receive(concern(), NOON)
        asked = prompt_of(desk, "RISK-01")

    with Memory(where) as memory:
        desk = Desk(memory, engine)
        found = desk.prompt_of_card(card_uuid(asked))
        desk.receive(safety_check(), NOON)
        ended = desk.prompt_of_card(card_uuid(asked))

        assert found == asked
        assert ended == prompt_of(desk, "RISK-01")
        assert desk.prompt_of_card("00000000-0000-4000-8000-000000000000") is None
        assert desk.prompt_of_card("no card at all") is None
