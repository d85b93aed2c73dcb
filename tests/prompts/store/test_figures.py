"""The figures of a memory say what waits, what is due and what could not be delivered."""

from __future__ import annotations

from functools import partial

from msp_rules.prompts.store import Desk, Memory
from msp_rules.prompts.store.figures import MemoryFigures, figures_of
from msp_rules.prompts.store.letters import bury_change
from tests.support.told import at, concern

NOON = at("2026-01-05T12:00:00")


def test_figures_count_what_waits_what_is_due_and_dead_letters(memory: Memory, desk: Desk) -> None:
    nothing = MemoryFigures(waiting_changes=0, oldest_change=None, due_cases=0, dead_letters=0)
    assert figures_of(memory.database, NOON) == nothing

    kept = desk.receive(concern("A"), NOON).kept
    kept += desk.receive(concern("B"), at("2026-01-05T13:00:00")).kept
    of_noon = figures_of(memory.database, NOON)
    desk.sweep(at("2026-01-06T11:00:00"))
    desk.receive(concern("C"), at("2026-01-06T11:00:00"))
    memory.database.write(partial(bury_change, number=kept[0].number, reason="made up"))
    later = figures_of(memory.database, at("2026-01-09"))

    assert of_noon == MemoryFigures(
        waiting_changes=len(kept), oldest_change=NOON.instant, due_cases=0, dead_letters=0
    )
    assert (later.due_cases, later.dead_letters) == (3, 1)


def test_acknowledged_changes_wait_no_longer(memory: Memory, desk: Desk) -> None:
    desk.acknowledge(desk.receive(concern(), NOON).kept)

    figures = figures_of(memory.database, NOON)

    assert (figures.waiting_changes, figures.oldest_change) == (0, None)
