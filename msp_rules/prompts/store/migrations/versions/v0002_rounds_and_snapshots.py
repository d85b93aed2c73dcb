"""Adds what rounds and snapshots need: the epoch, tries of changes, dead letters, and the like."""

from __future__ import annotations

import time

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ID = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")


def upgrade() -> None:
    """Adds the tables and columns; begins the epoch of the memory."""
    op.create_table(
        "msp_memory",
        sa.Column("row", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("newest_look", sa.BigInteger()),
        sa.PrimaryKeyConstraint("row", name="pk_msp_memory"),
    )
    memory = sa.table("msp_memory", sa.column("row"), sa.column("epoch"))
    # The one clock that the memory reads: an epoch must be later than that of a memory before it.
    op.bulk_insert(memory, [{"row": 1, "epoch": time.time_ns() // 1000}])
    op.add_column(
        "msp_change", sa.Column("tries", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("msp_change", sa.Column("try_after", sa.BigInteger()))
    op.add_column("msp_prompt", sa.Column("card", sa.String(36)))
    op.create_index("ix_msp_prompt_card", "msp_prompt", ["card"])
    op.add_column("msp_case", sa.Column("snapshot_at", sa.BigInteger()))
    op.add_column("msp_case", sa.Column("unread", sa.Text()))
    op.create_table(
        "msp_letter",
        sa.Column("number", _NUMBER, nullable=False, autoincrement=True),
        sa.Column("case_id", _ID),
        sa.Column("message", sa.String(64)),
        sa.Column("change", sa.BigInteger()),
        sa.Column("cause", sa.BigInteger()),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("is_dead", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("content", sa.Text()),
        sa.PrimaryKeyConstraint("number", name="pk_msp_letter"),
        sa.UniqueConstraint("message", name="uq_msp_letter_message"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_msp_letter_case_id", "msp_letter", ["case_id"])


def downgrade() -> None:
    """Drops what was added, with all that it holds."""
    op.drop_table("msp_letter")
    op.drop_column("msp_case", "unread")
    op.drop_column("msp_case", "snapshot_at")
    op.drop_index("ix_msp_prompt_card", "msp_prompt")
    op.drop_column("msp_prompt", "card")
    op.drop_column("msp_change", "try_after")
    op.drop_column("msp_change", "tries")
    op.drop_table("msp_memory")
