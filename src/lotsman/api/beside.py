"""What a request may ask for beside its answer, in whichever API: debug=, r=. It changes no answer and delays none.

Rule 1: only what is asked with a customer's own key counts: never before the caller is known, never the emulator's key.
Rule 2: a request that asks for nothing of the kind pays one look-up for each.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Protocol

from lotsman.api.charset import Charset
from lotsman.api.http1 import Request
from lotsman.domain.account import Account
from lotsman.usecases import Platform


class Asked(Protocol):
    """A request of either API."""

    def get(self, name: str) -> str | None: ...

    def given(self, name: str) -> bool: ...

    def parameters(self) -> Iterable[tuple[str, str]]:
        """All that have a value, as they were understood."""


class Served(NamedTuple):
    """A request of a known caller, and the answer that is on its way to him."""

    request: Asked
    http: Request
    address: Callable[[], str]  # of the caller; "" when nobody knows it
    account: Account
    platform: Platform
    now: int  # ms
    content_type: str
    charset: Charset  # of request and answer
    answer: bytes


Beside = Mapping[str, Callable[[Served], None]]  # parameter -> what is done about it
