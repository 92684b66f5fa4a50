"""Messages and their parts, and receipts that nobody has claimed yet. Times are ms since the epoch."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    Sequence,
    SmallInteger,
    Table,
    Text,
    case,
    text,
)

from lotsman.domain.lifecycle import FINAL
from lotsman.store.tables import METADATA, Id

FIRST_MESSAGE_ID = 1_000_001
# What waits for a link, and what else is not final. SQLite uses an index on this only for a query that says the same words.
WAITING = text("state = 2")
ON_ITS_WAY = text("due_at IS NOT NULL AND state <> 2")

# PostgreSQL draws ids from here; SQLite, which has one writer, from the counters table (store/numbers.py).
message_ids = Sequence("message_ids", start=FIRST_MESSAGE_ID, metadata=METADATA)

messages = Table(
    "messages",
    METADATA,
    Column("id", Id, primary_key=True, autoincrement=False),
    # No foreign key: acceptance locks the account's row anyway, and PostgreSQL would look it up for every message.
    Column("account_id", BigInteger, nullable=False),
    Column("batch_id", BigInteger, nullable=False),  # id of the first message of the same request
    Column("service", SmallInteger, nullable=False),
    Column("msisdn", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("sender_asked", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("parts", SmallInteger, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("country", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("error", SmallInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("modified_at", BigInteger, nullable=False),
    Column("send_at", BigInteger),
    Column("expires_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),  # when somebody has to look at it again; NULL exactly when it is final
    Column("link_id", BigInteger),  # the link that holds or held it
    Column("node_id", Integer),  # the node that holds it while SENDING
    Column("history", Text, nullable=False),  # a line per step: ms, event, state, detail
    Column(
        "callback", Text, nullable=False, server_default=text("''")
    ),  # "GET url" or "POST url": who is told
    Column("item_id", Text, nullable=False, server_default=text("''")),  # the customer's own id (API-2)
    Column("attributes", Text, nullable=False, server_default=text("''")),  # JSON: what a look-up found
    Column("lane", Text, nullable=False, server_default=text("'sms'")),  # domain/lane.py
    # Its class and its account: they take turns in their lane (store/claims.py).
    Column("queue", BigInteger, nullable=False, server_default=text("0")),
    Column(
        "sender_out", Text, nullable=False, server_default=text("''")
    ),  # what the link sends in place of `sender`
    # What the link takes for it, in ten-thousandths of the installation's kopeck; NULL until a link is chosen.
    Column("cost", BigInteger),
    CheckConstraint(f"(state >= {FINAL}) = (due_at IS NULL)", name="waits_or_is_final"),
    CheckConstraint("price >= 0", name="price_not_negative"),
    CheckConstraint("(state = 3) = (node_id IS NOT NULL)", name="sending_has_a_holder"),
)

# The queues: what waits for a link, by lane; in each lane by whose turn it is. Only what waits is in it.
Index(
    "messages_waiting",
    messages.c.lane,
    messages.c.queue,
    messages.c.due_at,
    messages.c.id,
    messages.c.expires_at,  # so that what has expired is found without reading the messages
    sqlite_where=WAITING,
    postgresql_where=WAITING,
)
# Every other deadline.
Index(
    "messages_due",
    messages.c.state,
    messages.c.due_at,
    sqlite_where=ON_ITS_WAY,
    postgresql_where=ON_ITS_WAY,
)
# What the phone shows.
SENDER_SHOWN = case((messages.c.sender_out != "", messages.c.sender_out), else_=messages.c.sender).label(
    "sender"
)

Index("messages_of_account", messages.c.account_id, messages.c.id)
# By which an answer finds the message that it answers: only 2WAY messages are in it.
Index("messages_two_way", messages.c.msisdn, messages.c.sender, messages.c.id, sqlite_where=messages.c.service == 5,
      postgresql_where=messages.c.service == 5)  # fmt: skip

parts = Table(
    "parts",
    METADATA,
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("part", SmallInteger, primary_key=True, autoincrement=False),  # 1..parts, WHOLE or MESSENGER
    Column("link_id", BigInteger, nullable=False),
    Column("smsc_id", Text, nullable=False),  # "" when the carrier gave none
    Column("state", SmallInteger, nullable=False),
    Column("error", SmallInteger, nullable=False),
    Column("carrier_error", Text, nullable=False),  # err: of the receipt, or command_status
    Column("taken_at", BigInteger, nullable=False),
    Column("done_at", BigInteger),
    sqlite_with_rowid=False,
)
Index("parts_by_smsc_id", parts.c.smsc_id, parts.c.link_id)

stray_receipts = Table(
    "stray_receipts",
    METADATA,
    Column("link_id", BigInteger, primary_key=True),
    Column("smsc_id", Text, primary_key=True),
    Column("msisdn", Text, primary_key=True),  # some carriers give one id to everything
    Column("state", SmallInteger, nullable=False),
    Column("error", SmallInteger, nullable=False),
    Column("carrier_error", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False, index=True),
    Column("attributes", Text, nullable=False, server_default=text("''")),  # JSON: what a look-up found
    Column("whole", SmallInteger, nullable=False, server_default=text("0")),  # of all parts at once
)

counters = Table(
    "counters",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False, server_default=text("0")),
)
