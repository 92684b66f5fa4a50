"""/healthz, /readyz, /metrics: is it alive, may it get traffic, what is it doing."""

from collections.abc import Awaitable, Callable

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

from lotsman.api.http1 import Request, response

Page = Callable[[Request], Awaitable[bytes]]
_TEXT = "text/plain; charset=utf-8"


class Health:
    """`why_not` says what keeps this node from being ready; an empty list means ready."""

    def __init__(self, why_not: Callable[[], Awaitable[list[str]]]) -> None:
        self._why_not = why_not

    def pages(self) -> dict[bytes, Page]:
        return {b"/healthz": self._alive, b"/readyz": self._ready, b"/metrics": self._metrics}

    async def _alive(self, request: Request) -> bytes:
        return response(200, _TEXT, b"ok\n", keep_alive=request.keep_alive)

    async def _ready(self, request: Request) -> bytes:
        reasons = await self._why_not()
        body = "\n".join(reasons) if reasons else "ready"
        return response(503 if reasons else 200, _TEXT, f"{body}\n".encode(), keep_alive=request.keep_alive)

    async def _metrics(self, request: Request) -> bytes:
        return response(200, CONTENT_TYPE_LATEST, generate_latest(REGISTRY), keep_alive=request.keep_alive)
