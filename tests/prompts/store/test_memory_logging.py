"""Each thing that can happen is logged, and at DEBUG no id, text or value of a record is."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from msp_rules.engine.engine import Engine
from msp_rules.hooks import Registry, hookimpl
from msp_rules.log_events import LogEvent
from msp_rules.prompts.adapter_round import exchange_round
from msp_rules.prompts.prompt import FeedbackKind
from msp_rules.prompts.store import Desk, DeskOutbox, Memory, MemoryUnavailable, Status, upgrade
from msp_rules.prompts.store.database import Overtaken
from tests.support.told import at, said, told

pytestmark = pytest.mark.slow

CANARY = "kanarie"
CASE = f"{CANARY}-case"
NOON = "2026-01-05T12:00:00"
LATER = "2026-01-06T11:00:00"


class Host:
    """A host that gives one message that can't be read, takes no changes and never renders."""

    @hookimpl
    def msp_find_events(self, source: str, most: int) -> list[dict[str, Any]]:
        return [canary_event(9, source=CANARY)]

    @hookimpl
    def msp_receive_changes(self, source: str, changes: list[dict[str, Any]]) -> None:
        raise ValueError(CANARY)


def canary_event(number: int, case: str = CASE, **fields: Any) -> dict[str, Any]:
    """A concern whose ids, sources and texts all hold the canary."""
    message = told("concern_raised", number, "2026-01-05T10:00:00", case=case, **fields)
    data = {**message["data"], "id": f"{CANARY}-event-{number}"}
    return {**message, "source": f"urn:{CANARY}", "data": data}


def everything_happens(desk: Desk, memory: Memory, engine: Engine) -> None:
    """Lets each thing happen that is logged, with canaries in all that is said."""
    desk.receive(canary_event(1), NOON)
    text = told("outcome_expressed", 2, "2026-01-05T10:00:00", case=CASE, text=CANARY)
    desk.receive(text, NOON)
    desk.receive({**canary_event(1), "id": f"{CANARY}-2", "data": {CANARY: CANARY}}, NOON)
    desk.receive({**canary_event(1, identified_adult="no"), "id": f"{CANARY}-3"}, NOON)
    desk.put_case({"schema": "msp-case/1", "id": f"{CANARY}-put", "events": []}, NOON)
    desk.put_case({"schema": "msp-case/1", "id": CANARY, CANARY: CANARY}, NOON)
    prompt = desk.state(CASE).standing[0]
    desk.hear(said(prompt, FeedbackKind.OVERRIDDEN, id=CANARY, code="not_my_role"), now=NOON)
    desk.acknowledge(desk.changes(limit=1))
    desk.reevaluate(CASE, LATER)
    desk.resend(CASE)
    desk.receive(canary_event(4), "2036-01-01")
    registry = Registry()
    registry.register(CANARY, Host())
    exchange_round(registry, CANARY, DeskOutbox(desk, engine.ruleset, lambda: LATER), CANARY)
    _fail(desk, memory)
    memory.begin_epoch()
    desk.purge(CASE)
    desk.forget_before("2027-01-01", includes_open=True)


def _fail(desk: Desk, memory: Memory) -> None:
    desk.receive(canary_event(5, case=f"{CANARY}-broken"), LATER)
    damage = "UPDATE msp_prompt SET content = '[]'"
    memory.database.write(lambda c: c.exec_driver_sql(damage))
    memory.database.write(lambda c: c.exec_driver_sql("UPDATE msp_case SET basis = NULL"))
    desk.sweep(LATER)

    def overtaken(_: object) -> None:
        raise Overtaken

    with pytest.raises(MemoryUnavailable):
        memory.database.write(overtaken)


def test_all_that_happens_is_logged_by_name_and_no_value_ever_is(
    tmp_path: Path, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="msp_rules")
    path = tmp_path / "memory.db"
    upgrade(path)
    with Memory(path) as memory:
        everything_happens(Desk(memory, engine), memory, engine)

    records = [one for one in caplog.records if one.name.startswith("msp_rules")]
    of_scans = {LogEvent.FILE_NOT_SHARED}
    expected = {one.value for one in LogEvent if one not in of_scans}
    assert {str(vars(one)["msp_event"]) for one in records} == expected
    told_of = "\n".join(repr(vars(one)) + one.getMessage() for one in records)
    assert CANARY not in told_of
    assert "2026-01" not in told_of
    assert "RISK-01" not in told_of


def test_statuses_and_counts_are_logged(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="msp_rules")

    received = desk.receive(canary_event(1), at(NOON))

    assert received.status is Status.RECORDED
    assert caplog.records[-1].getMessage() == (
        f"message.received status=recorded messages=1 changes={len(received.kept)} faults=0"
    )
