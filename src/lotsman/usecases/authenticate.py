"""Who is asking: an api key, or login and password."""

import asyncio
import hmac
import secrets
from typing import Final

from lotsman.domain.account import Account
from lotsman.domain.admission import clean
from lotsman.domain.refusals import Refusal, Refused
from lotsman.store.credentials import KEY_LENGTH, hash_password, is_password
from lotsman.usecases import Platform

_KEY_CHARACTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_REMEMBERED: Final = 10_000

# Passwords that were right, as hashes keyed with a secret of this process: scrypt runs once for each of them.
_SECRET: Final = secrets.token_bytes(32)
_right: dict[bytes, str] = {}
_verifying: Final = asyncio.Semaphore(2)  # so that guessing cannot take every thread


async def by_key(platform: Platform, apikey: str) -> Account:
    """The account of a key. Raises Refused: 100 missing, 101 malformed, 102 unknown."""
    account = platform.directory.known(apikey)
    if account is not None:
        return account
    if not apikey:
        raise Refused(Refusal.APIKEY_REQUIRED)
    if len(apikey) != KEY_LENGTH or not _KEY_CHARACTERS.issuperset(apikey):
        raise Refused(Refusal.APIKEY_INVALID)
    account = await platform.directory.by_key(apikey)
    if account is None:
        raise Refused(Refusal.APIKEY_NOT_FOUND)
    return account


async def by_password(platform: Platform, login: str, password: str) -> Account:
    """The account of a login and its password. Raises Refused: 401 incomplete, 400 unknown or wrong."""
    if not login or not password or "@" not in login:
        raise Refused(Refusal.LOGIN_INVALID)
    found = await platform.directory.credentials(clean(login))
    stored = found[1] if found else _NOBODY
    right = await _verify(password, stored)
    if found is None or not right:
        raise Refused(Refusal.USER_NOT_FOUND)
    account = await platform.directory.by_id(found[0])
    if account is None:
        raise Refused(Refusal.USER_NOT_FOUND)
    return account


async def _verify(password: str, stored: str) -> bool:
    mark = hmac.digest(_SECRET, password.encode("utf-8", "replace"), "sha256")
    if _right.get(mark) == stored:
        return True
    async with _verifying:
        right = await asyncio.to_thread(is_password, password, stored)
    if right:
        if len(_right) >= _REMEMBERED:
            _right.clear()
        _right[mark] = stored
    return right


_NOBODY: Final = hash_password(secrets.token_hex(16))  # an unknown login takes as long as a wrong password
