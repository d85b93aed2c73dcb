"""Adds each time that a prompt was asked, for counts of how workers take the questions of a rule.

Of earlier times only the newest of each prompt is known.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
_KEY = ("case_id", "rule", "subject", "generation")


def upgrade() -> None:
    """Adds the table and columns, and fills them from prompts and feedback."""
    op.create_table(
        "msp_asking",
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("rule", _ID, nullable=False),
        sa.Column("subject", _ID, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("ending", sa.String(20)),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["msp_case.case_id"],
            name="fk_msp_asking_case_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(*_KEY, name="pk_msp_asking"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_msp_asking_raised_at", "msp_asking", ["raised_at"])
    for name, kind in (("rule", _ID), ("subject", _ID), ("generation", sa.Integer())):
        op.add_column("msp_feedback", sa.Column(name, kind))
    _fill_askings()
    _fill_feedback()


def _fill_askings() -> None:
    prompts = sa.table("msp_prompt", *map(sa.column, ("case_id", "rule", "subject", "content")))
    askings = sa.table("msp_asking", *map(sa.column, (*_KEY, "raised_at", "ending")))
    found = sa.select(
        prompts.c.case_id,
        prompts.c.rule,
        prompts.c.subject,
        sa.cast(_part(prompts.c.content, "generation"), sa.Integer),
        sa.cast(_part(prompts.c.content, "since"), sa.BigInteger),
        _part(prompts.c.content, "ending"),
    )
    op.execute(askings.insert().from_select([*_KEY, "raised_at", "ending"], found))


def _fill_feedback() -> None:
    names = ("content", "rule", "subject", "generation")
    feedback = sa.table("msp_feedback", *map(sa.column, names))
    values = {
        "rule": _part(feedback.c.content, "rule"),
        "subject": sa.func.coalesce(_part(feedback.c.content, "first_subject"), ""),
        "generation": sa.cast(_part(feedback.c.content, "generation"), sa.Integer),
    }
    op.execute(feedback.update().values(values))


def _part(content: sa.ColumnElement[str], name: str) -> sa.ColumnElement[str]:
    if op.get_bind().dialect.name == "sqlite":
        return sa.func.json_extract(content, f"$.{name}")
    return sa.func.json_extract_path_text(sa.cast(content, sa.JSON), name)


def downgrade() -> None:
    """Drops them, with the counts that rest on them."""
    for name in ("generation", "subject", "rule"):
        op.drop_column("msp_feedback", name)
    op.drop_index("ix_msp_asking_raised_at", "msp_asking")
    op.drop_table("msp_asking")
