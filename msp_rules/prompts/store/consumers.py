"""Gives changes to several consumers of one host, each of which gets every change.

A consumer is a name that a host chooses. It claims changes for a while, deals with them and
acknowledges them; what it does not acknowledge in time it can claim again. Changes of one case are
claimed by one caller at a time, so that several processes of a consumer keep their order. A change
is removed when every consumer that the memory knows has acknowledged it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from msp_rules.casework.moments import When, cutoff_at
from msp_rules.casework.values import LONGEST_ID
from msp_rules.errors import MspRulesError
from msp_rules.prompts.documents import DocumentInvalid, change_of
from msp_rules.prompts.store.database import MemoryDamaged, Overtaken
from msp_rules.prompts.store.letters import UNREADABLE_CHANGE, bury_change
from msp_rules.prompts.store.retention import Memory
from msp_rules.prompts.store.rows import KeptChange, read_document
from msp_rules.prompts.store.tables import changes, consumers, deliveries

CLAIM_SECONDS: Final = 60
"""The time for which a change is claimed where the caller names none."""
LONGEST_CLAIM_SECONDS: Final = 3600
"""The longest time for which a change may be claimed."""
MOST_CLAIMED: Final = 1000
"""The most changes that are claimed at once."""


class ChangeFeed:
    """Hands out the changes of a memory to its consumers, in any number of processes."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def claim(
        self, consumer: str, now: When, *, limit: int = MOST_CLAIMED, seconds: int = CLAIM_SECONDS
    ) -> tuple[KeptChange, ...]:
        """Claims the oldest changes that are new for a consumer, in the order of their numbers.

        Nobody else of this consumer gets them, or later ones of the same cases, until they are
        acknowledged or the time is over. The first call makes the consumer known: it gets what is
        still held, and once it is answered nothing is removed before it has acknowledged it.
        Raises MspRulesError for a name, limit or time that can't be.
        """
        _check(consumer, limit, seconds)
        instant = cutoff_at(now).instant
        until = instant + seconds * 1_000_000
        work = partial(_claim, consumer=consumer, now=instant, until=until, limit=limit)
        kept, damaged = self._memory.database.write(work)
        for number in damaged:
            self._memory.database.write(
                partial(bury_change, number=number, reason=UNREADABLE_CHANGE)
            )
        return kept

    def acknowledge(self, consumer: str, numbers: Iterable[int]) -> int:
        """Notes that a consumer has dealt with changes; gives how many were new to it.

        Numbers of changes that are no longer held, and those that come again, change nothing.
        """
        wanted = tuple(dict.fromkeys(numbers))
        return self._memory.database.write(
            lambda connection: _acknowledge(connection, consumer, wanted)
        )

    def consumers(self) -> tuple[str, ...]:
        """Lists the consumers that the memory knows, by name."""
        query = select(consumers.c.name).order_by(consumers.c.name)
        return self._memory.database.read(lambda connection: tuple(connection.scalars(query).all()))

    def forget(self, consumer: str) -> bool:
        """Forgets a consumer that will not come again, so that no change waits for it.

        Gives False where there is none of this name. If it comes all the same, it begins anew.
        """
        return self._memory.database.write(lambda connection: _forget(connection, consumer))


def _check(consumer: str, limit: int, seconds: int) -> None:
    if not 0 < len(consumer) <= LONGEST_ID or not consumer.isprintable():
        raise MspRulesError(f"the name of a consumer must have 1 to {LONGEST_ID} characters")
    if not 0 < limit <= MOST_CLAIMED:
        raise MspRulesError(f"the limit must be a whole number from 1 to {MOST_CLAIMED}")
    if not 0 <= seconds <= LONGEST_CLAIM_SECONDS:
        raise MspRulesError(
            f"the seconds of a claim must be a whole number from 0 to {LONGEST_CLAIM_SECONDS}"
        )


def _claim(
    connection: Connection, consumer: str, now: int, until: int, limit: int
) -> tuple[tuple[KeptChange, ...], tuple[int, ...]]:
    """Claims changes; gives also the numbers of those that can't be read."""
    _lock(connection, consumer, now)
    # Acknowledged, or claimed by another process of this consumer.
    has_been = exists().where(
        deliveries.c.change == changes.c.number,
        deliveries.c.consumer == consumer,
        _is_taken(now),
    )
    others = changes.alias("others")
    # An earlier change of the case is under way: this one must not overtake it.
    is_behind = exists().where(
        others.c.case_id == changes.c.case_id,
        deliveries.c.change == others.c.number,
        deliveries.c.consumer == consumer,
        deliveries.c.claimed_until > now,
    )
    query = (
        select(changes.c.number, changes.c.case_id, changes.c.content)
        .where(~has_been, ~is_behind)
        .order_by(changes.c.number)
        .limit(limit)
    )
    kept, damaged = list[KeptChange](), list[int]()
    for number, case_id, content in connection.execute(query).all():
        try:
            change = change_of(case_id, read_document(content))
        except (DocumentInvalid, MemoryDamaged):
            damaged.append(number)
        else:
            kept.append(KeptChange(number=number, change=change))
    _note(connection, consumer, [one.number for one in kept], until)
    return tuple(kept), tuple(damaged)


def _acknowledge(connection: Connection, consumer: str, numbers: tuple[int, ...]) -> int:
    # First the consumer, then changes: in the same order as a claim, else the two could deadlock.
    if not _is_locked(connection, consumer):
        return 0
    # Two consumers that acknowledge the same change go one after the other, and the second removes
    # it: neither would see what the other has not committed yet.
    held = select(changes.c.number).where(changes.c.number.in_(numbers))
    there = connection.scalars(held.order_by(changes.c.number).with_for_update()).all()
    known = select(deliveries.c.change).where(
        deliveries.c.consumer == consumer,
        deliveries.c.change.in_(there),
        deliveries.c.claimed_until.is_(None),
    )
    new = set(there) - set(connection.scalars(known).all())
    _note(connection, consumer, sorted(new), None)
    _remove_done(connection, changes.c.number.in_(there))
    return len(new)


def _forget(connection: Connection, consumer: str) -> bool:
    gone = connection.execute(delete(consumers).where(consumers.c.name == consumer)).rowcount
    if gone and connection.scalar(select(func.count()).select_from(consumers)):
        _remove_done(connection, literal(True))
    return bool(gone)


def _lock(connection: Connection, consumer: str, now: int) -> None:
    """Lets the processes of one consumer claim one after the other; makes a new one known."""
    if _is_locked(connection, consumer):
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    begun = dialect.insert(consumers).values(name=consumer, since=now)
    connection.execute(begun.on_conflict_do_nothing())
    if not _is_locked(connection, consumer):  # forgotten again meanwhile
        raise Overtaken


def _is_locked(connection: Connection, consumer: str) -> bool:
    """Locks a consumer; says whether there is one of this name."""
    name = select(consumers.c.name).where(consumers.c.name == consumer).with_for_update()
    return connection.scalar(name) is not None


def _note(connection: Connection, consumer: str, numbers: list[int], until: int | None) -> None:
    """Writes until when changes are claimed; None: they are acknowledged."""
    if not numbers:
        return
    is_own = and_(deliveries.c.consumer == consumer, deliveries.c.change.in_(numbers))
    known = set(connection.scalars(select(deliveries.c.change).where(is_own)).all())
    if known:
        connection.execute(update(deliveries).where(is_own).values(claimed_until=until))
    new = [
        {"change": number, "consumer": consumer, "claimed_until": until}
        for number in numbers
        if number not in known
    ]
    if new:
        connection.execute(insert(deliveries), new)


def _remove_done(connection: Connection, which: ColumnElement[bool]) -> None:
    """Removes those changes that every consumer has acknowledged."""
    # Correlated by name: left to itself, SQLAlchemy joins the innermost to every change there is.
    has_acknowledged = (
        exists()
        .where(
            deliveries.c.change == changes.c.number,
            deliveries.c.consumer == consumers.c.name,
            deliveries.c.claimed_until.is_(None),
        )
        .correlate(changes, consumers)
    )
    is_awaited = exists().where(consumers.c.name.is_not(None), ~has_acknowledged).correlate(changes)
    connection.execute(delete(changes).where(which, ~is_awaited))


def _is_taken(now: int) -> ColumnElement[bool]:
    return deliveries.c.claimed_until.is_(None) | (deliveries.c.claimed_until > now)
