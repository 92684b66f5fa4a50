"""The panic button: an account and its keys are stopped, and what waits in the queue is withdrawn and paid back."""

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple

from lotsman.domain.account import Standing
from lotsman.domain.lifecycle import Event
from lotsman.domain.refusals import Refusal
from lotsman.store.accounts import set_standing
from lotsman.store.held import free_all, in_hand, withdrawable
from lotsman.store.steps import Move
from lotsman.store.upkeep import apply_moves
from lotsman.usecases import Platform

_BATCH: Final = 500
_OTHERS_KNOW: Final = 1.5  # s until every node has seen that it is blocked


class Paused(NamedTuple):
    withdrawn: int  # messages
    refunded: int  # kopecks
    in_hand: int  # messages that a link has taken already


async def pause_account(platform: Platform, account_id: int, by: str, clock: Callable[[], int]) -> Paused:
    """Its requests are answered with 122 from now on. What nodes accept before they know is withdrawn, too."""
    await platform.database.write(set_standing, (account_id, Standing.BLOCKED_DISPUTE))
    await platform.directory.refresh()
    first = await _withdraw(platform, account_id, by, clock)
    await asyncio.sleep(_OTHERS_KNOW)
    second = await _withdraw(platform, account_id, by, clock)
    await platform.database.write(free_all, account_id)
    held = await platform.database.read(in_hand, account_id)
    return Paused(first[0] + second[0], first[1] + second[1], held)


async def _withdraw(
    platform: Platform, account_id: int, by: str, clock: Callable[[], int]
) -> tuple[int, int]:
    """-> how many, kopecks."""
    count = refunded = 0
    while found := await platform.database.read(withdrawable, account_id, _BATCH):
        at = clock()
        moves = [
            Move(m.message_id, Event.CANCELLED, at, m.state, Refusal.CANCELLED.code, f"paused by {by}", timed=True,
                 tells=m.tells)
            for m in found
        ]  # fmt: skip
        became = await platform.database.write(apply_moves, moves)
        count += len(became)
        refunded += sum(m.price for m in found if m.message_id in became)
    return count, refunded
