"""A month in money: what messages cost their owners and what went back, beside what the ledger says of the same time."""

from typing import NamedTuple

import sqlalchemy as sa

from lotsman.domain.lane import EMULATOR
from lotsman.domain.ledger import EntryKind
from lotsman.domain.service import Service
from lotsman.store.ledger import snapshot
from lotsman.store.tables.accounts import accounts
from lotsman.store.tables.ledger import ledger
from lotsman.store.tables.messages import messages


class MonthLine(NamedTuple):
    """Of one account and service."""

    account_id: int
    login: str
    service: Service
    messages: int  # that were charged
    parts: int
    charged: int  # kopecks, for messages accepted in that time
    refunded: int  # kopecks, given back in that time, whenever they were accepted


class LedgerSums(NamedTuple):
    charged: int  # kopecks
    refunded: int


def month_lines(connection: sa.Connection, start: int, end: int, account_id: int | None) -> list[MonthLine]:
    """From `start` until `end` (ms), in the order of accounts and services."""
    m, e = messages.c, ledger.c
    sent = sa.select(
        m.account_id, m.service, sa.func.count(), sa.func.sum(m.parts), sa.func.sum(m.price)
    ).where(m.created_at >= start, m.created_at < end, m.price > 0, m.lane != EMULATOR)
    back = (
        sa.select(m.account_id, m.service, sa.func.sum(e.amount))
        .select_from(ledger.join(messages, m.id == e.cause))
        .where(e.kind == EntryKind.REFUND, e.at >= start, e.at < end)
    )
    if account_id is not None:
        sent, back = sent.where(m.account_id == account_id), back.where(m.account_id == account_id)
    key = (m.account_id, m.service)
    sums = {(r[0], r[1]): (int(r[2]), int(r[3]), int(r[4])) for r in connection.execute(sent.group_by(*key))}
    refunds = {(r[0], r[1]): int(r[2]) for r in connection.execute(back.group_by(*key))}
    logins = {r.id: r.login for r in connection.execute(sa.select(accounts.c.id, accounts.c.login))}
    return [
        MonthLine(owner, logins.get(owner, ""), Service(service), *sums.get((owner, service), (0, 0, 0)),
                  refunds.get((owner, service), 0))
        for owner, service in sorted(sums.keys() | refunds.keys())
    ]  # fmt: skip


def month(
    connection: sa.Connection, start: int, end: int, account_id: int | None
) -> tuple[list[MonthLine], LedgerSums]:
    """Both as they are at one moment."""
    connection = snapshot(connection)
    lines = month_lines(connection, start, end, account_id)
    return lines, ledger_sums(connection, start, end, account_id)


def ledger_sums(connection: sa.Connection, start: int, end: int, account_id: int | None) -> LedgerSums:
    """What the ledger says of the same time: the two always agree."""
    e = ledger.c
    query = sa.select(e.kind, sa.func.sum(e.amount)).where(
        e.kind.in_((EntryKind.CHARGE, EntryKind.REFUND)), e.at >= start, e.at < end
    )
    if account_id is not None:
        query = query.where(e.account_id == account_id)
    sums = {EntryKind(r[0]): int(r[1]) for r in connection.execute(query.group_by(e.kind))}
    return LedgerSums(-sums.get(EntryKind.CHARGE, 0), sums.get(EntryKind.REFUND, 0))
