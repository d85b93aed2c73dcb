"""Adds consumers of changes, and what each of them has claimed or acknowledged."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ID = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")


def upgrade() -> None:
    """Adds the tables."""
    op.create_table(
        "msp_consumer",
        sa.Column("name", _ID, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_msp_consumer"),
    )
    op.create_table(
        "msp_delivery",
        sa.Column("change", _NUMBER, nullable=False),
        sa.Column("consumer", _ID, nullable=False),
        sa.Column("claimed_until", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["change"],
            ["msp_change.number"],
            name="fk_msp_delivery_change",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["consumer"],
            ["msp_consumer.name"],
            name="fk_msp_delivery_consumer",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("change", "consumer", name="pk_msp_delivery"),
    )
    op.create_index("ix_msp_delivery_consumer", "msp_delivery", ["consumer"])


def downgrade() -> None:
    """Drops them: every change that is held is then new for everybody."""
    op.drop_table("msp_delivery")
    op.drop_table("msp_consumer")
