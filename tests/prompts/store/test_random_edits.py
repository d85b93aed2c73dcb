"""A record that is edited at random is judged as its last state alone, live and in a scan."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from msp_rules.audit.request import ScanRequest
from msp_rules.casework.moments import iso_date
from msp_rules.engine.engine import Engine
from msp_rules.prompts.desk import advance
from msp_rules.prompts.prompt import DeskState
from msp_rules.prompts.store import Desk, Memory
from tests.builders.export import case_element, export_text
from tests.support import effort
from tests.support.core import core_ruleset
from tests.support.edited_records import END, EditedCase, edited_cases, live_through
from tests.support.replay import Row, batch_rows, standing_rows
from tests.support.scanning import scanned

CASES_A_MEMORY = 100
MEMORIES = effort.of(2, thorough=100)
STEPS = effort.of(4, thorough=7)
RULES = effort.of(9, thorough=100)
"""The rules that look at each record: a few for each commit, chosen anew for each memory."""
LATE = "DQ-01"
"""It counts what was written down late, and when a desk first saw something is no lateness."""


def engine_of(seed: int) -> Engine:
    core = core_ruleset()
    rules = random.Random(seed).sample(core.rules, min(RULES, len(core.rules)))
    return Engine(replace(core, rules=tuple(rules)), matcher="python")


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(MEMORIES))
def test_random_edits_end_as_the_last_record_alone_and_as_a_scan_of_it(
    seed: int, empty_memory: bytes, tmp_path: Path
) -> None:
    engine, where = engine_of(seed), tmp_path / "memory.db"
    where.write_bytes(empty_memory)
    cases = edited_cases(engine, CASES_A_MEMORY, seed)
    opened = list[Memory]()

    def restart() -> Desk:
        if opened:
            opened.pop().close()
        opened.append(Memory(str(where)))
        return Desk(opened[0], engine, skew=None)

    live_through(cases, restart, steps=STEPS, seed=seed)

    desk = restart()
    for case in cases:
        assert_first_seen(desk, case)
        state = desk.state(case.id)
        assert_alone(engine, case, state)
    assert_scanned(engine, desk, cases, tmp_path)
    opened.pop().close()


def assert_first_seen(desk: Desk, case: EditedCase) -> None:
    """The memory keeps when each form was first seen."""
    held = desk.held_on(case.id) or {"messages": []}
    kept = {
        one["content"]["id"]: one["content"].get("first_seen")
        for one in held["messages"]
        if "content" in one
    }
    assert kept == {one["id"]: one.get("first_seen") for one in case.expected.whole()["events"]}


def assert_alone(engine: Engine, case: EditedCase, state: DeskState) -> None:
    """What stands is what the pure functions say of the last record alone."""
    alone = advance(engine, case.expected.case(END), DeskState(case=case.id), END).state
    is_fresh = state.as_of == END.instant
    assert rows(state, is_fresh=is_fresh) == rows(alone, is_fresh=is_fresh), case.id


def rows(state: DeskState, *, is_fresh: bool) -> list[Row]:
    """What stands. A limit that hangs on the day of the look moves with it."""
    return [row if is_fresh else (*row[:3], None, *row[4:]) for row in standing_rows(state)]


def assert_scanned(engine: Engine, desk: Desk, cases: list[EditedCase], folder: Path) -> None:
    """What stands is what a scan of the host's export says on the last day."""
    export = folder / "export.xml"
    header = f"<reference_date>{iso_date(END.day)}</reference_date>"
    text = export_text([case_element(case.expected.whole()) for case in cases], header=header)
    export.write_text(text, "utf-8")
    request = ScanRequest(exports=(export,), ruleset=engine.ruleset, matcher="python")
    results, _ = scanned(request)
    for case, result in zip(cases, results, strict=True):
        scan = batch_rows(engine, case.expected.case(END), END, result.answers)
        state = desk.state(case.id)
        is_fresh = state.as_of == END.instant
        live = [row for row in rows(state, is_fresh=is_fresh) if row[0] != LATE]
        batch = [row if is_fresh else (*row[:3], None, *row[4:]) for row in scan if row[0] != LATE]
        assert live == batch, case.id
