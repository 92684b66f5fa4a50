"""The trace: blocks of compressed records (domain/trace.py). Times are ms since the epoch."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, SmallInteger, Table

from lotsman.store.tables import METADATA, Id

trace_blocks = Table(
    "trace_blocks",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("stream", SmallInteger, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("lowest", BigInteger, nullable=False),  # key
    Column("highest", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),  # octets of keys and body
    Column("sorted_keys", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
# A look-up and the sum of sizes are answered by the index alone.
Index("trace_blocks_found", trace_blocks.c.stream, trace_blocks.c.last_at, trace_blocks.c.first_at,
      trace_blocks.c.lowest, trace_blocks.c.highest, trace_blocks.c.size)  # fmt: skip
Index("trace_blocks_old", trace_blocks.c.last_at, trace_blocks.c.size)
