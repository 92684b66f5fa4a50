"""Name -> addresses, as the system knows them, with threads of its own.

Strategy: the system's look-up blocks, for half a minute if a name server is silent. The event loop's few threads for it are
everybody's, so a handful of silent names would keep all others waiting; here many may be silent at once. The threads are
daemons: nobody waits for them at the end.
"""

import asyncio
import contextlib
import socket
from threading import Thread
from typing import Any, Final

from aiohttp.abc import AbstractResolver, ResolveResult

_AT_ONCE: Final = 64


class Names(AbstractResolver):
    def __init__(self, at_once: int = _AT_ONCE) -> None:
        self._free = asyncio.Semaphore(at_once)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises OSError. aiohttp sees each question through to its end, whoever has given up waiting."""
        async with self._free:
            loop = asyncio.get_running_loop()
            answer: asyncio.Future[list[Any]] = loop.create_future()
            Thread(target=_ask, args=(loop, answer, host, port, family), name="names", daemon=True).start()
            found = await answer
        return [
            ResolveResult(
                hostname=host, host=str(address[0]), port=port, family=kind, proto=proto,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, proto, _, address in found
        ]  # fmt: skip

    async def close(self) -> None: ...


def _ask(
    loop: asyncio.AbstractEventLoop,
    answer: "asyncio.Future[list[Any]]",
    host: str,
    port: int,
    family: socket.AddressFamily,
) -> None:
    found: list[Any] | OSError
    try:
        found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG)
    except OSError as error:
        found = error
    except UnicodeError:
        found = OSError("no name")
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody asks any more
        loop.call_soon_threadsafe(_tell, answer, found)


def _tell(answer: "asyncio.Future[list[Any]]", found: list[Any] | OSError) -> None:
    if answer.cancelled():
        return
    if isinstance(found, OSError):
        answer.set_exception(found)
    else:
        answer.set_result(found)
