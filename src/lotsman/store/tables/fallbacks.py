"""Messages that go by messenger and, where that fails, as an SMS: what the SMS is, and what each way costs."""

from sqlalchemy import BigInteger, Column, Index, SmallInteger, Table, Text, text

from lotsman.store.tables import METADATA

fallbacks = Table(
    "fallbacks",
    METADATA,
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("lane", Text, nullable=False),  # where the SMS waits
    Column("sender", Text, nullable=False),  # of the SMS
    Column("messenger_price", BigInteger, nullable=False),  # kopecks
    Column("sms_price", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),  # ms: from when the time without delivery is counted
    Column("waiting", SmallInteger, nullable=False),  # 1 while it may still go as an SMS
)
Index(
    "fallbacks_waiting",
    fallbacks.c.since,
    sqlite_where=text("waiting = 1"),
    postgresql_where=text("waiting = 1"),
)
