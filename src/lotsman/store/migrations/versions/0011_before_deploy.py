"""Messages that go by messenger and else as an SMS; receipts that are of a whole message."""

import sqlalchemy as sa
from alembic import op

revision = "0011_before_deploy"
down_revision = "0010_before_deploy"


def upgrade() -> None:
    op.create_table(
        "fallbacks",
        sa.Column("message_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("messenger_price", sa.BigInteger(), nullable=False),
        sa.Column("sms_price", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("waiting", sa.SmallInteger(), nullable=False),
    )
    op.create_index(
        "fallbacks_waiting",
        "fallbacks",
        ["since"],
        sqlite_where=sa.text("waiting = 1"),
        postgresql_where=sa.text("waiting = 1"),
    )
    op.add_column(
        "stray_receipts", sa.Column("whole", sa.SmallInteger(), nullable=False, server_default=sa.text("0"))
    )
