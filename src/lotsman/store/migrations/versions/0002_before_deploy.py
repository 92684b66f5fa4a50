"""Whom a message tells of its fate, what its owner calls it, and what a look-up found."""

import sqlalchemy as sa
from alembic import op

revision = "0002_before_deploy"
down_revision = "0001_before_deploy"


def upgrade() -> None:
    for name in ("callback", "item_id", "attributes"):
        op.add_column("messages", sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''")))
