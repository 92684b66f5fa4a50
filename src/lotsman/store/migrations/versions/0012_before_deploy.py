"""Prices with prefixes, classes of senders and dates; accounts' own; what carriers take; currencies."""

import sqlalchemy as sa
from alembic import op

revision = "0012_before_deploy"
down_revision = "0011_before_deploy"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FOREVER = 253_402_300_800_000


def upgrade() -> None:
    op.add_column(
        "tariffs", sa.Column("currency", sa.Text(), nullable=False, server_default=sa.text("'RUB'"))
    )
    op.add_column("messages", sa.Column("cost", sa.BigInteger()))
    _prices()
    _price_list("account_prices", "account_id", "accounts.id")
    _price_list("purchase_prices", "link_id", "links.id")
    op.create_table(
        "purchase_lists",
        sa.Column("link_id", _ID, sa.ForeignKey("links.id"), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("link_id"),
    )
    op.create_table(
        "currency_rates",
        sa.Column("home", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("rate > 0", name="rate_above_zero"),
        sa.PrimaryKeyConstraint("home", "currency", "valid_from"),
    )


def _prices() -> None:
    """The key becomes longer: SQLite has no way for that but a new table."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text("SELECT tariff_id, service, country, operator, price FROM prices")
    ).mappings()
    kept = [dict(row) | {"prefix": "", "sender": "", "valid_from": 0, "valid_to": _FOREVER} for row in rows]
    op.drop_table("prices")
    table = _price_list("prices", "tariff_id", "tariffs.id")
    if kept:
        connection.execute(sa.insert(table), kept)


def _price_list(name: str, owner: str, of: str) -> sa.Table:
    return op.create_table(
        name,
        sa.Column(owner, _ID, sa.ForeignKey(of), nullable=False),
        sa.Column("service", sa.SmallInteger(), nullable=False, autoincrement=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("price >= 0", name="price_not_negative"),
        sa.CheckConstraint("valid_from < valid_to", name="begins_before_it_ends"),
        sa.PrimaryKeyConstraint(owner, "service", "country", "operator", "prefix", "sender", "valid_from"),
    )
