"""End what has outlived its time to live. No message stays in a waiting state past its deadline."""

from typing import Final

from lotsman.domain.lifecycle import Event, State
from lotsman.domain.refusals import Refusal
from lotsman.store.claims import overdue
from lotsman.store.steps import Move
from lotsman.store.upkeep import apply_moves
from lotsman.usecases import Platform

_BATCH: Final = 500


async def expire_messages(platform: Platform, now: int) -> int:
    """-> how many were moved; call again while it is not 0.

    A message still SENDING long after its ttl was lost track of: it is in doubt first, and ends at the next call.
    """
    found = await platform.database.read(overdue, now, _BATCH)
    moves = [
        Move(
            each.message_id,
            Event.LOST if each.state is State.SENDING else Event.EXPIRED,
            now,
            each.state,
            Refusal.NOT_APPROVED.code if each.error == Refusal.HELD.code else Refusal.EXPIRED.code,
            "ttl",
            timed=True,
            tells=each.tells,
            has_two_ways=each.has_two_ways,
        )
        for each in found
    ]
    if not moves:
        return 0
    became = await platform.database.write(apply_moves, moves)
    return len(became)
