"""A call in hand is told from one that waits: another call of the same message waits for its end."""

import sqlalchemy as sa
from alembic import op

revision = "0008_before_deploy"
down_revision = "0007_before_deploy"


def upgrade() -> None:
    op.add_column(
        "callbacks", sa.Column("in_hand", sa.SmallInteger(), nullable=False, server_default=sa.text("0"))
    )
