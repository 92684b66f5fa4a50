"""Who is calling: apikey, or login and password (API-1 §1.4)."""

from collections.abc import Callable
from typing import Protocol

from lotsman.api.v1 import emulator
from lotsman.domain.account import Account
from lotsman.domain.refusals import Refusal, Refused
from lotsman.usecases import Platform
from lotsman.usecases.authenticate import by_key, by_password


class Credentials(Protocol):
    """What is asked of a request, of whichever API."""

    def get(self, name: str) -> str | None: ...

    def given(self, name: str) -> bool: ...


async def identify(
    request: Credentials, platform: Platform, address: Callable[[], str], now: int, *, emulated: bool
) -> Account:
    """The caller's account; raises Refused: 100-102, 400, 401, the code of a blocked account, 113.

    A stray password beside a key means nothing; a login without a key asks for its password. `address` is only looked at
    when it matters: after a wrong key, and for an account that says from where it may be used.
    """
    apikey = (request.get("apikey") or "").strip()
    if apikey == emulator.KEY and emulated:
        return emulator.ACCOUNT
    if not apikey and (request.given("login") or request.given("password")):
        login, password = (request.get("login") or "").strip(), request.get("password") or ""
        account = await by_password(platform, login, password, address, now)
    else:
        account = await by_key(platform, apikey, address, now)
    if account.blocked is not None:
        raise Refused(account.blocked)
    guard = account.protection
    if guard is not None and guard.networks and not guard.lets_in(address()):
        raise Refused(Refusal.IP_RESTRICTION)
    return account
