"""Writes that came together, in one transaction: each unit once over all of its items, causes before consequences.

When anything in a group fails, the group is rolled back and its items are tried again one by one, so a bad item fails
alone; an outage fails all of them at once.
"""

import contextlib
import sqlite3
from collections.abc import Sequence
from time import perf_counter
from typing import Any, Final

import psycopg
import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError

from lotsman import metrics
from lotsman.store.engine import connect_writer
from lotsman.store.unit import Done, Misjudged, StoreUnavailable, Tx, Unit

Write = tuple[Unit[Any, Any], Any, Done]  # what to do, for which item, who is told
Answers = list[tuple[Done, Any]]

LARGEST: Final = 1_000
_CONFLICT_TRIES: Final = 5

log = structlog.get_logger()


class WriteConnection:
    """The one connection of a writer. It is opened when it is first needed, and anew after an outage.

    `patience`: how long SQLite waits for another process to unlock the database, ms; None: as the engine says.
    """

    def __init__(self, engine: sa.Engine, *, sqlite: bool, patience: int | None = None) -> None:
        self._engine, self.sqlite, self._patience = engine, sqlite, patience
        self._connection: sa.Connection | None = None

    def open(self) -> sa.Connection:
        if self._connection is None:
            self._connection = connect_writer(self._engine)
            self._apply_patience(self._connection)
        return self._connection

    def be_patient(self, milliseconds: int) -> None:
        """From now on, for this connection and those after it."""
        self._patience = milliseconds
        if self._connection is not None:
            self._apply_patience(self._connection)

    def roll_back(self, transaction: sa.RootTransaction | None) -> None:
        """A connection that cannot even do that is given up."""
        try:
            if transaction is not None:
                transaction.rollback()
                return
        except Exception as error:  # noqa: BLE001 whatever it is, nothing of the transaction is stored
            log.warning("rollback_failed", error=first_line(error))
        self.give_up()

    def give_up(self) -> None:
        """After an outage nothing is known of it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.invalidate()
                connection.close()

    def _apply_patience(self, connection: sa.Connection) -> None:
        if self._patience is not None:  # not through `connection`, which would begin a transaction
            connection.connection.cursor().execute(f"PRAGMA busy_timeout = {self._patience}")

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def carry_out(group: Sequence[Write], through: WriteConnection) -> Answers:
    """Commit the group, or as much of it as can be; never raises: whom it concerns gets the exception."""
    started = perf_counter()
    try:
        answers = _again_on_conflict(group, through)
    except Exception as error:  # noqa: BLE001 the callers get it
        if is_outage(error):
            through.give_up()
            log.error("database_unavailable", writes=len(group), error=first_line(error))
            unavailable = StoreUnavailable(first_line(error))
            return [(done, unavailable) for _, _, done in group]
        if len(group) > 1:
            return [answer for write in group for answer in carry_out([write], through)]
        return [(group[0][2], error)]
    observe(len(group), perf_counter() - started)
    return answers


def run(group: Sequence[Write], tx: Tx) -> Answers:
    """Everything but the commit; raises whatever a unit raises."""
    by_unit: dict[str, tuple[Unit[Any, Any], list[Any], list[Done]]] = {}
    for what, item, done in group:
        entry = by_unit.get(what.name)
        if entry is None:
            entry = by_unit[what.name] = (what, [], [])
        entry[1].append(item)
        entry[2].append(done)
    answers: Answers = []
    for what, items, callers in sorted(by_unit.values(), key=lambda entry: entry[0].order):
        answers.extend(zip(callers, what.run(tx, items), strict=True))
    tx.cursor.close()
    return answers


def observe(writes: int, seconds: float) -> None:
    metrics.GROUP_SECONDS.observe(seconds)
    metrics.GROUP_ITEMS.observe(writes)


def deliver(answers: Answers) -> None:
    """On the event loop: tell everybody."""
    for done, result in answers:
        try:
            done(result)
        except Exception:
            log.exception("after_commit_failed")


def _again_on_conflict(group: Sequence[Write], through: WriteConnection) -> Answers:
    careful = False
    for _ in range(_CONFLICT_TRIES - 1):
        try:
            return _commit(group, through, careful=careful)
        except Misjudged:
            careful = True
        except Exception as error:
            if not _is_conflict(error):
                raise
    return _commit(group, through, careful=True)


def _commit(group: Sequence[Write], through: WriteConnection, *, careful: bool) -> Answers:
    connection = through.open()
    with connection.begin():
        return run(group, Tx(connection, sqlite=through.sqlite, careful=careful))


def _cause(error: Exception) -> Any:
    return error.orig if isinstance(error, DBAPIError) else error


def _is_conflict(error: Exception) -> bool:
    """Another transaction won (PostgreSQL 40001, 40P01): the same group may succeed now."""
    return getattr(_cause(error), "sqlstate", None) in {"40001", "40P01"}


def is_outage(error: Exception) -> bool:
    """The database is gone, full or locked: no fault of any single write."""
    return isinstance(
        _cause(error), (sqlite3.OperationalError, psycopg.OperationalError, psycopg.InterfaceError)
    )


def first_line(error: Exception) -> str:
    return str(_cause(error)).partition("\n")[0]
