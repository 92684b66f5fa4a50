"""The writer of SQLite: statements on the event loop, the commit on a thread.

Strategy: SQLite's driver gives up the interpreter lock at every statement. On a thread of their own, statements fight
the event loop for it a dozen times in every group, which costs as much as the statements themselves. On the loop nobody
fights; and the one thing that may take long, COMMIT with its fsync and its checkpoints, runs beside it.
What is out of the ordinary (the database is locked by another process, an item is bad, the disk is full) is carried
out by the thread as a whole, so that it never holds up the loop.
Rule 1: one group at a time: the connection belongs to the loop while a group runs, to the thread until it is committed.
"""

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Sequence
from time import perf_counter
from typing import Final, NamedTuple

import sqlalchemy as sa

from lotsman.store import group as groups
from lotsman.store.group import Answers, Write, WriteConnection, carry_out
from lotsman.store.unit import Tx

_BUSY: Final = 8  # a group of so many says that more are coming: let them come together
_PACE: Final = (
    0.003  # seconds from one busy group to the next: a commit writes the same pages for few and for many
)
_PATIENCE: Final = (
    30_000  # ms the thread waits for another process to unlock the database; the loop never waits
)


class _Ready(NamedTuple):
    """A group whose statements have run: it only wants its commit."""

    transaction: sa.RootTransaction
    group: Sequence[Write]
    answers: Answers
    began: float


class LoopWriter:
    def __init__(self, engine: sa.Engine, loop: asyncio.AbstractEventLoop) -> None:
        self._connection = WriteConnection(engine, sqlite=True, patience=0)
        self._loop = loop
        self._waiting: deque[Write] = deque()
        self._scheduled = False  # the next group is, or one is under way
        self._next_at = 0.0  # loop time
        self._stopped = False
        self._running = threading.Lock()  # held while the loop runs a group: `stop` may come from any thread
        self._jobs: queue.SimpleQueue[_Ready | list[Write] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="committer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def put(self, write: Write) -> None:
        self._waiting.append(write)
        if not self._scheduled:
            self._schedule()

    def stop(self) -> None:
        """Finish what has come, from any thread."""
        with self._running:
            self._stopped = True
            while self._waiting:
                self._jobs.put(self._take())
        self._jobs.put(None)
        self._thread.join()

    # On the event loop

    def _schedule(self) -> None:
        self._scheduled = True
        wait = self._next_at - self._loop.time()
        if wait > 0:
            self._loop.call_later(wait, self._begin)
        else:
            self._loop.call_soon(self._begin)

    def _begin(self) -> None:
        with self._running:
            if self._stopped:
                return
            group = self._take()
            self._next_at = self._loop.time() + _PACE if len(group) >= _BUSY else 0.0
            self._jobs.put(self._run(group) or group)

    def _run(self, group: list[Write]) -> _Ready | None:
        """None: something is out of the ordinary, and nothing of the group is done."""
        began = perf_counter()
        transaction = None
        try:
            connection = self._connection.open()
            transaction = connection.begin()
            answers = groups.run(group, Tx(connection, sqlite=True))
        except Exception:  # noqa: BLE001 the thread meets it again, and tells whom it concerns
            self._connection.roll_back(transaction)
            return None
        return _Ready(transaction, group, answers, began)

    def _take(self) -> list[Write]:
        waiting = self._waiting
        return [waiting.popleft() for _ in range(min(len(waiting), groups.LARGEST))]

    def _committed(self, answers: Answers) -> None:
        self._scheduled = False
        groups.deliver(answers)
        if self._waiting and not self._scheduled:
            self._schedule()

    # On the thread

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            answers = self._commit(job) if isinstance(job, _Ready) else self._carry_out(job)
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._committed, answers)
        self._connection.close()

    def _commit(self, ready: _Ready) -> Answers:
        try:
            ready.transaction.commit()
        except Exception:  # noqa: BLE001 a full disk, say: nothing was committed, and trying again will tell why
            self._connection.give_up()
            return self._carry_out(ready.group)
        groups.observe(len(ready.group), perf_counter() - ready.began)
        return ready.answers

    def _carry_out(self, group: Sequence[Write]) -> Answers:
        self._connection.be_patient(_PATIENCE)
        answers = carry_out(group, self._connection)
        self._connection.be_patient(0)
        return answers
