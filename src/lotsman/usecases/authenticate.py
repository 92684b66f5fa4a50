"""Who is asking: an api key, or login and password."""

import asyncio
import hashlib
import hmac
import secrets
from typing import Final

from lotsman.domain.account import Account
from lotsman.domain.refusals import Refusal, Refused
from lotsman.usecases import Platform

KEY_LENGTH: Final = 64
_KEY_CHARACTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_COST: Final = {"n": 2**14, "r": 8, "p": 1, "maxmem": 64 * 2**20}  # scrypt: 16 MiB, about 40 ms
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
    found = await platform.directory.credentials(login)
    stored = found[1] if found else _NOBODY
    right = await _verify(password, stored)
    if found is None or not right:
        raise Refused(Refusal.USER_NOT_FOUND)
    account = await platform.directory.by_id(found[0])
    if account is None:
        raise Refused(Refusal.USER_NOT_FOUND)
    return account


def hash_password(password: str) -> str:
    salt = secrets.token_bytes(16)
    return f"scrypt${salt.hex()}${_scrypt(password, salt).hex()}"


def new_key() -> str:
    """64 characters, upper-case Latin letters and digits (API-1 §1)."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    return "".join(secrets.choice(alphabet) for _ in range(KEY_LENGTH))


async def _verify(password: str, stored: str) -> bool:
    mark = hmac.digest(_SECRET, password.encode("utf-8", "replace"), "sha256")
    if _right.get(mark) == stored:
        return True
    async with _verifying:
        _, salt, wanted = stored.split("$")
        digest = await asyncio.to_thread(_scrypt, password, bytes.fromhex(salt))
    right = hmac.compare_digest(digest.hex(), wanted)
    if right:
        if len(_right) >= _REMEMBERED:
            _right.clear()
        _right[mark] = stored
    return right


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode("utf-8", "replace"), salt=salt, **_COST)


_NOBODY: Final = hash_password(secrets.token_hex(16))  # an unknown login takes as long as a wrong password
