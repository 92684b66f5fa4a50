"""What guards accounts and subscribers."""

import sqlalchemy as sa
from alembic import op

revision = "0006_before_deploy"
down_revision = "0002_before_deploy"


def upgrade() -> None:
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
