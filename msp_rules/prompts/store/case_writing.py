"""Writes all that one transaction changes of a case: its row, history, prompts and changes.

PostgreSQL gets it in one statement, since each statement is a journey over the network: with those
that lock and read the case, and the beginning and end of the transaction, a message makes five.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

from sqlalchemy import Connection, TextClause, bindparam, insert, text, update
from sqlalchemy.dialects import sqlite

from msp_rules.prompts.card import card_uuid
from msp_rules.prompts.documents import change_document, prompt_document
from msp_rules.prompts.prompt import Prompt, PromptChange
from msp_rules.prompts.store.redaction import StoredEvent
from msp_rules.prompts.store.rows import CaseRow, KeptChange, MessageEntry, write_json
from msp_rules.prompts.store.tables import askings, cases, changes, entries, feedback, prompts

_NEW_CASE: Final = insert(cases)
_CASE: Final = update(cases).where(cases.c.case_id == bindparam("of_case_id"))
_NEW_ENTRIES: Final = insert(entries).returning(entries.c.number)
_ENTRY: Final = (
    update(entries)
    .where(entries.c.number == bindparam("of_number"))
    .values(event_type=bindparam("event_type"), content=bindparam("content"))
)
_NEW_PROMPT: Final = sqlite.insert(prompts)
_PROMPT: Final = _NEW_PROMPT.on_conflict_do_update(
    index_elements=["case_id", "rule", "subject"],
    set_={name: _NEW_PROMPT.excluded[name] for name in ("state", "content", "card")},
)
_NEW_ASKING: Final = sqlite.insert(askings)
_ASKING: Final = _NEW_ASKING.on_conflict_do_update(
    index_elements=["case_id", "rule", "subject", "generation"],
    set_={name: _NEW_ASKING.excluded[name] for name in ("ended_at", "ending")},
)
_FEEDBACK: Final = insert(feedback)
_CHANGES: Final = insert(changes).returning(changes.c.number, sort_by_parameter_order=True)

_ADDED_CASE: Final = """
  INSERT INTO {0}msp_case (
   case_id, attributes, adult, said_at, said_by, snapshot_at, unread, as_of, basis, faults,
   next_change, touched_at, is_closed)
  VALUES (
   :case_id, :attributes, :adult, :said_at, :said_by, :snapshot_at, :unread, :as_of, :basis,
   :faults, :next_change, :touched_at, :is_closed)"""
_CHANGED_CASE: Final = """
  UPDATE {0}msp_case SET
   attributes = :attributes, adult = :adult, said_at = :said_at, said_by = :said_by,
   snapshot_at = :snapshot_at, unread = :unread, as_of = :as_of, basis = :basis, faults = :faults,
   next_change = :next_change, touched_at = :touched_at, is_closed = :is_closed
  WHERE case_id = :case_id"""
# What changes data in a WITH is done whether or not it is asked for, all as of the same moment.
_AT_ONCE: Final = """
WITH kept_case AS ({case}),
 added AS (
  INSERT INTO {0}msp_entry (case_id, message, body, received_at, event_type, content)
  SELECT :case_id, message, body, received_at, event_type, content
  FROM json_to_recordset(CAST(:entries AS json)) AS one(
   place integer, message text, body text, received_at bigint, event_type text, content text)
  ORDER BY place
  RETURNING number),
 corrected AS (
  UPDATE {0}msp_entry AS entry SET event_type = one.event_type, content = one.content
  FROM json_to_recordset(CAST(:corrected AS json)) AS one(
   of_number bigint, event_type text, content text)
  WHERE entry.number = one.of_number),
 asked AS (
  INSERT INTO {0}msp_prompt (case_id, rule, subject, state, content, card)
  SELECT :case_id, rule, subject, state, content, card
  FROM json_to_recordset(CAST(:prompts AS json)) AS one(
   rule text, subject text, state text, content text, card text)
  ON CONFLICT (case_id, rule, subject)
  DO UPDATE SET state = excluded.state, content = excluded.content, card = excluded.card),
 heard AS (
  INSERT INTO {0}msp_feedback (
   case_id, feedback_id, heard_as, content, explanation, rule, subject, generation)
  SELECT :case_id, feedback_id, heard_as, content, explanation, rule, subject, generation
  FROM json_to_recordset(CAST(:feedback AS json)) AS one(
   feedback_id text, heard_as text, content text, explanation text, rule text, subject text,
   generation integer)),
 begun AS (
  INSERT INTO {0}msp_asking (
   case_id, rule, subject, generation, raised_at, ended_at, ending)
  SELECT :case_id, rule, subject, generation, raised_at, ended_at, ending
  FROM json_to_recordset(CAST(:askings AS json)) AS one(
   rule text, subject text, generation integer, raised_at bigint, ended_at bigint, ending text)
  ON CONFLICT (case_id, rule, subject, generation)
  DO UPDATE SET ended_at = excluded.ended_at, ending = excluded.ending),
 changed AS (
  INSERT INTO {0}msp_change (case_id, cause, made_at, content)
  SELECT :case_id, (SELECT max(number) FROM added WHERE :is_cause), :made_at, content
  FROM json_to_recordset(CAST(:changes AS json)) AS one(place integer, content text)
  ORDER BY place
  RETURNING number)
SELECT number FROM changed ORDER BY number
"""


class EntryChange(NamedTuple):
    """An entry of a history whose event is replaced, or removed."""

    number: int
    """The number of the entry."""
    event: StoredEvent | None
    """The event from now on; None: its message goes on being known, and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChanges:
    """All that is to be written of a case."""

    row: CaseRow
    """The row of the case, as it is to be."""
    made_at: int
    """The instant of the changes for the host."""
    entries: Sequence[MessageEntry] = ()
    """The entries to add to its history."""
    corrected: Sequence[EntryChange] = ()
    """The entries of its history that change."""
    prompts: Sequence[Prompt] = ()
    """The prompts that are new or not as they were."""
    askings: Sequence[Prompt] = ()
    """The prompts that were asked anew, or have ended."""
    feedback: Mapping[str, str | int | None] | None = None
    """The columns of the feedback that was heard."""
    changes: Sequence[PromptChange] = ()
    """The changes for the host to fetch."""
    is_caused: bool = False
    """True where the newest of the entries has brought the changes about."""


def write_case(connection: Connection, what: CaseChanges) -> tuple[KeptChange, ...]:
    """Writes what changes of a case, and gives the changes for the host with their numbers."""
    is_sqlite = connection.dialect.name == "sqlite"
    numbers = _write_in_steps(connection, what) if is_sqlite else _write_at_once(connection, what)
    return tuple(
        KeptChange(number=number, change=change)
        for number, change in zip(numbers, what.changes, strict=True)
    )


def _write_in_steps(connection: Connection, what: CaseChanges) -> list[int]:
    case_id, columns = what.row.case_id, _columns(what.row)
    if what.row.is_new:
        connection.execute(_NEW_CASE, {"case_id": case_id, **columns})
    else:
        connection.execute(_CASE, {"of_case_id": case_id, **columns})
    if corrected := [{"of_number": one.number, **_event(one.event)} for one in what.corrected]:
        connection.execute(_ENTRY, corrected)
    cause = None
    if added := [{"case_id": case_id, **_entry(one)} for one in what.entries]:
        numbers = connection.scalars(_NEW_ENTRIES, added)
        cause = max(int(number) for number in numbers)
    if asked := [{"case_id": case_id, **_prompt(one)} for one in what.prompts]:
        connection.execute(_PROMPT, asked)
    if begun := [{"case_id": case_id, **_asking(one, what.row)} for one in what.askings]:
        connection.execute(_ASKING, begun)
    if what.feedback is not None:
        connection.execute(_FEEDBACK, {"case_id": case_id, **what.feedback})
    if not what.changes:
        return []
    about = {
        "case_id": case_id,
        "cause": cause if what.is_caused else None,
        "made_at": what.made_at,
    }
    made = [{**about, "content": _change(one)} for one in what.changes]
    return list(connection.scalars(_CHANGES, made))


def _write_at_once(connection: Connection, what: CaseChanges) -> list[int]:
    tables_in = connection.get_execution_options().get("schema_translate_map") or {}
    schema = tables_in.get(None)
    quote = connection.dialect.identifier_preparer.quote_identifier
    statement = _at_once("" if schema is None else f"{quote(schema)}.", is_new=what.row.is_new)
    heard = [] if what.feedback is None else [dict(what.feedback)]
    values = {
        "case_id": what.row.case_id,
        **_columns(what.row),
        "made_at": what.made_at,
        "is_cause": what.is_caused,
        "entries": _in_places([_entry(one) for one in what.entries]),
        "corrected": write_json(
            [{"of_number": one.number, **_event(one.event)} for one in what.corrected]
        ),
        "prompts": write_json([_prompt(one) for one in what.prompts]),
        "feedback": write_json(heard),
        "askings": write_json([_asking(one, what.row) for one in what.askings]),
        "changes": _in_places({"content": _change(one)} for one in what.changes),
    }
    return list(connection.scalars(statement, values))


@cache
def _at_once(schema: str, *, is_new: bool) -> TextClause:
    case = (_ADDED_CASE if is_new else _CHANGED_CASE).format(schema)
    return text(_AT_ONCE.format(schema, case=case))


def _in_places(rows: Iterable[Mapping[str, str | int | None]]) -> str:
    return write_json([{"place": place, **row} for place, row in enumerate(rows)])


def _columns(row: CaseRow) -> dict[str, str | int | bool | None]:
    faults = list(row.faults)
    return {
        "attributes": write_json(row.attributes) if row.attributes else None,
        "adult": write_json(row.adult) if row.adult else None,
        "said_at": None if row.said is None else row.said[0],
        "said_by": None if row.said is None else row.said[1],
        "snapshot_at": row.snapshot_at,
        "unread": write_json(list(row.unread)) if row.unread else None,
        "as_of": row.as_of,
        "basis": row.basis,
        "faults": write_json(faults) if faults else None,
        "next_change": row.next_change,
        "touched_at": row.touched_at,
        "is_closed": row.is_closed,
    }


def _entry(one: MessageEntry) -> dict[str, str | int | None]:
    return {
        "message": one.message,
        "body": one.body,
        "received_at": one.received_at,
        **_event(one.event),
    }


def _event(event: StoredEvent | None) -> dict[str, str | int | None]:
    if event is None:
        return {"event_type": None, "content": None}
    return {"event_type": event[0], "content": write_json(event[1])}


def _prompt(prompt: Prompt) -> dict[str, str]:
    return {
        "rule": prompt.key.rule,
        "subject": prompt.key.subject or "",
        "state": prompt.state.value,
        "content": write_json(prompt_document(prompt)),
        "card": card_uuid(prompt),
    }


def _asking(prompt: Prompt, row: CaseRow) -> dict[str, str | int | None]:
    ending = prompt.ending
    return {
        "rule": prompt.key.rule,
        "subject": prompt.key.subject or "",
        "generation": prompt.generation,
        "raised_at": prompt.since,
        "ended_at": None if ending is None else row.as_of,
        "ending": None if ending is None else ending.value,
    }


def _change(change: PromptChange) -> str:
    return write_json(change_document(change))
