"""Customers that never give up: many connections that send, note what they were answered, and connect again.

In: a port, a key, a seed. Out: every request with its recipients, and the ids it was answered with, if it was.
Every recipient is used once, so that each message can be traced from the request to the message centre.
"""

import asyncio
import contextlib
import itertools
import json
import random
import threading
import time
import urllib.parse
from dataclasses import dataclass, field

CUSTOMERS = 24
SINGLE = "Lotsman {n}"
LONG = "Лоцман ведёт судно {n} через узкий пролив к причалу: "  # three parts of UCS-2 and the like
MANY = 20  # recipients of a large request
PAUSE = 0.04  # seconds a customer thinks, at most
SOON = 3  # seconds: how far ahead a deferred message is sent


@dataclass(slots=True)
class Request:
    recipients: list[str]
    ids: list[int] = field(default_factory=list)  # as answered, one for each recipient
    refusal: str = ""  # the answer when it was no acceptance

    @property
    def answered(self) -> bool:
        return bool(self.ids or self.refusal)


class Load:
    """`start()`, kill and start the node as you like, `stop()`; then `requests` is complete."""

    def __init__(self, port: int, apikey: str, seed: int, *, customers: int = CUSTOMERS) -> None:
        self.requests: list[Request] = []
        self._port, self._apikey, self._customers = port, apikey, customers
        self._random = random.Random(seed)
        self._numbers = itertools.count(1)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="load", daemon=True)

    @property
    def accepted(self) -> int:
        return sum(len(request.ids) for request in self.requests)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    async def _run(self) -> None:
        await asyncio.gather(*(self._customer() for _ in range(self._customers)))

    async def _customer(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(OSError, EOFError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                try:
                    while not self._stopping.is_set():
                        await asyncio.sleep(self._random.uniform(0, PAUSE))
                        await self._ask(reader, writer)
                finally:
                    writer.close()
            await asyncio.sleep(0.05)

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request, body = self._request()
        self.requests.append(request)
        head = f"POST /api.php HTTP/1.1\r\nHost: lotsman\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        headers = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(headers.partition("content-length:")[2].split()[0])
        answer = (await reader.readexactly(length)).decode()
        if not headers.startswith("http/1.1 200"):
            request.refusal = answer
            await asyncio.sleep(0.2)
            return
        found = json.loads(answer)
        if "send" in found:
            request.ids = [int(message["server_id"]) for message in found["send"]]
        else:
            request.refusal = answer

    def _request(self) -> tuple[Request, bytes]:
        dice = self._random
        count = MANY if dice.random() < 0.1 else 1
        recipients = [self._recipient() for _ in range(count)]
        text = SINGLE.format(n=recipients[0])
        if dice.random() < 0.15:
            text = LONG.format(n=recipients[0]) * dice.randint(2, 3)
        parameters = {
            "send": text, "to": ",".join(recipients), "from": "INFORM", "apikey": self._apikey, "format": "json",
        }  # fmt: skip
        if dice.random() < 0.03:
            parameters["send_datetime"] = str(int(time.time()) + dice.randint(1, SOON))
        return Request(recipients), urllib.parse.urlencode(parameters).encode()

    def _recipient(self) -> str:
        return f"7916{next(self._numbers):07d}"
