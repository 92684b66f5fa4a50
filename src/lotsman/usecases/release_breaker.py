"""The operator has looked at what tripped: what was counted so far counts no more, and the books say who said so."""

from typing import Any

from lotsman.store import trips
from lotsman.store.trips import Release
from lotsman.usecases import Platform


async def release_breaker(
    platform: Platform, account_id: int, limit: str, by: str, comment: str, now: int
) -> int:
    """-> how many trips that ends. Every node knows within a second. What is held stays held: see review_held."""
    count = await platform.database.write(trips.release, Release(account_id, limit, by, comment, now))
    await platform.directory.refresh()
    return count


async def list_trips(
    platform: Platform, account_id: int | None, *, released: bool, most: int
) -> list[dict[str, Any]]:
    """Newest first; those that were released only if asked for."""
    return await platform.database.read(lambda c: trips.listed(c, account_id, released=released, most=most))
