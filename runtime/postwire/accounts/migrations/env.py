"""Alembic loads this to run the steps on the connection that `database.py` hands over, in its transaction."""

from __future__ import annotations

from alembic import context

from postwire.accounts.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
