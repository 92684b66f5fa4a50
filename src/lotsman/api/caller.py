"""Who is calling: apikey, or login and password (API-1 §1.4)."""

from typing import Protocol

from lotsman.api.v1 import emulator
from lotsman.domain.account import Account
from lotsman.domain.refusals import Refused
from lotsman.usecases import Platform
from lotsman.usecases.authenticate import by_key, by_password


class Credentials(Protocol):
    """What is asked of a request, of whichever API."""

    def get(self, name: str) -> str | None: ...

    def given(self, name: str) -> bool: ...


async def identify(request: Credentials, platform: Platform, *, emulated: bool) -> Account:
    """The caller's account; raises Refused: 100-102, 400, 401, or the code of a blocked account.

    A stray password beside a key means nothing; a login without a key asks for its password.
    """
    apikey = (request.get("apikey") or "").strip()
    if apikey == emulator.KEY and emulated:
        return emulator.ACCOUNT
    if not apikey and (request.given("login") or request.given("password")):
        account = await by_password(
            platform, (request.get("login") or "").strip(), request.get("password") or ""
        )
    else:
        account = await by_key(platform, apikey)
    if account.blocked is not None:
        raise Refused(account.blocked)
    return account
