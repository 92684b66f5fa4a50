"""A whole node that listens, on a thread of the test's own process, and a client that writes and reads plain bytes.

In: a prepared database (stand/doors.py). Out: an open port; a way to hold the node's database still.
The process as its operator starts it is stand/node.py; here a test may look, and reach, inside.
"""

import asyncio
import contextlib
import gc
import json
import shutil
import socket
import sqlite3
import sys
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import uvloop

from lotsman.node.process import ROLES, Node
from lotsman.node.settings import Settings
from stand.doors import KEYS, PATIENCE, Answer
from stand.node import free_port

KEY = KEYS["customer"].encode()
BALANCE = b"GET /api.php?balance=rur&format=json&apikey=" + KEY + b" HTTP/1.1\r\nHost: smspilot.ru\r\n\r\n"
# Behind send=…; `messages` reads from the answer what the node has read.
ASKED = b"&fields=message&format=json&test=1&to=79087964781"
_PIECE = 65536


def get(query: bytes, key: bytes = KEY) -> bytes:
    return b"GET /api.php?" + query + b"&apikey=" + key + b" HTTP/1.1\r\nHost: smspilot.ru\r\n\r\n"


def post(body: bytes, head: bytes = b"", query: bytes = b"apikey=" + KEY) -> bytes:
    line = b"POST /api.php?" + query + b" HTTP/1.1\r\nHost: smspilot.ru\r\n"
    return line + b"Content-Length: %d\r\n" % len(body) + head + b"\r\n" + body


def messages(answer: Answer) -> list[str]:
    """What was sent, by an answer in JSON with fields=message."""
    return [row["message"] for row in json.loads(answer.body)["send"]]


class Client:
    """One connection. Everything is bytes; whatever takes longer than PATIENCE raises TimeoutError."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._read = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def send_nothing_more(self) -> None:
        """Half-close: there will be no more bytes, but the answer is still wanted."""
        self._socket.shutdown(socket.SHUT_WR)

    def piece(self) -> bytes:
        """What one read gives; empty when the server has closed."""
        return self._socket.recv(_PIECE)

    def ask(self, data: bytes) -> Answer:
        self.send(data)
        return self.answer()

    def answer(self, *, to_head: bool = False) -> Answer:
        """The next answer, by its Content-Length; EOFError when the server closes before its end."""
        while b"\r\n\r\n" not in self._read:
            self._more()
        end = self._read.index(b"\r\n\r\n") + 4
        head, self._read = self._read[:end], self._read[end:]
        length = 0 if to_head else int(Answer.read(head).headers["content-length"])
        while len(self._read) < length:
            self._more()
        body, self._read = self._read[:length], self._read[length:]
        return Answer.read(head + body)

    def rest(self) -> bytes:
        """Everything until the server closes."""
        while piece := self.piece():
            self._read += piece
        rest, self._read = self._read, b""
        return rest

    def _more(self) -> None:
        piece = self.piece()
        if not piece:
            raise EOFError(self._read)
        self._read += piece


class DoorNode:
    """Runs from its making to `stop`."""

    def __init__(self, template: Path, data: Path, **settings: Any) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self.path = data / "lotsman.db"
        shutil.copy(template, self.path)
        self.port = free_port()
        self.settings = Settings(
            host="127.0.0.1", port=self.port, data=data, database_url="", emulator=True, **settings
        )
        self._ready, self._stopping, self._stopped = threading.Event(), asyncio.Event(), threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="node", daemon=True)
        self._thread.start()
        started = self._ready.wait(PATIENCE)
        if self._failure is not None:
            raise self._failure
        if not started:
            raise TimeoutError("the node did not start")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self, *, wait: bool = True) -> None:
        """Drain and stop, as on SIGTERM."""
        if not self._stopped.is_set():
            self._loop.call_soon_threadsafe(self._stopping.set)
        if wait:
            self._thread.join(PATIENCE * 3)
            if self._failure is not None:
                raise self._failure

    def connect(self) -> Client:
        return Client(self.port)

    def ask(self, data: bytes) -> Answer:
        """The answer on a connection of its own."""
        with self.connect() as client:
            return client.ask(data)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """The result of something done inside the node."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE * 3)

    @contextlib.contextmanager
    def database_held_still(self) -> Iterator[None]:
        """Inside, no write of the node gets on: another process, as it were, has the write lock."""
        other = sqlite3.connect(self.path, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")
        finally:
            other.close()

    def number(self, query: str, *arguments: object) -> int:
        """What the database says to a query for one number."""
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            return int(connection.execute(query, arguments).fetchone()[0])

    def _work(self) -> None:
        thresholds, interval = gc.get_threshold(), sys.getswitchinterval()
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(self._run())
        except BaseException as failure:  # noqa: BLE001 the test's thread raises it
            self._failure = failure
        finally:
            # A node tunes the process that it takes to be its own.
            gc.set_threshold(*thresholds)
            gc.unfreeze()
            sys.setswitchinterval(interval)
            self._stopped.set()
            self._ready.set()

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.node = Node(self.settings, frozenset(ROLES))
        await self.node.start()
        self._ready.set()
        await self._stopping.wait()
        await self.node.stop()
