"""A new customer: account, password, api key, sender names."""

import secrets
from collections.abc import Sequence
from typing import NamedTuple

from lotsman.domain import sender_id
from lotsman.store import accounts
from lotsman.store.accounts import AlreadyThere, NewAccount, NewKey, NewSender
from lotsman.store.credentials import hash_key, hash_password, new_key
from lotsman.usecases import Platform

__all__ = ["AlreadyThere", "Opened", "issue_key", "open_account", "register_sender", "replace_keys"]


class Opened(NamedTuple):
    account_id: int
    apikey: str  # shown once; only its hash is kept
    password: str


async def open_account(
    platform: Platform,
    *,
    login: str,
    name: str,
    phone: str,
    senders: Sequence[str],
    tariff: str,
    now: int,
    password: str = "",
    credit_limit: int = 0,
    any_sender: bool = False,
    time_zone: str = "Europe/Moscow",
) -> Opened:
    """Raises AlreadyThere, LookupError (no such tariff) or ValueError (login, senders)."""
    if "@" not in login:
        raise ValueError("the login is an e-mail address")
    names = [_checked(sender) for sender in senders]
    password = password or secrets.token_urlsafe(12)
    new = NewAccount(
        login, hash_password(password), name, phone, now, tariff, names[0] if names else "", time_zone, credit_limit,
        any_sender,
    )  # fmt: skip
    account_id = await platform.database.write(accounts.add_account, new)
    for sender in names:
        await platform.database.write(accounts.add_sender, NewSender(account_id, sender, now, default=False))
    return Opened(account_id, await issue_key(platform, account_id, now), password)


async def issue_key(platform: Platform, account_id: int, now: int) -> str:
    """A new api key beside those that work already."""
    apikey = new_key()
    new = NewKey(account_id, hash_key(apikey), f"{apikey[:4]}…{apikey[-4:]}", now)
    await platform.database.write(accounts.add_key, new)
    return apikey


async def replace_keys(platform: Platform, account_id: int, now: int) -> str:
    """A new api key; all others stop working within a second."""
    await platform.database.write(accounts.revoke_keys, (account_id, now))
    return await issue_key(platform, account_id, now)


async def register_sender(platform: Platform, account_id: int, name: str, now: int, *, default: bool) -> str:
    """Let an account use a sender name; raises ValueError for one that no phone would show."""
    checked = _checked(name)
    await platform.database.write(accounts.add_sender, NewSender(account_id, checked, now, default))
    return checked


def _checked(name: str) -> str:
    parsed = sender_id.parse(name)
    if parsed is None or sender_id.is_reserved(parsed):
        raise ValueError(
            f"{name!r} cannot be a sender: 3 to 11 of A-Z a-z 0-9 . - _, or a number of 6 to 14 digits"
        )
    return parsed
