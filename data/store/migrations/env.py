"""Alembic's entry: run on the connection that `data.store.migrating` opened."""

from __future__ import annotations

from alembic import context

from data.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
