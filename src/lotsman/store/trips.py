"""What breakers stopped: one row for each limit of an account within an hour, whatever the storm; with it, the alerts.

Rule 1: a row is an alert, told to the operator and to the customer; within an hour at most MOST_ALERTS go to the operator.
Rule 2: rows are never deleted: they say who tripped, when, why, and who released it.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from lotsman.domain.breakers import Trip
from lotsman.domain.limits import HOUR
from lotsman.domain.outgoing_mail import address
from lotsman.store.database import Tx, unit
from lotsman.store.mails import NewMail, enqueue
from lotsman.store.numbers import changed
from lotsman.store.tables.accounts import accounts, api_keys
from lotsman.store.tables.breakers import trips

MOST_ALERTS: Final = 20  # to the operator within an hour
_T: Final = trips.c


class Trips(NamedTuple):
    """What a node has stopped since its last report."""

    times: Mapping[Trip, int]
    at: int  # ms
    operator: str  # the operator's address, "" for none
    mails: bool  # whether mail can be sent


class Release(NamedTuple):
    account_id: int
    limit: str  # "": all
    by: str
    comment: str
    at: int  # ms


@unit(order=55)
def record_trips(tx: Tx, items: Sequence[Trips]) -> list[int]:
    """-> how many were new, and told."""
    counts = []
    for item in items:
        ids = sorted({trip.account_id for trip in item.times})
        # The lock makes two nodes that see the same storm count into one row.
        tx.connection.execute(
            sa.select(accounts.c.id).where(accounts.c.id.in_(ids)).order_by(accounts.c.id).with_for_update()
        )
        counts.append(sum(_record(tx, item, trip, times) for trip, times in sorted(item.times.items())))
    return counts


def _record(tx: Tx, item: Trips, trip: Trip, times: int) -> bool:
    same = (
        (_T.account_id == trip.account_id) & (_T.api_key == trip.api_key) & (_T.limit_name == trip.limit)
        & _T.released_at.is_(None) & (_T.tripped_at > item.at - HOUR)
    )  # fmt: skip
    running = tx.connection.execute(sa.select(_T.id).where(same).limit(1)).scalar()
    if running is not None:
        more = {"times": _T.times + times, "last_at": item.at}
        tx.connection.execute(sa.update(trips).where(_T.id == running).values(more))
        return False
    alerted = _alert(tx, item, trip) if item.mails else 0
    new = {
        "account_id": trip.account_id,
        "api_key": trip.api_key,
        "limit_name": trip.limit,
        "detail": trip.detail,
    }
    tx.connection.execute(
        sa.insert(trips).values(**new, tripped_at=item.at, last_at=item.at, times=times, alerted=alerted)
    )
    return True


def _alert(tx: Tx, item: Trips, trip: Trip) -> int:
    """Mails to the operator and to the customer; -> how many."""
    row = tx.connection.execute(
        sa.select(accounts.c.login, accounts.c.name).where(accounts.c.id == trip.account_id)
    ).one()
    lately = tx.connection.execute(
        sa.select(sa.func.count()).where(_T.alerted > 0, _T.tripped_at > item.at - HOUR)
    ).scalar_one()
    what = f"{trip.limit} {trip.detail}".strip()
    at = datetime.fromtimestamp(item.at / 1000, UTC)
    key = "one of its keys, " if trip.api_key else ""
    mails = []
    if item.operator and lately < MOST_ALERTS:
        body = [
            f"{at:%Y-%m-%d %H:%M:%S} UTC, account {trip.account_id} ({row.login}), {key}stopped by: {what}.",
            "",
            f"See:        lotsman breaker list {trip.account_id}; lotsman held list {trip.account_id}",
            f"All right:  lotsman breaker release {trip.account_id} (docs/breakers.md)",
            f"A thief:    lotsman account pause {trip.account_id}",
        ]
        if lately == MOST_ALERTS - 1:
            body += [
                "",
                "This was the last such mail within the hour; what follows is in lotsman breaker list.",
            ]
        mails.append(
            NewMail(item.operator, f"Lotsman: account {trip.account_id}: {what}", "\n".join(body), item.at)
        )
    customer = address(row.login)
    if customer is not None:
        body = [
            f"{at:%Y-%m-%d %H:%M:%S} UTC: a limit of your account {trip.account_id} was reached: {what}.",
            "Messages above it are refused or wait for approval. If this was not you, your key may be in other hands:",
            "tell us at once, we give you a new one.",
            "",
            f"Достигнут лимит вашего аккаунта {trip.account_id}: {what}.",
            "Сообщения сверх него отклоняются или ждут одобрения. Если это были не вы, ваш ключ мог попасть в чужие руки:",
            "сразу сообщите нам, и мы дадим вам новый.",
        ]
        mails.append(NewMail(customer, f"Lotsman: {what}", "\n".join(body), item.at))
    enqueue(tx, mails)
    return len(mails)


@unit(order=50)
def release(tx: Tx, items: Sequence[Release]) -> list[int]:
    """What was counted of these accounts so far counts no more; -> how many trips that ends.

    Without one there is still a row that says who released what.
    """
    counts = []
    for item in items:
        mine = (_T.account_id == item.account_id) & _T.released_at.is_(None)
        if item.limit:
            mine &= _T.limit_name == item.limit
        word = {"released_at": item.at, "released_by": item.by, "comment": item.comment}
        count = tx.connection.execute(sa.update(trips).where(mine).values(word)).rowcount
        if not count:
            note = {
                "account_id": item.account_id,
                "api_key": "",
                "limit_name": item.limit or "all",
                "detail": "",
            }
            tx.connection.execute(
                sa.insert(trips).values(**note, **word, tripped_at=item.at, last_at=item.at, times=0)
            )
        counts.append(count)
    changed(tx)
    return counts


def listed(
    connection: sa.Connection, account_id: int | None, *, released: bool, most: int
) -> list[dict[str, Any]]:
    """Trips, newest first; those that were released only if asked for. `hint` tells the key apart."""
    query = (
        sa.select(trips, api_keys.c.hint)
        .outerjoin(api_keys, api_keys.c.key_hash == _T.api_key)
        .order_by(_T.id.desc())
        .limit(most)
    )
    if account_id is not None:
        query = query.where(_T.account_id == account_id)
    if not released:
        query = query.where(_T.released_at.is_(None))
    return [dict(row) for row in connection.execute(query).mappings()]
