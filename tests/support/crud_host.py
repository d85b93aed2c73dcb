"""A case system that keeps one row for each form, written from docs/no-events.md alone."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from msp_rules import Desk, Engine, Memory, Supply, load_ruleset, upgrade_memory

FORMS = frozenset({"concern_raised", "immediate_safety_check", "outcomes_conversation"})
HIDDEN = frozenset({"immediate_safety_check"})


class CrudHost:
    """Keeps the newest content of each form; what was there before is gone."""

    def __init__(self, folder: Path) -> None:
        self.rows = sqlite3.connect(folder / "host.db", isolation_level=None)
        self.rows.execute(
            "create table if not exists form (kase, name, kind, day, field, value,"
            " primary key (name, field))"
        )
        upgrade_memory(str(folder / "desk.db"))
        self.memory = Memory(str(folder / "desk.db"))
        self.desk = Desk(
            self.memory,
            Engine(load_ruleset("msp-core")),
            supply=Supply(declared=True, types=FORMS),
        )
        self.troubles: list[str] = []

    def close(self) -> None:
        """Stops; a new host on the same folder goes on."""
        self.rows.close()
        self.memory.close()

    def put(self, now: str, case: str, name: str, kind: str, day: str, **fields: str) -> None:
        """Saves a form, new or not."""
        self.rows.execute("delete from form where name = ?", (name,))
        for field, value in fields.items():
            row = (case, name, kind, day, field, value)
            self.rows.execute("insert into form values (?, ?, ?, ?, ?, ?)", row)
        self.hand_over(now, case)

    def delete(self, now: str, case: str, name: str) -> None:
        """Deletes a form."""
        self.rows.execute("delete from form where name = ?", (name,))
        self.hand_over(now, case)

    def hand_over(self, now: str, case: str, *, at: str = "", may_see_all: bool = True) -> str:
        """Hands the case over as it stands, or as a role sees it that may not see every form."""
        forms: dict[str, dict[str, Any]] = {}
        asked = "select name, kind, day, field, value from form where kase = ?"
        found = self.rows.execute(asked, (case,))
        for name, kind, day, field, value in found:
            form = forms.setdefault(name, {"id": name, "type": kind, "occurred": day})
            form[field] = value
        seen = [one for one in forms.values() if may_see_all or one["type"] not in HIDDEN]
        record = {"schema": "msp-case/1", "id": case, "at": at or now, "events": seen}
        says = None if may_see_all else sorted(FORMS - HIDDEN)
        taken = self.desk.put_case(record, now, says=says)
        self.troubles += [one.reason for one in taken.faults]
        return str(taken.status)

    def hour(self, now: str) -> None:
        """Lets an hour pass."""
        while not (swept := self.desk.sweep(now)).is_done:
            pass
        self.troubles += [one.reason for one in swept.faults]

    def asked(self, case: str) -> dict[str, str]:
        """What is asked about a case."""
        return {one.key.rule: one.timing.value for one in self.desk.state(case).standing}
