"""A PostgreSQL of the tests' own: a cluster in a temporary directory, a Unix socket, no TCP, durable as by default.

In: nothing. Out: database URLs, each of a fresh database; a schema in it costs nothing, it is copied from a template.
The server refuses to run as root, so root starts it as the user `postgres`. It ends with the thread that started it, so
it never outlives a test run that was killed.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

from lotsman.store import migrations
from lotsman.store.engine import open_engine
from lotsman.store.tables import (
    METADATA,
    accounts,
    breakers,
    call_minutes,
    callbacks,
    changes,
    cluster,
    fallbacks,
    inbound,
    ledger,
    mails,
    messages,
    portability,
    protections,
    routing,
    trace,
)

USER = "lotsman"
TEMPLATE = "migrated"
SECONDS_TO_START = 60
SECONDS_TO_STOP = 30

_TABLES = [table.name for table in reversed(METADATA.sorted_tables)]
assert {
    t.METADATA
    for t in (
        accounts,
        breakers,
        call_minutes,
        callbacks,
        changes,
        cluster,
        fallbacks,
        inbound,
        ledger,
        mails,
        messages,
        portability,
        protections,
        routing,
        trace,
    )
} == {METADATA}  # imported, so all are declared
_CUT_OTHERS = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


class PostgresError(Exception):
    """The tests need PostgreSQL and cannot have it."""


class Postgres:
    """`Postgres.start()`; then `create_database()` for each test; `stop()` at the end."""

    def __init__(self) -> None:
        self._bin = _binaries()
        self._directory = Path(tempfile.mkdtemp(prefix="lotsman-pg-"))
        self._log = self._directory / "log"
        self._as_server: list[str] = ["setpriv", "--pdeathsig", "INT"]
        self._databases = 0
        self._spare: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def start(cls) -> "Postgres":
        """A running server; raises PostgresError when there is none to run."""
        cluster = cls()
        try:
            cluster._start()
        except BaseException:
            cluster.stop()
            raise
        return cluster

    def url(self, database: str) -> str:
        return f"postgresql://{USER}@/{database}?host={self._directory}"

    def create_database(self, *, empty: bool = False) -> str:
        """The URL of a new database with the schema in it, or with nothing."""
        self._databases += 1
        name = f"test_{self._databases}"
        template = "template0" if empty else self._migrated_template()
        self._administer(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Whoever is still connected is cut off."""
        name = url.partition("?")[0].rpartition("/")[2]
        self._administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def borrow(self) -> str:
        """The same without waiting for a copy: a database that was given back, empty again."""
        return self._spare.pop() if self._spare else self.create_database()

    def give_back(self, url: str) -> None:
        wipe = "".join(f"DELETE FROM {table};" for table in _TABLES)
        sequence = f"SELECT setval('message_ids', {messages.FIRST_MESSAGE_ID}, false)"
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_CUT_OTHERS)
            connection.execute("SET session_replication_role = replica")  # the ledger refuses to be emptied
            connection.execute(wipe + sequence)
        self._spare.append(url)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)  # fast shutdown: sessions are ended
            try:
                self._process.wait(SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _start(self) -> None:
        if os.geteuid() == 0:
            owner = _server_user()
            os.chown(self._directory, owner.pw_uid, owner.pw_gid)
            ids = [f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--init-groups"]
            self._as_server = [*self._as_server, *ids]
        initdb = [f"{self._bin}/initdb", "-D", f"{self._directory}/data", "-U", USER, "-A", "trust"]
        command = [*self._as_server, *initdb, "-E", "UTF8", "--no-locale", "--no-instructions"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
        if done.returncode:
            raise PostgresError(f"initdb: {done.stderr.strip() or done.stdout.strip()}")
        self._serve()

    def _serve(self) -> None:
        data, sockets = f"{self._directory}/data", str(self._directory)
        command = [f"{self._bin}/postgres", "-D", data, "-k", sockets, "-c", "listen_addresses="]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._as_server, *command], stdout=log, stderr=log, cwd="/", start_new_session=True
            )
        deadline = time.monotonic() + SECONDS_TO_START
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise PostgresError(f"PostgreSQL did not start:\n{self._log.read_text()}")
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def _migrated_template(self) -> str:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (TEMPLATE,)).fetchone()
        if known is None:
            self._administer(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
            engine = open_engine(self.url(TEMPLATE))
            migrations.upgrade(engine)
            engine.dispose()
        return TEMPLATE

    def _administer(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


def _binaries() -> Path:
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda path: int(path.parent.name))
    initdb = shutil.which("initdb")
    if initdb is None:
        raise PostgresError("the tests need a PostgreSQL server: apt-get install postgresql")
    return Path(initdb).resolve().parent


def _server_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        raise PostgresError("PostgreSQL does not run as root, and there is no user postgres") from None
