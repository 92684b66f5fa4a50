"""Telling other processes that there is work: NOTIFY on PostgreSQL. On SQLite the one process tells itself.

A wake-up is only a hint: whoever waits for one also looks every second.
"""

import threading
from collections.abc import Callable
from typing import Any, Final

import psycopg
import sqlalchemy as sa
import structlog

from lotsman.store.database import Tx

_CHANNEL: Final = "lotsman_due"
log = structlog.get_logger()


def announce_due(tx: Tx) -> None:
    """Tell the nodes that hold links, when this transaction commits."""
    if not tx.sqlite:
        tx.cursor.execute(f"NOTIFY {_CHANNEL}")


class Listener:
    """Calls `wake` (on its own thread) whenever another process announces due work. PostgreSQL only."""

    def __init__(self, engine: sa.Engine, wake: Callable[[], Any]) -> None:
        self._dsn = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._wake = wake
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="wakeups", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _listen(self) -> None:
        while not self._stop.is_set():
            try:
                with psycopg.connect(self._dsn, autocommit=True) as connection:
                    connection.execute(f"LISTEN {_CHANNEL}")
                    while not self._stop.is_set():
                        for _ in connection.notifies(timeout=0.5, stop_after=1):
                            self._wake()
            except psycopg.Error as error:
                log.warning("wakeups_lost", error=str(error).partition("\n")[0])
                self._stop.wait(1)
