"""Black and white lists of phones, of one account (a subscriber who said STOP) or of the whole installation.

Rule 1: lists are never kept in memory, they may be long. An account knows only whether there is one to look into, so
only the first and the last number of a list change what the nodes remember.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa

from lotsman.domain.phone_list import INSTALLATION, ListedPhone, ListKind
from lotsman.store.database import Tx, unit
from lotsman.store.numbers import changed
from lotsman.store.rowset import INT, TEXT, Rowset
from lotsman.store.tables.protections import phone_lists

_ADD: Final = Rowset(
    "INSERT INTO phone_lists (account_id, kind, msisdn, added_at, note) "
    "SELECT account_id, kind, msisdn, added_at, note FROM {v} WHERE true ON CONFLICT DO NOTHING",
    (("account_id", INT), ("kind", INT), ("msisdn", TEXT), ("added_at", INT), ("note", TEXT)),
)
_REMOVE: Final = Rowset(
    "DELETE FROM phone_lists WHERE (account_id, kind, msisdn) IN (SELECT account_id, kind, msisdn FROM {v})",
    (("account_id", INT), ("kind", INT), ("msisdn", TEXT)),
)


def add(tx: Tx, phones: Sequence[ListedPhone]) -> int:
    """-> how many were not there yet. Counts from the next acceptance on, at every node."""
    lists = {(phone.account_id, phone.kind) for phone in phones}
    begun = [key for key in lists if not _has_any(tx.connection, *key)]
    count = _ADD.count(tx, phones)
    if begun:
        changed(tx)
    return count


def remove(tx: Tx, phones: Sequence[ListedPhone]) -> int:
    """-> how many were there."""
    count = _REMOVE.count(tx, [(phone.account_id, phone.kind, phone.msisdn) for phone in phones])
    lists = {(phone.account_id, phone.kind) for phone in phones}
    if count and not all(_has_any(tx.connection, *key) for key in lists):
        changed(tx)
    return count


@unit(order=50)
def add_phones(tx: Tx, items: Sequence[Sequence[ListedPhone]]) -> list[int]:
    return [add(tx, phones) for phones in items]


@unit(order=50)
def remove_phones(tx: Tx, items: Sequence[Sequence[ListedPhone]]) -> list[int]:
    return [remove(tx, phones) for phones in items]


class Listed(NamedTuple):
    """Which of some numbers are on a list that counts for an account."""

    black: frozenset[str]
    white: frozenset[str]


def is_anybody_black(connection: sa.Connection, account_id: int) -> bool:
    """Whether there is a black list, the account's or the installation's, to look into."""
    return any(_has_any(connection, owner, ListKind.BLACK) for owner in (account_id, INSTALLATION))


def listed(connection: sa.Connection, account_id: int, msisdns: Sequence[str]) -> Listed:
    found: dict[ListKind, set[str]] = {ListKind.BLACK: set(), ListKind.WHITE: set()}
    for start in range(0, len(msisdns), 500):
        query = sa.select(phone_lists.c.kind, phone_lists.c.msisdn).where(
            phone_lists.c.account_id.in_((account_id, INSTALLATION)),
            phone_lists.c.kind.in_(tuple(ListKind)),
            phone_lists.c.msisdn.in_(msisdns[start : start + 500]),
        )
        for kind, msisdn in connection.execute(query):
            found[ListKind(kind)].add(msisdn)
    return Listed(frozenset(found[ListKind.BLACK]), frozenset(found[ListKind.WHITE]))


def shown(connection: sa.Connection, account_id: int, kind: ListKind, most: int) -> list[ListedPhone]:
    """The numbers of one list, in order: for the operator."""
    query = (
        sa.select(phone_lists)
        .where(phone_lists.c.account_id == account_id, phone_lists.c.kind == kind)
        .order_by(phone_lists.c.msisdn)
        .limit(most)
    )
    return [
        ListedPhone(r.account_id, ListKind(r.kind), r.msisdn, r.added_at, r.note)
        for r in connection.execute(query)
    ]


def _has_any(connection: sa.Connection, account_id: int, kind: ListKind) -> bool:
    query = sa.select(phone_lists.c.msisdn).where(
        phone_lists.c.account_id == account_id, phone_lists.c.kind == kind
    )
    return connection.execute(query.limit(1)).first() is not None
