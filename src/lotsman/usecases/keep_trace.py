"""The trace of this node, from memory to the store; and what of all traces is forgotten."""

import asyncio
from typing import Final

from lotsman import metrics
from lotsman.domain.trace import Block, blocks
from lotsman.store.trace import Forget, TraceSize, forget_blocks, keep_blocks, trace_size
from lotsman.usecases import Platform

__all__ = ["TraceSize", "forget_trace", "keep_trace", "size_of_trace"]

_PAUSE: Final = 0.01  # seconds between two chunks that are forgotten


async def keep_trace(platform: Platform) -> None:
    """What was noted since the last call. A block that cannot be stored is counted and gone: nobody waits for it."""
    trace = platform.trace
    taken = {stream: records for stream, records in trace.take().items() if records}
    lost, trace.dropped = trace.dropped, 0
    if taken:
        packed = await asyncio.to_thread(lambda: list(blocks(taken, texts=trace.texts)))
        stored = await asyncio.gather(*(_stored(platform, block) for block in packed))
        lost += sum(block.records for block, is_stored in zip(packed, stored, strict=True) if not is_stored)
    if lost:
        metrics.TRACE_LOST.inc(lost)


async def _stored(platform: Platform, block: Block) -> bool:
    try:
        await platform.database.write(keep_blocks, block)
    except Exception:  # noqa: BLE001 whatever it is, it must not hold anything up
        return False
    return True


async def size_of_trace(platform: Platform) -> TraceSize:
    return await platform.database.read(trace_size)


async def forget_trace(platform: Platform, before: int, most: int) -> int:
    """Blocks that ended before `before` (ms), and the oldest beyond `most` octets; -> octets freed."""
    freed = 0
    while True:
        size = await platform.database.read(trace_size)
        metrics.TRACE_BYTES.set(size.octets)
        chunk = await platform.database.write(forget_blocks, Forget(before, max(0, size.octets - most)))
        if not chunk:
            return freed
        freed += chunk
        await asyncio.sleep(_PAUSE)
