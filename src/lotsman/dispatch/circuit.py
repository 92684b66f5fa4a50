"""The breakers' clockwork: every second what was counted and stopped goes to the store, and what others counted comes back."""

import structlog

from lotsman import metrics
from lotsman.carriers.port import Clock
from lotsman.usecases import Platform
from lotsman.usecases.keep_breakers import forget_used, keep_breakers

log = structlog.get_logger()


class Circuit:
    """Each duty is called again and again by the node (node/process.py)."""

    def __init__(self, platform: Platform, clock: Clock, operator: str, *, mails: bool) -> None:
        self._platform, self._clock = platform, clock
        self._operator, self._mails = operator, mails

    async def report(self) -> None:
        count = await keep_breakers(self._platform, self._operator, self._clock(), mails=self._mails)
        if count:
            metrics.TRIPS.inc(count)
            log.warning("breakers_tripped", trips=count)

    async def forget(self) -> None:
        await forget_used(self._platform, self._clock())
