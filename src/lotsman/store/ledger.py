"""Posting to the ledger: the entry and the balance change together."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa

from lotsman.domain import money
from lotsman.domain.lane import EMULATOR
from lotsman.domain.ledger import EntryKind, LedgerEntry
from lotsman.store.database import Tx, unit
from lotsman.store.engine import SQLITE
from lotsman.store.numbers import next_number
from lotsman.store.rowset import INT, TEXT, Rowset
from lotsman.store.tables.accounts import accounts
from lotsman.store.tables.ledger import ledger
from lotsman.store.tables.messages import messages

_ENTRIES: Final = Rowset(
    "INSERT INTO ledger (kind, cause, account_id, at, amount, note, author) "
    "SELECT kind, cause, account_id, at, amount, note, author FROM {v} WHERE true",
    (
        ("kind", INT),
        ("cause", INT),
        ("account_id", INT),
        ("at", INT),
        ("amount", INT),
        ("note", TEXT),
        ("author", TEXT),
    ),
)
# What comes in pays first what is owed beyond the credit (store/credit.py): the limit falls in the same statement.
_GRANTED: Final = "credit + COALESCE((SELECT p.amount FROM promises p WHERE p.account_id = accounts.id), 0)"
_BALANCES: Final = Rowset(
    f"""UPDATE accounts SET balance = balance + v.amount, credit_limit = CASE
        WHEN v.amount <= 0 OR credit_limit <= credit THEN credit_limit
        WHEN {_GRANTED} > -(balance + v.amount) THEN {_GRANTED}
        ELSE -(balance + v.amount) END
    FROM {{v}} WHERE accounts.id = v.id""",
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


class ByHand(NamedTuple):
    """Money that somebody puts on an account, or takes off."""

    kind: EntryKind  # TOP_UP or CORRECTION
    account_id: int
    amount: int  # kopecks, signed
    at: int  # ms
    note: str
    author: str = ""


class Overdrawn(ValueError):
    """There is not so much on the account."""


@unit(order=50)
def post_by_hand(tx: Tx, items: Sequence[ByHand]) -> list[int]:
    """-> the balance after. Raises Overdrawn."""
    balances = []
    for kind, account_id, amount, at, note, author in items:
        before, limit = lock_balances(tx, [account_id])[account_id]
        if amount < 0 and before + amount < -limit:
            raise Overdrawn(
                f"the balance is {money.text(before)}: {money.text(-amount)} cannot be taken off it"
            )
        post(tx, [LedgerEntry(kind, next_number(tx, "ledger"), account_id, at, amount, note, author)])
        balances.append(balance(tx.connection, account_id))
    return balances


class HandRefund(NamedTuple):
    message_id: int
    amount: int | None  # kopecks; None: its whole price
    at: int  # ms
    note: str
    author: str


class CannotRefund(ValueError):
    """Its text says why."""


@unit(order=50)
def refund_by_hand(tx: Tx, items: Sequence[HandRefund]) -> list[LedgerEntry]:
    """Give the price of a message back, or a part of it: once, and only when nothing else can do so any more."""
    return [_refunded(tx, item) for item in items]


def _refunded(tx: Tx, item: HandRefund) -> LedgerEntry:
    m = messages.c
    query = sa.select(m.account_id, m.price, m.lane, m.due_at, m.error, m.state).where(
        m.id == item.message_id
    )
    row = tx.connection.execute(query).first()
    if row is None:
        raise CannotRefund(f"no message {item.message_id}")
    if row.due_at is not None:
        raise CannotRefund("the message is still on its way: it may be refunded by itself")
    lock_balances(tx, [row.account_id])  # so that the second of two who refund at once sees the first
    given = tx.connection.execute(
        sa.select(ledger.c.amount).where(ledger.c.kind == EntryKind.REFUND, ledger.c.cause == item.message_id)
    ).scalar()
    if given is not None:
        raise CannotRefund(f"{money.text(given)} of it were given back already")
    if row.lane == EMULATOR or not row.price:
        raise CannotRefund("nothing was charged for it")
    amount = row.price if item.amount is None else item.amount
    if not 0 < amount <= row.price:
        raise CannotRefund(
            f"it cost {money.text(row.price)}: no more can be given back, and no less than 0.01"
        )
    entry = LedgerEntry(
        EntryKind.REFUND, item.message_id, row.account_id, item.at, amount, item.note, item.author
    )
    post(tx, [entry])
    return entry


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


def balance_at(connection: sa.Connection, account_id: int, before: int) -> int:
    """What the account had just before that moment (ms), kopecks."""
    earlier = (ledger.c.account_id == account_id) & (ledger.c.at < before)
    return int(
        connection.execute(
            sa.select(sa.func.coalesce(sa.func.sum(ledger.c.amount), 0)).where(earlier)
        ).scalar_one()
    )


def entries_between(connection: sa.Connection, account_id: int, start: int, end: int) -> list[LedgerEntry]:
    """From `start` until `end` (ms), in order of time."""
    query = (
        sa.select(*(ledger.c[name] for name in LedgerEntry._fields))
        .where(ledger.c.account_id == account_id, ledger.c.at >= start, ledger.c.at < end)
        .order_by(ledger.c.at, ledger.c.kind, ledger.c.cause)
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


class Trial(NamedTuple):
    """All that was ever posted, by kind: what accounts got is what left the kind's book."""

    kind: EntryKind
    entries: int
    amount: int  # kopecks


class TrialBalance(NamedTuple):
    kinds: Sequence[Trial]
    balances: int  # kopecks: of all accounts together
    deviations: Sequence[tuple[int, int, int]]  # account id, its balance, the sum of its entries
    requests: Sequence[
        tuple[int, int, int]
    ]  # packet, what was charged, the sum of its messages: where they differ
    refunds: Sequence[tuple[int, int, int]]  # message, what was given back, what it cost: where that is less

    @property
    def agrees(self) -> bool:
        wrong = self.deviations or self.requests or self.refunds
        return not wrong and self.balances == sum(each.amount for each in self.kinds)


def trial_balance(connection: sa.Connection) -> TrialBalance:
    """As it is at one moment. An account's currency is not told apart."""
    connection = snapshot(connection)
    by_kind = sa.select(ledger.c.kind, sa.func.count(), sa.func.sum(ledger.c.amount)).group_by(ledger.c.kind)
    kinds = [
        Trial(EntryKind(r[0]), int(r[1]), int(r[2]))
        for r in connection.execute(by_kind.order_by(ledger.c.kind))
    ]
    balances = connection.execute(
        sa.select(sa.func.coalesce(sa.func.sum(accounts.c.balance), 0))
    ).scalar_one()
    return TrialBalance(
        kinds, int(balances), deviations(connection), _wrong_charges(connection), _wrong_refunds(connection)
    )


def snapshot(connection: sa.Connection) -> sa.Connection:
    """All its queries see one moment, while others go on writing; of SQLite that is true of any connection."""
    if connection.dialect.name == SQLITE:
        return connection
    return connection.execution_options(isolation_level="REPEATABLE READ")


def _wrong_charges(connection: sa.Connection) -> list[tuple[int, int, int]]:
    """Requests whose charge is not the sum of their messages, or that have messages to pay and no charge."""
    m, e = messages.c, ledger.c
    priced = (
        sa.select(m.batch_id.label("cause"), m.account_id, sa.func.sum(m.price).label("price"))
        .where(m.price > 0, m.lane != EMULATOR)
        .group_by(m.batch_id, m.account_id)
        .subquery()
    )
    charge = (
        (e.kind == EntryKind.CHARGE) & (e.cause == priced.c.cause) & (e.account_id == priced.c.account_id)
    )
    price = sa.func.coalesce(priced.c.price, 0)
    charged = (
        sa.select(e.cause, -e.amount, price)
        .outerjoin(priced, charge)
        .where(e.kind == EntryKind.CHARGE, -e.amount != price)
    )
    unpaid = (
        sa.select(priced.c.cause, sa.literal(0), priced.c.price)
        .outerjoin(ledger, charge)
        .where(e.cause.is_(None))
    )
    return [
        (int(r[0]), int(r[1]), int(r[2])) for query in (charged, unpaid) for r in connection.execute(query)
    ]


def _wrong_refunds(connection: sa.Connection) -> list[tuple[int, int, int]]:
    m, e = messages.c, ledger.c
    own = (m.id == e.cause) & (m.account_id == e.account_id) & (m.lane != EMULATOR)
    price = sa.func.coalesce(m.price, 0)
    query = (
        sa.select(e.cause, e.amount, price)
        .outerjoin(messages, own)
        .where(e.kind == EntryKind.REFUND, e.amount > price)
    )
    return [(int(r[0]), int(r[1]), int(r[2])) for r in connection.execute(query)]
