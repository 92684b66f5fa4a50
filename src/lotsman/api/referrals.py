"""r=contract number: whose customer this is, said once and never changed. API-1 §1."""

from typing import Final

from lotsman.api.beside import Served
from lotsman.usecases.record_referrer import record_referrer

_LONGEST: Final = 15  # digits
_REMEMBERED: Final = 10_000


class Referrals:
    def __init__(self) -> None:
        self._tried: set[tuple[int, int]] = (
            set()
        )  # a client says it with each request; asking the store once is enough

    def see_to(self, served: Served) -> None:
        account = served.account
        said = (served.request.get("r") or "").strip()
        if account.referrer or not (said.isascii() and said.isdigit() and len(said) <= _LONGEST):
            return
        tried = (account.id, int(said))
        if tried not in self._tried:
            if len(self._tried) >= _REMEMBERED:
                self._tried.clear()
            self._tried.add(tried)
            served.platform.call_later(
                0, lambda: record_referrer(served.platform, *tried, self._tried.discard)
            )
