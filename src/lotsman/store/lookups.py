"""What receipts say beside the end of a message: where its number is registered.

The message keeps it if it is a look-up that asked for it; every message to that number may use it for a while.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa

from lotsman.domain.call import CallRecord
from lotsman.domain.lane import EMULATOR
from lotsman.domain.lifecycle import FINAL
from lotsman.domain.lookup import Attributes
from lotsman.domain.portability import Port
from lotsman.domain.receipt import kept
from lotsman.domain.refusals import Refusal
from lotsman.domain.service import CALLS, WITH_ATTRIBUTES, WITHOUT_TEXT
from lotsman.store.call_minutes import Spoken, return_unspoken
from lotsman.store.database import Tx, unit
from lotsman.store.rowset import INT, TEXT, Rowset
from lotsman.store.tables.portability import portability

_ATTRIBUTES_OF: Final = ", ".join(f"{service:d}" for service in sorted(WITH_ATTRIBUTES))
_LOOKUPS: Final = ", ".join(f"{service:d}" for service in sorted(WITHOUT_TEXT))


class Finding(NamedTuple):
    message_id: int
    found: Attributes | CallRecord
    at: int  # ms


def _attach(services: str) -> Rowset:
    return Rowset(
        f"""UPDATE messages SET attributes = v.attributes FROM {{v}}
        WHERE messages.id = v.id AND messages.service IN ({services}) AND messages.state < {FINAL}""",
        (("id", INT), ("attributes", TEXT)),
    )


_ATTACH: Final = _attach(_ATTRIBUTES_OF)
_ATTACH_CALLS: Final = _attach(", ".join(f"{service:d}" for service in sorted(CALLS)))
_LEARN: Final = Rowset(
    f"""INSERT INTO portability (msisdn, mccmnc, source, learned_at)
    SELECT m.msisdn, max(v.mccmnc), max(CASE WHEN m.service IN ({_ATTRIBUTES_OF}) THEN 'hlr' ELSE 'receipt' END), max(v.at)
    FROM {{v}} JOIN messages m ON m.id = v.id WHERE m.lane <> '{EMULATOR}' GROUP BY m.msisdn ORDER BY m.msisdn
    ON CONFLICT (msisdn) DO UPDATE SET mccmnc = excluded.mccmnc, source = excluded.source,
        learned_at = excluded.learned_at WHERE excluded.learned_at >= portability.learned_at""",
    (("id", INT), ("mccmnc", TEXT), ("at", INT)),
)
_ARE_LOOKUPS: Final = Rowset(
    f"SELECT m.id AS id FROM {{v}} JOIN messages m ON m.id = v.id WHERE m.service IN ({_LOOKUPS})",
    (("id", INT),),
    yields=("id",),
)


def keep(tx: Tx, findings: Sequence[Finding]) -> None:
    """Call it before the messages end: whoever is told of that is told of this, too."""
    calls = [(f.message_id, f.found, f.at) for f in findings if isinstance(f.found, CallRecord)]
    if calls:
        _ATTACH_CALLS.run(tx, sorted((message_id, kept(found)) for message_id, found, _ in calls))
        return_unspoken(tx, [Spoken(message_id, found.duration, at) for message_id, found, at in calls])
    numbers = [(f.message_id, f.found, f.at) for f in findings if isinstance(f.found, Attributes)]
    _ATTACH.run(tx, sorted((message_id, kept(found)) for message_id, found, _ in numbers))
    _LEARN.run(
        tx, sorted((message_id, found.mccmnc, at) for message_id, found, at in numbers if found.mccmnc)
    )


def refused(tx: Tx, ended: Iterable[tuple[int, int]]) -> set[int]:
    """Of (message, error): the look-ups that the carrier refused to make. Their status is -2 (API-1 §6.3)."""
    rejected = sorted({(message_id,) for message_id, error in ended if error == Refusal.REJECTED.code})
    return {row[0] for row in _ARE_LOOKUPS.run(tx, rejected)} if rejected else set()


def learned(connection: sa.Connection, after: tuple[int, str], most: int) -> list[Port]:
    """What was learned after (ms, number), the oldest first."""
    p = portability.c
    query = (
        sa.select(p.msisdn, p.mccmnc, p.source, p.learned_at)
        .where(sa.or_(p.learned_at > after[0], sa.and_(p.learned_at == after[0], p.msisdn > after[1])))
        .order_by(p.learned_at, p.msisdn)
        .limit(most)
    )
    return [Port(*row) for row in connection.execute(query)]


def learned_of(connection: sa.Connection, msisdn: str) -> Port | None:
    p = portability.c
    query = sa.select(p.msisdn, p.mccmnc, p.source, p.learned_at).where(p.msisdn == msisdn)
    row = connection.execute(query).first()
    return Port(*row) if row else None


@unit(order=60)
def forget_ports(tx: Tx, items: Sequence[int]) -> list[int]:
    """Delete what was learned before `before` (ms); -> how much."""
    delete = sa.delete(portability)
    return [
        tx.connection.execute(delete.where(portability.c.learned_at < before)).rowcount for before in items
    ]
