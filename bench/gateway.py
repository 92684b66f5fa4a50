"""Lotsman as the measurements see it: a real process, a fresh data directory, one SMPP link to the sink.

In: a database URL (empty: SQLite), a window. Out: a running gateway and its counters.
Rule 1: only what anybody has is used: the command line, the environment, HTTP. Nothing of the program is imported.
"""

import collections
import copy
import http.client
import os
import shutil
import signal
import subprocess

from harness import TEXT
from processes import (
    HERE,
    RUN,
    MeasurementError,
    cpu_by_thread,
    cpu_of_postgres,
    free_port,
    fresh,
    peak_rss_mib,
    pss_mib,
    rss_mib,
    spawn,
    stop,
    wait_port,
    wait_until,
)

PROGRAM = HERE.parent / ".venv" / "bin" / "lotsman"
RECORDED = "lotsman_receipts_recorded_total"
CREDIT = 100_000_000  # roubles: nothing here ever runs out of money


class Lotsman:
    name = "Lotsman"
    expect = '"server_id"'
    sessions = 1
    bulk_path = "/api.php"
    recorded_pause = 0.02

    def __init__(self, smpp_port, *, cluster=None, window=100):
        """Create the database, the demo account and the link; `start` comes later."""
        if not PROGRAM.exists():
            raise SystemExit(f"{PROGRAM} is missing: run `make setup` first")
        self.port = free_port()
        self.smpp_port = smpp_port
        self.cluster = cluster
        self.data = fresh(f"lotsman-{self.port}")
        self.database_url = cluster.new_database() if cluster else ""
        self.log = RUN / "lotsman.out"
        self.process = None
        self.run("init")
        link = ["--host", "127.0.0.1", "--port", smpp_port, "--system-id", "bench", "--password", "bench"]
        self.run("carrier", "add", "sink", *link, "--window", window)
        self.run("account", "top-up", "demo", CREDIT)
        self.pays_by(self.demo()["LOTSMAN_APIKEY"])

    def pays_by(self, key):
        """Whose messages the driver sends from now on."""
        self.bulk_body = f"send={TEXT}&to={{to}}&from=INFORM&apikey={key}&format=json"
        self.path = f"/api.php?{self.bulk_body}"

    def another_customer(self):
        """The same gateway, for requests of another account."""
        opened = self.run("account", "add", "hurry@bench.local", "--sender", "INFORM")
        key = next(line.split()[1] for line in opened.splitlines() if line.startswith("apikey"))
        self.run("account", "top-up", "hurry", CREDIT)
        other = copy.copy(self)
        other.pays_by(key)
        return other

    @property
    def store_url(self):
        return self.database_url or f"sqlite:///{self.data / 'lotsman.db'}"

    def environment(self):
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("LOTSMAN_")}
        return inherited | {
            "LOTSMAN_PORT": str(self.port),
            "LOTSMAN_DATA": str(self.data),
            "LOTSMAN_DATABASE_URL": self.database_url,
            "LOTSMAN_SIMULATOR": "off",
            "LOTSMAN_LOG_LEVEL": "warning",
        }

    def run(self, *args):
        """One `lotsman` command to its end."""
        done = subprocess.run(
            [str(a) for a in (PROGRAM, *args)],
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        if done.returncode:
            raise MeasurementError(f"lotsman {' '.join(map(str, args))}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def demo(self):
        """What `lotsman init` wrote down: LOTSMAN_URL, LOTSMAN_APIKEY, LOTSMAN_LOGIN, LOTSMAN_PASSWORD."""
        pairs = (line.partition("=") for line in (self.data / "demo.env").read_text().splitlines())
        return {key.strip(): value.strip().strip("'\"") for key, _, value in pairs}

    def start(self, *, bound=True):
        self.process = spawn([PROGRAM, "up"], log=self.log, new_env=self.environment())
        wait_port(self.port, "Lotsman", process=self.process)
        if bound:
            wait_until(lambda: self.get("/readyz")[0] == 200, "Lotsman is ready", process=self.process)

    def stop(self, sig=signal.SIGTERM):
        if self.process:
            stop(self.process, sig)
            self.process = None

    def discard(self):
        """Stop at once and forget everything it stored."""
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.data, ignore_errors=True)

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def counter(self, name):
        lines = (line.partition(" ") for line in self.get("/metrics")[1].splitlines())
        return sum(float(value) for key, _, value in lines if key.partition("{")[0] == name)

    def recorded(self):
        """Receipts that are in the store."""
        return int(self.counter(RECORDED))

    def last_recorded_at(self):
        return None  # the counter is never late: the poll knows

    def cpu(self):
        seconds = collections.Counter(cpu_by_thread("lotsman", self.process.pid))
        if self.cluster:
            seconds += cpu_of_postgres("postgres", self.cluster.process.pid)
        return seconds

    def rss_mib(self):
        return rss_mib(self.process.pid)

    def peak_rss_mib(self):
        return peak_rss_mib(self.process.pid)

    def database_mib(self):
        return pss_mib(self.cluster.process.pid) if self.cluster else None


class TellingLotsman(Lotsman):
    """The same with an account that is told of every status; a message is done when its final one was told."""

    name = "Lotsman with callbacks"
    recorded_pause = 0.25  # nginx writes its log once a second

    def __init__(self, smpp_port, receiver, **options):
        super().__init__(smpp_port, **options)
        self.receiver = receiver
        self.run(
            "account", "set", "demo", f"callback=GET http://127.0.0.1:{receiver.port}/status?fields=phone"
        )

    def told(self):
        return [at for at, _, status in self.receiver.rows() if status not in {"0", "1", "3"}]

    def recorded(self):
        return len(self.told())

    def last_recorded_at(self):
        return max(self.told(), default=None)
