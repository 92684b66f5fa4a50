"""What was changed in the configuration, by whom. Times are ms since the epoch."""

from sqlalchemy import BigInteger, Column, Table, Text, text

from lotsman.store.tables import METADATA, Id

changes = Table(
    "changes",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("author", Text, nullable=False),
    Column("what", Text, nullable=False),  # the command, or the file
    Column("before", Text, nullable=False),  # JSON: the objects that it changed (domain/configuration.py)
    Column("after", Text, nullable=False),
    Column("undoes", BigInteger, nullable=False, server_default=text("0")),  # the change that it took back
)
