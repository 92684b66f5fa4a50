"""Circuit-breakers: limits, what was used of them, held messages, trips, end users."""

import sqlalchemy as sa
from alembic import op

revision = "0014_before_deploy"
down_revision = "0013_before_deploy"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _key(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "limits",
        _key("account_id"), _text("api_key"), _text("name"), _text("value"),
        sa.PrimaryKeyConstraint("account_id", "api_key", "name"),
        sqlite_with_rowid=False,
    )  # fmt: skip
    op.create_table(
        "open_countries",
        _key("account_id"), _text("country"), _number("opened_at"), _text("opened_by"),
        sa.PrimaryKeyConstraint("account_id", "country"),
        sqlite_with_rowid=False,
    )  # fmt: skip
    op.create_table(
        "usage",
        _key("account_id"), _text("scope"), _key("span"), _key("slot"), _key("process"),
        _number("messages"), _number("kopecks"),
        sa.PrimaryKeyConstraint("account_id", "scope", "span", "slot", "process"),
        sqlite_with_rowid=False,
    )  # fmt: skip
    op.create_index("usage_by_age", "usage", ["span", "slot"])
    op.create_table(
        "known_numbers",
        _key("account_id"), _text("msisdn"), _number("first_at"),
        sa.PrimaryKeyConstraint("account_id", "msisdn"),
        sqlite_with_rowid=False,
    )  # fmt: skip
    op.create_index("known_numbers_by_age", "known_numbers", ["account_id", "first_at"])
    op.create_table(
        "held_messages",
        sa.Column("message_id", Id, autoincrement=False, nullable=False),
        _number("account_id"), _number("held_at"), _number("expires_at"), _text("reason"),
        sa.PrimaryKeyConstraint("message_id"),
    )  # fmt: skip
    op.create_index("held_messages_of_account", "held_messages", ["account_id", "message_id"])
    op.create_table(
        "trips",
        sa.Column("id", Id, nullable=False),
        _number("account_id"), _text("api_key"), _text("limit_name"), _text("detail"),
        _number("tripped_at"), _number("last_at"), _number("times"),
        sa.Column("alerted", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("released_at", sa.BigInteger()),
        sa.Column("released_by", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("comment", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_index("trips_of_account", "trips", ["account_id", "tripped_at"])
    op.create_table(
        "visitors",
        sa.Column("message_id", Id, autoincrement=False, nullable=False),
        _text("ip"), _number("seen_at"),
        sa.PrimaryKeyConstraint("message_id"),
    )  # fmt: skip
    op.create_index("ix_visitors_seen_at", "visitors", ["seen_at"])
