"""What waits for a link, read lane by lane so that it can be given another way."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa

from lotsman.domain.service import Service
from lotsman.domain.text_class import TextClass
from lotsman.domain.turns import class_of
from lotsman.store.claims import change_lanes
from lotsman.store.database import Tx, unit
from lotsman.store.numbers import set_number
from lotsman.store.tables.messages import WAITING, counters, messages
from lotsman.store.wakeups import announce_due

_MARK: Final = "rerouted"

Place = tuple[int, int, int]  # in a lane: queue, due_at, id
AT_FIRST: Final[Place] = (-1, 0, 0)


class WaitingMessage(NamedTuple):
    """All that its way hangs on."""

    message_id: int
    account_id: int
    service: Service
    sender: str
    text_class: TextClass
    country: str
    operator: str
    msisdn: str
    parts: int
    price: int  # kopecks
    place: Place


def lanes_waiting(connection: sa.Connection) -> list[str]:
    """Every lane in which something waits, due or not."""
    m, found = messages.c, []
    lane = connection.execute(sa.select(sa.func.min(m.lane)).where(WAITING)).scalar()
    while lane is not None:
        found.append(lane)
        lane = connection.execute(sa.select(sa.func.min(m.lane)).where(WAITING, m.lane > lane)).scalar()
    return found


def waiting_in(connection: sa.Connection, lane: str, after: Place, most: int) -> list[WaitingMessage]:
    """What waits in a lane behind that place, in order."""
    m = messages.c
    order = (m.queue, m.due_at, m.id)
    query = (
        sa.select(
            m.id,
            m.account_id,
            m.service,
            m.sender,
            m.queue,
            m.country,
            m.operator,
            m.msisdn,
            m.parts,
            m.price,
            m.due_at,
        )
        .where(WAITING, m.lane == lane, sa.tuple_(*order) > sa.tuple_(*after))
        .order_by(*order)
        .limit(most)
    )
    return [
        WaitingMessage(
            r.id, r.account_id, Service(r.service), r.sender, class_of(r.queue), r.country, r.operator, r.msisdn,
            r.parts, r.price, (r.queue, r.due_at, r.id),
        )
        for r in connection.execute(query)
    ]  # fmt: skip


@unit(order=45)
def reroute(tx: Tx, items: Sequence[Sequence[tuple[int, str]]]) -> list[int]:
    """(message id, lane) -> how many of them wait there from now on."""
    moved = [change_lanes(tx, changes) for changes in items]
    announce_due(tx)
    return moved


def rerouted_for(connection: sa.Connection) -> int:
    """The mark of the routes that everything waiting was last compared with."""
    query = sa.select(counters.c.value).where(counters.c.name == _MARK)
    return connection.execute(query).scalar() or 0


@unit(order=60)
def note_rerouted(tx: Tx, items: Sequence[int]) -> list[None]:
    for mark in items:
        set_number(tx, _MARK, mark)
    return [None] * len(items)
