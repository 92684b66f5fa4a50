"""What the price of a call pays, where it is more than one minute."""

from sqlalchemy import BigInteger, Column, SmallInteger, Table

from lotsman.store.tables import METADATA

call_minutes = Table(
    "call_minutes",
    METADATA,
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("minutes", SmallInteger, nullable=False),
)
