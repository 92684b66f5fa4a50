"""What guards accounts and subscribers: lists of phones. Times are ms since the epoch."""

from sqlalchemy import BigInteger, CheckConstraint, Column, SmallInteger, Table, Text, text

from lotsman.store.tables import METADATA

# account_id 0 is the whole installation.
phone_lists = Table(
    "phone_lists",
    METADATA,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", SmallInteger, primary_key=True, autoincrement=False),  # 1 black, 2 white
    Column("msisdn", Text, primary_key=True),
    Column("added_at", BigInteger, nullable=False),
    Column("note", Text, nullable=False, server_default=text("''")),  # where it came from
    CheckConstraint("kind IN (1, 2)", name="black_or_white"),
    sqlite_with_rowid=False,
)
