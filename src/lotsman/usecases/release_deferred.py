"""Messages whose send_datetime has come join the queue."""

from typing import Final

from lotsman.domain.lifecycle import Event, State
from lotsman.store.claims import due_deferred
from lotsman.store.steps import Move
from lotsman.store.upkeep import apply_moves
from lotsman.usecases import Platform

_BATCH: Final = 500


async def release_deferred(platform: Platform, now: int) -> int:
    """-> how many were released; call again while it is not 0."""
    ids = await platform.database.read(due_deferred, now, _BATCH)
    if not ids:
        return 0
    became = await platform.database.write(
        apply_moves, [Move(message_id, Event.DUE, now, State.DEFERRED, timed=True) for message_id in ids]
    )
    if became:
        platform.handoff.wake()
    return len(became)
