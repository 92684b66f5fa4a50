"""Calls to customers: written with the change they tell of, taken once across nodes, kept until they are taken or dead.

Rule 1: a call that tells of an older status than the message has now is dropped instead of made: a newer one is on its
way. And a newer one waits while an older one of the same message is being made. So no old status is ever told after a new
one, however long a receiver was away or took to answer. (Two nodes that take within the same milliseconds, one just before
the change and one just after it, do not see each other: their two calls may be under way together.)
Rule 2: taking a call moves its due time beyond the time a try may last; a node that dies gives it back by that alone.
"""

import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from lotsman.domain.callback import host_of, status_parameters, wanted_fields
from lotsman.domain.lifecycle import STATUS, State
from lotsman.domain.message import Stored
from lotsman.store.database import Tx, unit
from lotsman.store.rowset import INT, TEXT, Query, Rowset
from lotsman.store.tables.callbacks import callbacks

LEASE: Final = 60_000  # ms; a try lasts 10 s at most
_ROUNDS: Final = 8
DEAD_KEPT: Final = 30 * 24 * 60 * 60 * 1000  # ms


class NewCallback(NamedTuple):
    """A call to make. `message_id` 0: it does not tell of a message."""

    account_id: int
    message_id: int
    target: str  # GET url, POST url
    parameters: Sequence[tuple[str, str]]
    at: int  # ms
    status: int | None = None  # of the message, when it tells of one


class Change(NamedTuple):
    """A message's new state, just written in this transaction."""

    message_id: int
    state: State
    error: int
    at: int


_INSERT: Final = Rowset(
    """INSERT INTO callbacks (account_id, message_id, status, host, target, parameters, created_at, due_at)
    SELECT account_id, message_id, status, host, target, parameters, at, at FROM {v} WHERE true""",
    (
        ("account_id", INT), ("message_id", INT), ("status", INT), ("host", TEXT), ("target", TEXT),
        ("parameters", TEXT), ("at", INT),
    ),
)  # fmt: skip
_SHOWN: Final = (
    "id", "msisdn", "price", "state", "sender", "sender_asked", "created_at", "modified_at", "parts", "country",
    "operator", "error", "text", "batch_id", "send_at", "service", "item_id", "attributes",
)  # fmt: skip
_SOURCES: Final = {"sender": "CASE WHEN m.sender_out <> '' THEN m.sender_out ELSE m.sender END"}
_TOLD: Final = Rowset(
    f"""SELECT {", ".join(f"{_SOURCES.get(name, f'm.{name}')} AS {name}" for name in _SHOWN)}, m.callback AS callback, m.account_id AS account_id,
        a.time_zone AS time_zone FROM {{v}} JOIN messages m ON m.id = v.id JOIN accounts a ON a.id = m.account_id
    WHERE m.callback <> ''""",
    (("id", INT),),
    yields=(*_SHOWN, "callback", "account_id", "time_zone"),
)


def enqueue(tx: Tx, items: Sequence[NewCallback]) -> None:
    rows = [
        (
            i.account_id,
            i.message_id,
            i.status,
            host_of(i.target),
            i.target,
            json.dumps(list(i.parameters)),
            i.at,
        )
        for i in items
    ]
    _INSERT.run(tx, rows)


def tell(tx: Tx, changes: Sequence[Change]) -> None:
    """Tell the owners of messages that just changed; what they are told is fixed now."""
    by_id = {change.message_id: change for change in changes}
    calls = []
    for row in _TOLD.run(tx, [(message_id,) for message_id in by_id]):
        *shown, target, account_id, zone = row
        change = by_id[shown[0]]
        message = Stored(*shown)._replace(state=change.state, error=change.error, modified_at=change.at)
        parameters = status_parameters(message, zone, wanted_fields(target))
        calls.append(NewCallback(account_id, message.id, target, parameters, change.at, STATUS[change.state]))
    enqueue(tx, calls)


# Taking


class Take(NamedTuple):
    """How many calls to one host a node is ready to make."""

    host: str
    most: int
    now: int  # ms


class Taken(NamedTuple):
    id: int
    message_id: int
    target: str
    parameters: list[tuple[str, str]]
    tries: int  # before this one
    created_at: int
    until: int  # ms: from then on it is anybody's again


_DUE: Final = Query(
    """SELECT c.id AS id, c.message_id AS message_id, c.status AS status, c.target AS target,
        c.parameters AS parameters, c.tries AS tries, c.created_at AS created_at, m.state AS state
    FROM (SELECT * FROM callbacks AS q WHERE q.host = {p} AND q.due_at <= {p}
        AND (q.status IS NULL OR NOT EXISTS (SELECT 1 FROM callbacks o
            WHERE o.message_id = q.message_id AND o.id < q.id AND o.in_hand = 1 AND o.due_at > {p}))
        ORDER BY q.due_at LIMIT {p} {lock}) AS c
    LEFT JOIN messages m ON m.id = c.message_id""",
    yields=("id", "message_id", "status", "target", "parameters", "tries", "created_at", "state"),
    lock="FOR UPDATE SKIP LOCKED",
)
_HOLD: Final = Rowset(
    "UPDATE callbacks SET due_at = v.until, tries = tries + 1, in_hand = 1 FROM {v} WHERE callbacks.id = v.id",
    (("id", INT), ("until", INT)),
)
_FORGET: Final = Rowset("DELETE FROM callbacks WHERE id IN (SELECT id FROM {v})", (("id", INT),))


@unit(order=45)
def take(tx: Tx, items: Sequence[Sequence[Take]]) -> list[list[list[Taken]]]:
    """The oldest due calls to each host, held until LEASE from now."""
    return [_take(tx, item) for item in items]


def _take(tx: Tx, takes: Sequence[Take]) -> list[list[Taken]]:
    found: list[list[Taken]] = []
    held: list[tuple[int, int]] = []
    for item in takes:
        found.append(taken := _take_from(tx, item))
        held += [(call.id, call.until) for call in taken]
    _HOLD.run(tx, sorted(held))
    return found


def _take_from(tx: Tx, item: Take) -> list[Taken]:
    """Also forgets the stale ones that it meets; after a long absence there may be nothing else for a while."""
    until = item.now + LEASE
    for _ in range(_ROUNDS):
        taken, stale = [], []
        for id_, message_id, status, target, parameters, tries, created_at, state in _DUE.run(
            tx, (item.host, item.now, item.now, item.most)
        ):
            if _is_stale(status, state):
                stale.append((id_,))
                continue
            pairs = [(name, value) for name, value in json.loads(parameters)]
            taken.append(Taken(id_, message_id, target, pairs, tries, created_at, until))
        _FORGET.run(tx, stale)
        if taken or not stale:
            break
    return taken


def _is_stale(status: int | None, state: int | None) -> bool:
    return status is not None and state is not None and STATUS[State(state)] != status


# What became of a try


class Outcome(NamedTuple):
    id: int
    again_at: int | None  # ms; None: it was taken
    answer: str = ""
    dead: bool = False
    tries: int | None = None  # the call was not even begun: it has had so many before


_RETRY: Final = Rowset(
    """UPDATE callbacks SET due_at = v.due_at, answer = CASE WHEN v.tries IS NULL THEN v.answer ELSE callbacks.answer END,
        tries = coalesce(v.tries, callbacks.tries), in_hand = 0 FROM {v} WHERE callbacks.id = v.id""",
    (("id", INT), ("answer", TEXT), ("due_at", INT), ("tries", INT)),
)


@unit(order=46)
def record_calls(tx: Tx, items: Sequence[Outcome]) -> list[None]:
    """Those that were taken are forgotten, the others wait for their next try or are dead."""
    _FORGET.run(tx, [(item.id,) for item in items if item.again_at is None and not item.dead])
    rest = [(i.id, i.answer, i.again_at, i.tries) for i in items if i.again_at is not None or i.dead]
    _RETRY.run(tx, rest)
    return [None] * len(items)


def hosts_due(connection: sa.Connection, now: int, after: str, most: int) -> list[str]:
    """The hosts behind `after` that have a call due, in order; found by leaping from one to the next in the index,
    however many calls each has.
    """
    rows = connection.execute(_HOSTS_DUE, {"now": now, "after": after, "most": most})
    return [row[0] for row in rows]


_HOSTS_DUE: Final = sa.text(
    """WITH RECURSIVE hosts (host) AS (
        SELECT min(host) FROM callbacks WHERE due_at IS NOT NULL AND host > :after
        UNION ALL
        SELECT (SELECT min(c.host) FROM callbacks c WHERE c.due_at IS NOT NULL AND c.host > hosts.host) FROM hosts
        WHERE hosts.host IS NOT NULL)
    SELECT host FROM hosts WHERE host IS NOT NULL AND EXISTS (
        SELECT 1 FROM callbacks c WHERE c.host = hosts.host AND c.due_at <= :now) LIMIT :most"""
)


# For people, and for the clock


class CallbackRow(NamedTuple):
    id: int
    account_id: int
    message_id: int
    target: str
    parameters: str
    created_at: int
    due_at: int | None
    tries: int
    answer: str


_COLUMNS: Final = (
    callbacks.c.id, callbacks.c.account_id, callbacks.c.message_id, callbacks.c.target, callbacks.c.parameters,
    callbacks.c.created_at, callbacks.c.due_at, callbacks.c.tries, callbacks.c.answer,
)  # fmt: skip


def list_callbacks(
    connection: sa.Connection, account_id: int | None, dead: bool | None, most: int
) -> list[CallbackRow]:
    """The newest first; `dead` None: both."""
    query = sa.select(*_COLUMNS).order_by(callbacks.c.id.desc()).limit(most)
    return [CallbackRow(*row) for row in connection.execute(query.where(*_which(account_id, dead)))]


def callbacks_of(connection: sa.Connection, message_id: int) -> list[CallbackRow]:
    """Those that still have to be made, or were given up."""
    query = sa.select(*_COLUMNS).where(callbacks.c.message_id == message_id).order_by(callbacks.c.id)
    return [CallbackRow(*row) for row in connection.execute(query)]


def find_callback(connection: sa.Connection, id_: int) -> CallbackRow | None:
    row = connection.execute(sa.select(*_COLUMNS).where(callbacks.c.id == id_)).first()
    return CallbackRow(*row) if row else None


class Replay(NamedTuple):
    """Which dead calls are made again: these ids, or all of an account (None: of everybody)."""

    ids: tuple[int, ...]
    account_id: int | None
    now: int


@unit(order=50)
def replay(tx: Tx, items: Sequence[Replay]) -> list[int]:
    """-> how many calls are due again; their three days begin anew."""
    counts = []
    for item in items:
        wanted = [callbacks.c.id.in_(item.ids)] if item.ids else _which(item.account_id, dead=True)
        change = sa.update(callbacks).where(*wanted)
        values = {"due_at": item.now, "created_at": item.now, "tries": 0, "in_hand": 0}
        counts.append(tx.connection.execute(change.values(values)).rowcount)
    return counts


@unit(order=60)
def forget_dead(tx: Tx, items: Sequence[int]) -> list[int]:
    """Delete dead calls created before `before` (ms); -> how many."""
    dead = callbacks.c.due_at.is_(None)
    return [
        tx.connection.execute(sa.delete(callbacks).where(dead, callbacks.c.created_at < before)).rowcount
        for before in items
    ]


class Backlog(NamedTuple):
    waiting: int
    dead: int
    oldest: int | None  # ms: since when the oldest waiting call is due to be told


def backlog(connection: sa.Connection) -> Backlog:
    waits = callbacks.c.due_at.is_not(None)
    waiting, oldest = connection.execute(
        sa.select(sa.func.count(), sa.func.min(callbacks.c.created_at)).where(waits)
    ).one()
    dead = connection.execute(
        sa.select(sa.func.count()).select_from(callbacks).where(callbacks.c.due_at.is_(None))
    )
    return Backlog(waiting, int(dead.scalar_one()), oldest)


def _which(account_id: int | None, dead: bool | None) -> list[Any]:
    conditions: list[Any] = []
    if account_id is not None:
        conditions.append(callbacks.c.account_id == account_id)
    if dead is not None:
        conditions.append(callbacks.c.due_at.is_(None) if dead else callbacks.c.due_at.is_not(None))
    return conditions
