"""Messages that may go as an SMS where the messenger fails: the other way is taken once, and paid for once."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from lotsman.domain.fallback import Fallback, Way, surplus
from lotsman.domain.lane import EMULATOR
from lotsman.domain.ledger import EntryKind, LedgerEntry
from lotsman.domain.lifecycle import FINAL, State
from lotsman.store.database import Tx, unit
from lotsman.store.rowset import INT, TEXT, Rowset
from lotsman.store.tables.fallbacks import fallbacks
from lotsman.store.tables.messages import messages
from lotsman.store.wakeups import announce_due

_KEEP: Final = Rowset(
    """INSERT INTO fallbacks (message_id, lane, sender, messenger_price, sms_price, since, waiting)
    SELECT message_id, lane, sender, messenger_price, sms_price, since, 1 FROM {v} WHERE true""",
    (
        ("message_id", INT), ("lane", TEXT), ("sender", TEXT), ("messenger_price", INT), ("sms_price", INT),
        ("since", INT),
    ),
)  # fmt: skip
_WAITING: Final = Rowset(
    "SELECT f.message_id AS id FROM {v} JOIN fallbacks f ON f.message_id = v.id WHERE f.waiting = 1",
    (("id", INT),),
    yields=("id",),
)
_TAKEN: Final = Rowset(
    "UPDATE fallbacks SET waiting = 0 FROM {v} WHERE fallbacks.message_id = v.id", (("id", INT),)
)
_CHARGED: Final = Rowset(
    f"""SELECT m.id AS id, m.account_id AS account_id, m.price AS price, f.messenger_price AS messenger_price,
        f.sms_price AS sms_price, f.waiting AS waiting
    FROM {{v}} JOIN fallbacks f ON f.message_id = v.id JOIN messages m ON m.id = v.id
    WHERE m.price > 0 AND m.lane <> '{EMULATOR}'""",
    (("id", INT),),
    yields=("id", "account_id", "price", "messenger_price", "sms_price", "waiting"),
)


def keep(tx: Tx, rows: Sequence[tuple[int, Fallback, int]]) -> None:
    """(message, what its other way is, from when its time is counted) of messages that were just accepted."""
    _KEEP.run(tx, [(i, f.lane, f.sender, f.messenger_price, f.sms_price, since) for i, f, since in rows])


def may_fall_back(tx: Tx, message_ids: Sequence[int]) -> set[int]:
    """Those that have another way left."""
    return (
        {row[0] for row in _WAITING.run(tx, [(i,) for i in sorted(set(message_ids))])}
        if message_ids
        else set()
    )


def took_other_way(tx: Tx, message_ids: Sequence[int]) -> None:
    """They are SMS from now on, and have no other way left."""
    _TAKEN.run(tx, [(message_id,) for message_id in message_ids])
    announce_due(tx)


def surpluses(tx: Tx, ended: dict[int, tuple[int, Way | None]]) -> list[LedgerEntry]:
    """What goes back of messages that ended: id -> (ms, by which way; None: the one that it was on)."""
    entries = []
    for row in _CHARGED.run(tx, [(message_id,) for message_id in sorted(ended)]):
        message_id, account_id, price, messenger_price, sms_price, waiting = row
        at, by = ended[message_id]
        way = by or (Way.MESSENGER if waiting else Way.SMS)
        amount = surplus(price, messenger_price, sms_price, way)
        if amount:
            note = f"ended by {way.name.lower()}"
            entries.append(LedgerEntry(EntryKind.REFUND, message_id, account_id, at, amount, note))
    return entries


class Late(NamedTuple):
    """A message that the messenger has not delivered in time."""

    message_id: int
    state: State
    tells: bool


def late(connection: sa.Connection, since: int, most: int) -> list[Late]:
    """Those whose time is counted from `since` (ms) or earlier; not those that are in a link's hands."""
    m, f = messages.c, fallbacks.c
    query = (
        sa.select(m.id, m.state, m.callback != "")
        .join(fallbacks, f.message_id == m.id)
        .where(
            f.waiting == 1, f.since <= since, m.state.in_([State.ACCEPTED, State.SUBMITTED, State.UNCERTAIN])
        )
        .order_by(f.since)
        .limit(most)
    )
    return [Late(row[0], State(row[1]), bool(row[2])) for row in connection.execute(query)]


@unit(order=60)
def forget_ended(tx: Tx, items: Sequence[int]) -> list[int]:
    """Forget messages that have ended and whose time was counted from before `before` (ms); -> how many."""
    ended = sa.select(messages.c.id).where(messages.c.id == fallbacks.c.message_id, messages.c.state >= FINAL)
    delete = sa.delete(fallbacks).where(sa.exists(ended.correlate(fallbacks)))
    counts: list[Any] = [
        tx.connection.execute(delete.where(fallbacks.c.since < before)).rowcount for before in items
    ]
    return counts
