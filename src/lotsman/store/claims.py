"""Taking due work, once, across nodes; and finding work whose time has come or whose holder is gone."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa

from lotsman.domain.lifecycle import State
from lotsman.domain.message import RECEIPT_GRACE, Outgoing
from lotsman.domain.service import Service
from lotsman.store.database import Tx, unit
from lotsman.store.rowset import INT, Query, Rowset
from lotsman.store.tables.messages import messages, parts


class Claim(NamedTuple):
    """One link's appetite."""

    link_id: int
    lane: int
    most: int
    node_id: int
    now: int  # ms


_DUE: Final = Query(
    f"""SELECT id, service, msisdn, sender, text, parts, expires_at, callback <> '' AS tells FROM messages
    WHERE state = {State.ACCEPTED:d} AND lane = {{p}} AND due_at <= {{p}} AND expires_at > {{p}}
    ORDER BY due_at, expires_at LIMIT {{p}} {{lock}}""",
    yields=("id", "service", "msisdn", "sender", "text", "parts", "expires_at", "tells"),
    lock="FOR UPDATE SKIP LOCKED",
)
_HOLD: Final = Rowset(
    f"""UPDATE messages SET state = {State.SENDING:d}, node_id = v.node_id, link_id = v.link_id, modified_at = v.at,
        due_at = expires_at + {RECEIPT_GRACE} FROM {{v}} WHERE messages.id = v.id""",
    (("id", INT), ("node_id", INT), ("link_id", INT), ("at", INT)),
)
_TAKEN_PARTS: Final = Rowset(
    "SELECT p.message_id AS message_id, p.part AS part FROM {v} JOIN parts p ON p.message_id = v.id",
    (("id", INT),),
    yields=("message_id", "part"),
)


@unit(order=40)
def claim(tx: Tx, items: Sequence[Claim]) -> list[list[Outgoing]]:
    """The oldest due messages of the lane, now held by this node for this link; in the order they fell due."""
    return [_claim(tx, item) for item in items]


def _claim(tx: Tx, item: Claim) -> list[Outgoing]:
    rows = _DUE.run(tx, (item.lane, item.now, item.now, item.most))
    _HOLD.run(tx, sorted((row[0], item.node_id, item.link_id, item.now) for row in rows))
    taken: dict[int, set[int]] = {}
    for message_id, part in _TAKEN_PARTS.run(tx, [(row[0],) for row in rows if row[5] > 1]):
        taken.setdefault(message_id, set()).add(part)
    return [
        Outgoing(
            id_,
            Service(service),
            msisdn,
            sender,
            text,
            count,
            expires_at,
            frozenset(taken.get(id_, ())),
            bool(tells),
        )
        for id_, service, msisdn, sender, text, count, expires_at, tells in rows
    ]


class Overdue(NamedTuple):
    message_id: int
    state: State
    expires_at: int
    tells: bool


def overdue(connection: sa.Connection, now: int, most: int) -> list[Overdue]:
    """Messages whose time is over: not yet taken by a link at their ttl, or past every deadline after it."""
    m = messages.c
    columns = (m.id, m.state, m.expires_at, m.callback != "")
    waiting = sa.select(*columns).where(m.state == State.ACCEPTED, m.due_at.is_not(None), m.expires_at <= now)
    others = [State.SENDING, State.SUBMITTED, State.UNCERTAIN]
    late = [sa.select(*columns).where(m.state == state, m.due_at <= now) for state in others]
    found: list[Overdue] = []
    for query in (waiting, *late):
        if len(found) < most:
            rows = connection.execute(query.limit(most - len(found)))
            found += [Overdue(row[0], State(row[1]), row[2], bool(row[3])) for row in rows]
    return found


def due_deferred(connection: sa.Connection, now: int, most: int) -> list[tuple[int, bool]]:
    """Deferred messages whose send_datetime has come, and whether their owners want to be told."""
    m = messages.c
    query = sa.select(m.id, m.callback != "").where(m.state == State.DEFERRED, m.due_at <= now)
    rows = connection.execute(query.order_by(m.due_at).limit(most))
    return [(row[0], bool(row[1])) for row in rows]


class Held(NamedTuple):
    """A message in the hands of a node that is gone."""

    message_id: int
    link_id: int
    msisdn: str
    parts: int
    taken: frozenset[int]
    node_id: int
    tells: bool


def held_by(connection: sa.Connection, node_ids: Sequence[int], most: int) -> list[Held]:
    """What these nodes hold."""
    return _held(connection, messages.c.node_id.in_(node_ids), most)


def held_among(connection: sa.Connection, node_id: int, ids: Sequence[int]) -> list[Held]:
    """Those of these messages that this node holds."""
    return _held(connection, (messages.c.node_id == node_id) & messages.c.id.in_(ids), len(ids))


def held_ids(connection: sa.Connection, node_id: int) -> list[int]:
    """All messages that this node holds."""
    m = messages.c
    query = sa.select(m.id).where(m.state == State.SENDING, m.due_at.is_not(None), m.node_id == node_id)
    return list(connection.execute(query).scalars())


def _held(connection: sa.Connection, whose: sa.ColumnElement[bool], most: int) -> list[Held]:
    m = messages.c
    query = (
        sa.select(m.id, m.link_id, m.msisdn, m.parts, m.node_id, (m.callback != "").label("tells"))
        .where(m.state == State.SENDING, m.due_at.is_not(None), whose)
        .limit(most)
    )
    rows = connection.execute(query).all()
    several = [row.id for row in rows if row.parts > 1]
    taken: dict[int, set[int]] = {}
    for start in range(0, len(several), 500):
        found = sa.select(parts.c.message_id, parts.c.part).where(
            parts.c.message_id.in_(several[start : start + 500])
        )
        for message_id, part in connection.execute(found):
            taken.setdefault(message_id, set()).add(part)
    return [
        Held(
            row.id,
            row.link_id or 0,
            row.msisdn,
            row.parts,
            frozenset(taken.get(row.id, ())),
            row.node_id,
            bool(row.tells),
        )
        for row in rows
    ]


def any_due(connection: sa.Connection, now: int) -> bool:
    """Whether a message waits for a link."""
    m = messages.c
    query = sa.select(sa.literal(1)).where(m.state == State.ACCEPTED, m.due_at <= now).limit(1)
    return connection.execute(query).first() is not None
