"""How far below zero a balance may go: for good, or promised until a day; and who is told that little is left.

Rule 1: the limit that counts is one column, accounts.credit_limit, so acceptance reads nothing more. It is what is agreed
plus what is promised; when a promise has ended, the debt itself, which shrinks with every payment and allows no new one.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from lotsman.domain import money
from lotsman.domain.account_settings import parse
from lotsman.domain.outgoing_mail import address
from lotsman.store.callbacks import NewCallback
from lotsman.store.callbacks import enqueue as enqueue_call
from lotsman.store.database import Tx, unit
from lotsman.store.mails import NewMail
from lotsman.store.mails import enqueue as enqueue_mail
from lotsman.store.numbers import changed
from lotsman.store.tables.accounts import accounts
from lotsman.store.tables.ledger import promises

_A = accounts.c


class Promise(NamedTuple):
    account_id: int
    amount: int  # kopecks
    until: int  # ms
    author: str


class AlreadyPromised(ValueError):
    """One promise at a time."""


@unit(order=50)
def set_credit(tx: Tx, items: Sequence[tuple[int, int]]) -> list[int]:
    """(account id, kopecks agreed for good) -> the limit that counts now."""
    for account_id, credit in items:
        tx.connection.execute(sa.update(accounts).where(_A.id == account_id).values(credit=credit))
    return [_refresh(tx, account_id) for account_id, _ in items]


@unit(order=50)
def promise(tx: Tx, items: Sequence[Promise]) -> list[int]:
    """-> the limit that counts now. Raises AlreadyPromised."""
    for item in items:
        there = sa.select(promises.c.until).where(promises.c.account_id == item.account_id)
        if tx.connection.execute(there).first() is not None:
            raise AlreadyPromised(
                "a payment is promised already; it has to come, or its day, before another one"
            )
        tx.connection.execute(sa.insert(promises).values(item._asdict()))
    return [_refresh(tx, item.account_id) for item in items]


@unit(order=55)
def end_promises(tx: Tx, items: Sequence[int]) -> list[int]:
    """What was promised until `now` (ms) is credit no more; -> how many ended. A debt that is left shrinks by store/ledger.py."""
    ended = []
    for now in items:
        over = sa.select(promises.c.account_id).where(promises.c.until <= now)
        gone = list(tx.connection.execute(over).scalars())
        tx.connection.execute(sa.delete(promises).where(promises.c.account_id.in_(gone)))
        for account_id in sorted(gone):
            _refresh(tx, account_id, tell=False)
        ended.append(len(gone))
        if gone:
            changed(tx)
    return ended


class LowBalance(NamedTuple):
    at: int  # ms
    mails: bool  # whether mail can be sent


@unit(order=56)
def tell_low_balances(tx: Tx, items: Sequence[LowBalance]) -> list[int]:
    """Tell once whose balance has fallen below what they asked to be told of; -> how many. Above it, it counts anew."""
    told = []
    for item in items:
        above = (_A.alerted) & (_A.balance >= _A.alert_below)
        tx.connection.execute(sa.update(accounts).where(above).values(alerted=False))
        below = (_A.alert_below.is_not(None)) & (_A.balance < _A.alert_below) & ~_A.alerted
        # The lock makes two nodes that look at once tell once: the second waits, and then they are alerted.
        query = sa.select(_A.id, _A.login, _A.balance, _A.alert_below, _A.settings).where(below)
        rows = tx.connection.execute(query.order_by(_A.id).with_for_update()).all()
        for row in rows:
            _tell(tx, row, item)
        ids = [row.id for row in rows]
        tx.connection.execute(sa.update(accounts).where(_A.id.in_(ids)).values(alerted=True))
        told.append(len(ids))
    return told


@unit(order=50)
def alert_below(tx: Tx, items: Sequence[tuple[int, int | None]]) -> list[None]:
    """(account id, kopecks or None: never)."""
    for account_id, kopecks in items:
        change = sa.update(accounts).where(_A.id == account_id)
        tx.connection.execute(change.values(alert_below=kopecks, alerted=False))
    return [None] * len(items)


def promise_of(connection: sa.Connection, account_id: int) -> Promise | None:
    row = connection.execute(sa.select(promises).where(promises.c.account_id == account_id)).first()
    return Promise(row.account_id, row.amount, row.until, row.author) if row is not None else None


def _refresh(tx: Tx, account_id: int, *, tell: bool = True) -> int:
    """The limit that counts: agreed and promised, or the debt where that is more."""
    row = tx.connection.execute(
        sa.select(_A.balance, _A.credit, sa.func.coalesce(promises.c.amount, 0).label("promised"))
        .outerjoin(promises, promises.c.account_id == _A.id)
        .where(_A.id == account_id)
        .with_for_update(of=accounts)
    ).one()
    limit = max(row.credit + row.promised, -row.balance, 0)
    tx.connection.execute(sa.update(accounts).where(_A.id == account_id).values(credit_limit=limit))
    if tell:
        changed(tx)
    return int(limit)


def _tell(tx: Tx, row: Any, item: LowBalance) -> None:
    balance, limit = money.text(row.balance), money.text(row.alert_below)
    customer = address(row.login)
    if customer is not None and item.mails:
        body = [
            f"The balance of your account {row.id} is {balance}, below {limit}.",
            "Top it up, so that your messages go on.",
            "",
            f"Баланс вашего аккаунта {row.id}: {balance}, меньше {limit}.",
            "Пополните его, чтобы отправка не остановилась.",
        ]
        enqueue_mail(tx, [NewMail(customer, f"Lotsman: balance {balance}", "\n".join(body), item.at)])
    target = parse(row.settings).callback
    if target:
        parameters = [("alert", "low_balance"), ("balance", balance), ("below", limit)]
        enqueue_call(tx, [NewCallback(row.id, 0, target, parameters, item.at)])
