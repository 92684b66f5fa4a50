"""Ledger: signed, immutable money records. The sum of an account's entries is its balance, always.

Rule 1: an entry is named by its kind and its cause, so nothing can be charged or refunded twice.
Rule 2: it is double entry in one row: what an account gets leaves a book of ours, what it pays comes into one. Which book is
said by the kind, so the two sides can never differ, and all books and accounts together are always zero.
Rule 3: nobody changes or deletes an entry; the database itself refuses. What was wrong is corrected by another one.
"""

from enum import IntEnum
from typing import Final, NamedTuple


class EntryKind(IntEnum):
    TOP_UP = 1  # cause: the top-up's own number
    CHARGE = 2  # cause: the batch (server_packet_id); the price of all its messages
    REFUND = 3  # cause: the message
    CORRECTION = 4  # cause: its own number


class Book(IntEnum):
    """The other side of an entry."""

    MONEY = 1  # received from customers
    REVENUE = 2  # from messages, refunds taken off
    CORRECTIONS = 3  # what was given or taken by hand


BOOK_OF: Final = {
    EntryKind.TOP_UP: Book.MONEY,
    EntryKind.CHARGE: Book.REVENUE,
    EntryKind.REFUND: Book.REVENUE,
    EntryKind.CORRECTION: Book.CORRECTIONS,
}


class LedgerEntry(NamedTuple):
    kind: EntryKind
    cause: int
    account_id: int
    at: int  # ms
    amount: int  # kopecks, signed
    note: str = ""
    author: str = ""  # who did it by hand; "" for what messages cause
