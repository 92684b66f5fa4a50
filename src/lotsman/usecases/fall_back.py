"""Messages that a messenger has not delivered in time go as an SMS."""

from typing import Final

from lotsman.domain.lifecycle import Event
from lotsman.store.fallbacks import forget_ended, late
from lotsman.store.steps import Move
from lotsman.store.upkeep import apply_moves
from lotsman.usecases import Platform

_BATCH: Final = 500


async def fall_back(platform: Platform, patience: int, now: int) -> int:
    """`patience`: ms without delivery. -> how many were moved; call again while it is not 0."""
    found = await platform.database.read(late, now - patience, _BATCH)
    moves = [
        Move(
            each.message_id,
            Event.FALL_BACK,
            now,
            each.state,
            0,
            "in time",
            timed=True,
            tells=each.tells,
            has_two_ways=True,
        )
        for each in found
    ]
    if not moves:
        return 0
    became = await platform.database.write(apply_moves, moves)
    return len(became)


async def forget_ended_fallbacks(platform: Platform, before: int) -> int:
    """Of messages that have ended, and were accepted before that (ms)."""
    return await platform.database.write(forget_ended, before)
