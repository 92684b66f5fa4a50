"""The trace of messages: what went over the wires, in compressed blocks."""

import sqlalchemy as sa
from alembic import op

revision = "0013_before_deploy"
down_revision = "0012_before_deploy"


def upgrade() -> None:
    op.create_table(
        "trace_blocks",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, nullable=False
        ),
        sa.Column("stream", sa.SmallInteger(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("lowest", sa.BigInteger(), nullable=False),
        sa.Column("highest", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sorted_keys", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
    op.create_index(
        "trace_blocks_found", "trace_blocks", ["stream", "last_at", "first_at", "lowest", "highest", "size"]
    )
    op.create_index("trace_blocks_old", "trace_blocks", ["last_at", "size"])
