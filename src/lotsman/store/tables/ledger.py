"""The ledger. An entry's key is its kind and cause: nothing is charged or refunded twice. A trigger refuses any change."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, SmallInteger, Table, Text, text

from lotsman.store.tables import METADATA

ledger = Table(
    "ledger",
    METADATA,
    Column("kind", SmallInteger, primary_key=True, autoincrement=False),
    Column("cause", BigInteger, primary_key=True, autoincrement=False),
    Column("account_id", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Column("author", Text, nullable=False, server_default=text("''")),
    CheckConstraint("amount <= 0 OR kind <> 2", name="a_charge_takes"),
    CheckConstraint("amount >= 0 OR kind <> 3", name="a_refund_gives"),
    sqlite_with_rowid=False,
)
Index("ledger_of_account", ledger.c.account_id, ledger.c.at)

# Credit that ends by itself. Times are ms since the epoch.
promises = Table(
    "promises",
    METADATA,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False, index=True),
    Column("author", Text, nullable=False),
    CheckConstraint("amount > 0", name="promises_something"),
)
