"""Opens a memory, shows and purges what it holds on a case, and forgets cases by their age."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from sqlalchemy import Connection, Engine, Row, and_, delete, select

from msp_rules.casework.moments import When, cutoff_at, iso_date, iso_instant
from msp_rules.log_events import LogEvent, log
from msp_rules.prompts.documents import Document, Json, read, read_part
from msp_rules.prompts.store.database import Database, MemoryNotReady
from msp_rules.prompts.store.letters import Letter, dead_letters, drop_letters, retry_letters
from msp_rules.prompts.store.memory_clock import begin_epoch, forget_newest_look, read_epoch
from msp_rules.prompts.store.migrations import need_newest
from msp_rules.prompts.store.rows import read_document, read_json
from msp_rules.prompts.store.tables import (
    askings,
    cases,
    changes,
    entries,
    feedback,
    letters,
    prompts,
)

_A_BATCH: Final = 200
_DOCUMENTS: Final = frozenset({"content", "attributes", "adult", "faults", "unread", "explanation"})
_INSTANTS: Final = frozenset(
    {
        *("said_at", "as_of", "next_change", "touched_at", "received_at", "made_at", "try_after"),
        *("since", "first_answer", "until", "snapshot_at", "raised_at", "ended_at"),
    }
)
_COPIED: Final = {"feedback": ("rule", "subject", "generation")}
"""The columns that repeat a part of the content, so as to be counted by."""
_TABLES: Final = {
    "messages": entries,
    "prompts": prompts,
    "feedback": feedback,
    "changes": changes,
}


class Memory:
    """A database that holds what the desk must know between two calls; for many threads.

    `where` is the path of a SQLite file or a PostgreSQL URL; or the host hands in an `engine` of
    SQLAlchemy for PostgreSQL, whose pool it shares and which it closes itself. `schema` names the
    schema of PostgreSQL that holds the tables. With `survives_power_cut`, SQLite waits for the disk
    at each message (docs/memory.md). Raises MemoryNotReady where the tables are not those of this
    version: `upgrade` makes them.
    """

    def __init__(
        self,
        where: str | Path | None = None,
        *,
        engine: Engine | None = None,
        schema: str | None = None,
        survives_power_cut: bool = False,
    ) -> None:
        address = where if engine is None else engine
        if address is None or (where is not None and engine is not None):
            raise MemoryNotReady("a memory needs an address or an engine, and not both")
        self.database = Database(address, schema=schema, survives_power_cut=survives_power_cut)
        """The database that it is in."""
        try:
            need_newest(self.database)
        except BaseException:
            self.database.close()
            raise

    def held_on(self, case: str) -> Document | None:
        """Shows all that is held on a case, as a JSON document; None where nothing is."""
        return self.database.read(lambda connection: held_on_case(connection, case))

    def purge(self, case: str) -> Mapping[str, int]:
        """Removes all that is held on a case; gives the number of rows removed, by kind.

        A later message of the case starts it again, so stop the messages first.
        """
        gone = self.database.write(lambda connection: purge_case(connection, case))
        self._wipe_traces()
        log(LogEvent.CASE_PURGED, rows=sum(gone.values()))
        return gone

    def forget_before(self, moment: When, *, includes_open: bool = False) -> tuple[str, ...]:
        """Purges the closed cases that got no message or feedback since a moment; gives their ids.

        With `includes_open`, open ones too. Each case is purged by itself: a call that is
        interrupted has purged some cases completely and the others not at all.
        """
        instant = cutoff_at(moment).instant
        forgotten: list[str] = []
        while found := self.database.read(
            lambda connection: untouched_since(
                connection, instant, includes_open=includes_open, limit=_A_BATCH
            )
        ):
            for case in found:
                forget = partial(
                    forget_case,
                    case_id=case,
                    moment=instant,
                    includes_open=includes_open,
                )
                if self.database.write(forget):
                    forgotten.append(case)
        self._wipe_traces()
        log(LogEvent.CASES_FORGOTTEN, cases=len(forgotten))
        return tuple(forgotten)

    @property
    def epoch(self) -> int:
        """The epoch in which the numbers of changes count."""
        return self.database.read(read_epoch)

    def begin_epoch(self) -> int:
        """Begins a new epoch: after the memory was restored from a copy; gives it."""
        begun = self.database.write(begin_epoch)
        log(LogEvent.EPOCH_BEGUN)
        return begun

    def reset_clock(self) -> None:
        """Lets the next call begin anew with its own `now`, however far from the newest look."""
        self.database.write(forget_newest_look)

    def letters(self) -> tuple[Letter, ...]:
        """Gives the dead letters, oldest first: what could not be delivered in five tries."""
        return self.database.read(dead_letters)

    def retry_letters(self, numbers: Iterable[int]) -> int:
        """Lets changes be sent again, and messages be taken that come again; gives how many."""
        wanted = tuple(numbers)
        return self.database.write(lambda connection: retry_letters(connection, wanted))

    def drop_letters(self, numbers: Iterable[int]) -> int:
        """Removes dead letters for good; gives how many there were."""
        wanted = tuple(numbers)
        return self.database.write(lambda connection: drop_letters(connection, wanted))

    def close(self) -> None:
        """Closes every connection, unless the host handed in the engine."""
        self.database.close()

    def _wipe_traces(self) -> None:
        """Empties SQLite's log, in which purged rows may still be; in the file they are not."""
        self.database.write_through(empties_log=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def held_on_case(connection: Connection, case_id: str) -> Document | None:
    """Shows all that is held on a case, as a JSON document; None where nothing is."""
    row = connection.execute(select(cases).where(cases.c.case_id == case_id)).first()
    parts: Document = {
        name: [
            _shown(one)
            for one in connection.execute(
                select(*(one for one in table.c if one.key not in _COPIED.get(name, ())))
                .where(table.c.case_id == case_id)
                .order_by(*table.primary_key)
            )
        ]
        for name, table in _TABLES.items()
    }
    if earlier := _askings(connection, case_id):
        parts["askings"] = earlier
    undelivered = [
        _shown(one)
        for one in connection.execute(
            select(letters).where(letters.c.case_id == case_id).order_by(letters.c.number)
        )
    ]
    # Of a case whose messages were all refused there are letters, and nothing else.
    if row is None and not undelivered:
        return None
    about = {"case_id": case_id} if row is None else _shown(row)
    if undelivered:
        parts["letters"] = undelivered
    return {"schema": "msp-held-on-case/1", **about, **parts}


def _askings(connection: Connection, case_id: str) -> list[Json]:
    """Shows each time that a prompt was asked, as far as the prompt itself does not tell it."""
    is_same = and_(*(prompts.c[name] == askings.c[name] for name in ("case_id", "rule", "subject")))
    query = (
        select(askings, prompts.c.content)
        .select_from(askings.outerjoin(prompts, is_same))
        .where(askings.c.case_id == case_id)
        .order_by(*askings.primary_key)
    )
    found = list[Json]()
    for row in connection.execute(query):
        newest = read_document(row.content).get("generation") if row.content else None
        if row.generation != newest or row.ended_at is not None:
            shown = _shown(row)
            found.append({name: one for name, one in shown.items() if name != "content"})
    return found


def purge_case(connection: Connection, case_id: str) -> dict[str, int]:
    """Removes all that is held on a case; gives the number of rows removed, by kind.

    Nothing remains, not even the fact that the case existed.
    """
    # Whoever works on the case finishes first.
    is_case = cases.c.case_id == case_id
    is_there = connection.scalar(select(cases.c.case_id).where(is_case).with_for_update())
    gone = {
        name: connection.execute(delete(table).where(table.c.case_id == case_id)).rowcount
        for name, table in _TABLES.items()
    }
    connection.execute(delete(cases).where(is_case))
    of_case = delete(letters).where(letters.c.case_id == case_id)
    if undelivered := connection.execute(of_case).rowcount:
        gone["letters"] = undelivered
    return gone if is_there is not None or any(gone.values()) else {}


def untouched_since(
    connection: Connection, moment: int, *, includes_open: bool, limit: int
) -> Sequence[str]:
    """Finds cases that got no message or feedback at or after a moment, longest untouched first."""
    query = select(cases.c.case_id).where(cases.c.touched_at < moment)
    if not includes_open:
        query = query.where(cases.c.is_closed)
    query = query.order_by(cases.c.touched_at, cases.c.case_id).limit(limit)
    return connection.scalars(query).all()


def forget_case(connection: Connection, case_id: str, moment: int, *, includes_open: bool) -> bool:
    """Purges a case if `untouched_since` holds of it; says whether it did."""
    query = select(cases.c.touched_at, cases.c.is_closed).where(cases.c.case_id == case_id)
    row = connection.execute(query.with_for_update()).first()
    if row is None or row[0] >= moment or not (includes_open or row[1]):
        return False
    purge_case(connection, case_id)
    return True


def _shown(row: Row[tuple[str | int | bool | None, ...]]) -> Document:
    """Shows a row to people: instants as dates, contents as what they say, nothing empty."""
    shown: Document = {}
    # Names of columns are texts of a kind of their own, which not every JSON writer takes.
    for name, value in ((str(column), value) for column, value in row._mapping.items()):
        if value is None or (name == "tries" and value == 0):
            continue
        if name in _DOCUMENTS:
            shown[name] = _readable(read_json(value))
        elif name in _INSTANTS:
            shown[name] = iso_instant(value)
        else:
            shown[name] = value
    return shown


def _readable(content: Json) -> Json:
    """Shows a content to people: of a prompt, the instants and the limit as dates."""
    if not isinstance(content, dict):
        return content
    shown: Document = {
        name: iso_instant(value) if name in _INSTANTS and isinstance(value, int) else value
        for name, value in content.items()
    }
    match content.get("heard"):
        case [int(instant), feedback]:
            shown["heard"] = {"at": iso_instant(instant), "feedback": feedback}
    if "due" in content:
        due = read_part(content, "due")
        in_hours = read(due, "in_hours", bool)
        shown["due"] = (
            iso_instant(read(due, "instant", int)) if in_hours else iso_date(read(due, "day", int))
        )
    if "prompt" in content:
        shown["prompt"] = _readable(content["prompt"])
    return shown
