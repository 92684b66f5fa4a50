"""Outgoing mail."""

import sqlalchemy as sa
from alembic import op

revision = "0004_before_deploy"
down_revision = "0003_before_deploy"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "mails",
        sa.Column("id", Id, nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("tries", sa.SmallInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("answer", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("id"),
    )
    waiting = sa.text("due_at IS NOT NULL")
    op.create_index("mails_due", "mails", ["due_at"], sqlite_where=waiting, postgresql_where=waiting)
