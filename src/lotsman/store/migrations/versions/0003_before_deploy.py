"""Callbacks."""

import sqlalchemy as sa
from alembic import op

revision = "0003_before_deploy"
down_revision = "0002_before_deploy"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "callbacks",
        sa.Column("id", Id, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("status", sa.SmallInteger()),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("tries", sa.SmallInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("answer", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("id"),
    )
    waiting = sa.text("due_at IS NOT NULL")
    op.create_index(
        "callbacks_due", "callbacks", ["host", "due_at"], sqlite_where=waiting, postgresql_where=waiting
    )
    op.create_index("callbacks_of_account", "callbacks", ["account_id", "id"])
    op.create_index("callbacks_of_message", "callbacks", ["message_id"])
