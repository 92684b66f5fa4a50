"""Who is asking: an api key, or login and password."""

import asyncio
import hmac
import secrets
from collections.abc import Callable
from typing import Final

from lotsman import metrics
from lotsman.domain.account import Account
from lotsman.domain.admission import clean
from lotsman.domain.refusals import Refusal, Refused
from lotsman.store.credentials import KEY_LENGTH, hash_password, is_password
from lotsman.usecases import Platform

_KEY_CHARACTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_REMEMBERED: Final = 10_000

Address = Callable[[], str]  # where the caller is; found out only when somebody wants to know

# Keys and passwords that were right, as hashes keyed with a secret of this process: scrypt runs once for each password,
# and who was right once waits for no turn.
_SECRET: Final = secrets.token_bytes(32)
_right: dict[bytes, str] = {}
_verifying: Final = asyncio.Semaphore(2)  # so that guessing cannot take every thread


async def by_key(platform: Platform, apikey: str, address: Address, now: int) -> Account:
    """The account of a key. Raises Refused: 100 missing, 101 malformed, 102 unknown."""
    account = platform.directory.known(apikey)
    if account is not None:
        return account
    if not apikey:
        raise Refused(Refusal.APIKEY_REQUIRED)
    if len(apikey) != KEY_LENGTH or not _KEY_CHARACTERS.issuperset(apikey):
        raise Refused(Refusal.APIKEY_INVALID)
    mark = _mark(apikey)
    if mark not in _right:
        await _take_turn(platform, address, "", now, Refusal.APIKEY_NOT_FOUND)
    account = await platform.directory.by_key(apikey)
    if account is None:
        platform.turnstile.failed(address(), "", now)
        raise Refused(Refusal.APIKEY_NOT_FOUND)
    _remember(mark, "")
    return account


async def by_password(platform: Platform, login: str, password: str, address: Address, now: int) -> Account:
    """The account of a login and its password. Raises Refused: 401 incomplete, 400 unknown or wrong."""
    if not login or not password or "@" not in login:
        raise Refused(Refusal.LOGIN_INVALID)
    login = clean(login)
    found = await platform.directory.credentials(login)
    stored, mark = found[1] if found else _NOBODY, _mark(password)
    right = _right.get(mark) == stored
    if not right:
        await _take_turn(platform, address, login, now, Refusal.USER_NOT_FOUND)
        async with _verifying:
            right = await asyncio.to_thread(is_password, password, stored)
    account = await platform.directory.by_id(found[0]) if found is not None and right else None
    if account is None:
        platform.turnstile.failed(address(), login, now)
        raise Refused(Refusal.USER_NOT_FOUND)
    _remember(mark, stored)
    return account


async def _take_turn(platform: Platform, address: Address, login: str, now: int, refusal: Refusal) -> None:
    """Wait as long as whoever has guessed before has to; raises Refused when that is too long."""
    wait = platform.turnstile.wait(address(), login, now)
    if wait is None:
        metrics.GUESSES.labels("refused").inc()
        raise Refused(refusal, "too many failures from this address")
    if wait:
        metrics.GUESSES.labels("waited").inc()
        await asyncio.sleep(wait / 1000)


def _mark(secret: str) -> bytes:
    return hmac.digest(_SECRET, secret.encode("utf-8", "replace"), "sha256")


def _remember(mark: bytes, stored: str) -> None:
    if len(_right) >= _REMEMBERED:
        _right.clear()
    _right[mark] = stored


_NOBODY: Final = hash_password(secrets.token_hex(16))  # an unknown login takes as long as a wrong password
