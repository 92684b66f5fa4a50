"""The doors: a read HTTP request in, the bytes of its answer out. Whatever goes wrong becomes an answer here.

Rule 1: every API-level answer, errors included, is HTTP 200. Only overload is something else: 503 and Retry-After.
Rule 2: nothing that a caller sends may reach a log unmasked; what went wrong is logged without the request.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

import structlog

from lotsman import metrics
from lotsman.api import caller
from lotsman.api.beside import Asked, Beside, Served
from lotsman.api.charset import UTF_8, Charset
from lotsman.api.http1 import Request, response
from lotsman.api.origin import Origin
from lotsman.api.proxies import NO_PROXIES, Proxies
from lotsman.api.receipts import PREFIX as RECEIPTS
from lotsman.api.v1 import emulator, operations
from lotsman.api.v1.answers.render import Style, render
from lotsman.api.v1.answers.shapes import Answer, Failure
from lotsman.api.v1.call import Call
from lotsman.api.v1.request import ApiRequest, read
from lotsman.api.v2 import door as api_2
from lotsman.domain.account import Account
from lotsman.domain.refusals import Refusal, Refused
from lotsman.usecases import Overloaded, Platform, StoreUnavailable

Clock = Callable[[], int]
Page = Callable[[Request], Awaitable[bytes]]  # anything else that this port serves: health, metrics

_PREFLIGHT: Final = (
    b"Access-Control-Allow-Methods: GET, POST, OPTIONS\r\n"
    b"Access-Control-Allow-Headers: *\r\nAccess-Control-Max-Age: 86400\r\n"
)
_PLAIN: Final = Style()  # until the request has said otherwise
_TEXT: Final = "text/plain; charset=utf-8"
_METHODS: Final = frozenset({"GET", "POST", "HEAD", "PUT"})  # clients POST, and some PUT

log = structlog.get_logger()


class Doors:
    """answer(request) -> bytes for api.php, api2.php and the pages beside them."""

    def __init__(
        self,
        platform: Platform,
        clock: Clock,
        *,
        emulated: bool,
        pages: Mapping[bytes, Page],
        proxies: Proxies = NO_PROXIES,
        beside: Beside = MappingProxyType({}),
        receipts: Page | None = None,
    ) -> None:
        self._platform, self._clock, self._emulated, self._pages = platform, clock, emulated, pages
        self._proxies, self._beside, self._receipts = proxies, tuple(beside.items()), receipts

    async def answer(self, request: Request) -> bytes:
        path = request.path
        is_api_1 = path in {b"/api.php", b"/api.php/"}
        if is_api_1 or path in {b"/api2.php", b"/api2.php/"}:
            if request.method == "OPTIONS":
                return response(200, _TEXT, b"", keep_alive=request.keep_alive, extra=_PREFLIGHT)
            if request.method in _METHODS:
                return await (self._api_1(request) if is_api_1 else self._api_2(request))
            return _plain(request, 405, b"method not allowed")
        page = self._pages.get(path)
        if page is not None:
            return await page(request)
        if self._receipts is not None and path.startswith(RECEIPTS):
            return await self._receipts(request)
        return _plain(request, 404, b"not found")

    async def _api_1(self, http: Request) -> bytes:
        style, account, now = _PLAIN, emulator.ACCOUNT, self._clock()
        try:
            request = read(http)
            style = Style(request.format, request.lang, request.charset)
            origin = Origin(http, partial(self._proxies.caller, http))
            account = await self._identify(request, origin, now)
            answer = await self._operate(request, account, now, origin)
        except Overloaded:
            return _overloaded(http)
        except Exception as error:  # noqa: BLE001 it becomes an answer
            answer = _failure(error)
        content_type, body = render(answer, style)
        if account is not emulator.ACCOUNT:
            self._see_to(request, account, http, now, content_type, style.charset, body)
        return response(200, content_type, body, keep_alive=http.keep_alive, head_only=http.method == "HEAD")

    async def _operate(self, request: ApiRequest, account: Account, now: int, origin: Origin) -> Answer:
        operation = operations.select(request)
        metrics.REQUESTS.labels(operation.name).inc()
        call = Call(request, account, self._platform, now, origin)
        if account is emulator.ACCOUNT:
            return await emulator.ANSWERS[operation.name](call)
        return await operation.answer(call)

    async def _api_2(self, http: Request) -> bytes:
        source, account, now = api_2.find(http), emulator.ACCOUNT, self._clock()
        try:
            request = source.read()
            origin = Origin(http, partial(self._proxies.caller, http))
            account = await self._identify(request, origin, now)
            call = api_2.Call(request, account, self._platform, now, origin)
            content_type, body = await api_2.carry_out(call, source.form)
        except Overloaded:
            return _overloaded(http)
        except Exception as error:  # noqa: BLE001 it becomes an answer
            content_type, body = api_2.render(_failure(error), source.form)
        if account is not emulator.ACCOUNT:
            self._see_to(request, account, http, now, content_type, UTF_8, body)
        return response(200, content_type, body, keep_alive=http.keep_alive, head_only=http.method == "HEAD")

    def _see_to(
        self,
        request: Asked,
        account: Account,
        http: Request,
        now: int,
        kind: str,
        charset: Charset,
        body: bytes,
    ) -> None:
        """What was asked for beside the answer."""
        for name, see_to in self._beside:
            if request.given(name):
                address = partial(self._proxies.caller, http)
                see_to(Served(request, http, address, account, self._platform, now, kind, charset, body))

    def _identify(self, request: caller.Credentials, origin: Origin, now: int) -> Awaitable[Account]:
        return caller.identify(request, self._platform, origin.address, now, emulated=self._emulated)


def _failure(error: Exception) -> Failure:
    """What is said of it; what nobody expected is in the log."""
    if isinstance(error, Refused):
        metrics.REFUSED_REQUESTS.labels(error.refusal.code).inc()
        return Failure(error.refusal)
    if isinstance(error, StoreUnavailable):
        log.error("request_not_stored", error=str(error))
    else:
        log.error("request_failed", exc_info=error)
    return Failure(Refusal.SYSTEM_ERROR)


def _overloaded(request: Request) -> bytes:
    return _plain(request, 503, b"overloaded, try again", b"Retry-After: 1\r\n")


def _plain(request: Request, status: int, body: bytes, extra: bytes = b"") -> bytes:
    return response(
        status, _TEXT, body, keep_alive=request.keep_alive, extra=extra, head_only=request.method == "HEAD"
    )
