"""Lets Alembic work over the connection of its caller, and in its transaction."""

from __future__ import annotations

from alembic import context

from msp_rules.prompts.store.tables import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
context.run_migrations()
