"""Routes: lanes are plans written out, waiting messages take turns, and sender names stand differently at each carrier."""

import sqlalchemy as sa
from alembic import op

revision = "0009_before_deploy"
down_revision = "0008_before_deploy"

_WORDS = "CASE lane WHEN 2 THEN 'emulator' WHEN 3 THEN 'hlr' WHEN 4 THEN 'ping' WHEN 5 THEN 'hlrvip' ELSE 'sms' END"


def upgrade() -> None:
    _messages()
    op.drop_column("links", "lane")
    op.add_column(
        "links", sa.Column("only_registered", sa.Boolean(), nullable=False, server_default=sa.text("false"))
    )
    op.add_column("links", sa.Column("substitute", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("links", sa.Column("deaf_after", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.create_table(
        "routes",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("match", sa.Text(), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("margin", sa.BigInteger()),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "link_senders",
        sa.Column(
            "link_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.ForeignKey("links.id"),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("substitute", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("note", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("link_id", "name"),
    )


def _messages() -> None:
    """The column changes its type: SQLite has no way for that but a new one."""
    op.drop_index("messages_due", "messages")
    op.add_column("messages", sa.Column("way", sa.Text(), nullable=False, server_default=sa.text("'sms'")))
    op.execute(f"UPDATE messages SET way = {_WORDS}")
    op.drop_column("messages", "lane")
    op.execute("ALTER TABLE messages RENAME COLUMN way TO lane")
    op.add_column(
        "messages", sa.Column("queue", sa.BigInteger(), nullable=False, server_default=sa.text("0"))
    )
    op.add_column(
        "messages", sa.Column("sender_out", sa.Text(), nullable=False, server_default=sa.text("''"))
    )
    op.execute(f"UPDATE messages SET queue = {1 << 48} + account_id")
    waiting = sa.text("state = 2")
    op.create_index(
        "messages_waiting", "messages", ["lane", "queue", "due_at", "id", "expires_at"],
        sqlite_where=waiting, postgresql_where=waiting,
    )  # fmt: skip
    on_its_way = sa.text("due_at IS NOT NULL AND state <> 2")
    op.create_index(
        "messages_due", "messages", ["state", "due_at"], sqlite_where=on_its_way, postgresql_where=on_its_way
    )
