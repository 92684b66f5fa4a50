"""The clock's writes: events that time alone causes, and forgetting what has no use any more."""

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from lotsman.domain.lifecycle import State
from lotsman.store.database import Tx, unit
from lotsman.store.receipts import adopt_strays
from lotsman.store.steps import Move, move
from lotsman.store.tables.messages import messages, stray_receipts
from lotsman.store.tables.protections import recent_texts
from lotsman.store.wakeups import announce_due

STRAYS_KEPT: Final = 3 * 24 * 60 * 60 * 1000  # ms
_BATCH: Final = 2_000  # recent texts forgotten by one write: acceptance waits behind it


@unit(order=45)
def apply_moves(tx: Tx, items: Sequence[Sequence[Move]]) -> list[dict[int, State]]:
    """Make the moves of each list, as far as the life cycle allows them by now."""
    results = []
    for moves in items:
        became = move(tx, moves)
        doubtful = [message_id for message_id, state in became.items() if state is State.UNCERTAIN]
        if doubtful:
            became |= adopt_strays(tx, [], _phones(tx, doubtful))
        if State.ACCEPTED in became.values():
            announce_due(tx)
        results.append(became)
    return results


@unit(order=60)
def forget_strays(tx: Tx, items: Sequence[int]) -> list[int]:
    """Delete receipts that matched nothing until `before` (ms); returns how many there were."""
    deleted = []
    for before in items:
        result = tx.connection.execute(sa.delete(stray_receipts).where(stray_receipts.c.received_at < before))
        deleted.append(result.rowcount)
    return deleted


@unit(order=60)
def forget_recent_texts(tx: Tx, items: Sequence[int]) -> list[int]:
    """Delete some of the texts whose repetition is no loop any more at `now` (ms); -> how many, 0 when none is left."""
    deleted = []
    for now in items:
        old = sa.select(recent_texts.c.account_id, recent_texts.c.fingerprint).where(
            recent_texts.c.until <= now
        )
        key = sa.tuple_(recent_texts.c.account_id, recent_texts.c.fingerprint)
        deleted.append(
            tx.connection.execute(sa.delete(recent_texts).where(key.in_(old.limit(_BATCH)))).rowcount
        )
    return deleted


def _phones(tx: Tx, message_ids: Sequence[int]) -> list[tuple[int, str]]:
    query = sa.select(messages.c.link_id, messages.c.msisdn).where(messages.c.id.in_(message_ids[:500]))
    return [(row[0], row[1]) for row in tx.connection.execute(query)]
