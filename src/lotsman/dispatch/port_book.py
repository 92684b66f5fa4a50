"""Keeps the node's Numbering informed of numbers that have left the network of their prefix."""

from typing import Final

import structlog

from lotsman.carriers.port import Clock
from lotsman.domain.portability import Ported
from lotsman.usecases import Platform
from lotsman.usecases.learn_ports import Mark, forget_old_ports, ports_after

_BATCH: Final = 1_000
_LATE: Final = 30_000  # ms: what was learned so long ago may have been stored only now
_BEGINNING: Final[Mark] = (0, "")

log = structlog.get_logger()


class PortBook:
    """Both duties are called again and again by the node (node/process.py). `valid`: ms that a finding is believed."""

    def __init__(self, platform: Platform, clock: Clock, valid: int) -> None:
        self._platform, self._clock, self._valid = platform, clock, valid
        self._ported = Ported(platform.numbering.ported)
        self._mark = _BEGINNING

    async def read(self) -> None:
        """What any node has learned since the last time; on the first time, all that is believed."""
        oldest, planned = self._clock() - self._valid, self._platform.numbering.planned
        mark = max(self._mark, (oldest, ""))
        while ports := await ports_after(self._platform, mark, _BATCH):
            for port in ports:
                self._ported.learn(port, planned(port.msisdn))
            mark = (ports[-1].learned_at, ports[-1].msisdn)
        self._mark = (min(mark[0], self._clock() - _LATE), "")
        self._ported.forget(oldest)

    async def forget(self) -> None:
        count = await forget_old_ports(self._platform, self._clock() - self._valid)
        if count:
            log.info("portability_forgotten", numbers=count)
