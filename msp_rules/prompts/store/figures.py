"""Counts what an operator watches: changes that wait, cases that are due, dead letters."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from msp_rules.casework.moments import When, cutoff_at
from msp_rules.prompts.store.database import Database
from msp_rules.prompts.store.tables import cases, changes, letters


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryFigures:
    """The figures of a memory at one moment."""

    waiting_changes: int
    """The number of changes that no host has acknowledged."""
    oldest_change: int | None
    """The instant at which the oldest of them was made, in microseconds since the Unix epoch."""
    due_cases: int
    """The number of cases whose prompts time has changed, and that no sweep has reached yet."""
    dead_letters: int
    """The number of messages and changes that could not be delivered."""


def figures_of(database: Database, now: When) -> MemoryFigures:
    """Counts as of a moment; nothing is changed."""
    instant = cutoff_at(now).instant

    def work(connection: Connection) -> MemoryFigures:
        waiting = select(func.count(), func.min(changes.c.made_at)).select_from(changes)
        number, oldest = connection.execute(waiting).one()
        due = select(func.count()).where(cases.c.next_change <= instant)
        dead = select(func.count()).where(letters.c.is_dead)
        return MemoryFigures(
            waiting_changes=int(number),
            oldest_change=None if oldest is None else int(oldest),
            due_cases=connection.scalar(due) or 0,
            dead_letters=connection.scalar(dead) or 0,
        )

    return database.read(work)
