"""The door for carriers: /receipts/LINK/SECRET, called with what became of a message.

Rule 1: OK is answered when the receipt is on disk, and not before; 503 when it could not be stored and shall come again.
Rule 2: any node takes the receipts of any link, whoever holds it: they are stored by the link's number.
Rule 3: a wrong secret, a link without a door and no link at all are one answer: 404.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import unquote

import structlog

from lotsman import metrics
from lotsman.api.http1 import Request, response
from lotsman.api.v1.request import read
from lotsman.domain.receipt import Receipt
from lotsman.usecases import Overloaded, Platform, StoreUnavailable
from lotsman.usecases.read_receipts import ReceiptReader, receipt_readers
from lotsman.usecases.record_receipt import record_receipt

PREFIX: Final = b"/receipts/"
_TEXT: Final = "text/plain; charset=utf-8"
_METHODS: Final = frozenset({"GET", "POST", "PUT"})
_KNOWN_FOR: Final = 2_000  # ms in which the links are not looked at again
_MOST: Final = 1_000  # receipts of one call

log = structlog.get_logger()


class ReceiptDoor:
    def __init__(self, platform: Platform, clock: Callable[[], int]) -> None:
        self._platform, self._clock = platform, clock
        self._readers: Mapping[str, tuple[str, ReceiptReader]] = {}
        self._read_at = 0
        self._reading: asyncio.Task[None] | None = None

    async def page(self, request: Request) -> bytes:
        if request.method not in _METHODS:
            return _said(request, 405, b"method not allowed")
        try:
            found = await self._find(request.path)
            if found is None:
                return _said(request, 404, b"not found")
            name, reader = found
            receipts = reader.receipts(_parameters(request), self._clock())
            if len(receipts) > _MOST:
                return _said(request, 413, b"too many receipts")
            await self._record(name, receipts)
        except ValueError as error:
            return _said(request, 400, str(error).encode())
        except (StoreUnavailable, Overloaded) as error:
            log.error("receipt_not_stored", error=str(error))
            return _said(request, 503, b"not stored, try again", b"Retry-After: 5\r\n")
        return _said(request, 200, b"OK")

    async def _find(self, path: bytes) -> tuple[str, ReceiptReader] | None:
        link, _, secret = path[len(PREFIX) :].rstrip(b"/").partition(b"/")
        if self._clock() - self._read_at > _KNOWN_FOR:
            if self._reading is None or self._reading.done():
                self._reading = asyncio.get_running_loop().create_task(self._read())
            await self._reading
        found = self._readers.get(unquote(link.decode("latin-1")))
        return found if found is not None and found[1].admits(secret.decode("latin-1")) else None

    async def _read(self) -> None:
        self._readers = await receipt_readers(self._platform)
        self._read_at = self._clock()

    async def _record(self, link: str, receipts: Sequence[Receipt]) -> None:
        loop = asyncio.get_running_loop()
        stored = []
        for receipt in receipts:
            future: asyncio.Future[bool] = loop.create_future()
            record_receipt(self._platform, receipt, partial(_settle, future))
            stored.append(future)
        failed = None
        for receipt, future in zip(receipts, stored, strict=True):
            try:
                (metrics.RECEIPTS if await future else metrics.STRAYS).labels(link).inc()
                self._platform.handoff.on_receipt(receipt.link_id)
            except StoreUnavailable as error:  # the others are waited for: their futures must be asked
                failed = error
        if failed is not None:
            raise failed


def _settle(future: "asyncio.Future[bool]", result: object) -> None:
    if isinstance(result, Exception):
        future.set_exception(StoreUnavailable(str(result)))
    else:
        future.set_result(bool(result))


def _parameters(request: Request) -> Any:
    """Of the body and the query, or the JSON of the body with the query's parameters beside. Raises ValueError."""
    body = request.body.strip()
    if body[:1] not in {b"{", b"["}:
        return dict(read(request).parameters())
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("the body is no JSON") from None
    return said


def _said(request: Request, status: int, body: bytes, extra: bytes = b"") -> bytes:
    return response(status, _TEXT, body, keep_alive=request.keep_alive, extra=extra)
