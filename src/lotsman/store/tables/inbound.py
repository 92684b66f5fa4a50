"""Messages from phones, their pieces, and the numbers they come to. Times are ms since the epoch."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, SmallInteger, Table, Text, text

from lotsman.store.tables import METADATA, Id

inbound = Table(
    "inbound",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("account_id", BigInteger, nullable=False),  # 0: nobody's yet
    Column("link_id", BigInteger, nullable=False),
    Column("phone", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("seen", Boolean, nullable=False),
)
Index("inbound_of_account", inbound.c.account_id, inbound.c.id)

inbound_parts = Table(
    "inbound_parts",
    METADATA,
    Column("link_id", BigInteger, primary_key=True, autoincrement=False),
    Column("phone", Text, primary_key=True),
    Column("number", Text, primary_key=True),
    Column("reference", Integer, primary_key=True, autoincrement=False),
    Column("total", SmallInteger, primary_key=True, autoincrement=False),
    Column("part", SmallInteger, primary_key=True, autoincrement=False),
    Column("payload", Text, nullable=False),  # hex
    Column("coding", SmallInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False, index=True),
    Column("joined", Boolean, nullable=False),  # told already; kept for a while to know a repeated part
)

inbound_numbers = Table(
    "inbound_numbers",
    METADATA,
    Column("number", Text, primary_key=True),
    Column("account_id", BigInteger, nullable=False, server_default=text("0")),  # 0: shared
    Column("two_way", Boolean, nullable=False),  # 2WAY messages go out from it
)

keywords = Table(
    "keywords",
    METADATA,
    Column("number", Text, primary_key=True),
    Column("word", Text, primary_key=True),  # case-folded
    Column("account_id", BigInteger, nullable=False),
)
