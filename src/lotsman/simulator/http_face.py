"""A carrier and a messenger over HTTP, to develop and test against.

In: POST /send with JSON (id, to, text, callback). Out: {"id": …} or {"error": …}; POSTs to the callback; GET /status?ids=…
What becomes of a message is said by its number: the table is in docs/simulator.md.
"""

import asyncio
import json
from typing import Any, Final, NamedTuple

import aiohttp
from aiohttp import web

_KEPT: Final = 10_000
_RECEIPT_AFTER: Final = 0.5  # seconds
_TRIES: Final = 5
_TRY_AGAIN: Final = 1.0  # seconds
_REFUSED: Final = {"97": "bad_number", "93": "no_user"}
_FAILS: Final = {"98": ("undelivered", "001", 0.5), "96": ("expired", "", 3.0)}
_SILENT: Final = frozenset({"95", "94"})


class Taken(NamedTuple):
    """A message that was sent to it."""

    id: str
    asked: dict[str, Any]


class HttpFace:
    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._host, self.port = host, port
        self.received: list[Taken] = []
        self._states: dict[str, dict[str, str]] = {}
        self._number = 0
        self._runner: web.AppRunner | None = None
        self._client: aiohttp.ClientSession | None = None
        self._deliveries: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Raises OSError when the address is taken."""
        app = web.Application()
        app.add_routes([web.post("/send", self._send), web.get("/status", self._status)])
        self._runner = web.AppRunner(app, shutdown_timeout=1.0, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self.port).start()
        self.port = self._runner.addresses[0][1]
        self._client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))

    async def stop(self) -> None:
        for delivery in self._deliveries:
            delivery.cancel()
        await asyncio.gather(*self._deliveries, return_exceptions=True)
        if self._client is not None:
            await self._client.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _send(self, request: web.Request) -> web.Response:
        try:
            asked = json.loads(await request.read())
            to, text = str(asked["to"]), str(asked["text"])
        except (ValueError, RecursionError, KeyError, TypeError):
            return web.json_response({"error": "bad_request"}, status=400)
        refused = _REFUSED.get(to[-2:]) or ("" if text and to.isdecimal() else "bad_request")
        if refused:
            return web.json_response({"error": refused})
        self._number += 1
        taken = Taken(f"H{self._number}", asked)
        self.received.append(taken)
        self._states[taken.id] = {"id": taken.id, "status": "sent", "error": "", "phone": to}
        if len(self.received) > _KEPT:
            self._states.pop(self.received.pop(0).id, None)
        delivery = asyncio.get_running_loop().create_task(self._deliver(taken, to[-2:]))
        self._deliveries.add(delivery)
        delivery.add_done_callback(self._deliveries.discard)
        return web.json_response({"id": taken.id})

    async def _status(self, request: web.Request) -> web.Response:
        wanted = request.query.get("ids", "").split(",")
        return web.json_response(
            {"messages": [self._states[each] for each in wanted if each in self._states]}
        )

    async def _deliver(self, taken: Taken, ending: str) -> None:
        if ending in _SILENT:
            return
        status, error, after = _FAILS.get(ending, ("delivered", "", _RECEIPT_AFTER))
        await asyncio.sleep(after)
        state = {"id": taken.id, "status": status, "error": error, "phone": str(taken.asked["to"])}
        self._states[taken.id] = state
        callback = taken.asked.get("callback")
        for _ in range(_TRIES if isinstance(callback, str) and callback else 0):
            if await self._tell(str(callback), state):
                return
            await asyncio.sleep(_TRY_AGAIN)

    async def _tell(self, callback: str, state: dict[str, str]) -> bool:
        """Whether it was taken."""
        assert self._client is not None
        try:
            # A node that is tried out has a certificate of its own making.
            async with self._client.post(callback, json=state, ssl=False) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return False
