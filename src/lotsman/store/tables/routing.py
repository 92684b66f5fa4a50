"""Routes, and how sender names stand at carriers. Times are ms since the epoch."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, SmallInteger, Table, Text, text

from lotsman.store.tables import METADATA

routes = Table(
    "routes",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("position", SmallInteger, nullable=False),  # the lowest is asked first
    Column("match", Text, nullable=False),  # JSON: conditions (domain/route.py)
    Column("steps", Text, nullable=False),  # JSON: [[cheapest, [[link id, weight], ...]], ...]
    Column("margin", BigInteger),  # kopecks that one part must earn; NULL: any
    Column("enabled", Boolean, nullable=False),
)

link_senders = Table(
    "link_senders",
    METADATA,
    Column("link_id", ForeignKey("links.id"), primary_key=True),
    Column("name", Text, primary_key=True),  # in lower case
    Column("state", SmallInteger, nullable=False),  # domain/carrier_sender.py
    Column("substitute", Text, nullable=False, server_default=text("''")),
    Column("note", Text, nullable=False, server_default=text("''")),  # the operator's
    Column("changed_at", BigInteger, nullable=False),
)
