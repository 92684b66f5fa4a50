"""The writer of PostgreSQL: a thread that waits for the server, so that the event loop never does.

Its groups form by themselves: while one is being committed, the next one gathers.
"""

import asyncio
import queue
import threading
from time import sleep
from typing import Final

import sqlalchemy as sa

from lotsman.store import group as groups
from lotsman.store.group import Answers, Write, WriteConnection, carry_out

# A group of so many says that more are coming, and that it could have been larger: wait a little for company.
_BUSY: Final = range(8, 64)
_GATHER: Final = 0.002  # seconds


class ThreadedWriter:
    """One thread, one connection, one group after another."""

    def __init__(self, engine: sa.Engine, name: str, loop: asyncio.AbstractEventLoop) -> None:
        self._connection = WriteConnection(engine, sqlite=False)
        self._loop = loop
        self._queue: queue.SimpleQueue[Write | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        return self._queue.qsize()

    def put(self, write: Write) -> None:
        self._queue.put(write)

    def stop(self) -> None:
        """Finish what has come, from any thread."""
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        stopping = False
        busy = False
        while not stopping:
            group: list[Write] = []
            write = self._queue.get()
            if busy and write is not None:
                sleep(_GATHER)
            while write is not None:
                group.append(write)
                if len(group) >= groups.LARGEST:
                    break
                try:
                    write = self._queue.get_nowait()
                except queue.Empty:
                    break
            stopping = write is None
            busy = len(group) in _BUSY
            if group:
                self._answer(carry_out(group, self._connection))
        self._connection.close()

    def _answer(self, answers: Answers) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(groups.deliver, answers)
