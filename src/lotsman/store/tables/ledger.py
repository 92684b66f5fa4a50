"""The ledger. An entry's key is its kind and cause: nothing is charged or refunded twice."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, SmallInteger, Table, Text

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
    CheckConstraint("amount <= 0 OR kind <> 2", name="a_charge_takes"),
    CheckConstraint("amount >= 0 OR kind <> 3", name="a_refund_gives"),
    sqlite_with_rowid=False,
)
Index("ledger_of_account", ledger.c.account_id, ledger.c.at)
