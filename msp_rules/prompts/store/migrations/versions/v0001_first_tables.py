"""Makes the first tables: cases, their history, prompts, feedback, and changes to fetch."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ID = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "msp_case",
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("attributes", sa.Text()),
        sa.Column("adult", sa.Text()),
        sa.Column("said_at", sa.BigInteger()),
        sa.Column("said_by", sa.String(64)),
        sa.Column("as_of", sa.BigInteger()),
        sa.Column("basis", sa.String(64)),
        sa.Column("faults", sa.Text()),
        sa.Column("next_change", sa.BigInteger()),
        sa.Column("touched_at", sa.BigInteger(), nullable=False),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name="pk_msp_case"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_msp_case_next_change", "msp_case", ["next_change"])
    op.create_index("ix_msp_case_basis", "msp_case", ["basis"])
    op.create_index("ix_msp_case_touched_at", "msp_case", ["touched_at"])
    op.create_table(
        "msp_entry",
        sa.Column("number", _NUMBER, nullable=False, autoincrement=True),
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("message", sa.String(64), nullable=False),
        sa.Column("body", sa.String(64), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("event_type", sa.String(100)),
        sa.Column("content", sa.Text()),
        sa.PrimaryKeyConstraint("number", name="pk_msp_entry"),
        _of_case("msp_entry"),
        sa.UniqueConstraint("message", name="uq_msp_entry_message"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_msp_entry_case_id", "msp_entry", ["case_id"])
    op.create_table(
        "msp_prompt",
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("rule", _ID, nullable=False),
        sa.Column("subject", _ID, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "rule", "subject", name="pk_msp_prompt"),
        _of_case("msp_prompt"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "msp_feedback",
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("feedback_id", _ID, nullable=False),
        sa.Column("heard_as", sa.String(20), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text()),
        sa.PrimaryKeyConstraint("case_id", "feedback_id", name="pk_msp_feedback"),
        _of_case("msp_feedback"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "msp_change",
        sa.Column("number", _NUMBER, nullable=False, autoincrement=True),
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("cause", sa.BigInteger()),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_msp_change"),
        _of_case("msp_change"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_msp_change_case_id", "msp_change", ["case_id"])


def downgrade() -> None:
    """Drops the tables, with all that they hold."""
    for table in ("msp_change", "msp_feedback", "msp_prompt", "msp_entry", "msp_case"):
        op.drop_table(table)


def _of_case(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["case_id"], ["msp_case.case_id"], name=f"fk_{table}_case_id", ondelete="CASCADE"
    )
