"""Messages that wait for the operator's approval: marked when they are accepted, released or rejected together with their
mark. One that outlives its ttl ends like any other (store/claims.py, overdue); its mark is forgotten later.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from lotsman.domain.lifecycle import Event, State
from lotsman.domain.message import Draft
from lotsman.store.database import Tx, unit
from lotsman.store.rowset import INT, TEXT, Rowset
from lotsman.store.steps import Move, move
from lotsman.store.tables.breakers import held_messages, visitors
from lotsman.store.tables.messages import ON_ITS_WAY, WAITING, messages
from lotsman.store.usage import know
from lotsman.store.wakeups import announce_due

_HOLD: Final = Rowset(
    "INSERT INTO held_messages (message_id, account_id, held_at, expires_at, reason) "
    "SELECT message_id, account_id, held_at, expires_at, reason FROM {v} WHERE true",
    (("message_id", INT), ("account_id", INT), ("held_at", INT), ("expires_at", INT), ("reason", TEXT)),
)
_SEEN: Final = Rowset(
    "INSERT INTO visitors (message_id, ip, seen_at) SELECT message_id, ip, seen_at FROM {v} WHERE true",
    (("message_id", INT), ("ip", TEXT), ("seen_at", INT)),
)
_FREE: Final = Rowset(
    "DELETE FROM held_messages WHERE message_id IN (SELECT message_id FROM {v})", (("message_id", INT),)
)


class HeldMessage(NamedTuple):
    message_id: int
    account_id: int
    held_at: int  # ms
    expires_at: int  # ms
    reason: str
    msisdn: str
    country: str
    price: int  # kopecks
    send_at: int | None
    tells: bool


class Decision(NamedTuple):
    """The operator's word on held messages."""

    messages: Sequence[HeldMessage]
    event: Event  # RELEASED or CANCELLED
    error: int
    by: str
    at: int  # ms


def mark(tx: Tx, account_id: int, ids: Sequence[int], drafts: Sequence[Draft], at: int) -> None:
    """What goes with freshly stored messages: that they wait, and whose doing they are."""
    stored = list(zip(ids, drafts, strict=True))
    _HOLD.run(tx, [(i, account_id, at, d.expires_at, d.held) for i, d in stored if d.held and not d.error])
    _SEEN.run(tx, [(i, d.ip, at) for i, d in stored if d.ip])


def visitor_of(connection: sa.Connection, message_id: int) -> str:
    query = sa.select(visitors.c.ip).where(visitors.c.message_id == message_id)
    return connection.execute(query).scalar() or ""


def waiting(
    connection: sa.Connection, account_id: int | None, ids: Sequence[int], after: int, most: int
) -> list[HeldMessage]:
    """Messages that wait for approval, oldest first: of one account, or among some, when given."""
    h, m = held_messages.c, messages.c
    query = (
        sa.select(h.message_id, h.account_id, h.held_at, h.expires_at, h.reason, m.msisdn, m.country, m.price,
                  m.send_at, m.callback != "")
        .join(messages, m.id == h.message_id)
        .where(h.message_id > after, m.state == State.DEFERRED)
        .order_by(h.message_id)
        .limit(most)
    )  # fmt: skip
    if account_id is not None:
        query = query.where(h.account_id == account_id)
    if ids:
        query = query.where(h.message_id.in_(ids))
    return [_held(tuple(row)) for row in connection.execute(query)]


def _held(row: tuple[Any, ...]) -> HeldMessage:
    return HeldMessage(*row)


@unit(order=45)
def decide(tx: Tx, items: Sequence[Decision]) -> list[int]:
    """-> how many were moved. A released one that has a send_datetime before it goes out then."""
    counts = []
    for item in items:
        became = move(
            tx,
            [
                Move(m.message_id, item.event, item.at, State.DEFERRED, item.error, f"by {item.by}",
                     due_at=max(item.at, m.send_at or 0), timed=True, tells=m.tells)
                for m in item.messages
            ],
        )  # fmt: skip
        _FREE.run(tx, [(m.message_id,) for m in item.messages])
        if item.event is Event.RELEASED and became:
            know(tx, [(m.account_id, m.msisdn, 0) for m in item.messages if m.message_id in became])
            announce_due(tx)
        counts.append(len(became))
    return counts


class Withdrawn(NamedTuple):
    """A message of a paused account that no link has taken yet."""

    message_id: int
    state: State
    price: int  # kopecks
    tells: bool


def withdrawable(connection: sa.Connection, account_id: int, most: int) -> list[Withdrawn]:
    """What waits in the queue, from the index of what is due: an account's history may be long (hence + 0)."""
    m = messages.c
    found: list[Withdrawn] = []
    for state, of_index in ((State.ACCEPTED, WAITING), (State.DEFERRED, ON_ITS_WAY)):
        query = sa.select(m.id, m.price, m.callback != "").where(
            of_index, m.state == state, m.account_id + 0 == account_id
        )
        rows = connection.execute(query.limit(most - len(found))) if len(found) < most else ()
        found += [Withdrawn(row[0], state, row[1], bool(row[2])) for row in rows]
    return found


def in_hand(connection: sa.Connection, account_id: int) -> int:
    """How many messages of an account a link has taken, that may still be on the way to the carrier."""
    m = messages.c
    query = sa.select(sa.func.count()).where(
        ON_ITS_WAY, m.state == State.SENDING, m.account_id + 0 == account_id
    )
    return int(connection.execute(query).scalar_one())


@unit(order=45)
def free_all(tx: Tx, items: Sequence[int]) -> list[int]:
    """Nothing of an account waits for approval any more; -> how many did."""
    return [
        tx.connection.execute(
            sa.delete(held_messages).where(held_messages.c.account_id == account_id)
        ).rowcount
        for account_id in items
    ]
