"""Mail that waits to be sent, and mail that was given up. What was sent is not kept: it is its reader's now."""

from sqlalchemy import BigInteger, Column, Index, SmallInteger, Table, Text, text

from lotsman.store.tables import METADATA, Id

mails = Table(
    "mails",
    METADATA,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("address", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("attempts", SmallInteger, nullable=False, server_default=text("0")),
    Column("due_at", BigInteger),  # ms: the next attempt, or the end of a lease; NULL: given up
    Column("trouble", Text, nullable=False, server_default=text("''")),  # what the last attempt was told
    Index("mails_due", "due_at"),
)
