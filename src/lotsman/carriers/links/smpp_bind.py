"""One bind: connect, bind, live, and after any end connect again with growing, jittered pauses.

In: settings, and an address of theirs. Out: events of its session to its link. Calls: smpp.transport.
Rule 1: a bind never gives up; only `stop` ends it.
"""

import asyncio
import contextlib
import random
from time import monotonic
from typing import Final, Protocol

from lotsman.carriers.links.smpp_settings import (
    RECEIVER,
    TRANSCEIVER,
    TRANSMITTER,
    Address,
    SmppSettings,
    tls_context,
)
from lotsman.domain.backoff import delay
from lotsman.smpp import commands
from lotsman.smpp.events import BindRefused, Bound, Event, LinkDead, ProtocolError, Unbound
from lotsman.smpp.pdu import Bind
from lotsman.smpp.session import Session
from lotsman.smpp.states import Role
from lotsman.smpp.timers import Timeouts
from lotsman.smpp.transport import SmppProtocol, connect

_COMMANDS: Final = {
    TRANSCEIVER: commands.BIND_TRANSCEIVER,
    TRANSMITTER: commands.BIND_TRANSMITTER,
    RECEIVER: commands.BIND_RECEIVER,
}
_ENQUIRE: Final = 10_000  # ms: the most that an answer to enquire_link may take
_STABLE_AFTER: Final = 10.0  # seconds bound before a break counts as the first one


class BindOwner(Protocol):
    """What a bind tells its link."""

    def on_bound(self, bind: "SmppBind") -> None: ...

    def on_events(self, bind: "SmppBind", events: list[Event]) -> None: ...

    def before_write(self, contexts: list[object]) -> None: ...

    def on_broken(self, bind: "SmppBind") -> None:
        """The session is over, `bind.why`; everything unanswered was told by on_events before."""


class SmppBind:
    def __init__(self, address: Address, settings: SmppSettings, owner: BindOwner) -> None:
        self.address = address
        self.sends = address.mode != RECEIVER
        self.receives = address.mode != TRANSMITTER
        self.protocol: SmppProtocol | None = None  # only while bound
        self.refused = False  # the last attempt ended with a no
        self.why = ""  # it is not bound, for people
        self._settings, self._owner = settings, owner
        self._task: asyncio.Task[None] | None = None
        self._closed: asyncio.Event = asyncio.Event()
        self._connection: SmppProtocol | None = None
        self._why = ""
        self._bound_at: float | None = None
        self._stopping = False

    @property
    def room(self) -> int:
        """How many submits it can take now."""
        return self.protocol.session.room if self.protocol is not None else 0

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"bind {self.address}")

    async def stop(self, within: float) -> None:
        """Unbind politely; after `within` seconds without."""
        self._stopping = True
        connection = self._connection
        if connection is not None:
            connection.shut_down()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closed.wait(), within)
            connection.abort()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        failures = 0
        while not self._stopping:
            self._why, self._bound_at, self.refused = "", None, False
            try:
                await self._live()
            except (OSError, ValueError) as error:  # of the network, or of settings that cannot be used
                self._why = _reason(error)
            self.protocol = self._connection = None
            if self._bound_at is not None and monotonic() - self._bound_at > _STABLE_AFTER:
                failures = 0
            self.why = self._why or "the carrier closed the connection"
            self._owner.on_broken(self)
            s = self._settings
            jitter = random.random()  # noqa: S311 spreads reconnects, guards nothing
            await asyncio.sleep(delay(failures, jitter, first=s.reconnect_first, most=s.reconnect_most))
            failures += 1

    async def _live(self) -> None:
        s = self._settings
        self._closed.clear()
        self._connection = await connect(
            self.address.host,
            self.address.port,
            self._session(),
            lambda _: self,
            _clock,
            ssl=tls_context(s) if s.tls else None,
            server_hostname=(s.tls_name or self.address.host) if s.tls else None,
        )
        command = _COMMANDS[self.address.mode]
        try:
            self._connection.bind(
                Bind(
                    command, 0, 0, (), s.system_id, s.password, s.system_type, s.interface_version, s.addr_ton,
                    s.addr_npi, s.address_range,
                )
            )  # fmt: skip
        except ValueError as error:
            self._connection.abort()
            field = str(error).partition(" = ")[0]  # what follows is its value, perhaps the password
            raise ValueError(f"{field} cannot be written in SMPP") from None
        await self._closed.wait()

    def _session(self) -> Session:
        s = self._settings
        every = int(s.enquire_every * 1000)
        timeouts = Timeouts(
            enquire_every=every, enquire=min(every, _ENQUIRE), request=int(s.submit_timeout * 1000)
        )
        return Session(Role.ESME, window=s.window, timeouts=timeouts)

    # The listener of the session

    def on_events(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Bound):
                self.protocol = self._connection
                self._bound_at = monotonic()
                self._owner.on_bound(self)
            elif isinstance(event, BindRefused):
                self._why = f"bind refused: {commands.status_name(event.status)}"
                self.refused = True
                if self._connection is not None:
                    self._connection.close()
            elif isinstance(event, Unbound) and event.by_peer:
                self._why = "the carrier unbound"
            elif isinstance(event, LinkDead):
                self._why = event.reason
            elif isinstance(event, ProtocolError) and event.fatal:
                self._why = f"protocol error: {event.reason}"
        self._owner.on_events(self, events)

    def before_write(self, contexts: list[object]) -> None:
        self._owner.before_write(contexts)

    def on_writable(self) -> None:
        pass

    def on_closed(self, error: BaseException | None) -> None:
        self.protocol = None
        if error is not None and not self._why:
            self._why = _reason(error)
        self._closed.set()


def _clock() -> int:
    return int(monotonic() * 1000)


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__
