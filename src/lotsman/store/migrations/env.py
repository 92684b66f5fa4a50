"""Alembic's entry: it is always given an open connection by lotsman.store.migrations."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
