"""Keeps dead letters: messages that could not be taken in, changes that the host could not take.

Of a message only the digest of its source and id is kept, with the places and reasons of what is
wrong, since it may hold free text. A change holds none, and is kept whole: it can be sent again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from msp_rules.prompts.documents import DocumentInvalid, change_of
from msp_rules.prompts.prompt import PromptChange
from msp_rules.prompts.store.database import MemoryDamaged
from msp_rules.prompts.store.rows import read_document
from msp_rules.prompts.store.tables import changes, letters

MOST_TRIES: Final = 5
"""The number of tries after which a change or a message is a dead letter."""

_A_MINUTE: Final = 60_000_000
_MOST_MINUTES: Final = 16
_LONGEST_REASON: Final = 2000
_OF_MESSAGE: Final = select(letters.c.number, letters.c.tries).where(
    letters.c.message == bindparam("digest")
)
_CHANGE: Final = select(changes).where(changes.c.number == bindparam("wanted"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message or a change that could not be delivered."""

    number: int
    """The number by which it is sent again or dropped."""
    case: str | None
    """The id of the case; None where a message could not be read so far."""
    message: str | None
    """The digest of the source and id of a message that came in; None for a change."""
    change: PromptChange | None
    """The change that the host could not take; None for a message, and where it can't be read."""
    revision: int | None
    """The revision of the change."""
    reason: str
    """The places and reasons; for a change, how the host failed."""
    tries: int
    """The number of tries."""
    made_at: int
    """The instant of the change, or of the first time that the message came."""


UNREADABLE_CHANGE: Final = "the change can't be read: the row of the memory is damaged"
"""The reason for which a change whose row is damaged is laid aside."""


def dead_letters(connection: Connection) -> tuple[Letter, ...]:
    """Reads all dead letters, oldest first."""
    query = select(letters).where(letters.c.is_dead).order_by(letters.c.number)
    return tuple(
        Letter(
            number=row.number,
            case=row.case_id,
            message=row.message,
            change=_change(row.case_id, row.content),
            revision=row.change,
            reason=row.reason,
            tries=row.tries,
            made_at=row.made_at,
        )
        for row in connection.execute(query)
    )


def drop_letters(connection: Connection, numbers: Iterable[int]) -> int:
    """Removes letters for good; gives how many there were."""
    return connection.execute(delete(letters).where(letters.c.number.in_(tuple(numbers)))).rowcount


def retry_letters(connection: Connection, numbers: Iterable[int]) -> int:
    """Lets letters be tried again; gives how many there were.

    A change waits again under its old number, so that newer ones of its prompt still count. A
    message is not held: its letter goes, and the host is to deliver it again.
    """
    wanted = letters.c.number.in_(tuple(numbers))
    found = connection.execute(select(letters).where(wanted)).all()
    again = [
        {
            "number": row.change,
            "case_id": row.case_id,
            "cause": row.cause,
            "made_at": row.made_at,
            "content": row.content,
            "tries": 0,
        }
        for row in found
        if row.change is not None
    ]
    if again:
        connection.execute(insert(changes), again)
    connection.execute(delete(letters).where(wanted))
    return len(found)


def fail_message(
    connection: Connection,
    digest: str,
    *,
    case_id: str | None,
    reason: str,
    now: int,
    is_final: bool,
) -> bool:
    """Notes that a message could not be taken in; says whether it is a dead letter by now."""
    row = connection.execute(_OF_MESSAGE, {"digest": digest}).first()
    tries = 1 if row is None else row.tries + 1
    is_dead = is_final or tries >= MOST_TRIES
    facts = {"reason": reason[:_LONGEST_REASON], "tries": tries, "is_dead": is_dead}
    if row is not None:
        connection.execute(update(letters).where(letters.c.number == row.number), facts)
    else:
        first = {"case_id": case_id, "message": digest, "made_at": now}
        connection.execute(insert(letters), first | facts)
    return is_dead


def failed_messages(connection: Connection) -> frozenset[str]:
    """Gives the digests of all messages that could not be taken in, dead or not."""
    query = select(letters.c.message).where(letters.c.message.is_not(None))
    return frozenset(one for one in connection.scalars(query) if one is not None)


def forget_message(connection: Connection, digest: str) -> None:
    """Removes the letter of a message that was taken in after all."""
    connection.execute(delete(letters).where(letters.c.message == digest))


def fail_changes(
    connection: Connection, numbers: Sequence[int], *, reason: str, now: int, is_sure: bool
) -> None:
    """Notes that the host could not take changes: they wait, or become dead letters.

    Where the host may be at fault itself, they only wait, for pauses that grow: they come again by
    themselves when it has recovered.
    """
    for number in numbers:
        row = connection.execute(_CHANGE, {"wanted": number}).first()
        if row is None:
            continue
        tries = row.tries + 1
        if is_sure and tries >= MOST_TRIES:
            bury_change(connection, number, reason=reason)
            continue
        pause = 0 if is_sure else _A_MINUTE * min(4 ** min(tries - 1, 2), _MOST_MINUTES)
        connection.execute(
            update(changes).where(changes.c.number == number),
            {"tries": tries, "try_after": now + pause if pause else None},
        )


def bury_change(connection: Connection, number: int, *, reason: str) -> None:
    """Makes a dead letter of a change."""
    row = connection.execute(_CHANGE, {"wanted": number}).first()
    if row is None:
        return
    connection.execute(
        insert(letters),
        {
            "case_id": row.case_id,
            "change": number,
            "cause": row.cause,
            "made_at": row.made_at,
            "tries": row.tries + 1,
            "is_dead": True,
            "reason": reason[:_LONGEST_REASON],
            "content": row.content,
        },
    )
    connection.execute(delete(changes).where(changes.c.number == number))


def _change(case_id: str | None, content: str | None) -> PromptChange | None:
    if case_id is None or content is None:
        return None
    try:
        return change_of(case_id, read_document(content))
    except (DocumentInvalid, MemoryDamaged):
        return None
