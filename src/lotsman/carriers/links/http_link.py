"""A link over HTTP, whatever it carries: connections, window, and what is known of a request that failed.

In: messages. Out: one outcome for each, and the receipt if the answer has it.
Strategy: one request a message, at most `window` at a time, connections kept. What is asked and what an answer means is
said by a dialect: look-ups have one (http_lookup.py), messages have one (upstream.py).
Rule 1: what surely was not taken is tried again later; what perhaps was is in doubt.
Rule 2: no request is made twice by itself, unless the dialect says that twice is as good as once.
Rule 3: no redirect is followed, no cookie kept, no proxy asked; and no more of an answer read than an answer needs.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import urlsplit

import aiohttp

from lotsman import metrics
from lotsman.carriers.port import Clock, Inlet, LinkConfig
from lotsman.domain.message import Outgoing
from lotsman.domain.parts import Outcome, PartOutcome
from lotsman.domain.receipt import Receipt
from lotsman.domain.trace import NO_ANSWER, Kind, as_data, without_secrets

LARGEST: Final = 100_000  # bytes of an answer
_TRACED: Final = 2_000  # of them, kept in the trace
AGAIN_AFTER: Final = 10_000  # ms until a carrier in trouble is asked again
DOUBT_AGAIN_AFTER: Final = (
    60_000  # ms until what is in doubt goes out again, if the operator wants it: it may cost twice
)
_MOST_DOUBTS: Final = 3  # one after the other, until a carrier counts as in trouble
_STORE_AGAIN: Final = 1.0  # seconds until a receipt that could not be stored is stored again
_CONNECT: Final = 10.0  # seconds for a connection
_DRAIN: Final = 5.0  # seconds for requests under way when stopping


class HttpRequest(NamedTuple):
    """What is sent; `body` of a POST."""

    method: str
    url: str
    body: str = ""


class Reply(NamedTuple):
    """What an answer means."""

    outcome: PartOutcome
    receipt: Receipt | None = None
    trouble: str = ""  # the carrier is in trouble: why, for people
    pause: int = 0  # ms in which it is sent nothing else


@dataclass(frozen=True, slots=True)
class Wire:
    """How requests are made."""

    window: int  # requests at a time
    timeout: float  # seconds for an answer
    headers: dict[str, str]
    keep: float = 3.0  # seconds that a connection may wait for its next request; 0: each has its own
    repeat: bool = False  # the client may repeat a GET whose connection broke (RFC 9110 §9.2.2): twice is as good as once

    def check(self) -> None:
        """Raises ValueError for what cannot be used."""
        if not 1 <= self.window <= 1000:
            raise ValueError("window is 1 to 1000")
        if not 0 < self.timeout <= 600:
            raise ValueError("timeout is more than 0 and at most 600 seconds")
        if not 0 <= self.keep <= 600:
            raise ValueError("keep is 0 to 600 seconds")


class Dialect(Protocol):
    """What a carrier is asked, and what its answers mean. Pure."""

    def part(self, message: Outgoing) -> int:
        """The part that its outcome is of."""

    def request(self, message: Outgoing, now: int) -> HttpRequest: ...

    def reply(self, message: Outgoing, status: int, answer: bytes, now: int) -> Reply: ...


Duty = Callable[["HttpLink"], Awaitable[None]]


class HttpLink:
    """`duty`: what it does beside, from start to stop."""

    def __init__(
        self,
        config: LinkConfig,
        inlet: Inlet,
        clock: Clock,
        dialect: Dialect,
        wire: Wire,
        duty: Duty | None = None,
    ) -> None:
        wire.check()
        self.config = config
        self.state, self.detail = "down", ""
        self.inlet, self.clock = inlet, clock
        self._dialect, self._wire, self._duty = dialect, wire, duty
        self._waiting: deque[Outgoing] = deque()
        self._requests: set[asyncio.Task[None]] = set()
        self._beside: asyncio.Task[None] | None = None
        self._session: aiohttp.ClientSession | None = None
        self._paused_until = 0  # ms
        self._on_trial = False  # it was in trouble: one request shows whether it still is
        self._doubts = 0  # answers that were none, one after the other
        self._trial: asyncio.TimerHandle | None = None
        self._up, self._throttled = metrics.LINK_UP.labels(config.name), metrics.THROTTLED.labels(config.name)
        metrics.LINK_WINDOW.labels(config.name).set(wire.window)

    @property
    def up(self) -> bool:
        return self.state in {"bound", "throttled"}

    @property
    def depth(self) -> int:
        return 1 if self._on_trial else 2 * self._wire.window

    @property
    def room(self) -> int:
        if not self.up or self.clock() < self._paused_until:
            return 0
        return max(0, self.depth - len(self._requests) - len(self._waiting))

    @property
    def in_flight(self) -> int:
        return len(self._requests)

    @property
    def window(self) -> int:
        return self._wire.window

    def start(self) -> None:
        # A connection is made with the first request: until then nobody knows better than "up".
        self._session = _open(self._wire)
        self._set_state("bound", "")
        if self._duty is not None:
            self._beside = asyncio.ensure_future(self._duty(self))
        self.inlet.room(self)

    async def stop(self) -> None:
        self._set_state("draining", "")
        if self._trial is not None:
            self._trial.cancel()
        if self._beside is not None:
            self._beside.cancel()
            await asyncio.gather(self._beside, return_exceptions=True)
        self._put_back_waiting("stopping")
        if self._requests:
            _, late = await asyncio.wait(self._requests, timeout=_DRAIN)
            for request in late:
                request.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
        self._set_state("down", "stopped")

    def submit(self, message: Outgoing) -> None:
        if message.expires_at <= self.clock():
            self._end(message, Outcome.EXPIRED)
        elif not self.up:
            self._end(message, Outcome.PUT_BACK, "link down")
        elif self.clock() < self._paused_until:  # it was promised before the pause
            self._waiting.append(message)
            self._put_back_waiting(self.detail, self._paused_until)
        else:
            self._waiting.append(message)
            self._pump()

    async def fetch(self, request: HttpRequest) -> tuple[int, bytes]:
        """Status and body of an answer, of a question that is no message."""
        assert self._session is not None
        async with self._session.request(**_arguments(request)) as response:
            return response.status, await _body(response)

    def _pump(self) -> None:
        while self._waiting and self.up and len(self._requests) < self._wire.window:
            message = self._waiting.popleft()
            if message.expires_at <= self.clock():  # it waited here for too long
                self._end(message, Outcome.EXPIRED)
                continue
            request = asyncio.get_running_loop().create_task(self._ask(message))
            self._requests.add(request)
            request.add_done_callback(self._asked)

    def _asked(self, request: "asyncio.Task[None]") -> None:
        self._requests.discard(request)
        self._pump()
        if self.up:
            self.inlet.room(self)

    async def _ask(self, message: Outgoing) -> None:
        """Exactly one outcome, whatever happens."""
        assert self._session is not None
        left = SimpleNamespace(
            yet=False, leaving=lambda: self.inlet.leaving([(message.id, self._dialect.part(message))])
        )
        try:
            request = self._dialect.request(message, self.clock())
            self._note(message, Kind.HTTP_OUT, request.method, request.url, request.body)
            async with self._session.request(**_arguments(request), trace_request_ctx=left) as response:
                status, answer = response.status, await _body(response)
        except asyncio.CancelledError:
            self._end(message, Outcome.UNKNOWN if left.yet else Outcome.PUT_BACK, "stopped before the answer")
            raise
        except Exception as error:  # noqa: BLE001 whatever it was, it is known whether anything had left
            self._note(message, Kind.HTTP_IN, NO_ANSWER, type(error).__name__)
            self._failed(message, error, left=left.yet)
            return
        self._note(message, Kind.HTTP_IN, str(status), answer[:_TRACED].decode("utf-8", "replace"))
        self._replied(message, self._dialect.reply(message, status, answer, self.clock()))

    def _note(self, message: Outgoing, kind: Kind, *said: str) -> None:
        trace = self.inlet.trace
        if trace.on:
            data = as_data(map(without_secrets, said))
            trace.note(message.id, self.clock(), kind, self.config.id, data)

    def _failed(self, message: Outgoing, error: Exception, *, left: bool) -> None:
        """Nothing of what an error says is shown: it may have the address in it, and that the key."""
        part, now = self._dialect.part(message), self.clock()
        if left:
            why, again = type(error).__name__, now + DOUBT_AGAIN_AFTER
            self._replied(message, Reply(PartOutcome(part, Outcome.UNKNOWN, "", 0, why, again)))
            return
        cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
        why = (cause.strerror if isinstance(cause, OSError) else None) or type(error).__name__
        put_back = PartOutcome(part, Outcome.PUT_BACK, "", 0, why[:40], now + AGAIN_AFTER)
        self._replied(message, Reply(put_back, trouble=why))

    def _replied(self, message: Outgoing, reply: Reply) -> None:
        in_doubt = reply.outcome.outcome is Outcome.UNKNOWN
        self._doubts = self._doubts + 1 if in_doubt else 0
        if (
            self._doubts >= _MOST_DOUBTS
        ):  # something is wrong there, and each message sent now would be in doubt, too
            reply = reply._replace(trouble=reply.outcome.carrier_error, pause=AGAIN_AFTER)
        if reply.trouble:
            self._throttled.inc()
            self._rest(reply)
        elif self._on_trial and not in_doubt:
            self._on_trial = False
            if self.up:
                self._set_state("bound", "")
        self.inlet.outcome(self, message, reply.outcome)
        if reply.receipt is not None:
            self._report(reply.receipt)

    def _rest(self, reply: Reply) -> None:
        """Others go first for a while; then one message shows how things are."""
        self._on_trial = True
        if reply.pause:
            self._paused_until = self.clock() + reply.pause
            self._put_back_waiting(reply.trouble, self._paused_until)
        if self._trial is not None:
            self._trial.cancel()
        if self.up:
            self._set_state("throttled", reply.trouble)
            wait = (reply.pause or AGAIN_AFTER) / 1000
            self._trial = asyncio.get_running_loop().call_later(wait, self._try_again)

    def _try_again(self) -> None:
        self._trial = None
        if self.state == "throttled":
            self._set_state("bound", f"on trial after {self.detail}")
            self.inlet.room(self)

    def _report(self, receipt: Receipt) -> None:
        loop = asyncio.get_running_loop()

        def done(stored: bool) -> None:
            if not stored:
                loop.call_later(_STORE_AGAIN, self._report, receipt)

        self.inlet.receipt(receipt, done)

    def _put_back_waiting(self, why: str, retry_at: int = 0) -> None:
        waiting, self._waiting = self._waiting, deque()
        for message in waiting:
            part = self._dialect.part(message)
            outcome = PartOutcome(part, Outcome.PUT_BACK, carrier_error=why[:40], retry_at=retry_at)
            self.inlet.outcome(self, message, outcome)

    def _end(self, message: Outgoing, outcome: Outcome, why: str = "") -> None:
        again = self.clock() + DOUBT_AGAIN_AFTER if outcome is Outcome.UNKNOWN else 0
        part = self._dialect.part(message)
        self.inlet.outcome(self, message, PartOutcome(part, outcome, carrier_error=why, retry_at=again))

    def _set_state(self, state: str, detail: str) -> None:
        if (state, detail) != (self.state, self.detail):
            self.state, self.detail = state, detail
            self._up.set(1 if self.up else 0)
            self.inlet.changed(self)


def check_url(url: str) -> None:
    """Raises ValueError for what is no address."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("url is http:// or https:// and a host")


class BrokenConnection(Exception):
    """The connection broke under a request; the client does not know this error, so it does not repeat the request."""


async def _once(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """The client repeats a GET, PUT or DELETE whose connection broke, be it fresh or kept: two messages for one."""
    try:
        return await send(request)
    except aiohttp.ClientConnectorError:  # nobody was there; this is not repeated
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise BrokenConnection from error


async def _leaving(_session: object, context: SimpleNamespace, _headers: object) -> None:
    """The first bytes of a request are about to leave."""
    left = context.trace_request_ctx
    if left is not None:
        left.yet = True
        left.leaving()


def _open(wire: Wire) -> aiohttp.ClientSession:
    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(_leaving)
    kept: dict[str, Any] = {"keepalive_timeout": wire.keep} if wire.keep else {"force_close": True}
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, **kept),
        timeout=aiohttp.ClientTimeout(total=wire.timeout, sock_connect=_CONNECT),
        headers=wire.headers,
        cookie_jar=aiohttp.DummyCookieJar(),
        trace_configs=[trace],
        middlewares=() if wire.repeat else (_once,),
    )


def _arguments(request: HttpRequest) -> dict[str, Any]:
    found: dict[str, Any] = {"method": request.method, "url": request.url, "allow_redirects": False}
    if request.method != "GET":
        kind = "json" if request.body[:1] in {"{", "["} else "x-www-form-urlencoded"
        found |= {"data": request.body.encode(), "headers": {"Content-Type": f"application/{kind}"}}
    return found


async def _body(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > LARGEST:
            raise ValueError("the answer has no end")
    return bytes(body)
