"""Minutes of calls that were paid at acceptance; those that were not spoken are paid back, once.

Rule 1: a call of one minute, or at one price however long it lasts, has no row here.
Rule 2: the row ends with the refund of what was not spoken, in the transaction that ends the message.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa

from lotsman.domain.lane import EMULATOR
from lotsman.domain.ledger import EntryKind, LedgerEntry
from lotsman.domain.lifecycle import State
from lotsman.domain.speech import started_minutes
from lotsman.store.database import Tx, unit
from lotsman.store.ledger import post
from lotsman.store.rowset import INT, Rowset
from lotsman.store.tables.call_minutes import call_minutes
from lotsman.store.tables.messages import messages


class Spoken(NamedTuple):
    message_id: int
    duration: int  # seconds from the answer; 0: nobody answered, and the life cycle pays all back
    at: int  # ms


_KEEP: Final = Rowset(
    "INSERT INTO call_minutes (message_id, minutes) SELECT id, minutes FROM {v} WHERE true",
    (("id", INT), ("minutes", INT)),
)
_PAID: Final = Rowset(
    f"""SELECT m.id AS id, m.account_id AS account_id, m.price AS price, c.minutes AS minutes
    FROM {{v}} JOIN call_minutes c ON c.message_id = v.id JOIN messages m ON m.id = v.id
    WHERE m.lane <> '{EMULATOR}' AND m.state IN ({State.SENDING:d}, {State.SUBMITTED:d}, {State.UNCERTAIN:d})
    ORDER BY m.id""",
    (("id", INT),),
    yields=("id", "account_id", "price", "minutes"),
)
_SETTLED: Final = Rowset("DELETE FROM call_minutes WHERE message_id IN (SELECT id FROM {v})", (("id", INT),))


def keep_minutes(tx: Tx, minutes: Sequence[tuple[int, int]]) -> None:
    """(message id, minutes that its price pays)."""
    if minutes:
        _KEEP.run(tx, minutes)


def return_unspoken(tx: Tx, calls: Sequence[Spoken]) -> None:
    """Call it before the messages end."""
    spoken = {call.message_id: call for call in calls if call.duration}
    refunds = []
    for message_id, account_id, price, paid in _PAID.run(tx, [(each,) for each in sorted(spoken)]):
        call = spoken[message_id]
        unspoken = paid - started_minutes(call.duration)
        amount = price * unspoken // paid
        if amount > 0:
            note = f"{unspoken} of {paid} minutes not spoken"
            refunds.append(LedgerEntry(EntryKind.REFUND, message_id, account_id, call.at, amount, note))
    _SETTLED.run(tx, sorted({(call.message_id,) for call in calls}))
    if refunds:
        post(tx, refunds)


@unit(order=60)
def forget_paid_minutes(tx: Tx, items: Sequence[None]) -> list[int]:
    """Delete the rows of messages that ended without a call; -> how many."""
    ended = sa.select(messages.c.id).where(
        messages.c.id == call_minutes.c.message_id, messages.c.due_at.is_(None)
    )
    return [tx.connection.execute(sa.delete(call_minutes).where(ended.exists())).rowcount for _ in items]
