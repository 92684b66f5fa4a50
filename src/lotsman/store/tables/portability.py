"""Which network a number was in when a carrier last said so. Times are ms since the epoch."""

from sqlalchemy import BigInteger, Column, Index, Table, Text

from lotsman.store.tables import METADATA

portability = Table(
    "portability",
    METADATA,
    Column("msisdn", Text, primary_key=True),
    Column("mccmnc", Text, nullable=False),
    Column("source", Text, nullable=False),  # hlr, receipt
    Column("learned_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
Index("portability_learned", portability.c.learned_at, portability.c.msisdn)
