"""One try of one call: a request to the customer's address, and what was answered.

Rule 1: no redirect is followed, no cookie kept, no proxy asked, and no more of the answer read than is needed.
"""

import asyncio
from typing import Final, NamedTuple

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from lotsman.callbacks.url_guard import Forbidden, GuardedResolver, UrlGuard, permits_literal
from lotsman.domain.callback import Pairs, call

TIMEOUT: Final = 10.0  # seconds for everything: API-1 §1
_READ: Final = 256  # bytes of an answer; "OK" is two
_KEEP_ALIVE: Final = 30.0
_HEADERS: Final = {"User-Agent": "Lotsman", "Accept": "*/*", "Accept-Encoding": "identity"}  # "OK" in letters
_FORM: Final = {**_HEADERS, "Content-Type": "application/x-www-form-urlencoded"}


class Answered(NamedTuple):
    status: int  # of HTTP; 0: there was no answer
    body: bytes  # its beginning
    why: str  # for people: what was answered, or why there was no answer


class Caller:
    def __init__(
        self,
        guard: UrlGuard,
        *,
        per_host: int,
        timeout: float = TIMEOUT,
        resolver: AbstractResolver | None = None,
    ) -> None:
        """Make it on the event loop."""
        self._guard, self._timeout = guard, timeout
        connector = aiohttp.TCPConnector(
            resolver=GuardedResolver(guard, resolver),
            limit=0,
            limit_per_host=per_host,
            keepalive_timeout=_KEEP_ALIVE,
            ttl_dns_cache=10,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=timeout),
            auto_decompress=False,
            trust_env=False,
        )

    async def call(self, target: str, parameters: Pairs) -> Answered:
        """Never raises for anything that a receiver or the network does."""
        try:
            request = call(target, parameters)
            url = URL(request.url, encoded=True)
            if not permits_literal(self._guard, url.raw_host or ""):
                return _FORBIDDEN
            post = request.method == "POST"
            async with self._session.request(
                request.method,
                url,
                data=request.body if post else None,
                headers=_FORM if post else _HEADERS,
                allow_redirects=False,
            ) as response:
                body = await _beginning(response.content)
                return Answered(response.status, body, f"HTTP {response.status}")
        except TimeoutError:
            return Answered(0, b"", f"no answer in {self._timeout:g} s")
        except (aiohttp.ClientError, OSError, ValueError, asyncio.IncompleteReadError) as error:
            return _FORBIDDEN if _is_forbidden(error) else Answered(0, b"", _reason(error))

    async def close(self) -> None:
        await self._session.close()


_FORBIDDEN: Final = Answered(0, b"", "this address may not be called")


async def _beginning(content: aiohttp.StreamReader) -> bytes:
    """Of a body that may come in pieces, and need not end: what has come until then is what was answered."""
    body = b""
    try:
        while len(body) < _READ and (more := await content.read(_READ - len(body))):
            body += more
    except (TimeoutError, aiohttp.ClientError, OSError):
        pass
    return body


def _is_forbidden(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, Forbidden):
            return True
        error = error.__cause__ or error.__context__
    return False


def _reason(error: BaseException) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "its certificate cannot be trusted"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its name is not known"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "no connection"
    return type(error).__name__
