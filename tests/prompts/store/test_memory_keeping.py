"""What is held on a case can be shown and purged, and is forgotten by age."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from msp_rules.engine.engine import Engine
from msp_rules.prompts.prompt import FeedbackKind
from msp_rules.prompts.store import Desk, Memory, Status, read_askings, upgrade
from msp_rules.prompts.store.tables import metadata
from tests.support.told import CASE, about, at, closure, concern, prompt_of, safety_check, said

NOON = at("2026-01-05T12:00:00")


def rows_of(memory: Memory) -> dict[str, int]:
    def work(connection):  # type: ignore[no-untyped-def]
        return {
            table.name: connection.scalar(select(func.count()).select_from(table))
            for table in metadata.sorted_tables
        }

    return memory.database.read(work)


def fill(desk: Desk, case: str = CASE) -> None:
    desk.receive(about(case, agency="council", adult={"ref": "P-1", "age_band": "75-84"}), NOON)
    desk.receive(concern(case), NOON)
    desk.hear(said(prompt_of(desk, "ASK-01", case), FeedbackKind.SHOWN))


def test_all_that_is_held_on_a_case_is_shown(desk: Desk) -> None:
    fill(desk)
    fill(desk, "SA-2")

    held = desk.held_on(CASE)

    assert held is not None
    assert held["schema"] == "msp-held-on-case/1"
    assert held["case_id"] == CASE
    assert held["adult"] == {"ref": {"withheld": True}, "age_band": "75-84"}
    assert [entry.get("content") for entry in held["messages"]] == [
        None,
        {
            "id": "e1",
            "occurred": "2026-01-05T10:00:00+00:00",
            "fields": {"identified_adult": "yes"},
        },
    ]
    assert [one["content"]["kind"] for one in held["feedback"]] == ["shown"]
    asked = next(one for one in held["prompts"] if one["rule"] == "ASK-01")
    assert asked["content"]["since"] == "2026-01-05T12:00:00+00:00"
    assert asked["content"]["due"] == "2026-01-07"
    raised = [one for one in held["changes"] if one["content"]["kind"] == "raised"]
    assert len(raised) == len(held["prompts"])
    assert "SA-2" not in str(held)


def test_nothing_remains_of_a_purged_case_and_nothing_is_missing_of_another(
    desk: Desk, memory: Memory
) -> None:
    fill(desk, "SA-2")
    alone, other = rows_of(memory), desk.held_on("SA-2")
    fill(desk)

    gone = desk.purge(CASE)

    assert gone["messages"] == 2
    assert gone["feedback"] == 1
    assert desk.held_on(CASE) is None
    assert rows_of(memory) == alone
    assert desk.held_on("SA-2") == other
    assert desk.purge(CASE) == {}


def test_a_message_after_the_purge_begins_the_case_anew(desk: Desk) -> None:
    fill(desk)
    desk.purge(CASE)

    assert desk.receive(concern(), NOON).status is Status.RECORDED
    assert prompt_of(desk, "ASK-01").generation == 1


def test_a_purged_case_stands_nowhere_in_the_files(tmp_path: Path, engine: Engine) -> None:
    upgrade(tmp_path / "memory.db")
    with Memory(tmp_path / "memory.db") as memory:
        desk = Desk(memory, engine)
        for case in ("SA-2", "SA-GONE", "SA-3"):
            fill(desk, case)
        in_files = [b"SA-GONE" in path.read_bytes() for path in tmp_path.iterdir()]

        desk.purge("SA-GONE")

        assert any(in_files)
        assert not any(b"SA-GONE" in path.read_bytes() for path in tmp_path.iterdir())


@pytest.mark.parametrize(
    ("moment", "forgotten"),
    [("2026-01-20T12:00:00", ()), ("2026-01-20T12:00:00.000001", ("closed",))],
    ids=["just-heard-of", "untouched"],
)
def test_closed_cases_are_forgotten_by_age_and_open_ones_are_not(
    desk: Desk, moment: str, forgotten: tuple[str, ...]
) -> None:
    fill(desk, "open")
    desk.receive(concern("closed"), NOON)
    desk.receive(closure("closed"), at("2026-01-20T12:00:00"))

    assert desk.forget_before(at(moment)) == forgotten

    assert desk.held_on("open") is not None
    assert (desk.held_on("closed") is None) is bool(forgotten)


def test_open_cases_are_forgotten_only_where_that_is_asked_for(desk: Desk) -> None:
    fill(desk, "B")
    fill(desk, "A")

    assert desk.forget_before(at("2027-01-01")) == ()
    assert desk.forget_before(at("2027-01-01"), includes_open=True) == ("A", "B")


def test_a_reopened_case_is_open(desk: Desk) -> None:
    reopened = {**closure(), "id": "m", "type": "org.msp-rules.case_reopened.v1"}
    reopened["data"] = {"id": "e10", "occurred": "2026-01-21"}
    for message in (concern(), closure(), reopened):
        desk.receive(message, at("2026-01-22"))

    assert desk.forget_before(at("2027-01-01")) == ()


def test_what_is_held_tells_earlier_askings_of_a_prompt_and_when_each_ended(desk: Desk) -> None:
    desk.receive(concern(), at("2026-01-05T12:00:00"))
    prompt = prompt_of(desk, "RISK-01")
    before = desk.held_on(CASE)
    desk.hear(said(prompt, FeedbackKind.ACCEPTED))
    desk.sweep(at("2026-01-05T19:00:00"))
    desk.receive(safety_check(), at("2026-01-05T20:00:00"))

    held: Any = desk.held_on(CASE)

    assert before is not None
    assert "askings" not in before
    shown = [one for one in held["askings"] if one["rule"] == "RISK-01"]
    assert [(one["generation"], one.get("ended_at"), one.get("ending")) for one in shown] == [
        (1, None, None),
        (2, "2026-01-05T20:00:00+00:00", "answered"),
    ]
    assert "rule" not in held["feedback"][0]
    desk.purge(CASE)
    assert desk.held_on(CASE) is None
    assert read_askings(desk.memory.database, 0).askings == ()
