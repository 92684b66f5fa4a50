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
    due = await platform.database.read(due_deferred, now, _BATCH)
    if not due:
        return 0
    moves = [Move(id_, Event.DUE, now, State.DEFERRED, timed=True, tells=tells) for id_, tells in due]
    became = await platform.database.write(apply_moves, moves)
    if became:
        platform.handoff.wake()
    return len(became)
