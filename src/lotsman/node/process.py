"""A node from start to stop: what runs, in which order it starts, and how it drains."""

import asyncio
import gc
import signal
import ssl
import sys
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from lotsman.api.server import DoorServer
from lotsman.callbacks.caller import Caller
from lotsman.callbacks.courier import Courier
from lotsman.dispatch.trace_keeper import TraceKeeper
from lotsman.dispatch.wire_journal import WireJournal
from lotsman.node import cores, wiring
from lotsman.node.clock import now
from lotsman.node.health import Health
from lotsman.node.settings import Settings, SettingsError, reason
from lotsman.usecases import StoreUnavailable
from lotsman.usecases.configure_carrier import list_links
from lotsman.usecases.hold_links import join
from lotsman.usecases.read_routing import read_routing
from lotsman.usecases.rescue_held import rescue_own

API: Final = "api"
CARRIER: Final = "carrier"
COURIER: Final = "courier"
UPKEEP: Final = "upkeep"
ROLES: Final = (API, CARRIER, COURIER, UPKEEP)

log = structlog.get_logger()


class Node:
    def __init__(self, settings: Settings, roles: frozenset[str]) -> None:
        self.settings, self.roles = settings, roles
        self.database = wiring.open_database(settings)
        self._tasks: list[asyncio.Task[None]] = []
        self._carrier: wiring.Carrier | None = None
        self._courier: tuple[Courier, Caller] | None = None
        self._couriers_work: asyncio.Task[None] | None = None
        self._doors: DoorServer | None = None
        self._stop_listening: Callable[[], None] | None = None
        self._trace: TraceKeeper | None = None
        self._ready = False

    async def start(self) -> None:
        """Raises SettingsError or NodeIsRunning when it cannot start; `stop` it nevertheless."""
        core = cores.settle(self.settings.core, from_behind=CARRIER not in self.roles)
        # A writer thread gives the interpreter back after microseconds: nobody should wait 5 ms for it.
        sys.setswitchinterval(0.0005)
        # Messages live for milliseconds and hold no cycles: look for cycles seldom, and never among what start-up made.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)
        loop = asyncio.get_running_loop()
        wiring.check_schema(self.database)
        tls = wiring.make_tls(self.settings)
        journal = wiring.make_journal(self.settings) if CARRIER in self.roles else None
        self.database.start(loop)
        self.platform = wiring.make_platform(self.database, self.settings, loop)
        await self.platform.directory.refresh()
        await read_routing(self.platform)
        self._trace = wiring.make_trace_keeper(self.platform, self.settings)
        postman = wiring.make_postman(self.platform, self.settings)
        if API in self.roles:
            await self._open_doors(tls)
        if journal is not None:
            await self._start_carrier(journal)
        if COURIER in self.roles:
            self._courier = wiring.make_courier(self.platform, self.settings)
            self._couriers_work = loop.create_task(self._courier[0].run(), name="courier")
        ports = wiring.make_port_book(self.platform, self.settings)
        circuit = wiring.make_circuit(self.platform, self.settings)
        if UPKEEP in self.roles:
            upkeep = wiring.make_upkeep(self.platform, self.settings)
            self._every(1, "release", upkeep.release)
            self._every(1, "reroute", upkeep.reroute)
            self._every(5, "expire", upkeep.expire)
            self._every(1, "fall_back", upkeep.fall_back)
            self._every(5, "rescue", upkeep.rescue)
            self._every(5, "measure", upkeep.measure)
            self._every(60, "tell_incomplete", upkeep.tell_incomplete)
            self._every(3600, "forget", upkeep.forget)
            self._every(60, "forget_texts", upkeep.forget_texts)
            self._every(60, "end_promises", upkeep.end_promises)
            self._every(60, "tell_low_balances", upkeep.tell_low_balances)
            if postman is not None:
                self._every(1, "mail", postman.deliver)
            self._every(3600, "forget_ports", ports.forget)
            self._every(60, "forget_trace", self._trace.forget)
            self._every(60, "forget_used", circuit.forget)
        self._every(5, "ports", ports.read)
        self._every(1, "trace", self._trace.keep)
        self._every(1, "breakers", circuit.report)
        self._every(1, "refresh", self._refresh)
        self._ready = True
        database = self.database.engine.url.render_as_string()
        log.info("started", roles=sorted(self.roles), database=database, core=core)

    async def stop(self) -> None:
        """Drain: requests that were read are answered, submits on the wire are awaited, everything is on disk."""
        started, self._ready = self._ready, False
        if self._doors is not None:
            await self._doors.drain(self.settings.drain_seconds)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stop_courier()
        if self._stop_listening is not None:
            await asyncio.to_thread(self._stop_listening)
        if self._carrier is not None:
            self._carrier.dispatcher.close()
            await self._carrier.keeper.stop()
        if self._trace is not None:
            await self._trace.keep()
        await asyncio.to_thread(self.database.close)
        await asyncio.sleep(0)  # what the last commits have to say
        if self._carrier is not None:
            self._carrier.journal.close()
        if started:
            log.info("stopped")

    async def _stop_courier(self) -> None:
        if self._courier is not None and self._couriers_work is not None:
            courier, caller = self._courier
            await courier.stop(self.settings.drain_seconds)
            await self._couriers_work
            await caller.close()

    async def _open_doors(self, tls: ssl.SSLContext | None) -> None:
        """First of all: a port that is taken is found out before anything was touched. What comes in already waits."""
        host, port = self.settings.host, self.settings.port
        self._doors = wiring.make_doors(self.platform, self.settings, Health(self._why_not_ready))
        try:
            await self._doors.listen(host, port, tls)
        except OSError as error:
            raise SettingsError(f"cannot listen on {host}:{port}: {reason(error)}") from None

    async def _start_carrier(self, journal: WireJournal) -> None:
        platform = self.platform
        platform.node_id = await join(platform, self.settings.node, now())
        found = journal.left_by_predecessor()
        wire = {i: {part.part: part.smsc_id for part in parts} for i, parts in found.items()}
        rescued = await rescue_own(platform, wire if journal.believable else None, now())
        if any(rescued):
            log.warning("rescued_after_a_crash", **rescued._asdict())
        journal.clear()
        self._carrier = carrier = wiring.Carrier(platform, journal)
        await carrier.keeper.tend()
        self._every(1, "links", self._tend)
        self._every(1, "look_for_work", wiring.make_upkeep(platform, self.settings).look_for_work)
        self._every(5, "find_astray", carrier.dispatcher.find_astray)
        self._stop_listening = wiring.start_listening(platform, asyncio.get_running_loop())

    async def _tend(self) -> None:
        assert self._carrier is not None
        await join(self.platform, self.settings.node, now())
        await self._carrier.keeper.tend()

    async def _refresh(self) -> None:
        await self.platform.directory.refresh()
        await read_routing(self.platform)

    async def _why_not_ready(self) -> list[str]:
        reasons = [] if self._ready else ["starting or stopping"]
        try:
            await self.platform.directory.refresh()
        except StoreUnavailable:
            reasons.append("the database does not answer")
            return reasons
        if self._carrier is not None:
            reasons += await self._links_down(self._carrier)
        return reasons

    async def _links_down(self, carrier: wiring.Carrier) -> list[str]:
        """Why no carrier takes SMS, reached from here or from another node; empty when one does."""
        own = {link.config.id: link for link in carrier.dispatcher.links}
        reasons = []
        for view in await list_links(self.platform):
            if not view.link.enabled or not wiring.takes_sms(view.link):
                continue
            link = own.get(view.link.id)
            elsewhere = view.status is not None and view.status.node_id != self.platform.node_id
            if (link is not None and link.up) or (elsewhere and view.is_up(now())):
                return []
            reasons.append(
                f"link {view.link.name}: {f'{link.state} {link.detail}' if link else 'down'}".strip()
            )
        return reasons

    def _every(self, seconds: float, name: str, duty: Callable[[], Awaitable[None]]) -> None:
        async def run() -> None:
            while True:
                try:
                    await duty()
                except StoreUnavailable as error:
                    log.error("duty_failed", duty=name, error=str(error))
                except Exception:
                    log.exception("duty_failed", duty=name)
                await asyncio.sleep(seconds)

        self._tasks.append(asyncio.get_running_loop().create_task(run(), name=name))


async def run(
    settings: Settings, roles: frozenset[str], started: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Start a node, call `started`, and stop it cleanly on SIGINT or SIGTERM."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    node = Node(settings, roles)
    try:
        await node.start()
        if started is not None:
            await started()
        await stopping.wait()
    finally:
        await node.stop()
