"""Ids. Message ids grow with time and are unique over all nodes; the database gives them out.

Dialects differ here: a PostgreSQL sequence never makes two nodes wait for each other's commit; SQLite has one writer.
"""

from typing import Final

import sqlalchemy as sa

from lotsman.store.database import Tx
from lotsman.store.tables.messages import FIRST_MESSAGE_ID, counters

_FROM_SEQUENCE: Final = "SELECT nextval('message_ids') FROM generate_series(1, %s)"
_FROM_COUNTER: Final = (
    "INSERT INTO counters (name, value) VALUES ('message', ?1 + ?2) "
    "ON CONFLICT (name) DO UPDATE SET value = value + ?2 RETURNING value"
)
_NEXT_NUMBER: Final = sa.text(
    "INSERT INTO counters (name, value) VALUES (:name, :first) "
    "ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value"
)


def message_ids(tx: Tx, count: int) -> list[int]:
    """`count` new message ids, ascending."""
    if tx.sqlite:
        tx.cursor.execute(_FROM_COUNTER, (FIRST_MESSAGE_ID - 1, count))
        last = tx.cursor.fetchone()[0]
        return list(range(last - count + 1, last + 1))
    tx.cursor.execute(_FROM_SEQUENCE, (count,), prepare=True)
    return sorted(row[0] for row in tx.cursor.fetchall())


def next_number(tx: Tx, name: str, first: int = 1) -> int:
    """The next number of a named series: accounts, links, top-ups."""
    return int(tx.connection.execute(_NEXT_NUMBER, {"name": name, "first": first}).scalar_one())


def set_number(tx: Tx, name: str, value: int) -> None:
    """Of a series that is not counted but noted."""
    there = sa.update(counters).where(counters.c.name == name).values(value=value)
    if not tx.connection.execute(there).rowcount:
        tx.connection.execute(sa.insert(counters).values(name=name, value=value))


def revision(connection: sa.Connection) -> int:
    """Grows with every change of accounts, keys, senders, tariffs and links."""
    return connection.execute(sa.select(counters.c.value).where(counters.c.name == "revision")).scalar() or 0


def changed(tx: Tx) -> None:
    next_number(tx, "revision")
