"""What guards accounts and subscribers; sender names and templates wait for moderation."""

import sqlalchemy as sa
from alembic import op

revision = "0005_before_deploy"
down_revision = "0004_before_deploy"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _lists()
    _templates()
    _recent_texts()
    op.add_column("senders", sa.Column("decided_at", sa.BigInteger(), nullable=True))
    for name in ("description", "callback", "comment"):
        op.add_column("senders", sa.Column(name, sa.Text(), server_default=sa.text("''"), nullable=False))


def _lists() -> None:
    op.create_table(
        "phone_lists",
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("msisdn", sa.Text(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint("kind IN (1, 2)", name="black_or_white"),
        sa.PrimaryKeyConstraint("account_id", "kind", "msisdn"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "words",
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "word"),
    )
    op.create_table(
        "shared_senders",
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _templates() -> None:
    op.create_table(
        "templates",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("templates_of_account", "templates", ["account_id", "state"], unique=False)


def _recent_texts() -> None:
    op.create_table(
        "recent_texts",
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("fingerprint", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "fingerprint"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_recent_texts_until", "recent_texts", ["until"], unique=False)
