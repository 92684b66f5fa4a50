"""Limits, what was used of them, what they stopped. Times are ms since the epoch, money is kopecks."""

from sqlalchemy import BigInteger, Column, Index, Table, Text, text

from lotsman.store.tables import METADATA, Id

# The account 0 is the whole installation; api_key is "" for the account itself, "*" for each key, else a key's hash.
limits = Table(
    "limits",
    METADATA,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("api_key", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),  # as it was typed (domain/limits.py)
    sqlite_with_rowid=False,
)

open_countries = Table(
    "open_countries",
    METADATA,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("country", Text, primary_key=True),
    Column("opened_at", BigInteger, nullable=False),
    Column("opened_by", Text, nullable=False),
    sqlite_with_rowid=False,
)

# A row for each process that counts: so none ever waits for another's commit.
usage = Table(
    "usage",
    METADATA,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("scope", Text, primary_key=True),  # "", the hash of a key, or "ip:" and an address
    Column("span", BigInteger, primary_key=True, autoincrement=False),
    Column("slot", BigInteger, primary_key=True, autoincrement=False),
    Column("process", BigInteger, primary_key=True, autoincrement=False),
    Column("messages", BigInteger, nullable=False),
    Column("kopecks", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
Index("usage_by_age", usage.c.span, usage.c.slot)

# Numbers that an account has written to, while it is watched for bursts; 0: before that.
known_numbers = Table(
    "known_numbers",
    METADATA,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("msisdn", Text, primary_key=True),
    Column("first_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
Index("known_numbers_by_age", known_numbers.c.account_id, known_numbers.c.first_at)

# The mark of a DEFERRED message that waits for the operator.
held_messages = Table(
    "held_messages",
    METADATA,
    Column("message_id", Id, primary_key=True, autoincrement=False),
    Column("account_id", BigInteger, nullable=False),
    Column("held_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
)
Index("held_messages_of_account", held_messages.c.account_id, held_messages.c.message_id)

trips = Table(
    "trips",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("account_id", BigInteger, nullable=False),
    Column("api_key", Text, nullable=False),  # hash of the key whose own limit it was
    Column("limit_name", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("tripped_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("times", BigInteger, nullable=False),
    Column("alerted", BigInteger, nullable=False, server_default=text("0")),  # mails
    Column("released_at", BigInteger),
    Column("released_by", Text, nullable=False, server_default=text("''")),
    Column("comment", Text, nullable=False, server_default=text("''")),
)
Index("trips_of_account", trips.c.account_id, trips.c.tripped_at)

# The end user whose doing a message was, for a month.
visitors = Table(
    "visitors",
    METADATA,
    Column("message_id", Id, primary_key=True, autoincrement=False),
    Column("ip", Text, nullable=False),
    Column("seen_at", BigInteger, nullable=False, index=True),
)
