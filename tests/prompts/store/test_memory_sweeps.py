"""A sweep looks again at the cases whose moment has come, and at no others."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest
from sqlalchemy import Connection, Table, event, update

from msp_rules.casework.case import Supply
from msp_rules.engine.engine import Engine
from msp_rules.prompts.store import Desk, Memory
from msp_rules.prompts.store.tables import entries, prompts
from tests.support.core import core_ruleset
from tests.support.told import at, concern, prompt_of, safety_check, summary

NOON = at("2026-01-05T12:00:00")
DUE = at("2026-01-06T10:00:00")  # RISK-01: a day after the concern, the last instant in time


def test_a_case_is_swept_when_its_moment_has_come_and_not_before(desk: Desk) -> None:
    desk.receive(concern(), NOON)
    desk.sweep(DUE)  # what was due soon before that has been said

    in_time = desk.sweep(DUE)
    late = desk.sweep(at("2026-01-06T10:00:00.000001"))
    again = desk.sweep(at("2026-01-06T10:00:00.000001"))

    assert (in_time.reevaluated, in_time.kept) == (0, ())
    assert late.reevaluated == 1
    assert summary(late.kept) == ["overdue RISK-01"]
    assert (again.reevaluated, again.is_done) == (0, True)


def test_what_a_sweep_found_waits_for_the_host_like_anything_else(desk: Desk) -> None:
    desk.acknowledge(desk.receive(concern(), NOON).kept)

    swept = desk.sweep(at("2026-01-07"))

    assert swept.kept
    assert desk.changes() == swept.kept


def test_a_sweep_is_bounded_goes_longest_due_first_and_on_from_where_it_stopped(desk: Desk) -> None:
    # RISK-01 is due soon four hours before a day has passed: of C at one o'clock on the next day.
    for case, hour in (("C", 17), ("B", 20), ("A", 20), ("D", 22)):
        desk.receive(concern(case, f"2026-01-06T{hour}:00:00"), at("2026-01-07T12:00:00"))

    first = desk.sweep(at("2026-01-07T20:00:00"), limit=3)
    order = [one.change.prompt.key.case for one in first.kept]
    second = desk.sweep(at("2026-01-07T20:00:00"), limit=3)

    assert (first.reevaluated, first.is_done) == (3, False)
    assert order == ["C", "A", "B"]
    assert (second.reevaluated, second.is_done) == (1, True)
    assert {one.change.prompt.key.case for one in second.kept} == {"D"}


@pytest.mark.slow
def test_other_rules_make_every_case_due_once(memory: Memory, engine: Engine) -> None:
    Desk(memory, engine).receive(concern("A"), NOON)
    Desk(memory, engine).receive(concern("B"), NOON)
    rules = tuple(replace(rule, is_enabled=rule.id != "ASK-01") for rule in core_ruleset().rules)
    changed = replace(core_ruleset(), rules=rules, sha256="0" * 64)
    desk = Desk(memory, Engine(changed, matcher="python"))

    swept = desk.sweep(NOON)

    assert swept.reevaluated == 2
    assert summary(swept.kept) == ["withdrawn ASK-01"] * 2
    assert desk.sweep(NOON).reevaluated == 0


def test_a_source_that_says_what_it_supplies_makes_every_case_due(
    memory: Memory, engine: Engine
) -> None:
    Desk(memory, engine).receive(concern(), NOON)
    supply = Supply(declared=True, types=frozenset({"concern_raised"}))
    desk = Desk(memory, engine, supply=supply)

    swept = desk.sweep(NOON)

    assert swept.reevaluated == 1
    assert prompt_of(desk, "RISK-01").ending == "cannot_tell"


@pytest.mark.parametrize(
    ("table", "content", "reason"),
    [
        (entries, "{", "it is not valid JSON"),
        (entries, "[]", "it holds another kind of document"),
        (entries, "{}", '"id" of a document is missing or invalid'),
        (prompts, "{}", '"rule" of a document is missing or invalid'),
    ],
    ids=["not JSON", "another document", "an event without its id", "a prompt without its rule"],
)
def test_a_damaged_case_is_a_fault_and_holds_no_other_up(
    desk: Desk, memory: Memory, table: Table, content: str, reason: str
) -> None:
    for case in ("A", "B"):
        desk.receive(concern(case), NOON)
    broken = update(table).where(table.c.case_id == "A").values(content=content)
    memory.database.write(lambda connection: connection.execute(broken))

    swept = desk.sweep(at("2026-02-01"), limit=2)
    next_day = desk.sweep(at("2026-02-02"), limit=2)

    assert swept.reevaluated == 1
    assert [(fault.case, fault.reason) for fault in swept.faults] == [
        ("A", f"a row of the memory can't be read: {reason}; it is tried again in a day")
    ]
    assert desk.sweep(at("2026-02-01"), limit=2).faults == ()
    assert [fault.case for fault in next_day.faults] == ["A"]


def test_a_message_looks_at_its_case_as_of_its_own_moment(desk: Desk) -> None:
    desk.receive(concern(), NOON)

    received = desk.receive(safety_check(), at("2026-01-08T12:00:00"))

    assert "withdrawn RISK-01" in summary(received.kept)
    assert "overdue ASK-01" in summary(received.kept)


@pytest.mark.slow
def test_a_look_that_finds_nothing_due_goes_through_no_cases(sqlite_desk: Desk) -> None:
    steps = list[int]()
    later = at("2026-01-05T13:00:00")

    @event.listens_for(sqlite_desk.memory.database.engine, "begin")
    def count(connection: Connection) -> None:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.set_progress_handler(lambda: steps.append(1), 1)  # called at each step of SQLite

    def looked(cases: range) -> int:
        for number in cases:
            sqlite_desk.receive(concern(f"SA-{number}"), NOON)
        steps.clear()
        assert sqlite_desk.sweep(later).reevaluated == 0
        return len(steps)

    few, many = looked(range(10)), looked(range(10, 100))

    assert 0 < many < 1.2 * few
