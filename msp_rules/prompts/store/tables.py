"""Defines the tables of the memory.

Their names begin with `msp_`: they may be in a host's own database. Everything that is held on a
case refers to its row in `msp_case`, and is deleted with it. Instants are whole microseconds since
the Unix epoch. `content` is a JSON document that `redaction` or `prompts.documents` writes; it is
text, so that both databases hold the same bytes. In SQLite, rows that are found by case lie in the
order of their keys (`sqlite_with_rowid`): those of one case together.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

from msp_rules.casework.values import LONGEST_ID

VERSION_TABLE: Final = "msp_version"
"""The table in which Alembic notes the version of the others."""

_DIGEST: Final = String(64)
# SQLite numbers rows by itself only in a column whose type is INTEGER.
_NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")
# Sorted by code point on both databases, so that a sweep goes the same way on each.
_ID: Final = String(LONGEST_ID).with_variant(String(LONGEST_ID, collation="C"), "postgresql")

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _of_case(*, is_key: bool = False) -> Column[str]:
    return Column(
        "case_id",
        _ID,
        ForeignKey("msp_case.case_id", ondelete="CASCADE"),
        primary_key=is_key,
        nullable=False,
    )


cases: Final = Table(
    "msp_case",
    metadata,
    Column("case_id", _ID, primary_key=True),
    # What the newest case message said; `said_at` and `said_by` tell which one is the newest.
    Column("attributes", Text),
    Column("adult", Text),
    Column("said_at", BigInteger),
    Column("said_by", _DIGEST),
    # Of the newest snapshot: when the host made it, and which parts of the case it could not read.
    Column("snapshot_at", BigInteger),
    Column("unread", Text),
    # The last look: when, by which rules, what could not be judged, when to look again.
    Column("as_of", BigInteger),
    Column("basis", _DIGEST),
    Column("faults", Text),
    Column("next_change", BigInteger),
    # For keeping no longer than needed.
    Column("touched_at", BigInteger, nullable=False),
    Column("is_closed", Boolean, nullable=False),
    Index(None, "next_change"),
    Index(None, "basis"),
    Index(None, "touched_at"),
    sqlite_with_rowid=False,
)
"""Holds one row per case, which is locked while a process works on the case."""

entries: Final = Table(
    "msp_entry",
    metadata,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    _of_case(),
    Column("message", _DIGEST, nullable=False, unique=True),
    Column("body", _DIGEST, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("event_type", String(100)),
    Column("content", Text),
    Index(None, "case_id"),
    sqlite_autoincrement=True,
)
"""Holds the history: one row per message. `message` is the digest of its source and id, `body` that
of its content. A message that added no event to the history has no type and no content."""

prompts: Final = Table(
    "msp_prompt",
    metadata,
    _of_case(is_key=True),
    Column("rule", _ID, primary_key=True),
    Column("subject", _ID, primary_key=True),
    Column("state", String(20), nullable=False),
    Column("content", Text, nullable=False),
    # The uuid of the card of the newest generation, by which a host answers.
    Column("card", String(36)),
    Index(None, "card"),
    sqlite_with_rowid=False,
)
"""Holds every prompt that was ever raised. The subject of a rule about the whole case is empty."""

feedback: Final = Table(
    "msp_feedback",
    metadata,
    _of_case(is_key=True),
    Column("feedback_id", _ID, primary_key=True),
    Column("heard_as", String(20), nullable=False),
    Column("content", Text, nullable=False),
    Column("explanation", Text),
    # The asking that it answers, whatever the host called its subject.
    Column("rule", _ID),
    Column("subject", _ID),
    Column("generation", Integer),
    sqlite_with_rowid=False,
)
"""Holds what workers said, in codes; `explanation` is the event that the host was given."""

askings: Final = Table(
    "msp_asking",
    metadata,
    _of_case(is_key=True),
    Column("rule", _ID, primary_key=True),
    Column("subject", _ID, primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("raised_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("ending", String(20)),
    Index(None, "raised_at"),
    sqlite_with_rowid=False,
)
"""Holds each time that a prompt was asked: when, and when and why it ended, if the record ended it.
One that was asked again is followed by the next generation."""

changes: Final = Table(
    "msp_change",
    metadata,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    _of_case(),
    Column("cause", BigInteger),
    Column("made_at", BigInteger, nullable=False),
    Column("content", Text, nullable=False),
    # A change that the host could not take is tried again after a pause.
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("try_after", BigInteger),
    Index(None, "case_id"),
    sqlite_autoincrement=True,
)
"""Holds the changes that the host has not acknowledged; `cause` is the number of the entry that
brought them about, or null where time alone did."""

consumers: Final = Table(
    "msp_consumer",
    metadata,
    Column("name", _ID, primary_key=True),
    Column("since", BigInteger, nullable=False),
)
"""Holds the consumers of changes: a change is held until each of them has acknowledged it."""

deliveries: Final = Table(
    "msp_delivery",
    metadata,
    Column(
        "change",
        _NUMBER,
        ForeignKey("msp_change.number", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("consumer", _ID, ForeignKey("msp_consumer.name", ondelete="CASCADE"), primary_key=True),
    Column("claimed_until", BigInteger),
    Index(None, "consumer"),
)
"""Holds until when a consumer has claimed a change; null: it has acknowledged it."""

letters: Final = Table(
    "msp_letter",
    metadata,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    # No reference: a message that was refused may name a case that there is not.
    Column("case_id", _ID),
    Column("message", _DIGEST, unique=True),
    Column("change", BigInteger),
    Column("cause", BigInteger),
    Column("made_at", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("is_dead", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("content", Text),
    Index(None, "case_id"),
    sqlite_autoincrement=True,
)
"""Holds what could not be delivered. Of a message that came in, the digest of its source and id and
the places and reasons; of a change that the host could not take, all of it, with its number."""

memory: Final = Table(
    "msp_memory",
    metadata,
    Column("row", Integer, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),
    Column("newest_look", BigInteger),
)
"""Holds one row on the memory itself: since when its numbers count (`epoch`), and the newest moment
at which the desk was asked."""

tokens: Final = Table(
    "msp_token",
    metadata,
    Column("token", _DIGEST, primary_key=True),
    Column("until", BigInteger, nullable=False),
    Index(None, "until"),
)
"""Holds the tokens that clients of the HTTP service have used: the digest of issuer and id, and the
instant from which a token with them is expired in any case."""
