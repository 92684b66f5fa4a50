"""What became of messages? Only the account's own exist for it."""

from collections.abc import Sequence
from typing import Final

from lotsman.domain.account import Account
from lotsman.store import messages
from lotsman.store.messages import Stored
from lotsman.usecases import Platform

RECENT: Final = 24 * 60 * 60 * 1000  # ms
MOST_RECENT: Final = 10_000

__all__ = ["Stored", "check_messages", "check_packet", "recent_messages"]


async def check_messages(platform: Platform, account: Account, ids: Sequence[int]) -> list[Stored | None]:
    """One for each id, in order; None where the account has no such message."""
    found = await platform.database.read(messages.find, account.id, ids)
    return [found.get(message_id) for message_id in ids]


async def check_packet(platform: Platform, account: Account, batch_id: int) -> list[Stored]:
    """All messages of one request, in its order; none if the account made no such request."""
    return await platform.database.read(messages.find_batch, account.id, batch_id)


async def recent_messages(platform: Platform, account: Account, now: int) -> list[Stored]:
    """The last 24 hours, newest first, at most 10,000."""
    return await platform.database.read(messages.recent, account.id, now - RECENT, MOST_RECENT)
