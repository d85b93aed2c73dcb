"""A host that keeps the record as it stands hands whole cases over; the desk finds what differs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from msp_rules.casework.moments import parse_moment
from msp_rules.engine.engine import Engine
from msp_rules.prompts.prompt import Feedback, FeedbackKind
from msp_rules.prompts.store import Desk, Memory, Status

pytestmark = pytest.mark.slow

CONCERN = {
    "type": "concern_raised",
    "id": "e1",
    "occurred": "2026-01-05T10:00:00",
    "identified_adult": "yes",
}
ASKED = {
    "type": "outcomes_conversation",
    "id": "e2",
    "occurred": "2026-01-06T09:00:00",
    "asked": "asked_expressed",
}
NOON = "2026-01-06T12:00:00+00:00"
LATER = "2026-01-06T13:00:00+00:00"
LATEST = "2026-01-06T14:00:00+00:00"


def snapshot(*events: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"schema": "msp-case/1", "id": "SA-1", "events": list(events), **more}


def standing(desk: Desk) -> set[str]:
    return {prompt.key.rule for prompt in desk.state("SA-1").standing}


def test_same_snapshot_twice_changes_nothing(desk: Desk) -> None:
    first = desk.put_case(snapshot(CONCERN), NOON)
    before = desk.state("SA-1")

    again = desk.put_case(snapshot(CONCERN), LATER)

    assert first.status is Status.RECORDED
    assert (again.status, again.kept) == (Status.ALREADY_KNOWN, ())
    assert desk.state("SA-1") == before


def test_nulls_and_empty_values_are_as_if_they_were_absent(desk: Desk) -> None:
    desk.put_case(snapshot(CONCERN, ASKED), NOON)
    blank = {"agency": None, "abuse_type": [], "referral_route": "  "}

    again = desk.put_case(
        snapshot({**CONCERN, **blank}, ASKED, adult={"age_band": None}, team=""), LATER
    )

    assert (again.status, again.faults) == (Status.ALREADY_KNOWN, ())


def test_absent_or_null_list_of_events_is_refused_and_an_empty_one_is_not(desk: Desk) -> None:
    desk.put_case(snapshot(CONCERN), NOON)
    absent = {"schema": "msp-case/1", "id": "SA-1"}

    refused = [desk.put_case(one, LATER).status for one in (absent, {**absent, "events": None})]
    before = standing(desk)
    emptied = desk.put_case(snapshot(), LATEST)

    assert refused == [Status.REFUSED, Status.REFUSED]
    assert "RISK-01" in before
    assert emptied.status is Status.RECORDED
    assert "RISK-01" not in standing(desk)


def test_edited_event_is_a_correction_and_the_safety_question_stays(desk: Desk) -> None:
    # D1 of the vendor's report: one field was filled in, and all prompts were withdrawn.
    desk.put_case(snapshot(CONCERN), NOON)
    assert "RISK-01" in standing(desk)

    edited = desk.put_case(snapshot({**CONCERN, "abuse_type": ["physical"]}), LATER)

    assert (edited.status, edited.faults) == (Status.RECORDED, ())
    assert "RISK-01" in standing(desk)


def test_event_that_is_missing_is_void_and_restored_when_it_comes_back(desk: Desk) -> None:
    desk.put_case(snapshot(CONCERN), NOON)
    raised = standing(desk)

    desk.put_case(snapshot(), LATER)
    deleted = standing(desk)
    desk.put_case(snapshot(CONCERN), LATEST)

    assert "RISK-01" in raised
    assert "RISK-01" not in deleted
    assert standing(desk) == raised


def test_event_that_comes_back_was_first_seen_when_it_first_came(
    desk: Desk, memory: Memory
) -> None:
    for now, events in ((NOON, (CONCERN,)), (LATER, ()), (LATEST, (CONCERN,))):
        desk.put_case(snapshot(*events), now)

    held = memory.held_on("SA-1")
    assert '"first_seen": "2026-01-06T12:00:00+00:00"' in str(held).replace("'", '"')


def test_older_snapshot_that_comes_late_changes_nothing_and_is_said(desk: Desk) -> None:
    desk.put_case(snapshot(CONCERN, ASKED, at="2026-01-06T11:00:00Z"), NOON)
    before = desk.state("SA-1")

    late = desk.put_case(snapshot(CONCERN, at="2026-01-06T10:59:59Z"), LATER)

    assert (late.status, len(late.faults)) == (Status.STALE, 1)
    assert desk.state("SA-1") == before


def test_snapshot_made_at_the_same_instant_is_taken(desk: Desk) -> None:
    desk.put_case(snapshot(CONCERN, ASKED, at="2026-01-06T11:00:00Z"), NOON)

    taken = desk.put_case(snapshot(CONCERN, at="2026-01-06T11:00:00Z"), LATER)

    assert taken.status is Status.RECORDED


def test_type_that_the_host_does_not_say_is_not_deleted(desk: Desk) -> None:
    desk.put_case(snapshot(CONCERN, ASKED), NOON)
    before = desk.state("SA-1")

    partial = desk.put_case(snapshot(CONCERN), LATER, says=["concern_raised"])

    assert partial.status is Status.ALREADY_KNOWN
    assert desk.state("SA-1") == before


def test_event_that_came_in_live_after_the_snapshot_was_made_stays(desk: Desk) -> None:
    live = {
        "specversion": "1.0",
        "source": "urn:example:host",
        "id": "m1",
        "subject": "SA-1",
        "type": "org.msp-rules.outcomes_conversation.v1",
        "data": {"id": "e2", "occurred": "2026-01-06T09:00:00", "asked": "asked_expressed"},
    }
    desk.put_case(snapshot(CONCERN), NOON)
    desk.receive(live, LATER)
    before = standing(desk)

    desk.put_case(snapshot(CONCERN, at="2026-01-06T12:30:00Z"), LATEST)

    assert standing(desk) == before


def test_feedback_survives_an_edit(desk: Desk) -> None:
    desk.put_case(snapshot(CONCERN), NOON)
    prompt = next(one for one in desk.state("SA-1").standing if one.key.rule == "RISK-01")
    desk.hear(
        Feedback(
            id="f1",
            key=prompt.key,
            generation=prompt.generation,
            kind=FeedbackKind.ACKNOWLEDGED,
            code="not_my_role",
            at=parse_moment(NOON),
            role="worker",
        )
    )

    desk.put_case(snapshot({**CONCERN, "abuse_type": ["physical"]}), LATER)

    after = desk.state("SA-1").prompts[prompt.key]
    assert (after.generation, after.state.value) == (prompt.generation, "acknowledged")


def test_first_seen_is_no_lateness(desk: Desk) -> None:
    # Recorded weeks after it occurred, by a host that keeps no time of writing.
    desk.put_case(snapshot(CONCERN), "2026-03-05T12:00:00Z")

    assert "DQ-01" not in standing(desk)


@pytest.mark.parametrize(
    "record",
    [
        b"\xff",
        "[",
        "[" * 100_000,
        7,
        {},
        {"schema": "msp-case/1"},
        snapshot({**CONCERN, "id": "a\0b"}),
        snapshot({**CONCERN, "id": "\ud800"}),
        snapshot(CONCERN, at="2026-01-08T00:00:00Z"),
        snapshot(CONCERN, CONCERN),
    ],
)
def test_snapshot_that_cannot_be_read_is_refused_by_place(desk: Desk, record: object) -> None:
    refused = desk.put_case(record, NOON)

    assert refused.status is Status.REFUSED
    assert refused.faults


@pytest.mark.parametrize("empty", ["0001-01-01T00:00:00", "1753-01-01T00:00:00"])
def test_minimum_date_of_a_host_is_a_fault_and_no_exception(desk: Desk, empty: str) -> None:
    # D2 of the vendor's report: such a date stopped the queue for ever.
    taken = desk.put_case(snapshot({**CONCERN, "occurred": empty}), NOON)

    assert taken.status is Status.RECORDED
    assert [fault.event for fault in taken.faults] == ["e1"]


def test_a_snapshot_may_be_ahead_by_the_skew_of_the_desk(memory: Memory, engine: Engine) -> None:
    desk = Desk(memory, engine, skew=timedelta(hours=2))
    record = {"schema": "msp-case/1", "id": "SA-1", "events": []}

    at_the_edge = desk.put_case({**record, "at": "2026-01-05T14:00:00"}, "2026-01-05T12:00:00")
    beyond = desk.put_case({**record, "at": "2026-01-05T14:00:01"}, "2026-01-05T12:00:00")

    assert at_the_edge.status is Status.RECORDED
    assert [one.reason for one in beyond.faults] == ["at: lies after now by more than 2 hours"]
