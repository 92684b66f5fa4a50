"""A PostgreSQL of our own: a cluster in run/, a Unix socket, no TCP; durable settings as the server has them.

In: nothing. Out: database URLs. The server refuses to run as root, so root starts it as the user `postgres`.
"""

import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

from processes import RUN, MeasurementError, fresh, spawn, stop, wait_until

USER = "lotsman"
LONGEST_SOCKET_PATH = 107  # sun_path, less its closing zero
SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",  # no forced checkpoint in the middle of a short run
    "synchronous_commit": "on",
    "fsync": "on",
}


def binaries():
    """The newest server's bin directory, or None."""
    found = [p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda p: int(p.parent.name))
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


class Cluster:
    def __init__(self):
        self.bin = binaries()
        self.directory = fresh("postgresql")
        self.data, self.sockets = self.directory / "data", self.directory / "s"
        if len(str(self.sockets / ".s.PGSQL.5432")) > LONGEST_SOCKET_PATH:
            raise MeasurementError(f"{self.sockets} is too long a path for a Unix socket")
        self.sockets.mkdir()
        self.user = self._server_user()
        self.databases = 0
        self._run("initdb", "-D", self.data, "-U", USER, "-A", "trust", "--no-instructions")
        options = [part for key, value in SETTINGS.items() for part in ("-c", f"{key}={value}")]
        self.process = spawn(
            [self.bin / "postgres", "-D", self.data, "-k", self.sockets, *options],
            log=RUN / "postgresql.out",
            as_user=self.user,
        )
        wait_until(self._is_ready, "PostgreSQL", process=self.process)

    def new_database(self):
        """The URL of an empty database."""
        self.databases += 1
        name = f"lotsman_{self.databases}"
        self._run("createdb", "-h", self.sockets, "-U", USER, name)
        return f"postgresql://{USER}@/{name}?host={self.sockets}"

    def stop(self):
        stop(self.process, signal.SIGINT)  # SIGINT: fast shutdown, sessions are ended
        shutil.rmtree(self.directory, ignore_errors=True)

    def _server_user(self):
        if os.geteuid() != 0:
            return None
        try:
            owner = pwd.getpwnam("postgres")
        except KeyError:
            raise MeasurementError("PostgreSQL does not run as root and there is no user postgres") from None
        for path in (self.directory, self.sockets):
            os.chown(path, owner.pw_uid, owner.pw_gid)
        return "postgres"

    def _is_ready(self):
        ready = [self.bin / "pg_isready", "-q", "-h", self.sockets, "-U", USER]
        return subprocess.run(ready, check=False).returncode == 0

    def _run(self, program, *args):
        argv = [str(a) for a in (self.bin / program, *args)]
        if self.user:
            argv = ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--init-groups", *argv]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd="/")
        if done.returncode:
            raise MeasurementError(f"{program}: {done.stderr.strip() or done.stdout.strip()}")
