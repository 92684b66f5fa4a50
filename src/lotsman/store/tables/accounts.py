"""Customers, their keys, sender names and price lists. Times are ms since the epoch, money is kopecks."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    SmallInteger,
    Table,
    Text,
    text,
)

from lotsman.store.tables import METADATA, Id

tariffs = Table(
    "tariffs",
    METADATA,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False, unique=True),
    Column(
        "currency", Text, nullable=False, server_default=text("'RUB'")
    ),  # of its prices, and of who pays by it
)

accounts = Table(
    "accounts",
    METADATA,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("login", Text, nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("standing", SmallInteger, nullable=False, server_default=text("0")),
    Column("balance", BigInteger, nullable=False, server_default=text("0")),
    Column("credit_limit", BigInteger, nullable=False, server_default=text("0")),
    Column("default_sender", Text, nullable=False),
    Column("any_sender", Boolean, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("tariff_id", ForeignKey("tariffs.id"), nullable=False),
    Column(
        "settings", Text, nullable=False, server_default=text("'{}'")
    ),  # JSON (domain/account_settings.py)
    Column(
        "referrer", BigInteger, nullable=False, server_default=text("0")
    ),  # contract number of who brought it
    # What is agreed for good; credit_limit is more while a payment is promised, or until a debt is paid.
    Column("credit", BigInteger, nullable=False, server_default=text("0")),
    Column("alert_below", BigInteger),  # its owner is told when the balance falls below; NULL: never
    Column("alerted", Boolean, nullable=False, server_default=text("false")),  # since it was last above
    CheckConstraint("balance >= -credit_limit", name="prepaid"),
    CheckConstraint("credit_limit >= 0", name="credit_not_negative"),
)

api_keys = Table(
    "api_keys",
    METADATA,
    Column(
        "key_hash", Text, primary_key=True
    ),  # SHA-256 of the 64 characters, hex; the key itself is not kept
    Column("account_id", ForeignKey("accounts.id"), nullable=False, index=True),
    Column("hint", Text, nullable=False),  # first and last characters, to tell keys apart
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)

senders = Table(
    "senders",
    METADATA,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("approved", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    # When the operator said yes or no; until then a name that is not approved is pending.
    Column("decided_at", BigInteger),
    Column("description", Text, nullable=False, server_default=text("''")),
    Column("callback", Text, nullable=False, server_default=text("''")),  # "GET url" or an e-mail address
    Column("comment", Text, nullable=False, server_default=text("''")),  # the operator's
)
