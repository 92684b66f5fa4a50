"""The operator looks at messages that wait for approval, and lets them go or rejects them."""

from collections.abc import Sequence
from typing import Final

from lotsman.domain.lifecycle import Event
from lotsman.domain.refusals import Refusal
from lotsman.store.held import Decision, HeldMessage, decide, waiting
from lotsman.usecases import Platform

__all__ = ["HeldMessage", "held_messages", "review_held"]

_BATCH: Final = 500


async def held_messages(platform: Platform, account_id: int | None, most: int) -> list[HeldMessage]:
    return await platform.database.read(waiting, account_id, (), 0, most)


async def review_held(
    platform: Platform, account_id: int | None, ids: Sequence[int], by: str, now: int, *, approved: bool
) -> int:
    """All that wait, of one account or among `ids`; -> how many. A released one goes out, a rejected one is refunded."""
    event, error = (Event.RELEASED, 0) if approved else (Event.CANCELLED, Refusal.NOT_APPROVED.code)
    count = after = 0
    while found := await platform.database.read(waiting, account_id, ids, after, _BATCH):
        count += await platform.database.write(decide, Decision(found, event, error, by, now))
        after = found[-1].message_id
    if approved and count:
        platform.handoff.wake()
    return count
