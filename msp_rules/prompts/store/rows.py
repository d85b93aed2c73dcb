"""Reads and writes the rows of a case: the case itself, its history, its prompts and changes.

Every function works in a transaction of its caller's. Statements are built once: SQLAlchemy takes
longer to build one than SQLite to run it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import orjson
from sqlalchemy import (
    Connection,
    Row,
    bindparam,
    delete,
    or_,
    select,
    update,
)

from msp_rules.intake.live_events import MessageKey
from msp_rules.prompts.documents import (
    Document,
    DocumentInvalid,
    Json,
    change_of,
    prompt_of,
)
from msp_rules.prompts.prompt import Prompt, PromptChange
from msp_rules.prompts.store.database import MemoryDamaged
from msp_rules.prompts.store.redaction import StoredEvent
from msp_rules.prompts.store.tables import cases, changes, prompts


class HeldEntry(NamedTuple):
    """An entry of the history of a case."""

    number: int | None
    """Its number; None where it is not written yet."""
    event: StoredEvent | None
    """The event; None where it added none, or another entry has corrected that since."""
    message: str
    """The digest of the source and id of its message."""
    received_at: int
    """The instant at which it came."""


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


_CASE: Final = select(cases).where(cases.c.case_id == bindparam("id"))
_LOCKED_CASE: Final = _CASE.with_for_update()
_UPDATED_CASE: Final = update(cases).where(cases.c.case_id == bindparam("id"))
_BY_CARD: Final = select(prompts.c.case_id, prompts.c.content).where(
    prompts.c.card == bindparam("card")
)
_OTHER_KIND: Final = "a row of the memory can't be read: it holds another kind of document"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """The row of a case: all that is held on it besides its history, prompts and changes."""

    case_id: str
    """The id of the case."""
    is_new: bool = False
    """True where it is not written yet."""
    is_closed: bool = False
    """True if the case surely is closed."""
    attributes: Mapping[str, Json] = field(default_factory=dict)
    """The attributes that the newest case message gave, as `redaction` keeps them."""
    adult: Mapping[str, Json] = field(default_factory=dict)
    """The parts of the adult that it gave."""
    said: tuple[int, str] | None = None
    """The instant of that message, and its digest, which settles ties; None: there was none."""
    snapshot_at: int | None = None
    """The instant at which the host made the newest snapshot; None: there was none."""
    unread: tuple[str, ...] = ()
    """The parts of the case that could not be read from it, as `Case.unknown` has them."""
    as_of: int | None = None
    """The instant of the last evaluation; None before the first."""
    basis: str | None = None
    """The digest of all that answers depended on at that time, beside the record."""
    faults: tuple[Mapping[str, Json], ...] = ()
    """The rules that could not be judged then."""
    next_change: int | None = None
    """The first instant at which a prompt may change by time alone; None: never."""
    touched_at: int
    """The instant of the newest message or feedback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMessage:
    """A message that has been received."""

    number: int
    """The number of its entry in the history."""
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


def find_case(connection: Connection, case_id: str, *, locks: bool) -> CaseRow | None:
    """Finds a case. With `locks`, no other process works on it until the transaction ends."""
    row = connection.execute(_LOCKED_CASE if locks else _CASE, {"id": case_id}).first()
    return None if row is None else case_row(row)


def case_row(row: Row[*tuple[object, ...]]) -> CaseRow:
    """Reads the row of a case; columns of other tables may be in it."""
    return CaseRow(
        case_id=row.case_id,
        is_closed=row.is_closed,
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


def put_off_case(connection: Connection, case_id: str, *, until: int, basis: str) -> None:
    """Lets a case be due at a later instant, as if it had been evaluated on a basis."""
    connection.execute(_UPDATED_CASE, {"id": case_id, "next_change": until, "basis": basis})


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
    other_bases = (cases.c.basis < basis, cases.c.basis > basis, cases.c.basis.is_(None))
    # Asked first: SQLite would go through all cases for those by id, where mostly there are none.
    if not connection.scalar(select(or_(*(select(1).where(one).exists() for one in other_bases)))):
        return found
    has_not_come = or_(cases.c.next_change.is_(None), cases.c.next_change > now)
    by_basis = (
        select(cases.c.case_id).where(or_(*other_bases), has_not_come).order_by(cases.c.case_id)
    )
    return found + list(connection.scalars(by_basis.limit(limit - len(found))))


def prompt_of_card(connection: Connection, card: str) -> Prompt | None:
    """Finds the prompt whose newest card has an id; None where there is none."""
    row = connection.execute(_BY_CARD, {"card": card}).first()
    return None if row is None else prompt_of(row[0], read_document(row[1]))


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
