"""What did people answer? Only the account's own messages exist for it."""

from typing import Final

from lotsman.domain.account import Account
from lotsman.store.inbound import Inbound, list_inbound, take_new
from lotsman.usecases import Platform

__all__ = ["MOST", "Inbound", "new_inbound", "read_inbound"]

MOST: Final = 10_000


async def read_inbound(platform: Platform, account: Account, since: int | None = None) -> list[Inbound]:
    """Newest first, at most MOST; `since` (ms): those that came then or later. Seen or not stays as it is."""
    return await platform.database.read(list_inbound, account.id, since, MOST)


async def new_inbound(platform: Platform, account: Account) -> list[Inbound]:
    """Those that nobody has asked for yet; from now on they are seen. No two callers get the same one."""
    return await platform.database.write(take_new, (account.id, MOST))
