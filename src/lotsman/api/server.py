"""Connections of the doors: bytes in, requests one after another, each answer in one write.

Rule 1: a client that hangs up does not stop what it asked for: a request, once read, is carried out.
Rule 2: requests of one connection are answered in their order; a client that sends ahead is read no further.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final, cast

import structlog

from lotsman.api.errand import Errand
from lotsman.api.http1 import CONTINUE, Malformed, Reader, Request, response

Answer = Callable[[Request], Coroutine[Any, Any, bytes]]

_IDLE: Final = 75.0  # seconds a connection may wait for its next request
_SLOW: Final = 30.0  # seconds a request may take to arrive
_LINGER: Final = 5.0  # seconds in which a client that was refused may read why
_BACKLOG: Final = 2048
log = structlog.get_logger()


class DoorServer:
    """Listens, and knows its connections, so that it can drain them."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._server: asyncio.Server | None = None
        self.connections: set[Connection] = set()
        self.busy = 0  # requests being carried out
        self._all_done = asyncio.Event()

    async def listen(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        """Raises OSError when the address is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Connection(self, self._answer), host, port, ssl=tls, backlog=_BACKLOG
        )
        self._sweeper = loop.create_task(self._sweep(), name="idle connections")

    async def drain(self, within: float) -> None:
        """Accept nothing new, answer what was read, close."""
        if self._server is None:
            return
        self._server.close()
        self._sweeper.cancel()
        for connection in list(self.connections):
            connection.close_when_idle()
        if self.busy:
            self._all_done.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._all_done.wait(), within)
        for connection in list(self.connections):
            connection.close()

    def begin(self) -> None:
        self.busy += 1

    def end(self) -> None:
        self.busy -= 1
        if not self.busy:
            self._all_done.set()

    async def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(5)
            now = loop.time()
            for connection in list(self.connections):
                connection.close_if_slow(now)


class Connection(asyncio.Protocol):
    __slots__ = (
        "_answer",
        "_busy",
        "_closing",
        "_deaf",
        "_ended",
        "_heard",
        "_loop",
        "_paused",
        "_peer",
        "_reader",
        "_server",
        "_transport",
    )

    def __init__(self, server: DoorServer, answer: Answer) -> None:
        self._server, self._answer = server, answer
        self._reader = Reader()
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._busy = self._closing = self._paused = False
        self._ended = False  # the client will send nothing more
        self._deaf = False  # whatever it sends is not listened to
        self._heard = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self._peer = peer[0] if isinstance(peer, tuple) else ""
        self._heard = self._loop.time()
        self._server.connections.add(self)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._transport = None
        self._server.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        if self._reader.is_idle:
            self._heard = self._loop.time()
        self._reader.feed(data)
        if not self._busy:
            self._next()
        elif not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()

    def eof_received(self) -> bool:
        # Half-closed clients (`nc`, HTTP/1.0) still want their answers.
        self._ended = True
        return self._busy

    def _next(self) -> None:
        if self._transport is None:
            return
        request = self._reader.next()
        if request is None:
            if self._reader.wants_continue:
                self._reader.wants_continue = False
                self._transport.write(CONTINUE)
            if self._ended or (self._closing and self._reader.is_idle):
                self.close()
        elif isinstance(request, Malformed):
            body = request.reason.encode()
            self._transport.write(
                response(request.status, "text/plain; charset=utf-8", body, keep_alive=False)
            )
            self._hang_up(self._transport)
        else:
            self._busy = True
            request.peer = self._peer
            if self._closing:
                request.keep_alive = False
            self._carry_out(request)

    def _hang_up(self, transport: asyncio.Transport) -> None:
        """Close so that the last words arrive: bytes that reach a closed socket reset it, and the client's buffer with it."""
        if transport.can_write_eof():
            self._deaf = True
            self._heard = self._loop.time()
            transport.write_eof()
        else:
            transport.close()

    def _carry_out(self, request: Request) -> None:
        self._server.begin()
        Errand(self._loop, self._answer(request), partial(self._finish, request))

    def _finish(self, request: Request, answer: bytes | BaseException) -> None:
        self._server.end()
        if isinstance(answer, BaseException):
            log.error("door_failed", exc_info=answer)
            answer = response(500, "text/plain; charset=utf-8", b"internal error", keep_alive=False)
            request.keep_alive = False
        self._busy = False
        self._heard = self._loop.time()
        if self._transport is None:
            return
        self._transport.write(answer)
        if not request.keep_alive:
            self._transport.close()
            return
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        if self._ended or self._closing or not self._reader.is_idle:
            # Not at once: a client that sends many requests ahead must not nest them, nor keep the others waiting.
            self._loop.call_soon(self._next_if_free)

    def _next_if_free(self) -> None:
        if not self._busy:
            self._next()

    def close_when_idle(self) -> None:
        self._closing = True
        if not self._busy and self._reader.is_idle:
            self.close()

    def close_if_slow(self, now: float) -> None:
        limit = _LINGER if self._deaf else _IDLE if self._reader.is_idle else _SLOW
        if not self._busy and now - self._heard > limit:
            self.close()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
