"""What look-ups find: kept with a receipt that came too early, and for later messages to the same number."""

import sqlalchemy as sa
from alembic import op

revision = "0006_before_deploy"
down_revision = "0005_before_deploy"


def upgrade() -> None:
    op.add_column(
        "stray_receipts", sa.Column("attributes", sa.Text(), nullable=False, server_default=sa.text("''"))
    )
    op.create_table(
        "portability",
        sa.Column("msisdn", sa.Text(), nullable=False),
        sa.Column("mccmnc", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("learned_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("msisdn"),
        sqlite_with_rowid=False,
    )
    op.create_index("portability_learned", "portability", ["learned_at", "msisdn"])
