"""How much waits, and for how long: for the metrics and for the command line."""

from lotsman.store.call_minutes import forget_paid_minutes
from lotsman.store.claims import lanes_due
from lotsman.store.messages import Waiting, waiting
from lotsman.store.upkeep import STRAYS_KEPT, forget_recent_texts, forget_strays
from lotsman.usecases import Platform


async def watch_queue(platform: Platform) -> Waiting:
    return await platform.database.read(waiting)


async def lanes_with_work(platform: Platform, now: int) -> list[str]:
    """The lanes in which a message waits for a link right now."""
    return await platform.database.read(lanes_due, now)


async def forget_old_strays(platform: Platform, now: int) -> int:
    """Receipts that have matched nothing for days; -> how many."""
    return await platform.database.write(forget_strays, now - STRAYS_KEPT)


async def forget_unspoken_minutes(platform: Platform) -> int:
    """-> how many calls ended without having been made."""
    return await platform.database.write(forget_paid_minutes, None)


async def forget_old_texts(platform: Platform, now: int) -> int:
    """Texts whose repetition is no loop any more; call again while it is not 0."""
    return await platform.database.write(forget_recent_texts, now)
