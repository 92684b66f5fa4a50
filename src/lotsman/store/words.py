"""Forbidden words, of an account or of the whole installation."""

from collections.abc import Sequence

import sqlalchemy as sa

from lotsman.store.database import Tx, unit
from lotsman.store.numbers import changed
from lotsman.store.rowset import INT, TEXT, Rowset
from lotsman.store.tables.protections import words

_ADD = Rowset(
    "INSERT INTO words (account_id, word) SELECT account_id, word FROM {v} WHERE true ON CONFLICT DO NOTHING",
    (("account_id", INT), ("word", TEXT)),
)
_REMOVE = Rowset(
    "DELETE FROM words WHERE (account_id, word) IN (SELECT account_id, word FROM {v})",
    (("account_id", INT), ("word", TEXT)),
)


@unit(order=50)
def add_words(tx: Tx, items: Sequence[tuple[int, Sequence[str]]]) -> list[int]:
    """(account id or 0, words) -> how many are new."""
    changed(tx)
    return [_ADD.count(tx, [(account_id, word) for word in found]) for account_id, found in items]


@unit(order=50)
def remove_words(tx: Tx, items: Sequence[tuple[int, Sequence[str]]]) -> list[int]:
    """(account id or 0, words) -> how many were there."""
    changed(tx)
    return [_REMOVE.count(tx, [(account_id, word) for word in found]) for account_id, found in items]


def shown(connection: sa.Connection, account_id: int) -> list[str]:
    query = sa.select(words.c.word).where(words.c.account_id == account_id).order_by(words.c.word)
    return list(connection.execute(query).scalars())
