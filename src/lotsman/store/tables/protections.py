"""What guards accounts and subscribers: lists, words, templates, recent texts. Times are ms since the epoch."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    SmallInteger,
    Table,
    Text,
    text,
)

from lotsman.store.tables import METADATA, Id

# In phone_lists and words the account 0 is the whole installation.
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

words = Table(
    "words",
    METADATA,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("word", Text, primary_key=True),  # as it was typed
)

shared_senders = Table(
    "shared_senders",
    METADATA,
    Column("name", Text, primary_key=True),
)

templates = Table(
    "templates",
    METADATA,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("text", Text, nullable=False),
    Column("state", SmallInteger, nullable=False),  # domain/moderation.py
    Column("callback", Text, nullable=False),  # "GET url"
    Column("comment", Text, nullable=False, server_default=text("''")),
    Column("created_at", BigInteger, nullable=False),
    Column("decided_at", BigInteger),
)
Index("templates_of_account", templates.c.account_id, templates.c.state)

# For as long as a repetition would be a loop; a row past its time means nothing.
recent_texts = Table(
    "recent_texts",
    METADATA,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("fingerprint", BigInteger, primary_key=True, autoincrement=False),  # domain/protection.py
    Column("until", BigInteger, nullable=False, index=True),
    sqlite_with_rowid=False,
)
