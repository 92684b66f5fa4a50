"""Writes this node's trace every second, and forgets what is old or too much."""

import structlog

from lotsman.carriers.port import Clock
from lotsman.usecases import Platform
from lotsman.usecases.keep_trace import forget_trace, keep_trace

log = structlog.get_logger()


class TraceKeeper:
    """`kept`: ms; `most`: octets of all nodes together."""

    def __init__(self, platform: Platform, clock: Clock, *, kept: int, most: int) -> None:
        self._platform, self._clock, self._kept, self._most = platform, clock, kept, most

    async def keep(self) -> None:
        await keep_trace(self._platform)

    async def forget(self) -> None:
        freed = await forget_trace(self._platform, self._clock() - self._kept, self._most)
        if freed:
            log.info("trace_forgotten", octets=freed)
