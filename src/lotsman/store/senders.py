"""Sender names as customers register them and the operator judges them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from lotsman.domain.moderation import Verdict
from lotsman.domain.refusals import Refusal
from lotsman.domain.registration import SenderWish
from lotsman.store.database import Tx, unit
from lotsman.store.numbers import changed
from lotsman.store.tables.accounts import accounts, senders
from lotsman.store.tables.protections import shared_senders
from lotsman.store.verdicts import tell


class RegisteredSender(NamedTuple):
    account_id: int
    name: str
    verdict: Verdict
    created_at: int  # ms
    description: str
    comment: str
    notify: str  # "GET url", an e-mail address, or "": nobody is told


class SenderReview(NamedTuple):
    account_id: int
    name: str
    verdict: Verdict
    comment: str
    at: int  # ms


@unit(order=50)
def register(tx: Tx, items: Sequence[tuple[int, SenderWish, int]]) -> list[Refusal | None]:
    """(account id, wish, now) -> None, or 642. One that was refused may be asked for again."""
    results: list[Refusal | None] = []
    for account_id, wish, now in items:
        # The lock on the account makes two who register the same name wait for each other.
        mine = sa.select(accounts.c.id).where(accounts.c.id == account_id).with_for_update()
        tx.connection.execute(mine)
        known = _find(tx.connection, account_id, wish.name)
        if known is not None and known.verdict is not Verdict.REFUSED:
            results.append(Refusal.SENDER_EXISTS)
            continue
        if known is not None:
            tx.connection.execute(sa.delete(senders).where(_is(account_id, known.name)))
        tx.connection.execute(
            sa.insert(senders).values(
                account_id=account_id, name=wish.name, approved=False, created_at=now,
                description=wish.description, callback=wish.notify,
            )
        )  # fmt: skip
        results.append(None)
    return results


@unit(order=50)
def review(tx: Tx, items: Sequence[SenderReview]) -> list[RegisteredSender | None]:
    """The operator's word, told to whoever registered it; None when there is no such name."""
    results: list[RegisteredSender | None] = []
    for item in items:
        known = _find(tx.connection, item.account_id, item.name)
        if known is not None:
            decision = {
                "approved": item.verdict is Verdict.APPROVED,
                "decided_at": item.at,
                "comment": item.comment,
            }
            tx.connection.execute(sa.update(senders).where(_is(item.account_id, known.name)).values(decision))
            known = known._replace(verdict=item.verdict, comment=item.comment)
            tell(tx, item.account_id, known.notify, "sender", known.name, item.verdict, item.comment, item.at)
            changed(tx)
        results.append(known)
    return results


@unit(order=50)
def share(tx: Tx, items: Sequence[tuple[str, bool]]) -> list[bool]:
    """(name, whether every account may use it) -> whether that is new."""
    results = []
    for name, shared in items:
        known = tx.connection.execute(
            sa.select(shared_senders.c.name).where(sa.func.lower(shared_senders.c.name) == name.lower())
        ).scalar()
        if shared and known is None:
            tx.connection.execute(sa.insert(shared_senders).values(name=name))
        elif not shared and known is not None:
            tx.connection.execute(sa.delete(shared_senders).where(shared_senders.c.name == known))
        results.append(shared is (known is None))
    changed(tx)
    return results


def of_account(connection: sa.Connection, account_id: int) -> list[RegisteredSender]:
    query = sa.select(senders).where(senders.c.account_id == account_id)
    rows = connection.execute(query.order_by(senders.c.created_at, senders.c.name))
    return [_registered(row) for row in rows]


def waiting(connection: sa.Connection, verdict: Verdict | None, most: int) -> list[RegisteredSender]:
    """Names of all accounts, of one verdict when given, oldest first: for the operator."""
    query = sa.select(senders).order_by(senders.c.created_at, senders.c.account_id, senders.c.name)
    if verdict is Verdict.APPROVED:
        query = query.where(senders.c.approved)
    elif verdict is not None:
        undecided = senders.c.decided_at.is_(None)
        query = query.where(~senders.c.approved, undecided if verdict is Verdict.PENDING else ~undecided)
    return [_registered(row) for row in connection.execute(query.limit(most))]


def shared(connection: sa.Connection) -> list[str]:
    return list(
        connection.execute(sa.select(shared_senders.c.name).order_by(shared_senders.c.name)).scalars()
    )


def _find(connection: sa.Connection, account_id: int, name: str) -> RegisteredSender | None:
    query = sa.select(senders).where(
        senders.c.account_id == account_id, sa.func.lower(senders.c.name) == name.lower()
    )
    row = connection.execute(query).first()
    return None if row is None else _registered(row)


def _is(account_id: int, name: str) -> sa.ColumnElement[bool]:
    return sa.and_(senders.c.account_id == account_id, senders.c.name == name)


def _registered(row: Any) -> RegisteredSender:
    verdict = (
        Verdict.APPROVED if row.approved else Verdict.PENDING if row.decided_at is None else Verdict.REFUSED
    )
    return RegisteredSender(
        row.account_id, row.name, verdict, row.created_at, row.description, row.comment, row.callback
    )
