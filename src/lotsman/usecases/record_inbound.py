"""THE place where a message from a phone lands: kept, given to its account, and the account told."""

from typing import Final

from lotsman.domain.inbound import Piece
from lotsman.store.database import Done
from lotsman.store.inbound import record_pieces, tell_incomplete
from lotsman.usecases import Platform

WAIT_FOR_PARTS: Final = 60 * 60 * 1000  # ms; then a message is told with a marker where a part is missing


def record_inbound(platform: Platform, piece: Piece, done: Done) -> None:
    """`done` gets the id of the message, or None while parts are missing, once it is on disk; or an exception."""
    platform.database.submit(record_pieces, piece, done)


async def tell_incomplete_inbound(platform: Platform, now: int) -> int:
    """-> how many messages were told although parts of them never came."""
    return await platform.database.write(tell_incomplete, (now - WAIT_FOR_PARTS, now))
