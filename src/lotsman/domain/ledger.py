"""Ledger: signed, immutable money records. The sum of an account's entries is its balance, always.

Rule 1: an entry is named by its kind and its cause, so nothing can be charged or refunded twice.
"""

from enum import IntEnum
from typing import NamedTuple


class EntryKind(IntEnum):
    TOP_UP = 1  # cause: the top-up's own number
    CHARGE = 2  # cause: the batch (server_packet_id); the price of all its messages
    REFUND = 3  # cause: the message
    CORRECTION = 4  # cause: its own number


class LedgerEntry(NamedTuple):
    kind: EntryKind
    cause: int
    account_id: int
    at: int  # ms
    amount: int  # kopecks, signed
    note: str = ""
