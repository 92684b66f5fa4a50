"""Open SQLite or PostgreSQL; write(unit) with group commit; read() beside the writers.

Strategy: a write is (unit, item). A writer takes everything that has come, runs each unit ONCE over all of its items
(store/group.py), commits, and only then are the callers answered, all in one wake-up of the event loop. One fsync and
one statement thus serve many messages.
Rule 1: SQLite has one writer (store/loop_writer.py); PostgreSQL has one for each lane (store/threaded_writer.py), so that
acceptance never waits for receipts.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from sqlalchemy.exc import DBAPIError

from lotsman.store.engine import SQLITE, open_engine
from lotsman.store.group import first_line
from lotsman.store.loop_writer import LoopWriter
from lotsman.store.threaded_writer import ThreadedWriter
from lotsman.store.unit import (
    ACCEPT,
    CARRIER,
    Done,
    Item,
    Misjudged,
    Overloaded,
    Result,
    StoreUnavailable,
    Tx,
    Unit,
    unit,
)

__all__ = [
    "ACCEPT",
    "CARRIER",
    "Database",
    "Done",
    "Misjudged",
    "Overloaded",
    "StoreUnavailable",
    "Tx",
    "Unit",
    "unit",
]

_MOST_WAITING: Final = (
    4_000  # acceptances beyond that are refused: better a clear "later" than a growing heap
)


class Database:
    def __init__(self, url: str) -> None:
        self.engine: Final = open_engine(url)
        self.sqlite: Final = self.engine.dialect.name == SQLITE
        self._readers: Final = ThreadPoolExecutor(4, thread_name_prefix="reader")
        self._writers: dict[str, LoopWriter | ThreadedWriter] = {}

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start the writers; results are delivered on `loop`."""
        if self.sqlite:
            self._writers = dict.fromkeys((ACCEPT, CARRIER), LoopWriter(self.engine, loop))
        else:
            self._writers = {
                lane: ThreadedWriter(self.engine, f"writer-{lane}", loop) for lane in (ACCEPT, CARRIER)
            }

    def submit(self, what: Unit[Item, Result], item: Item, done: Done) -> None:
        """Queue a write; `done` is called on the event loop after the commit, with the result or an exception.

        Raises Overloaded. Call it on the event loop.
        """
        writer = self._writers[what.lane]
        if what.lane == ACCEPT and writer.waiting >= _MOST_WAITING:
            raise Overloaded
        writer.put((what, item, done))

    async def write(self, what: Unit[Item, Result], item: Item) -> Result:
        """The result of a write that is on disk."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self.submit(what, item, _resolve(future))
        return await future

    async def read(self, query: Callable[..., Result], *args: Any) -> Result:
        """The result of `query(connection, *args)`, run on a reader thread."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, query, args)

    def _read(self, query: Callable[..., Result], args: tuple[Any, ...]) -> Result:
        try:
            with self.engine.connect() as connection:
                return query(connection, *args)
        except DBAPIError as error:
            raise StoreUnavailable(first_line(error)) from error

    @property
    def waiting(self) -> int:
        return max((writer.waiting for writer in self._writers.values()), default=0)

    def close(self) -> None:
        """Finish what is queued, stop the threads."""
        for writer in set(self._writers.values()):
            writer.stop()
        self._writers.clear()
        self._readers.shutdown()
        self.engine.dispose()


def _resolve(future: "asyncio.Future[Any]") -> Done:
    def done(result: Any) -> None:
        if future.cancelled():
            return
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)

    return done
