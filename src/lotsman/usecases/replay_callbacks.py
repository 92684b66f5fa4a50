"""The operator looks after calls to customers: what waits, what is dead, what shall be made again."""

from collections.abc import Sequence

from lotsman.store.callbacks import (
    DEAD_KEPT,
    Backlog,
    CallbackRow,
    Replay,
    backlog,
    find_callback,
    forget_dead,
    list_callbacks,
    replay,
)
from lotsman.usecases import Platform

__all__ = [
    "Backlog",
    "CallbackRow",
    "callback_backlog",
    "forget_dead_callbacks",
    "one_callback",
    "replay_callbacks",
    "waiting_callbacks",
]


async def waiting_callbacks(
    platform: Platform, account_id: int | None, most: int, *, dead: bool | None
) -> list[CallbackRow]:
    """The newest first; `dead` None: both those that wait and those that are dead."""
    return await platform.database.read(list_callbacks, account_id, dead, most)


async def one_callback(platform: Platform, callback_id: int) -> CallbackRow | None:
    return await platform.database.read(find_callback, callback_id)


async def replay_callbacks(platform: Platform, ids: Sequence[int], account_id: int | None, now: int) -> int:
    """Make these again at once, or with no ids all dead ones (of an account); -> how many."""
    return await platform.database.write(replay, Replay(tuple(ids), account_id, now))


async def callback_backlog(platform: Platform) -> Backlog:
    return await platform.database.read(backlog)


async def forget_dead_callbacks(platform: Platform, now: int) -> int:
    return await platform.database.write(forget_dead, now - DEAD_KEPT)
