"""Numbers that get nothing (black), or any text (white): of an account, or of the whole installation."""

from collections.abc import Sequence

from lotsman.domain.msisdn import Fault, parse
from lotsman.domain.phone_list import INSTALLATION, ListedPhone, ListKind
from lotsman.store.phone_lists import add_phones, remove_phones, shown
from lotsman.usecases import Platform

__all__ = ["INSTALLATION", "ListKind", "ListedPhone", "add_to_list", "remove_from_list", "show_list"]


async def add_to_list(
    platform: Platform, account_id: int, kind: ListKind, numbers: Sequence[str], note: str, now: int
) -> int:
    """-> how many are new. Raises ValueError for what is no phone number."""
    phones = [ListedPhone(account_id, kind, _msisdn(number), now, note) for number in numbers]
    added = await platform.database.write(add_phones, phones)
    await platform.directory.refresh()
    return added


async def remove_from_list(
    platform: Platform, account_id: int, kind: ListKind, numbers: Sequence[str]
) -> int:
    """-> how many were on it. Raises ValueError for what is no phone number."""
    phones = [ListedPhone(account_id, kind, _msisdn(number), 0) for number in numbers]
    removed = await platform.database.write(remove_phones, phones)
    await platform.directory.refresh()
    return removed


async def show_list(platform: Platform, account_id: int, kind: ListKind, most: int) -> list[ListedPhone]:
    return await platform.database.read(shown, account_id, kind, most)


def _msisdn(number: str) -> str:
    parsed = parse(number)
    if not isinstance(parsed, Fault):
        return parsed
    raise ValueError(f"{number} is no phone number")
