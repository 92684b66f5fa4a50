"""SQLite's write-ahead log is copied back by a thread of its own, so that no commit has to wait for it.

A passive checkpoint runs beside the writer and never stops it. Under a load without a pause it never catches up with the
end of the log either; so when the log has grown large all the same, the writer itself finishes the little that is left.
"""

import threading
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError

_EVERY: Final = 0.5  # seconds
_WORTHWHILE: Final = 8 * 2**20  # bytes of log
_TOO_LARGE: Final = 256 * 2**20

log = structlog.get_logger()


class Checkpointer:
    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._log = Path(f"{engine.url.database}-wal")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="checkpoints", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def finish_if_large(self, connection: sa.Connection) -> None:
        """Called by the writer between two groups."""
        if self._size() > _TOO_LARGE:
            _checkpoint(connection, "TRUNCATE")

    def _work(self) -> None:
        while not self._stop.wait(_EVERY):
            if self._size() > _WORTHWHILE:
                try:
                    with self._engine.connect() as connection:
                        _checkpoint(connection, "PASSIVE")
                except DBAPIError as error:
                    log.warning("checkpoint_failed", error=str(error.orig))

    def _size(self) -> int:
        try:
            return self._log.stat().st_size
        except OSError:
            return 0


def _checkpoint(connection: sa.Connection, mode: str) -> None:
    cursor: Any = connection.connection.cursor()  # past SQLAlchemy, which would begin a transaction first
    cursor.execute(f"PRAGMA wal_checkpoint({mode})").fetchall()
    cursor.close()
