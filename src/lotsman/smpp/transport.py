"""A session on a TCP or TLS connection: the only file here with asyncio.

In: bytes of the network, requests and answers of the caller. Out: events to a `Listener`, bytes to the network.
Strategy: whatever is sent during one turn of the loop leaves in one write; one timer per session is set to its
next deadline. No future, no task and no queue per PDU. TCP_NODELAY is what asyncio and uvloop set by themselves.
Rule 1: the listener is called synchronously and must not block. It may send and answer from within `on_events`.
Rule 2: a server stops reading from a peer that does not read its answers. A client never does: its window limits
what it sends, and two sides that both stop reading would wait for ever.
Rule 3: `before_write` gets the contexts of the requests that are about to leave, in order, and only then do they
leave; a request whose context it never got was never on the wire. If it raises, nothing is written and the
connection is dropped with that error.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from lotsman.smpp.events import Event, LinkDead
from lotsman.smpp.pdu import Bind, Pdu, Tlvs
from lotsman.smpp.session import Session
from lotsman.smpp.states import BOUND, OVER, Role

if TYPE_CHECKING:
    import ssl as tls

Clock = Callable[[], int]  # milliseconds; any origin, never backwards

CLOSE_WITHIN: Final = 5.0  # seconds for the last bytes to leave


class Listener(Protocol):
    """Everything one session says to its owner"""

    def on_events(self, events: list[Event]) -> None: ...

    def before_write(self, contexts: list[object]) -> None: ...

    def on_writable(self) -> None:
        """The peer reads again: `writable` has become true"""

    def on_closed(self, error: BaseException | None) -> None:
        """Called once, after the last events"""


class SmppProtocol(asyncio.Protocol):
    def __init__(
        self, session: Session, clock: Clock, listener: "Callable[[SmppProtocol], Listener]"
    ) -> None:
        self.session = session
        self.writable = True
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0  # by the clock
        self._out: list[bytes] = []
        self._contexts: list[object] = []
        self._flushing = False
        self._error: BaseException | None = None
        self._listener = listener(self)

    # For the owner

    @property
    def peername(self) -> Any:
        return self._transport.get_extra_info("peername") if self._transport else None

    def bind(self, request: Bind) -> None:
        self._send(self.session.bind(request, self._clock()))

    def send(self, request: Pdu, context: object) -> bytes:
        """-> what will leave. Raises what Session.send_request raises; the response comes as an event"""
        data = self.session.send_request(request, context, self._clock())
        self._contexts.append(context)
        self._send(data)
        return data

    def answer(self, request: Pdu, status: int = 0, *, tlvs: Tlvs = (), **values: Any) -> bytes:
        """-> what will leave; nothing: too late, the session is over and the peer will ask again in its next one"""
        if self.session.state in OVER:
            return b""
        data = self.session.answer(request, status, tlvs=tlvs, **values)
        self._send(data)
        return data

    def shut_down(self) -> None:
        """The polite way: what is outstanding may still be answered, then unbind, then close"""
        if self.session.state in BOUND:
            self._send(self.session.unbind(self._clock()))
        else:
            self.close()

    def close(self) -> None:
        """What was given to send still leaves, if the peer takes it in time"""
        self._flush()
        if self._transport is not None and not self._transport.is_closing():
            self._transport.close()
            self._cancel_timer()
            self._timer = self._loop.call_later(CLOSE_WITHIN, self.abort)

    def abort(self, error: BaseException | None = None) -> None:
        self._error = self._error or error
        self._out.clear()
        self._contexts.clear()
        if self._transport is not None:
            self._transport.abort()

    # For asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.session.opened(self._clock())
        self._set_timer()

    def data_received(self, data: bytes) -> None:
        events, reply = self.session.receive(data, self._clock())
        self._react(events, reply)

    def pause_writing(self) -> None:
        self.writable = False
        if self.session.role is Role.SMSC and self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        self.writable = True
        if self.session.role is Role.SMSC and self._transport is not None:
            self._transport.resume_reading()
        self._listener.on_writable()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._cancel_timer()
        self._out.clear()
        self._contexts.clear()
        events = self.session.disconnected()
        try:
            if events:
                self._listener.on_events(events)
        finally:
            self._listener.on_closed(self._error or exc)

    # Within

    def _react(self, events: list[Event], reply: bytes) -> None:
        self._send(reply)
        if events:
            self._listener.on_events(events)
        if self.session.over:
            dead = any(isinstance(event, LinkDead) for event in events)
            self.abort() if dead else self.close()

    def _send(self, data: bytes) -> None:
        if data:
            self._out.append(data)
        if not self._flushing:
            self._flushing = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        if self._transport is None or self._transport.is_closing():
            return
        if self._contexts:
            contexts, self._contexts = self._contexts, []
            try:
                self._listener.before_write(contexts)
            except Exception as error:  # noqa: BLE001  whatever it is: these bytes must not leave
                self.abort(error)
                return
        if self._out:
            out, self._out = self._out, []
            self._transport.write(b"".join(out))
        self._set_timer()

    def _set_timer(self) -> None:
        deadline = self.session.next_deadline()
        if deadline is None or (self._timer is not None and self._timer_at <= deadline):
            return  # an early timer only looks again
        self._cancel_timer()
        self._timer_at = deadline
        delay = max(deadline - self._clock(), 1) / 1000
        self._timer = self._loop.call_later(delay, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        events, reply = self.session.tick(self._clock())
        self._react(events, reply)
        if self._transport is not None and not self._transport.is_closing():
            self._set_timer()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


async def connect(
    host: str,
    port: int,
    session: Session,
    listener: Callable[[SmppProtocol], Listener],
    clock: Clock,
    *,
    ssl: "tls.SSLContext | None" = None,
    server_hostname: str | None = None,
    timeout: float = 10.0,  # noqa: ASYNC109  a connection attempt has one deadline, TLS included
) -> SmppProtocol:
    """Connected, not yet bound. Raises OSError or TimeoutError."""
    async with asyncio.timeout(timeout):
        _, protocol = await asyncio.get_running_loop().create_connection(
            lambda: SmppProtocol(session, clock, listener),
            host,
            port,
            ssl=ssl,
            server_hostname=server_hostname,
        )
    return protocol


async def serve(
    host: str,
    port: int,
    session: Callable[[], Session],
    listener: Callable[[SmppProtocol], Listener],
    clock: Clock,
    *,
    ssl: "tls.SSLContext | None" = None,
) -> asyncio.Server:
    """A session and a listener are made for every connection"""
    return await asyncio.get_running_loop().create_server(
        lambda: SmppProtocol(session(), clock, listener), host, port, ssl=ssl
    )
