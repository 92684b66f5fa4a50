"""Calls to customers that are still to be made, or never succeeded. Times are ms since the epoch."""

from sqlalchemy import BigInteger, Column, Index, SmallInteger, Table, Text, text

from lotsman.store.tables import METADATA, Id

callbacks = Table(
    "callbacks",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("account_id", BigInteger, nullable=False),
    Column("message_id", BigInteger, nullable=False, server_default=text("0")),  # 0: not of a message
    Column("status", SmallInteger),  # the message's, as told; NULL: not of a message
    Column("host", Text, nullable=False),  # https://example.org:443
    Column("target", Text, nullable=False),  # GET url, POST url
    Column("parameters", Text, nullable=False),  # JSON: [[name, value], ...]
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),  # the next try, or when a try that was begun counts as lost; NULL: dead
    Column("tries", SmallInteger, nullable=False, server_default=text("0")),
    Column("answer", Text, nullable=False, server_default=text("''")),  # to the last try
    Column(
        "in_hand", SmallInteger, nullable=False, server_default=text("0")
    ),  # 1: a node makes it, until due_at
)
# Hosts are served fairly: each by its oldest call, however many another one has waiting.
Index("callbacks_due", callbacks.c.host, callbacks.c.due_at, sqlite_where=callbacks.c.due_at.is_not(None),
      postgresql_where=callbacks.c.due_at.is_not(None))  # fmt: skip
Index("callbacks_of_account", callbacks.c.account_id, callbacks.c.id)
Index("callbacks_of_message", callbacks.c.message_id)
