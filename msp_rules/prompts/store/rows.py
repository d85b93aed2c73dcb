"""Reads and writes the rows of a case: the case itself, its history, its prompts and changes.

Every function works in a transaction of its caller's. Statements are built once: SQLAlchemy takes
longer to build one than SQLite to run it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypedDict, Unpack

import orjson
from sqlalchemy import (
    Connection,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from msp_rules.intake.live_events import MessageKey
from msp_rules.prompts.card import card_uuid
from msp_rules.prompts.documents import (
    Document,
    DocumentInvalid,
    Json,
    change_document,
    change_of,
    fault_document,
    fault_of,
    prompt_document,
    prompt_of,
    read,
)
from msp_rules.prompts.prompt import DeskState, Prompt, PromptChange
from msp_rules.prompts.store.database import MemoryDamaged, Overtaken
from msp_rules.prompts.store.redaction import StoredEvent
from msp_rules.prompts.store.tables import cases, changes, entries, prompts


class HeldEvent(NamedTuple):
    """An event that a case holds."""

    number: int | None
    """The number of its entry in the history; None where that is not written yet."""
    event: StoredEvent
    """The event."""

    @property
    def id(self) -> str:
        """The id of the event."""
        return read(self.event[1], "id", str)


class MessageEntry(NamedTuple):
    """An entry that is to be added to a history."""

    message: str
    """The digest of the source and id of the message."""
    body: str
    """The digest of what it says."""
    received_at: int
    """The instant at which it came."""
    event: StoredEvent | None
    """The event; None where it added none, or another message has corrected that since."""


_MESSAGE: Final = select(entries.c.number, entries.c.case_id, entries.c.body).where(
    entries.c.message == bindparam("message")
)
_CASE: Final = select(cases).where(cases.c.case_id == bindparam("id"))
_LOCKED_CASE: Final = _CASE.with_for_update()
_UPDATED_CASE: Final = update(cases).where(cases.c.case_id == bindparam("id"))
_ENTRIES: Final = insert(entries).returning(entries.c.number)
_WITHOUT_EVENT: Final = (
    update(entries)
    .where(entries.c.number == bindparam("of_number"))
    .values(event_type=None, content=None)
)
_EVENTS: Final = (
    select(entries.c.number, entries.c.event_type, entries.c.content)
    .where(entries.c.case_id == bindparam("id"), entries.c.content.is_not(None))
    .order_by(entries.c.number)
)
_PROMPTS: Final = select(prompts.c.content).where(prompts.c.case_id == bindparam("case_id"))
_NEW_PROMPTS: Final = insert(prompts)
_CHANGED_PROMPT: Final = (
    update(prompts)
    .where(
        prompts.c.case_id == bindparam("of_case_id"),
        prompts.c.rule == bindparam("of_rule"),
        prompts.c.subject == bindparam("of_subject"),
    )
    .values(state=bindparam("state"), content=bindparam("content"), card=bindparam("card"))
)
_BY_CARD: Final = select(prompts.c.case_id, prompts.c.content).where(
    prompts.c.card == bindparam("card")
)
_KEY: Final = ("case_id", "rule", "subject")
_OTHER_KIND: Final = "a row of the memory can't be read: it holds another kind of document"
_NEW_CHANGES: Final = insert(changes).returning(changes.c.number, sort_by_parameter_order=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """The row of a case: all that is held on it besides its history, prompts and changes."""

    case_id: str
    """The id of the case."""
    attributes: Mapping[str, Json]
    """The attributes that the newest case message gave, as `redaction` keeps them."""
    adult: Mapping[str, Json]
    """The parts of the adult that it gave."""
    said: tuple[int, str] | None
    """The instant of that message, and its digest, which settles ties; None: there was none."""
    snapshot_at: int | None
    """The instant at which the host made the newest snapshot; None: there was none."""
    unread: tuple[str, ...]
    """The parts of the case that could not be read from it, as `Case.unknown` has them."""
    as_of: int | None
    """The instant of the last evaluation; None before the first."""
    basis: str | None
    """The digest of all that answers depended on at that time, beside the record."""
    faults: tuple[Mapping[str, Json], ...]
    """The rules that could not be judged then."""
    next_change: int | None
    """The first instant at which a prompt may change by time alone; None: never."""
    touched_at: int
    """The instant of the newest message or feedback."""


class CaseColumns(TypedDict, total=False):
    """Columns of a case's row that are to change, as `tables.cases` has them."""

    attributes: str | None
    """The attributes as JSON."""
    adult: str | None
    """The fields of the adult as JSON."""
    said_at: int | None
    """The instant of the newest case message."""
    said_by: str | None
    """The digest of that message."""
    snapshot_at: int | None
    """The instant of the newest snapshot."""
    unread: str | None
    """The parts of the case that could not be read from it, as JSON."""
    as_of: int | None
    """The instant of the last evaluation."""
    basis: str | None
    """The digest of what the answers then depended on."""
    faults: str | None
    """The rules that could not be judged, as JSON."""
    next_change: int | None
    """The next instant at which a prompt may change."""
    touched_at: int
    """The instant of the newest message or feedback."""
    is_closed: bool
    """True if the case surely is closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMessage:
    """A message that has been received."""

    number: int
    """The number of its entry in the history."""
    case_id: str
    """The id of the case."""
    body: str
    """The digest of its body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptChange:
    """A change that is kept until the host acknowledges it."""

    number: int
    """The number of the change, which grows within a case; between cases there may be gaps."""
    change: PromptChange
    """The change."""


def message_digest(key: MessageKey) -> str:
    """Hashes the source and id of a message into one column."""
    return hashlib.sha256(orjson.dumps([key.source, key.id])).hexdigest()


def find_message(connection: Connection, message: str) -> KnownMessage | None:
    """Finds the message with a digest, if it has been received."""
    row = connection.execute(_MESSAGE, {"message": message}).first()
    return None if row is None else KnownMessage(number=row[0], case_id=row[1], body=row[2])


def count_messages(connection: Connection, messages: Iterable[str]) -> int:
    """Counts how many of the messages with these digests have been received."""
    query = select(func.count()).select_from(entries)
    return connection.scalar(query.where(entries.c.message.in_(tuple(messages)))) or 0


def find_case(connection: Connection, case_id: str, *, locks: bool) -> CaseRow | None:
    """Finds a case. With `locks`, no other process works on it until the transaction ends."""
    row = connection.execute(_LOCKED_CASE if locks else _CASE, {"id": case_id}).first()
    if row is None:
        return None
    return CaseRow(
        case_id=row.case_id,
        attributes=read_document(row.attributes) if row.attributes else {},
        adult=read_document(row.adult) if row.adult else {},
        said=None if row.said_at is None else (row.said_at, row.said_by),
        snapshot_at=row.snapshot_at,
        unread=_read_words(row.unread) if row.unread else (),
        as_of=row.as_of,
        basis=row.basis,
        faults=_read_documents(row.faults) if row.faults else (),
        next_change=row.next_change,
        touched_at=row.touched_at,
    )


def open_case(connection: Connection, case_id: str, now: int) -> CaseRow:
    """Locks a case and gives its row; begins one where there is none."""
    found = find_case(connection, case_id, locks=True)
    if found is not None:
        return found
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    begun = dialect.insert(cases).values(case_id=case_id, touched_at=now, is_closed=False)
    connection.execute(begun.on_conflict_do_nothing())
    found = find_case(connection, case_id, locks=True)
    if found is None:  # begun by another process, and purged again meanwhile
        raise Overtaken
    return found


def update_case(connection: Connection, case_id: str, **columns: Unpack[CaseColumns]) -> None:
    """Changes columns of a case's row."""
    connection.execute(_UPDATED_CASE, {**columns, "id": case_id})


def due_cases(connection: Connection, now: int, basis: str, limit: int) -> list[str]:
    """Finds the cases that are due, longest due first, then those on another basis, by id."""
    by_time = (
        select(cases.c.case_id)
        .where(cases.c.next_change <= now)
        .order_by(cases.c.next_change, cases.c.case_id)
        .limit(limit)
    )
    found = list(connection.scalars(by_time))
    # Two ranges, and not "other than": an index answers them.
    other_basis = or_(cases.c.basis < basis, cases.c.basis > basis, cases.c.basis.is_(None))
    has_not_come = or_(cases.c.next_change.is_(None), cases.c.next_change > now)
    by_basis = select(cases.c.case_id).where(other_basis, has_not_come).order_by(cases.c.case_id)
    return found + list(connection.scalars(by_basis.limit(limit - len(found))))


def add_entries(connection: Connection, case_id: str, new: Iterable[MessageEntry]) -> int:
    """Adds messages to a history; gives the number of the newest."""
    rows = [
        {
            "case_id": case_id,
            "message": one.message,
            "body": one.body,
            "received_at": one.received_at,
            "event_type": None if one.event is None else one.event[0],
            "content": None if one.event is None else write_json(dict(one.event[1])),
        }
        for one in new
    ]
    return max(int(number) for number in connection.scalars(_ENTRIES, rows))


def remove_contents(connection: Connection, numbers: Iterable[int]) -> None:
    """Removes the events of entries from a history; their messages go on being known."""
    if rows := [{"of_number": one} for one in numbers]:
        connection.execute(_WITHOUT_EVENT, rows)


def events_of(connection: Connection, case_id: str) -> list[HeldEvent]:
    """Reads the events of a history, as they came in."""
    rows = connection.execute(_EVENTS, {"id": case_id})
    return [HeldEvent(row[0], (row[1], read_document(row[2]))) for row in rows]


def read_state(connection: Connection, row: CaseRow) -> DeskState:
    """Reads the desk's knowledge of a case."""
    contents = connection.scalars(_PROMPTS, {"case_id": row.case_id})
    found = [prompt_of(row.case_id, read_document(one)) for one in contents]
    found.sort(key=_place)
    return DeskState(
        case=row.case_id,
        prompts={prompt.key: prompt for prompt in found},
        as_of=row.as_of,
        next_change=row.next_change,
        faults=tuple(fault_of(row.case_id, one) for one in row.faults),
    )


def prompt_of_card(connection: Connection, card: str) -> Prompt | None:
    """Finds the prompt whose newest card has an id; None where there is none."""
    row = connection.execute(_BY_CARD, {"card": card}).first()
    return None if row is None else prompt_of(row[0], read_document(row[1]))


def keep_state(
    connection: Connection, before: DeskState, now: DeskState, **columns: Unpack[CaseColumns]
) -> None:
    """Writes the prompts that are not as they were, and the case's row with `columns` more."""
    new, changed = list[dict[str, str]](), list[dict[str, str]]()
    for key, one in now.prompts.items():
        old = before.prompts.get(key)
        if old is None:
            new.append(_prompt_row(one))
        elif one != old:
            changed.append(
                {
                    f"of_{name}" if name in _KEY else name: value
                    for name, value in _prompt_row(one).items()
                }
            )
    if changed:
        connection.execute(_CHANGED_PROMPT, changed)
    if new:
        connection.execute(_NEW_PROMPTS, new)
    columns["as_of"] = now.as_of
    columns["next_change"] = now.next_change
    faults = [fault_document(one) for one in now.faults]
    columns["faults"] = write_json(faults) if faults else None
    update_case(connection, now.case, **columns)


def keep_changes(
    connection: Connection,
    case_id: str,
    made: Sequence[PromptChange],
    *,
    cause: int | None,
    made_at: int,
) -> tuple[KeptChange, ...]:
    """Writes changes for the host to fetch, and gives them with their numbers."""
    if not made:
        return ()
    rows = [
        {
            "case_id": case_id,
            "cause": cause,
            "made_at": made_at,
            "content": write_json(change_document(one)),
        }
        for one in made
    ]
    numbers = connection.scalars(_NEW_CHANGES, rows)
    return tuple(
        KeptChange(number=number, change=change)
        for number, change in zip(numbers, made, strict=True)
    )


def changes_of_cause(connection: Connection, case_id: str, cause: int) -> tuple[KeptChange, ...]:
    """Reads what a message of a case brought about and the host has not acknowledged."""
    query = select(changes.c.number, changes.c.content)
    query = query.where(changes.c.case_id == case_id, changes.c.cause == cause)
    return tuple(
        KeptChange(number=row[0], change=change_of(case_id, read_document(row[1])))
        for row in connection.execute(query.order_by(changes.c.number))
    )


def waiting_changes(
    connection: Connection, limit: int, *, now: int | None = None
) -> tuple[tuple[KeptChange, ...], tuple[int, ...]]:
    """Reads the oldest changes that the host has not acknowledged.

    With `now`, without those whose pause after a failure is not over. Gives also the numbers of the
    changes that can't be read: one row that is damaged must not hold back the others.
    """
    query = select(changes.c.number, changes.c.case_id, changes.c.content)
    query = query.order_by(changes.c.number).limit(limit)
    if now is not None:
        query = query.where(or_(changes.c.try_after.is_(None), changes.c.try_after <= now))
    kept, damaged = list[KeptChange](), list[int]()
    for number, case_id, content in connection.execute(query):
        try:
            change = change_of(case_id, read_document(content))
        except (DocumentInvalid, MemoryDamaged):
            damaged.append(number)
        else:
            kept.append(KeptChange(number=number, change=change))
    return tuple(kept), tuple(damaged)


def acknowledge_changes(connection: Connection, numbers: Iterable[int]) -> int:
    """Removes changes; gives how many there were."""
    gone = connection.execute(delete(changes).where(changes.c.number.in_(tuple(numbers))))
    return gone.rowcount


def write_json(document: Json) -> str:
    """Writes a document as text."""
    return orjson.dumps(document).decode()


def read_json(text: str) -> Json:
    """Reads what `write_json` wrote; raises MemoryDamaged for a text that it did not write."""
    try:
        document: Json = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise MemoryDamaged("a row of the memory can't be read: it is not valid JSON") from None
    return document


def read_document(text: str) -> Document:
    """Reads an object that `write_json` wrote; raises MemoryDamaged for anything else."""
    document = read_json(text)
    if isinstance(document, dict):
        return document
    raise MemoryDamaged(_OTHER_KIND)


def _read_words(text: str) -> tuple[str, ...]:
    words = read_json(text)
    if isinstance(words, list):
        return tuple(str(one) for one in words)
    raise MemoryDamaged(_OTHER_KIND)


def _read_documents(text: str) -> tuple[Document, ...]:
    documents = read_json(text)
    if isinstance(documents, list):
        found = tuple(one for one in documents if isinstance(one, dict))
        if len(found) == len(documents):
            return found
    raise MemoryDamaged(_OTHER_KIND)


def _place(prompt: Prompt) -> tuple[str, str]:
    return prompt.key.rule, prompt.key.subject or ""


def _prompt_row(prompt: Prompt) -> dict[str, str]:
    rule, subject = _place(prompt)
    return {
        "case_id": prompt.key.case,
        "rule": rule,
        "subject": subject,
        "state": prompt.state.value,
        "content": write_json(prompt_document(prompt)),
        "card": card_uuid(prompt),
    }
