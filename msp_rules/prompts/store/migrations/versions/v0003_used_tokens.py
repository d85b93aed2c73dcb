"""Adds what the HTTP service needs: the tokens that were used, each of which counts once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the table."""
    op.create_table(
        "msp_token",
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_msp_token"),
    )
    op.create_index("ix_msp_token_until", "msp_token", ["until"])


def downgrade() -> None:
    """Drops it: tokens that are still valid could be used again."""
    op.drop_table("msp_token")
