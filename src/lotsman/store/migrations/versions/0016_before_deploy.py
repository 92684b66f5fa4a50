"""Calls: the minutes that were paid at acceptance."""

import sqlalchemy as sa
from alembic import op

revision = "0016_before_deploy"
down_revision = "0015_before_deploy"


def upgrade() -> None:
    op.create_table(
        "call_minutes",
        sa.Column("message_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("minutes", sa.SmallInteger(), nullable=False),
    )
