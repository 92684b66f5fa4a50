"""Inbound messages, and the index by which an answer finds its 2WAY message."""

import sqlalchemy as sa
from alembic import op

revision = "0007_before_deploy"
down_revision = "0006_before_deploy"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "inbound",
        sa.Column("id", Id, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("link_id", sa.BigInteger(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("inbound_of_account", "inbound", ["account_id", "id"])
    op.create_table(
        "inbound_parts",
        sa.Column("link_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("reference", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("total", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("part", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("coding", sa.SmallInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("joined", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("link_id", "phone", "number", "reference", "total", "part"),
    )
    op.create_index("ix_inbound_parts_received_at", "inbound_parts", ["received_at"])
    op.create_table(
        "inbound_numbers",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("two_way", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "keywords",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", "word"),
    )
    two_way = sa.text("service = 5")
    op.create_index(
        "messages_two_way",
        "messages",
        ["msisdn", "sender", "id"],
        sqlite_where=two_way,
        postgresql_where=two_way,
    )
