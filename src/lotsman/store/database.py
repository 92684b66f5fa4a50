"""Open SQLite or PostgreSQL; write(unit) with group commit; read() beside the writers.

Strategy: a write is (unit, item). A writer thread takes everything that has come, runs each unit ONCE over all of
its items, commits, and only then are the callers answered, all in one wake-up of the event loop. One fsync and one
statement thus serve many messages. When anything in a group fails, the group is rolled back and its items are tried
again one by one, so a bad item fails alone.

Rule 1: a unit is a function (tx, items) -> results of the same length; it must not touch anything but `tx`.
Rule 2: SQLite has one writer thread; PostgreSQL has one for each lane, so that acceptance never waits for receipts.
"""

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter, sleep
from typing import Any, Final, Generic, TypeVar

import psycopg
import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError

from lotsman import metrics
from lotsman.store.engine import SQLITE, connect_writer, open_engine

Item = TypeVar("Item")
Result = TypeVar("Result")
Done = Callable[[Any], None]  # called on the event loop with the result, or with an exception

ACCEPT: Final = "accept"
CARRIER: Final = "carrier"
_MOST_ITEMS: Final = (
    4_000  # waiting writes above this are refused: better a clear "later" than a growing heap
)
_LARGEST_GROUP: Final = 1_000
_CONFLICT_TRIES: Final = 5
_BUSY: Final = range(
    8, 64
)  # a group of so many says that more are coming, and that it could have been larger
_GATHER: Final = 0.004  # seconds to wait for them: a commit costs the same pages for few and for many

log = structlog.get_logger()


class StoreUnavailable(Exception):
    """The database did not take the write; nothing of it is stored."""


class Overloaded(Exception):
    """More writes are waiting than the database can take soon; try again later."""


class Misjudged(Exception):
    """A unit took something for granted that is not so: run the group again, carefully."""


class Tx:
    """An open write transaction: `cursor` for row sets (store/rowset.py), `connection` for everything else.

    `careful`: what a unit would take for granted, it has to read first (store/steps.py).
    """

    __slots__ = ("careful", "connection", "cursor", "sqlite")

    def __init__(self, connection: sa.Connection, *, sqlite: bool, careful: bool = False) -> None:
        self.connection = connection
        self.sqlite = sqlite
        self.careful = careful
        self.cursor: Any = connection.connection.cursor()


@dataclass(frozen=True, slots=True)
class Unit(Generic[Item, Result]):
    """What a write does, for any number of items at once. `order`: causes before consequences within a group."""

    name: str
    order: int
    lane: str
    run: Callable[[Tx, Sequence[Item]], Sequence[Result]]


def unit(
    *, order: int, lane: str = CARRIER
) -> Callable[[Callable[[Tx, Sequence[Item]], Sequence[Result]]], Unit[Item, Result]]:
    def declare(run: Callable[[Tx, Sequence[Item]], Sequence[Result]]) -> Unit[Item, Result]:
        return Unit(run.__name__, order, lane, run)

    return declare


class Database:
    def __init__(self, url: str) -> None:
        self.engine: Final = open_engine(url)
        self.sqlite: Final = self.engine.dialect.name == SQLITE
        self._readers: Final = ThreadPoolExecutor(4, thread_name_prefix="reader")
        self._writers: dict[str, _Writer] = {}

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start the writer threads; results are delivered on `loop`."""
        for lane in (ACCEPT, CARRIER):
            if self.sqlite and lane == CARRIER:
                self._writers[CARRIER] = self._writers[ACCEPT]
            else:
                self._writers[lane] = _Writer(self.engine, f"writer-{lane}", loop, sqlite=self.sqlite)

    def submit(self, what: Unit[Item, Result], item: Item, done: Done) -> None:
        """Queue a write; `done` is called on the event loop after the commit, with the result or an exception."""
        self._writers[what.lane].put(what, item, done)

    async def write(self, what: Unit[Item, Result], item: Item) -> Result:
        """The result of a write that is on disk."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._writers[what.lane].put(what, item, _resolve(future))
        return await future

    async def read(self, query: Callable[..., Result], *args: Any) -> Result:
        """The result of `query(connection, *args)`, run on a reader thread."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, query, args)

    def _read(self, query: Callable[..., Result], args: tuple[Any, ...]) -> Result:
        try:
            with self.engine.connect() as connection:
                return query(connection, *args)
        except DBAPIError as error:
            raise StoreUnavailable(_first_line(error)) from error

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


_Queued = tuple[Unit[Any, Any], Any, Done]


class _Writer:
    """One thread, one connection, one group after another."""

    def __init__(
        self, engine: sa.Engine, name: str, loop: asyncio.AbstractEventLoop, *, sqlite: bool
    ) -> None:
        self._engine, self._name, self._loop, self._sqlite = engine, name, loop, sqlite
        self._queue: queue.SimpleQueue[_Queued | None] = queue.SimpleQueue()
        self._connection: sa.Connection | None = None
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        return self._queue.qsize()

    def put(self, what: Unit[Any, Any], item: Any, done: Done) -> None:
        if self._queue.qsize() >= _MOST_ITEMS and what.lane == ACCEPT:
            raise Overloaded
        self._queue.put((what, item, done))

    def stop(self) -> None:
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        stopping = False
        busy = False
        while not stopping:
            group: list[_Queued] = []
            queued = self._queue.get()
            if busy and queued is not None:
                sleep(_GATHER)
            while queued is not None:
                group.append(queued)
                if len(group) >= _LARGEST_GROUP:
                    break
                try:
                    queued = self._queue.get_nowait()
                except queue.Empty:
                    break
            stopping = queued is None
            busy = len(group) in _BUSY
            if group:
                self._answer(self._commit(group))
        if self._connection is not None:
            self._connection.close()

    def _answer(self, results: list[tuple[Done, Any]]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_deliver, results)

    def _commit(self, group: list[_Queued]) -> list[tuple[Done, Any]]:
        started = perf_counter()
        try:
            results = self._run_again_on_conflict(group)
        except Exception as error:  # noqa: BLE001 the callers get it
            if _is_outage(error):
                self._give_up_connection()
                log.error("database_unavailable", writes=len(group), error=_first_line(error))
                unavailable = StoreUnavailable(_first_line(error))
                return [(done, unavailable) for _, _, done in group]
            if len(group) > 1:
                return [pair for queued in group for pair in self._commit([queued])]
            return [(group[0][2], error)]
        metrics.GROUP_SECONDS.observe(perf_counter() - started)
        metrics.GROUP_ITEMS.observe(len(group))
        return results

    def _run_again_on_conflict(self, group: list[_Queued]) -> list[tuple[Done, Any]]:
        careful = False
        for _ in range(_CONFLICT_TRIES - 1):
            try:
                return self._run(group, careful=careful)
            except Misjudged:
                careful = True
            except Exception as error:
                if not _is_conflict(error):
                    raise
        return self._run(group, careful=True)

    def _run(self, group: list[_Queued], *, careful: bool) -> list[tuple[Done, Any]]:
        by_unit: dict[str, tuple[Unit[Any, Any], list[Any], list[Done]]] = {}
        for what, item, done in group:
            entry = by_unit.get(what.name)
            if entry is None:
                entry = by_unit[what.name] = (what, [], [])
            entry[1].append(item)
            entry[2].append(done)
        results: list[tuple[Done, Any]] = []
        connection = self._open()
        with connection.begin():
            tx = Tx(connection, sqlite=self._sqlite, careful=careful)
            for what, items, callers in sorted(by_unit.values(), key=lambda entry: entry[0].order):
                results.extend(zip(callers, what.run(tx, items), strict=True))
            tx.cursor.close()
        return results

    def _open(self) -> sa.Connection:
        if self._connection is None:
            self._connection = connect_writer(self._engine)
        return self._connection

    def _give_up_connection(self) -> None:
        """After an outage nothing is known of it; the next group opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.invalidate()
                connection.close()


def _deliver(results: list[tuple[Done, Any]]) -> None:
    for done, result in results:
        try:
            done(result)
        except Exception:
            log.exception("after_commit_failed")


def _cause(error: Exception) -> Any:
    return error.orig if isinstance(error, DBAPIError) else error


def _is_conflict(error: Exception) -> bool:
    """Another transaction won (PostgreSQL 40001, 40P01): the same group may succeed now."""
    return getattr(_cause(error), "sqlstate", None) in {"40001", "40P01"}


def _is_outage(error: Exception) -> bool:
    """The database is gone, full or locked: no fault of any single write."""
    return isinstance(
        _cause(error), (sqlite3.OperationalError, psycopg.OperationalError, psycopg.InterfaceError)
    )


def _first_line(error: Exception) -> str:
    return str(_cause(error)).partition("\n")[0]
