"""Black lists: numbers that get nothing. White lists: numbers that get any text, whatever the spam protection says."""

from enum import IntEnum
from typing import Final, NamedTuple

INSTALLATION: Final = 0  # the account id of lists that count for every account


class ListKind(IntEnum):
    BLACK = 1
    WHITE = 2


class ListedPhone(NamedTuple):
    account_id: int  # INSTALLATION: for every account
    kind: ListKind
    msisdn: str
    at: int  # ms
    note: str = ""  # where it came from: who asked, which word
