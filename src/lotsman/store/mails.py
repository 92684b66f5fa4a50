"""Outgoing mail: queued with whatever causes it, claimed for one try at a time, forgotten once it is sent.

A claim is a lease: it moves `due_at` to where the try must be over, so a mail whose node died is tried again then.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa

from lotsman.store.database import Tx, unit
from lotsman.store.rowset import INT, TEXT, Rowset
from lotsman.store.tables.mails import mails

_M: Final = mails.c
_INSERT: Final = Rowset(
    """INSERT INTO mails (recipient, subject, body, created_at, due_at)
    SELECT recipient, subject, body, at, at FROM {v} WHERE true""",
    (("recipient", TEXT), ("subject", TEXT), ("body", TEXT), ("at", INT)),
)


class NewMail(NamedTuple):
    to: str  # one address
    subject: str
    body: str  # plain text
    at: int  # ms: when it was caused, and is due


class MailClaim(NamedTuple):
    now: int  # ms
    lease: int  # ms
    most: int


class DueMail(NamedTuple):
    """A mail in the hands of this node for one try."""

    id: int
    recipient: str
    subject: str
    body: str
    created_at: int
    tries: int  # this one included


class Settlement(NamedTuple):
    """How a try ended. Neither sent nor to be tried again: given up."""

    mail_id: int
    tries: int  # as claimed: a later try is not touched
    sent: bool
    retry_at: int | None = None  # ms
    answer: str = ""


class MailRow(NamedTuple):
    """What an operator sees: never the body, which is the customer's."""

    id: int
    recipient: str
    subject: str
    created_at: int
    tries: int
    due_at: int | None
    answer: str


def enqueue(tx: Tx, new: Sequence[NewMail]) -> None:
    """Due at once; sent by whichever node has the role upkeep."""
    _INSERT.run(tx, new)


@unit(order=50)
def queue_mails(tx: Tx, items: Sequence[NewMail]) -> list[None]:
    """`enqueue` as a write of its own."""
    enqueue(tx, items)
    return [None] * len(items)


@unit(order=40)
def claim_mails(tx: Tx, items: Sequence[MailClaim]) -> list[list[DueMail]]:
    """The mails that have been due longest, for one try each."""
    return [_claim(tx, item) for item in items]


def _claim(tx: Tx, item: MailClaim) -> list[DueMail]:
    due = sa.select(_M.id).where(_M.due_at <= item.now).order_by(_M.due_at, _M.id).limit(item.most)
    ids = list(tx.connection.execute(due.with_for_update(skip_locked=True)).scalars())
    held = sa.update(mails).where(_M.id.in_(ids))
    held = held.values(tries=_M.tries + 1, due_at=item.now + item.lease, answer="")
    columns = (_M.id, _M.recipient, _M.subject, _M.body, _M.created_at, _M.tries)
    return sorted(DueMail(*row) for row in tx.connection.execute(held.returning(*columns)))


@unit(order=45)
def settle_mails(tx: Tx, items: Sequence[Settlement]) -> list[None]:
    for item in items:
        mine = (_M.id == item.mail_id) & (_M.tries == item.tries)
        if item.sent:
            tx.connection.execute(sa.delete(mails).where(mine))
        else:
            change = {"due_at": item.retry_at, "answer": item.answer}
            tx.connection.execute(sa.update(mails).where(mine).values(change))
    return [None] * len(items)


@unit(order=50)
def revive_mails(tx: Tx, items: Sequence[tuple[int | None, int]]) -> list[int]:
    """(mail or None for all, now) -> how many that failed are due again, with a day before them.

    What is being tried just now is left alone: it has no answer yet.
    """
    counts = []
    for mail_id, now in items:
        failed = _M.answer != ""
        wanted = failed if mail_id is None else failed & (_M.id == mail_id)
        change = sa.update(mails).where(wanted).values(due_at=now, created_at=now)
        counts.append(tx.connection.execute(change).rowcount)
    return counts


@unit(order=60)
def forget_mails(tx: Tx, items: Sequence[int]) -> list[int]:
    """Delete mails older than `before` (ms), whatever became of them; returns how many there were."""
    return [
        tx.connection.execute(sa.delete(mails).where(_M.created_at < before)).rowcount for before in items
    ]


def list_mails(connection: sa.Connection, most: int) -> list[MailRow]:
    """The newest first."""
    columns = (_M.id, _M.recipient, _M.subject, _M.created_at, _M.tries, _M.due_at, _M.answer)
    rows = connection.execute(sa.select(*columns).order_by(_M.id.desc()).limit(most))
    return [MailRow(*row) for row in rows]


def count_mails(connection: sa.Connection) -> tuple[int, int]:
    """-> (waiting, given up)."""
    total, waiting = connection.execute(
        sa.select(sa.func.count(), sa.func.count(_M.due_at)).select_from(mails)
    ).one()
    return waiting, total - waiting
