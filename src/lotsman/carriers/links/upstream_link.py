"""A link that carries messages over HTTP: an HttpLink in the carrier's dialect, and its questions for receipts."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog

from lotsman.carriers.links import http_words as words
from lotsman.carriers.links.http_link import HttpLink, HttpRequest
from lotsman.carriers.links.upstream import UpstreamDialect, UpstreamSettings
from lotsman.carriers.port import Awaited, Clock, Inlet, LinkConfig

log = structlog.get_logger()

_OLD_ENOUGH: Final = 1_000  # ms: what was taken just now has no receipt yet


def make_upstream_link(config: LinkConfig, inlet: Inlet, clock: Clock) -> HttpLink:
    """Raises TypeError or ValueError for settings that cannot be used."""
    settings = UpstreamSettings.of(config.settings)
    dialect = UpstreamDialect(config.id, settings)
    duty = Questions(dialect).ask_again_and_again if settings.poll_url else None
    return HttpLink(config, inlet, clock, dialect, settings.wire(), duty)


class Questions:
    """Asks a carrier what became of messages: it has no callbacks, or they were lost on their way."""

    def __init__(self, dialect: UpstreamDialect) -> None:
        self._dialect, self._settings = dialect, dialect.settings

    async def ask_again_and_again(self, link: HttpLink) -> None:
        while True:
            await asyncio.sleep(self._settings.poll)
            try:
                await self._ask_all(link)
            except Exception as error:  # noqa: BLE001 it is asked again; no word of the error, which may have the key
                log.warning("receipts_not_polled", link=link.config.name, error=type(error).__name__)

    async def _ask_all(self, link: HttpLink) -> None:
        """Once about each message whose receipt is awaited, in the order of their ids."""
        after = 0
        while True:
            before = link.clock() - _OLD_ENOUGH
            awaited = await link.inlet.awaited(link.config.id, before, after, self._settings.poll_most)
            if awaited:
                await self._ask(link, awaited)
                after = awaited[-1].message_id
            if len(awaited) < self._settings.poll_most:
                return

    async def _ask(self, link: HttpLink, awaited: Sequence[Awaited]) -> None:
        s, by_id = self._settings, {each.smsc_id: each for each in awaited}
        url = words.in_url(s.asked_at, {**s.words, "ids": ",".join(by_id)})
        status, answer = await link.fetch(HttpRequest("GET", url))
        if status != 200:
            log.warning("receipts_not_polled", link=link.config.name, error=f"HTTP {status}")
            return
        for item in _items(words.Answer(answer).part(s.poll_list)):
            try:
                receipt = self._dialect.receipt(item, link.clock())
            except ValueError:
                continue
            if receipt is not None and receipt.smsc_id in by_id:
                asked = by_id[receipt.smsc_id]
                link.inlet.receipt(receipt._replace(msisdn=asked.msisdn), _asked_again_if_lost)


def _items(said: Any) -> Sequence[Any]:
    if isinstance(said, Mapping):
        return [said]
    return said if isinstance(said, list) else []


def _asked_again_if_lost(_stored: bool) -> None:
    """What could not be stored is asked about in the next round."""
