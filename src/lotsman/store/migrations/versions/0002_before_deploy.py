"""What a message tells whom, and what an account chooses for itself."""

import sqlalchemy as sa
from alembic import op

revision = "0002_before_deploy"
down_revision = "0001_before_deploy"


def upgrade() -> None:
    for name in ("callback", "item_id", "attributes"):
        op.add_column("messages", sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column(
        "accounts", sa.Column("settings", sa.Text(), nullable=False, server_default=sa.text("'{}'"))
    )
    op.add_column(
        "accounts", sa.Column("referrer", sa.BigInteger(), nullable=False, server_default=sa.text("0"))
    )
