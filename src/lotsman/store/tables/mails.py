"""Mails to be sent, or that could not be. Times are ms since the epoch."""

from sqlalchemy import BigInteger, Column, Index, SmallInteger, Table, Text, text

from lotsman.store.tables import METADATA, Id

mails = Table(
    "mails",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("recipient", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),  # the next try, or when a try that was begun counts as lost; NULL: dead
    Column("tries", SmallInteger, nullable=False, server_default=text("0")),
    Column("answer", Text, nullable=False, server_default=text("''")),  # to the last try
)
Index("mails_due", mails.c.due_at, sqlite_where=mails.c.due_at.is_not(None),
      postgresql_where=mails.c.due_at.is_not(None))  # fmt: skip
