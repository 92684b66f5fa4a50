"""Kannel as it is usually set up: two processes, a queue on disk or in memory, receipts told by HTTP callbacks.

In: the sink's port, the receiver of callbacks. Out: a running gateway, its counters.
"""

import collections
import shutil
from pathlib import Path

from harness import NGINX, RECEIPT_DELAY_MS, TEXT, configuration
from processes import RUN, cpu_by_process, free_port, fresh, peak_rss_mib, spawn, stop, wait_port

BEARERBOX, SMSBOX = Path("/usr/sbin/bearerbox"), Path("/usr/sbin/smsbox")


class Kannel:
    """Kannel durable: a spool file per message and per receipt that waits; 2 callbacks"""

    name = "Kannel durable (spool), 2 callbacks"
    conf = "kannel-durable.conf"
    expect = "Accepted for delivery"
    sessions = 1
    callbacks = 2
    receipt_delay_ms = RECEIPT_DELAY_MS
    most_messages = 20_000  # a quarter of a minute for the slowest set-up
    mask = 31
    needs_redis = False
    recorded_pause = 0.25  # nginx writes its log once a second

    def __init__(self, smpp_port, receiver):
        self.receiver = receiver
        self.port = free_port()
        callback = f"http%3A%2F%2F127.0.0.1%3A{receiver.port}%2Fdlr%3Fto%3D{{to}}%26s%3D%25d"
        self.path = (
            f"/cgi-bin/sendsms?username=bench&password=bench&from=INFO&to={{to}}&text={TEXT}&dlr-mask={self.mask}"
            + (f"&dlr-url={callback}" if self.callbacks else "")
        )
        self.ports = {"HTTP_PORT": self.port, "SMPP_PORT": smpp_port, "REDIS_PORT": free_port()}
        self.ports |= {"BOX_PORT": free_port(), "ADMIN_PORT": free_port()}
        directory = fresh("kannel")
        (directory / "store").mkdir()
        (directory / "dlr").mkdir()
        self.processes = {}

    @classmethod
    def available(cls):
        redis = not cls.needs_redis or shutil.which("redis-server")
        return bool(BEARERBOX.exists() and SMSBOX.exists() and NGINX.exists() and redis)

    def start(self):
        if self.needs_redis:
            fresh("redis")
            redis_conf = configuration("redis.conf", **self.ports)
            self._spawn("redis", ["redis-server", redis_conf], self.ports["REDIS_PORT"])
        conf = configuration(self.conf, **self.ports)
        self._spawn("bearerbox", [BEARERBOX, "-v", "4", conf], self.ports["BOX_PORT"])
        self._spawn("smsbox", [SMSBOX, "-v", "4", conf], self.port)

    def stop(self):
        for role in reversed(list(self.processes)):
            stop(self.processes.pop(role))

    def recorded(self):
        """Messages whose last callback has been made; without callbacks nothing is recorded."""
        return len(self.receiver.rows()) // self.callbacks if self.callbacks else None

    def last_recorded_at(self):
        """The log is late, but says when its last line came."""
        rows = self.receiver.rows()
        return rows[-1][0] if rows else None

    def cpu(self):
        seconds = collections.Counter()
        for role, process in self.processes.items():
            seconds += cpu_by_process(role, process.pid)
        return seconds

    def peak_rss_mib(self):
        return sum(peak_rss_mib(p.pid) for p in self.processes.values())

    def database_mib(self):
        return None

    def _spawn(self, role, argv, port):
        self.processes[role] = spawn(argv, log=RUN / f"{role}.out")
        wait_port(port, role, process=self.processes[role])


class KannelFile(Kannel):
    """Kannel with one append-only store file, receipts in Redis; 2 callbacks"""

    name = "Kannel store file + Redis, 2 callbacks"
    conf = "kannel-file.conf"
    needs_redis = True


class KannelFast(Kannel):
    """Kannel volatile: nothing on disk, no access logs; 2 callbacks"""

    name = "Kannel volatile, 2 callbacks"
    conf = "kannel-fast.conf"


class KannelNoCallback(KannelFast):
    """KannelFast; receipts are asked of the SMSC, taken, and told to nobody"""

    name = "Kannel volatile, no callback"
    callbacks = 0
    mask = 3
