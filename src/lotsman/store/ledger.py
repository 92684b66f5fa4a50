"""Posting to the ledger: the entry and the balance change together."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from lotsman.domain.ledger import EntryKind, LedgerEntry
from lotsman.store.database import Tx, unit
from lotsman.store.numbers import next_number
from lotsman.store.rowset import INT, TEXT, Rowset
from lotsman.store.tables.accounts import accounts
from lotsman.store.tables.ledger import ledger

_ENTRIES: Final = Rowset(
    "INSERT INTO ledger (kind, cause, account_id, at, amount, note) "
    "SELECT kind, cause, account_id, at, amount, note FROM {v} WHERE true",
    (("kind", INT), ("cause", INT), ("account_id", INT), ("at", INT), ("amount", INT), ("note", TEXT)),
)
_BALANCES: Final = Rowset(
    "UPDATE accounts SET balance = balance + v.amount FROM {v} WHERE accounts.id = v.id",
    (("id", INT), ("amount", INT)),
)
_LOCK: Final = Rowset(
    "SELECT a.id, a.balance, a.credit_limit FROM {v} JOIN accounts a ON a.id = v.id ORDER BY a.id",
    (("id", INT),),
    yields=("id", "balance", "credit_limit"),
)
_LOCK_POSTGRESQL: Final = Rowset(
    "SELECT a.id, a.balance, a.credit_limit FROM {v} JOIN accounts a ON a.id = v.id ORDER BY a.id FOR UPDATE OF a",
    (("id", INT),),
    yields=("id", "balance", "credit_limit"),
)


def post(tx: Tx, entries: Sequence[LedgerEntry]) -> None:
    """Write entries and move the balances. Posting a cause twice fails, and with it the whole unit."""
    totals: defaultdict[int, int] = defaultdict(int)
    for entry in entries:
        totals[entry.account_id] += entry.amount
    _ENTRIES.run(tx, entries)
    if not tx.sqlite:
        lock_balances(tx, totals)  # accounts are always locked in the order of their ids
    _BALANCES.run(tx, sorted(totals.items()))


def lock_balances(tx: Tx, account_ids: Sequence[int] | dict[int, int]) -> dict[int, tuple[int, int]]:
    """Account id -> (balance, credit limit), held still until the transaction ends."""
    wanted = [(account_id,) for account_id in sorted(account_ids)]
    return {row[0]: (row[1], row[2]) for row in (_LOCK if tx.sqlite else _LOCK_POSTGRESQL).run(tx, wanted)}


@unit(order=50)
def top_up(tx: Tx, items: Sequence[tuple[int, int, int, str]]) -> list[int]:
    """(account id, kopecks, now, note) -> the balance after. A negative amount is a correction."""
    balances = []
    for account_id, amount, now, note in items:
        kind = EntryKind.TOP_UP if amount >= 0 else EntryKind.CORRECTION
        cause = next_number(tx, "ledger")
        post(tx, [LedgerEntry(kind, cause, account_id, now, amount, note)])
        balances.append(balance(tx.connection, account_id))
    return balances


def entries_of(connection: sa.Connection, message_id: int, batch_id: int) -> list[LedgerEntry]:
    """The charge of a message's request, and its own refund."""
    query = (
        sa.select(*(ledger.c[name] for name in LedgerEntry._fields))
        .where(
            ((ledger.c.kind == EntryKind.CHARGE) & (ledger.c.cause == batch_id))
            | ((ledger.c.kind == EntryKind.REFUND) & (ledger.c.cause == message_id))
        )
        .order_by(ledger.c.at)
    )
    return [LedgerEntry(*row)._replace(kind=EntryKind(row[0])) for row in connection.execute(query)]


def balance(connection: sa.Connection, account_id: int) -> int:
    return int(
        connection.execute(sa.select(accounts.c.balance).where(accounts.c.id == account_id)).scalar_one()
    )


def deviations(connection: sa.Connection) -> list[tuple[int, int, int]]:
    """(account id, balance, sum of entries) wherever the two differ: always empty."""
    entries = sa.select(ledger.c.account_id, sa.func.sum(ledger.c.amount).label("total")).group_by(
        ledger.c.account_id
    )
    sums = entries.subquery()
    total = sa.func.coalesce(sums.c.total, 0)
    query = (
        sa.select(accounts.c.id, accounts.c.balance, total)
        .outerjoin(sums, sums.c.account_id == accounts.c.id)
        .where(accounts.c.balance != total)
    )
    return [(row[0], row[1], int(row[2])) for row in connection.execute(query)]
