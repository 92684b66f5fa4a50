"""Starts and stops the links that this node holds, as configuration and leases change."""

import asyncio
from typing import Final

import structlog

from lotsman import metrics
from lotsman.carriers.port import CarrierLink, Clock, LinkConfig
from lotsman.carriers.registry import make_link, services
from lotsman.dispatch.dispatcher import Dispatcher
from lotsman.dispatch.inlet import LinkInlet
from lotsman.dispatch.roster import Elsewhere
from lotsman.usecases import Platform
from lotsman.usecases.hold_links import LinkRow, LinkStatus, hold_links, leave, publish

_STATUS_EVERY: Final = 2_000  # ms
_OUTDATED: Final = 15_000  # ms: a node that said nothing for so long is thought gone with its links
log = structlog.get_logger()


class LinkKeeper:
    def __init__(self, platform: Platform, dispatcher: Dispatcher, inlet: LinkInlet, clock: Clock) -> None:
        self._platform, self._dispatcher, self._inlet, self._clock = platform, dispatcher, inlet, clock
        self._rows: dict[int, LinkRow] = {}
        self._published: dict[int, tuple[str, str]] = {}
        self._published_at = 0

    async def tend(self) -> None:
        """Call every second or two: renews leases, starts what is new, stops what is gone."""
        now = self._clock()
        fleet = await hold_links(self._platform, now)
        held = {row.id: row for row in fleet.held}
        for link_id, row in list(self._rows.items()):
            if held.get(link_id) != row:
                await self._stop(link_id)
        for link_id, row in held.items():
            if link_id not in self._rows:
                self._start(row)
        roster = self._dispatcher.roster
        roster.survey(_elsewhere(row, status, now) for row, status in fleet.others)
        for link in roster.judge(now):
            deaf = roster.is_deaf(link.config.id)
            log.warning("link_deaf" if deaf else "link_hears_again", link=link.config.name)
        await self._publish()

    async def stop(self) -> None:
        """Drain every link, give back every lease."""
        await asyncio.gather(*(self._stop(link_id) for link_id in list(self._rows)))
        await leave(self._platform)

    def _start(self, row: LinkRow) -> None:
        self._rows[row.id] = row
        try:
            serves = services(row.name, row.kind, row.settings)
            config = LinkConfig(
                row.id, row.name, row.kind, serves, row.priority, row.in_doubt, row.settings, row.deaf_after
            )
            link = make_link(config, self._inlet, self._clock)
        except (LookupError, TypeError, ValueError) as error:
            log.error("link_misconfigured", link=row.name, error=str(error))
            return
        self._dispatcher.add(link)
        link.start()

    async def _stop(self, link_id: int) -> None:
        row = self._rows.pop(link_id)
        link = self._dispatcher.remove(link_id)
        if link is not None:
            await link.stop()
            log.info("link_stopped", link=row.name)

    async def _publish(self) -> None:
        now = self._clock()
        links = self._dispatcher.links
        said = [self._status(link, now) for link in links]
        changed = {status.link_id: (status.state, status.detail) for status in said}
        for link in links:
            metrics.LINK_IN_FLIGHT.labels(link.config.name).set(link.in_flight)
        if changed == self._published and now - self._published_at < 5 * _STATUS_EVERY:
            return
        self._published, self._published_at = changed, now
        await publish(self._platform, said)

    def _status(self, link: CarrierLink, now: int) -> LinkStatus:
        state, detail = link.state, link.detail
        if self._dispatcher.roster.is_deaf(link.config.id) and state == "bound":
            state, detail = "deaf", f"no receipt for {link.config.deaf_after} s"
        detail = "; ".join(filter(None, (detail, self._inlet.of_receipts(link.config.id))))
        node_id = self._platform.node_id
        return LinkStatus(link.config.id, node_id, state, detail, link.in_flight, link.window, now)


def _elsewhere(row: LinkRow, status: LinkStatus | None, now: int) -> Elsewhere:
    able = status is not None and status.state == "bound" and now - status.updated_at < _OUTDATED
    try:
        serves = services(row.name, row.kind, row.settings)
    except (LookupError, ValueError):  # no node can start it
        serves = ()
    return Elsewhere(row.id, serves, row.priority, able)
