"""Which receipts of a carrier are awaited: for links that ask for them."""

from collections.abc import Sequence

from lotsman.store.awaited import awaiting
from lotsman.usecases import Platform


async def awaited_receipts(
    platform: Platform, link_id: int, before: int, after: int, most: int
) -> Sequence[tuple[int, str, str]]:
    """(message, the carrier's id, number) of what it took before (ms) and that has not ended, with ids above `after`."""
    return await platform.database.read(awaiting, link_id, before, after, most)
