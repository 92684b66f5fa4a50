"""Engines: how SQLite and PostgreSQL have to be opened for "accepted means stored" to be true."""

import errno
import os
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.pool import QueuePool

SQLITE: Final = "sqlite"
_WRITES: Final = {"lotsman_writes": True}


def open_engine(url: str) -> sa.Engine:
    """An engine for `sqlite:////path` or `postgresql://…`; raises ValueError for anything else, OSError when the
    directory cannot be written.
    """
    try:
        parsed = make_url(url)
    except sa.exc.ArgumentError:
        raise ValueError("LOTSMAN_DATABASE_URL is not a URL: postgresql://user:password@host/name") from None
    if parsed.drivername == SQLITE:
        return _open_sqlite(parsed)
    if parsed.drivername in {"postgresql", "postgres", "postgresql+psycopg"}:
        return sa.create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            pool_size=8,
            connect_args={"connect_timeout": 10},
        )
    raise ValueError(
        f"LOTSMAN_DATABASE_URL must start with sqlite:/// or postgresql://, not {parsed.drivername}://"
    )


def connect_writer(engine: sa.Engine) -> sa.Connection:
    """A connection whose transactions take the write lock at once, so that a group never fails half way."""
    connection = engine.connect().execution_options(**_WRITES)
    if engine.dialect.name != SQLITE:
        # Every hot statement looks rows up by key. A plan made while a table was empty must not say otherwise later.
        for method in ("seqscan", "bitmapscan", "hashjoin", "mergejoin"):
            connection.exec_driver_sql(f"SET enable_{method} = off")
        connection.commit()
    return connection


def _open_sqlite(url: sa.URL) -> sa.Engine:
    if url.database:
        directory = Path(url.database).parent
        directory.mkdir(parents=True, exist_ok=True)
        if not os.access(directory, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(directory))
        Path(url.database).touch(mode=0o600)  # customers' texts and numbers: the owner's eyes only
    engine = sa.create_engine(
        url,
        poolclass=QueuePool,
        connect_args={
            "check_same_thread": False,
            "isolation_level": None,
            "cached_statements": 1024,
            "timeout": 30,
        },
    )

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",  # a commit is on disk when it returns
            "foreign_keys = ON",
            "cache_size = -65536",  # KiB
            "wal_autocheckpoint = 16000",  # pages: the same pages are written again and again, so copy them back seldom
            "temp_store = MEMORY",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        # The driver's own BEGIN is off (isolation_level None); IMMEDIATE takes the write lock before the first read.
        writes = connection.get_execution_options().get("lotsman_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
