"""Taking due work, once, across nodes; and finding work whose time has come or whose holder is gone."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from lotsman.domain.lifecycle import State
from lotsman.domain.message import RECEIPT_GRACE, Outgoing
from lotsman.domain.parts import MESSENGER
from lotsman.domain.routing import LinkTerms
from lotsman.domain.service import Service
from lotsman.domain.turns import FIRST_TURNS, MOST_QUEUES, Taker, Turns, walks_of
from lotsman.store.database import Tx, unit
from lotsman.store.rowset import INT, TEXT, Query, Rowset
from lotsman.store.tables.messages import ON_ITS_WAY, WAITING, messages, parts


class Claim(NamedTuple):
    """One link's appetite."""

    link_id: int
    lane: str
    most: int  # parts
    node_id: int
    now: int  # ms
    turns: Turns = FIRST_TURNS
    terms: LinkTerms | None = None  # what the link makes of a message


class Claimed(NamedTuple):
    messages: Sequence[Outgoing]
    turns: Turns = FIRST_TURNS  # for the next claim from that lane
    more: bool = False  # there may be more


# Walks from queue to queue of a lane without touching what waits in them. A walk is (n, lane, after, last).
_QUEUES: Final = Rowset(
    f"""WITH RECURSIVE walk(n, lane, last, queue, step) AS (
        SELECT v.n, v.lane, v.last, (SELECT m.queue FROM messages m WHERE m.state = {State.ACCEPTED:d} AND m.lane = v.lane
            AND m.queue > v.after AND m.queue <= v.last ORDER BY m.queue LIMIT 1), 1 FROM {{v}}
        UNION ALL
        SELECT w.n, w.lane, w.last, (SELECT m.queue FROM messages m WHERE m.state = {State.ACCEPTED:d} AND m.lane = w.lane
            AND m.queue > w.queue AND m.queue <= w.last ORDER BY m.queue LIMIT 1), w.step + 1
        FROM walk w WHERE w.queue IS NOT NULL AND w.step < {MOST_QUEUES})
    SELECT n, queue FROM walk WHERE queue IS NOT NULL ORDER BY n, queue""",
    (("n", INT), ("lane", TEXT), ("after", INT), ("last", INT)),
    yields=("n", "queue"),
)
_DUE: Final = Query(
    f"""SELECT id, service, msisdn, sender, text, parts, expires_at, callback <> '' AS tells, country, operator FROM messages
    WHERE state = {State.ACCEPTED:d} AND lane = {{p}} AND queue = {{p}} AND due_at <= {{p}} AND expires_at > {{p}}
    ORDER BY due_at, id LIMIT {{p}} {{lock}}""",
    yields=(
        "id",
        "service",
        "msisdn",
        "sender",
        "text",
        "parts",
        "expires_at",
        "tells",
        "country",
        "operator",
    ),
    lock="FOR UPDATE SKIP LOCKED",
)
_HOLD: Final = Rowset(
    f"""UPDATE messages SET state = {State.SENDING:d}, node_id = v.node_id, link_id = v.link_id, modified_at = v.at,
        sender_out = v.sender_out, cost = v.cost, due_at = expires_at + {RECEIPT_GRACE} FROM {{v}} WHERE messages.id = v.id""",
    (("id", INT), ("node_id", INT), ("link_id", INT), ("at", INT), ("sender_out", TEXT), ("cost", INT)),
)
_LANES: Final = Rowset(
    f"UPDATE messages SET lane = v.lane FROM {{v}} WHERE messages.id = v.id AND messages.state = {State.ACCEPTED:d}",
    (("id", INT), ("lane", TEXT)),
)
_TAKEN_PARTS: Final = Rowset(
    "SELECT p.message_id AS message_id, p.part AS part FROM {v} JOIN parts p ON p.message_id = v.id "
    f"WHERE p.part BETWEEN 1 AND {MESSENGER - 1}",
    (("id", INT),),
    yields=("message_id", "part"),
)


@unit(order=40)
def claim(tx: Tx, items: Sequence[Claim]) -> list[Claimed]:
    """Due messages of the lane, now held by this node for this link: whose turn it is, the oldest first."""
    return [_claim(tx, item) for item in items]


def _claim(tx: Tx, item: Claim) -> Claimed:
    walks = [(n, item.lane, walk.after, walk.last) for n, walk in enumerate(walks_of(item.turns))]
    queues = [queue for _, queue in _QUEUES.run(tx, walks)]
    taker = Taker(queues, item.turns, item.most)
    rows: list[Any] = []
    for queue, most in taker:
        found = _DUE.run(tx, (item.lane, queue, item.now, item.now, most))
        taker.took(len(found))
        rows += found
    if not rows:
        return Claimed((), taker.turns, taker.more)
    return Claimed(_held_now(tx, item, rows), taker.turns, taker.more)


def _held_now(tx: Tx, item: Claim, rows: Sequence[Any]) -> list[Outgoing]:
    terms = item.terms
    strict = terms is not None and terms.senders.strict
    senders = {row[0]: terms.sender_out(Service(row[1]), row[3]) for row in rows} if terms and strict else {}
    costs = {row[0]: _cost(terms, row, item.now) for row in rows} if terms and terms.costs else {}
    held = [
        (row[0], item.node_id, item.link_id, item.now, senders.get(row[0], ""), costs.get(row[0]))
        for row in rows
    ]
    _HOLD.run(tx, sorted(held, key=itemgetter(0)))
    taken: dict[int, set[int]] = {}
    for message_id, part in _TAKEN_PARTS.run(tx, [(row[0],) for row in rows if row[5] > 1]):
        taken.setdefault(message_id, set()).add(part)
    return [
        Outgoing(
            id_, Service(service), msisdn, senders.get(id_) or sender, text, count, expires_at,
            frozenset(taken.get(id_, ())), bool(tells), item.lane,
        )
        for id_, service, msisdn, sender, text, count, expires_at, tells, _, _ in rows
    ]  # fmt: skip


def _cost(terms: LinkTerms, row: Any, now: int) -> int | None:
    _, service, msisdn, _, _, count, _, _, country, operator = row
    return terms.message_cost(Service(service), country, operator, msisdn, count, now)


def change_lanes(tx: Tx, lanes: Sequence[tuple[int, str]]) -> int:
    """(message id, lane): where those of them that wait for a link do so from now on; -> how many do."""
    return _LANES.count(tx, sorted(lanes)) if lanes else 0


class Overdue(NamedTuple):
    message_id: int
    state: State
    expires_at: int
    tells: bool
    has_two_ways: bool  # domain/fallback.py
    error: int  # a Refusal code: HELD if it waited for approval


def overdue(connection: sa.Connection, now: int, most: int) -> list[Overdue]:
    """Messages whose time is over: not taken by a link, or not approved, until their ttl; or past every deadline after it."""
    m = messages.c
    columns = (m.id, m.state, m.expires_at, m.callback != "", m.service == Service.VIBER_SMS, m.error)
    waiting = sa.select(*columns).where(WAITING, m.expires_at <= now)
    held = sa.select(*columns).where(
        ON_ITS_WAY, m.state == State.DEFERRED, m.due_at <= now, m.expires_at <= now
    )
    others = [State.SENDING, State.SUBMITTED, State.UNCERTAIN]
    late = [sa.select(*columns).where(ON_ITS_WAY, m.state == state, m.due_at <= now) for state in others]
    found: list[Overdue] = []
    for query in (waiting, held, *late):
        if len(found) < most:
            rows = connection.execute(query.limit(most - len(found)))
            found += [
                Overdue(row[0], State(row[1]), row[2], bool(row[3]), bool(row[4]), row[5]) for row in rows
            ]
    return found


def due_deferred(connection: sa.Connection, now: int, most: int) -> list[tuple[int, bool]]:
    """Deferred messages whose send_datetime has come, and whether their owners want to be told. One that waits for approval
    is due when its time is over (`overdue`).
    """
    m = messages.c
    query = sa.select(m.id, m.callback != "").where(
        ON_ITS_WAY, m.state == State.DEFERRED, m.due_at <= now, m.expires_at > now
    )
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
    query = sa.select(m.id).where(ON_ITS_WAY, m.state == State.SENDING, m.node_id == node_id)
    return list(connection.execute(query).scalars())


def _held(connection: sa.Connection, whose: sa.ColumnElement[bool], most: int) -> list[Held]:
    m = messages.c
    query = (
        sa.select(m.id, m.link_id, m.msisdn, m.parts, m.node_id, (m.callback != "").label("tells"))
        .where(ON_ITS_WAY, m.state == State.SENDING, whose)
        .limit(most)
    )
    rows = connection.execute(query).all()
    several = [row.id for row in rows if row.parts > 1]
    taken: dict[int, set[int]] = {}
    for start in range(0, len(several), 500):
        found = sa.select(parts.c.message_id, parts.c.part).where(
            parts.c.message_id.in_(several[start : start + 500]), parts.c.part.between(1, MESSENGER - 1)
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


def lanes_due(connection: sa.Connection, now: int) -> list[str]:
    """The lanes in which a message waits for a link; looks at one message of each lane at the most."""
    m = messages.c
    found: list[str] = []
    lane = connection.execute(sa.select(sa.func.min(m.lane)).where(WAITING)).scalar()
    while lane is not None:
        due = sa.select(sa.literal(1)).where(WAITING, m.lane == lane, m.due_at <= now).limit(1)
        if connection.execute(due).first() is not None:
            found.append(lane)
        following = sa.select(sa.func.min(m.lane)).where(WAITING, m.lane > lane)
        lane = connection.execute(following).scalar()
    return found
