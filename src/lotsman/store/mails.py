"""Outgoing mail: written with what it tells of, sent later (mail/postman.py)."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa

from lotsman.store.database import Tx
from lotsman.store.rowset import INT, TEXT, Rowset
from lotsman.store.tables.mails import mails


class NewMail(NamedTuple):
    to: str
    subject: str
    body: str
    at: int  # ms


_INSERT: Final = Rowset(
    """INSERT INTO mails (recipient, subject, body, created_at, due_at)
    SELECT recipient, subject, body, at, at FROM {v} WHERE true""",
    (("recipient", TEXT), ("subject", TEXT), ("body", TEXT), ("at", INT)),
)


def enqueue(tx: Tx, items: Sequence[NewMail]) -> None:
    _INSERT.run(tx, items)


def waiting_mails(connection: sa.Connection) -> int:
    """How many mails are still to be sent."""
    query = sa.select(sa.func.count()).select_from(mails).where(mails.c.due_at.is_not(None))
    return int(connection.execute(query).scalar_one())
