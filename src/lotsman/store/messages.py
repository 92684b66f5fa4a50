"""Messages: acceptance (the write that everything promises), and looking them up again."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from lotsman.domain.breakers import Meter
from lotsman.domain.fallback import Fallback
from lotsman.domain.lane import EMULATOR
from lotsman.domain.ledger import EntryKind, LedgerEntry
from lotsman.domain.lifecycle import State, history_line
from lotsman.domain.message import RECEIPT_GRACE, Draft, Stored
from lotsman.domain.protection import Watch
from lotsman.domain.refusals import Refusal, by_code
from lotsman.domain.routing import LinkTerms
from lotsman.domain.turns import queue_of
from lotsman.store import fallbacks
from lotsman.store.call_minutes import keep_minutes
from lotsman.store.database import ACCEPT, Tx, unit
from lotsman.store.held import mark, visitor_of
from lotsman.store.ledger import lock_balances, post
from lotsman.store.numbers import message_ids
from lotsman.store.rowset import INT, TEXT, Rowset
from lotsman.store.screening import Screening, Watched
from lotsman.store.tables.messages import ON_ITS_WAY, SENDER_SHOWN, WAITING, messages, parts
from lotsman.store.usage import Metered, Metering
from lotsman.store.wakeups import announce_due

__all__ = [
    "Acceptance",
    "Accepted",
    "Dossier",
    "Stored",
    "Waiting",
    "accept",
    "dossier",
    "find",
    "latest",
    "recent",
    "stuck",
    "waiting",
]


class Acceptance(NamedTuple):
    """A request whose messages passed admission, on its way to the disk."""

    account_id: int
    at: int  # ms
    cost: int  # kopecks: what it costs; never negative
    drafts: Sequence[Draft]
    link_id: int | None  # the link that has room for all of it right now: no queueing, no second write
    node_id: int
    watch: Watch | None = None  # what to look up first; None: nothing
    meters: Sequence[Meter] = ()  # limits that only the store can judge
    process: int = 0  # who counts (store/usage.py)
    marked: bool = False  # some draft is held, or has the address of an end user
    packet: bool = False  # accepted even if nothing of it may be sent (API-2)
    terms: LinkTerms | None = None  # what that link makes of a message


class Accepted(NamedTuple):
    ids: Sequence[int]  # one for each draft, ascending
    balance: int  # kopecks, after the charge
    drafts: Sequence[Draft]  # as they were stored: what was looked up may have turned some down


_INSERT: Final = Rowset(
    """INSERT INTO messages (id, account_id, batch_id, service, lane, msisdn, sender, sender_asked, text, parts, price,
        country, operator, state, error, created_at, modified_at, send_at, expires_at, due_at, link_id, node_id, history,
        callback, item_id, queue, sender_out, cost)
    SELECT id, account_id, batch_id, service, lane, msisdn, sender, sender_asked, text, parts, price,
        country, operator, state, error, created_at, created_at, send_at, expires_at, due_at, link_id, node_id, history,
        callback, item_id, queue, sender_out, cost
    FROM {v} WHERE true""",
    (
        ("id", INT), ("account_id", INT), ("batch_id", INT), ("service", INT), ("lane", TEXT), ("msisdn", TEXT),
        ("sender", TEXT), ("sender_asked", TEXT), ("text", TEXT), ("parts", INT), ("price", INT), ("country", TEXT),
        ("operator", TEXT), ("state", INT), ("error", INT), ("created_at", INT), ("send_at", INT), ("expires_at", INT),
        ("due_at", INT), ("link_id", INT), ("node_id", INT), ("history", TEXT),
        ("callback", TEXT), ("item_id", TEXT), ("queue", INT), ("sender_out", TEXT),
        ("cost", INT),
    ),
)  # fmt: skip


@unit(order=10, lane=ACCEPT)
def accept(tx: Tx, items: Sequence[Acceptance]) -> list[Accepted | Refusal]:
    """Store, charge and write the first event of every message. A request that the balance cannot pay, or of which
    nothing may be sent, leaves nothing.
    """
    balances = lock_balances(tx, {item.account_id: 0 for item in items})
    ids = iter(message_ids(tx, sum(len(item.drafts) for item in items)))
    results: list[Accepted | Refusal] = []
    rows: list[tuple[Any, ...]] = []
    charges: list[LedgerEntry] = []
    two_ways: list[tuple[int, Fallback, int]] = []
    marks: list[tuple[Acceptance, Sequence[int]]] = []
    queued = False
    screening, metering = _screening(tx, items), _metering(tx, items)
    for place, asked in enumerate(items):
        item = asked
        if screening is not None and asked.watch is not None:
            item = _judged(asked, screening.judge(place))
            if not item.packet and all(draft.error for draft in item.drafts):
                results.append(by_code(item.drafts[0].error))
                continue
        if metering is not None and item.meters and (broken := metering.refuses(_metered(item))) is not None:
            results.append(broken)
            continue
        balance, credit_limit = balances[item.account_id]
        if item.cost > 0 and balance - item.cost < -credit_limit:
            results.append(Refusal.NO_MONEY)
            continue
        balances[item.account_id] = (balance - item.cost, credit_limit)
        taken = [next(ids) for _ in item.drafts]
        rows += _rows(item, taken)
        queued = queued or item.link_id is None
        two_ways += [
            (id_, d.fallback, d.send_at or item.at)
            for id_, d in zip(taken, item.drafts, strict=True)
            if d.fallback is not None and not d.error
        ]
        if item.cost:
            charges.append(LedgerEntry(EntryKind.CHARGE, taken[0], item.account_id, item.at, -item.cost))
        if screening is not None and item.watch is not None:
            screening.accepted(place, item.drafts)
        if metering is not None and item.meters:
            metering.accepted(_metered(item))
        if item.marked:
            marks.append((item, taken))
        results.append(Accepted(taken, balance - item.cost, item.drafts))
    _INSERT.run(tx, rows)
    if two_ways:
        fallbacks.keep(tx, two_ways)
    keep_minutes(tx, _paid_minutes(items, results))
    if screening is not None:
        screening.remember()
    if metering is not None:
        metering.remember()
    for item, of_item in marks:
        mark(tx, item.account_id, of_item, item.drafts, item.at)
    if charges:
        post(tx, charges)
    if queued:
        announce_due(tx)
    return results


def _paid_minutes(
    items: Sequence[Acceptance], results: Sequence[Accepted | Refusal]
) -> list[tuple[int, int]]:
    """Message -> minutes, of calls whose price pays more than one."""
    return [
        (id_, draft.minutes)
        for item, result in zip(items, results, strict=True)
        if item.cost and isinstance(result, Accepted)
        for id_, draft in zip(result.ids, result.drafts, strict=True)
        if draft.minutes > 1
    ]


def _screening(tx: Tx, items: Sequence[Acceptance]) -> Screening | None:
    """None when nothing has to be looked up, as for most groups."""
    watched = {
        place: Watched(item.account_id, item.at, item.drafts, item.watch)
        for place, item in enumerate(items)
        if item.watch is not None
    }
    return Screening(tx, watched) if watched else None


def _metering(tx: Tx, items: Sequence[Acceptance]) -> Metering | None:
    """None when memory has judged every limit, as nearly always."""
    metered = [_metered(item) for item in items if item.meters]
    return Metering(tx, metered) if metered else None


def _metered(item: Acceptance) -> Metered:
    return Metered(item.account_id, item.process, item.meters)


def _judged(item: Acceptance, drafts: Sequence[Draft]) -> Acceptance:
    """The same with what may be sent of it, and what that costs."""
    return item._replace(drafts=drafts, cost=sum(draft.price for draft in drafts) if item.cost else 0)


def _rows(item: Acceptance, ids: Sequence[int]) -> list[tuple[Any, ...]]:
    batch_id, rows = ids[0], []
    at, account_id, link_id, node_id = item.at, item.account_id, item.link_id, item.node_id
    lines, terms = _FIRST_LINES, item.terms
    strict = terms is not None and terms.senders.strict
    bought = terms is not None and terms.costs is not None
    for id_, d in zip(ids, item.drafts, strict=True):
        if d.error:
            state, due, link, node = State.REFUSED, None, None, None
        elif d.held:
            state, due, link, node = State.DEFERRED, d.expires_at, None, None
        elif d.send_at is not None:
            state, due, link, node = State.DEFERRED, d.send_at, None, None
        elif link_id is not None:
            state, due, link, node = State.SENDING, d.expires_at + RECEIPT_GRACE, link_id, node_id
        else:
            state, due, link, node = State.ACCEPTED, at, None, None
        rows.append(
            (id_, account_id, batch_id, d.service, d.lane, d.msisdn, d.sender, d.sender_asked, d.text, d.parts, d.price,
             d.country, d.operator, state, d.error or (HELD if d.held else 0), at, d.send_at, d.expires_at, due, link, node,
             f"{at}{lines[state]}", d.callback, d.item_id, queue_of(d.text_class, account_id),
             terms.sender_out(d.service, d.sender) if strict and link and terms else "",
             terms.message_cost(d.service, d.country, d.operator, d.msisdn, d.parts, at) if bought and link and terms else None)
        )  # fmt: skip
    return rows


HELD: Final = Refusal.HELD.code
_FIRST_LINES: Final = {state: history_line(0, "ACCEPTED", state)[1:] for state in State}

_STRETCH: Final = 500
_ANSWER_COLUMNS: Final = (
    messages.c.id, messages.c.msisdn, messages.c.price, messages.c.state, SENDER_SHOWN, messages.c.sender_asked,
    messages.c.created_at, messages.c.modified_at, messages.c.parts, messages.c.country, messages.c.operator,
    messages.c.error, messages.c.text, messages.c.batch_id, messages.c.send_at, messages.c.service, messages.c.item_id,
    messages.c.attributes,
)  # fmt: skip


def _stored(row: Any) -> Stored:
    fields: tuple[Any, ...] = tuple(row)
    return Stored(*fields)._replace(state=State(row[3]))


def find(connection: sa.Connection, account_id: int, ids: Sequence[int]) -> dict[int, Stored]:
    """The account's own messages among `ids`; others' do not exist for it."""
    found: dict[int, Stored] = {}
    for start in range(0, len(ids), 500):
        query = sa.select(*_ANSWER_COLUMNS).where(
            messages.c.account_id == account_id, messages.c.id.in_(ids[start : start + 500])
        )
        found.update((row[0], _stored(row)) for row in connection.execute(query))
    return found


def find_batch(connection: sa.Connection, account_id: int, batch_id: int) -> list[Stored]:
    """The account's messages of one request, in order.

    Ids of a request lie together, and another node can have drawn only few between them: so the way from the first id
    ends at the first stretch without any, and no index of batches is needed.
    """
    found: list[Stored] = []
    after = batch_id - 1
    while True:
        query = (
            sa.select(*_ANSWER_COLUMNS)
            .where(messages.c.account_id == account_id, messages.c.id > after)
            .order_by(messages.c.id)
            .limit(_STRETCH)
        )
        stretch = [_stored(row) for row in connection.execute(query)]
        members = [message for message in stretch if message.batch_id == batch_id]
        found += members
        if not members or len(stretch) < _STRETCH:
            return found
        after = stretch[-1].id


def recent(connection: sa.Connection, account_id: int, since: int, most: int) -> list[Stored]:
    """The account's messages created at `since` (ms) or later, newest first."""
    query = (
        sa.select(*_ANSWER_COLUMNS)
        .where(messages.c.account_id == account_id, messages.c.created_at >= since)
        .order_by(messages.c.id.desc())
        .limit(most)
    )
    return [_stored(row) for row in connection.execute(query)]


class Dossier(NamedTuple):
    """Everything stored about one message: for the operator."""

    message: dict[str, Any]
    parts: list[dict[str, Any]]
    ip: str  # of the end user whose doing it is; "" if nobody said, or it is forgotten


def dossier(connection: sa.Connection, message_id: int) -> Dossier | None:
    row = connection.execute(sa.select(messages).where(messages.c.id == message_id)).mappings().first()
    if row is None:
        return None
    rows = connection.execute(
        sa.select(parts).where(parts.c.message_id == message_id).order_by(parts.c.part)
    ).mappings()
    return Dossier(dict(row), [dict(part) for part in rows], visitor_of(connection, message_id))


def latest(connection: sa.Connection, account_id: int | None, state: State | None, most: int) -> list[Stored]:
    """The newest messages, of one account or state when given: for the operator."""
    query = sa.select(*_ANSWER_COLUMNS).order_by(messages.c.id.desc()).limit(most)
    if account_id is not None:
        query = query.where(messages.c.account_id == account_id)
    if state is not None:
        query = query.where(messages.c.state == state)
    return [_stored(row) for row in connection.execute(query)]


class Waiting(NamedTuple):
    by_state: dict[State, int]
    oldest: int | None  # ms: since when the oldest message waits for a link


def waiting(connection: sa.Connection) -> Waiting:
    """How many messages are not final, by state; read from the index of what is due."""
    counts = connection.execute(
        sa.select(messages.c.state, sa.func.count()).where(ON_ITS_WAY).group_by(messages.c.state)
    )
    by_state = {State(state): count for state, count in counts}
    accepted = connection.execute(
        sa.select(sa.func.count()).select_from(messages).where(WAITING)
    ).scalar_one()
    if accepted:
        by_state[State.ACCEPTED] = accepted
    oldest = connection.execute(
        sa.select(sa.func.min(messages.c.due_at)).where(WAITING, messages.c.lane != EMULATOR)
    ).scalar()
    return Waiting(by_state, oldest)


def stuck(connection: sa.Connection, before: int) -> int:
    """Messages that should have ended before `before` (ms) and have not: always 0."""
    deadline = messages.c.expires_at + RECEIPT_GRACE
    counts = (
        connection.execute(sa.select(sa.func.count()).where(which, deadline < before)).scalar_one()
        for which in (WAITING, ON_ITS_WAY)
    )
    return sum(counts)
