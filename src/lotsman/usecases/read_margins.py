"""What was left: sold for, bought for, by account, link and destination."""

from lotsman.store.margins import Margin, margins
from lotsman.usecases import Platform

__all__ = ["Margin", "read_margins"]


async def read_margins(platform: Platform, start: int, end: int) -> list[Margin]:
    """Of messages accepted from `start` until `end` (ms)."""
    return await platform.database.read(margins, platform.directory.currency, start, end)
