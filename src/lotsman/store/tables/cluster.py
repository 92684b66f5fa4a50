"""Carrier links, and which node runs what."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, SmallInteger, Table, Text, text

from lotsman.store.tables import METADATA, Id

links = Table(
    "links",
    METADATA,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),  # smpp, emulator
    Column(
        "priority", SmallInteger, nullable=False, server_default=text("100")
    ),  # lower is tried first where no route decides
    Column("in_doubt", Text, nullable=False, server_default=text("'hold'")),  # hold | resend
    Column("settings", Text, nullable=False),  # JSON, read by the link's kind
    Column("enabled", Boolean, nullable=False),
    # Sender names (domain/carrier_sender.py).
    Column("only_registered", Boolean, nullable=False, server_default=text("false")),
    Column("substitute", Text, nullable=False, server_default=text("''")),
    # Seconds within which receipts are expected; others take its place when none come. 0: never.
    Column("deaf_after", Integer, nullable=False, server_default=text("0")),
)

link_status = Table(
    "link_status",
    METADATA,
    Column("link_id", Id, primary_key=True, autoincrement=False),
    Column("node_id", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("in_flight", Integer, nullable=False),
    Column("window", Integer, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)

nodes = Table(
    "nodes",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False, unique=True),
    Column("alive_until", BigInteger, nullable=False),
)

leases = Table(
    "leases",
    METADATA,
    Column("name", Text, primary_key=True),  # link:7, upkeep
    Column("node_id", Integer, nullable=False),
    Column("until", BigInteger, nullable=False),
)
