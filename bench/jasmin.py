"""Jasmin as it is installed: three daemons, RabbitMQ, Redis, one connector, receipts told by HTTP callbacks.

In: the sink's port, the receiver of callbacks. Out: a running gateway, its counters.
Rule 1: every server listens on 127.0.0.1 only and keeps its files in run/.
"""

import collections
import shutil
import socket
import time
from pathlib import Path

from harness import NGINX, TEXT, configuration
from processes import (
    RUN,
    MeasurementError,
    cpu_by_process,
    free_port,
    fresh,
    peak_rss_mib,
    spawn,
    stop,
    wait_port,
)

RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
DAEMONS = ("jasmind.py", "dlrlookupd.py", "dlrd.py")
LISTENERS = (
    "CLIENT_MANAGEMENT",
    "ROUTER",
    "HTTP_API",
    "JCLI",
    "SMPP_SERVER",
    "SMPP_SERVER_PB",
    "INTERCEPTOR",
)
SET_UP = (
    ("group -a", "gid everybody", "ok"),
    ("user -a", "uid bench", "gid everybody", "username bench", "password bench", "ok"),
    ("smppccm -a", "cid sink", "host 127.0.0.1", "port {smpp_port}", "username bench", "password bench",
     "bind transceiver", "submit_throughput 0", "logfile {logs}/sink.log", "ok"),
    ("mtrouter -a", "type defaultroute", "connector smppc(sink)", "rate 0", "ok"),
    ("smppccm -1 sink",),
)  # fmt: skip


class Jasmin:
    name = "Jasmin, 2 callbacks"
    expect = "Success"
    sessions = 1
    recorded_pause = 0.25  # nginx writes its log once a second
    callbacks = 2
    receipt_delay_ms = (
        500  # it does not know its message yet when a receipt comes sooner, and asks again after 10 s
    )
    most_messages = 3000  # about a hundred a second

    def __init__(self, smpp_port, receiver):
        self.receiver, self.smpp_port = receiver, smpp_port
        self.directory = fresh("jasmin")
        self.ports = {name: free_port() for name in (*LISTENERS, "RABBITMQ", "DIST", "EPMD", "REDIS")}
        self.port = self.ports["HTTP_API"]
        callback = f"http%3A%2F%2F127.0.0.1%3A{receiver.port}%2Fdlr%3Fto%3D{{to}}%26s%3D1"
        self.path = (
            f"/send?username=bench&password=bench&from=INFO&to={{to}}&content={TEXT}"
            f"&dlr=yes&dlr-level=3&dlr-method=GET&dlr-url={callback}"
        )
        self.processes = {}

    @classmethod
    def available(cls):
        programs = all(shutil.which(name) for name in ("epmd", "redis-server", *DAEMONS))
        return programs and RABBITMQ.exists() and NGINX.exists()

    def start(self):
        fresh("redis")
        redis_conf = configuration("redis.conf", REDIS_PORT=self.ports["REDIS"])
        self._spawn("redis", ["redis-server", redis_conf], port=self.ports["REDIS"])
        broker = self._broker_environment()
        self._spawn("epmd", ["epmd", "-port", self.ports["EPMD"]], broker, port=self.ports["EPMD"])
        self._spawn("rabbitmq", [RABBITMQ], broker, port=self.ports["RABBITMQ"])
        for name in DAEMONS:
            self._spawn(name, [shutil.which(name), "-c", self.directory / "jasmin.cfg"], self._environment())
            if name == DAEMONS[0]:
                wait_port(self.port, name, process=self.processes[name])
        self._set_up()

    def stop(self):
        for role in reversed(list(self.processes)):
            stop(self.processes.pop(role))

    def recorded(self):
        return len(self.receiver.rows()) // self.callbacks

    def last_recorded_at(self):
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

    def _spawn(self, role, argv, env=None, port=None):
        self.processes[role] = spawn(argv, log=RUN / f"{role}.out", env=env)
        if port:
            wait_port(port, role, process=self.processes[role])

    def _broker_environment(self):
        files = self.directory / "rabbitmq"
        files.mkdir()
        (files / "enabled_plugins").write_text("[].\n")
        return {
            "HOME": str(files),  # where Erlang keeps its cookie
            "ERL_EPMD_PORT": str(self.ports["EPMD"]),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": "bench@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.ports["RABBITMQ"]),
            "RABBITMQ_DIST_PORT": str(self.ports["DIST"]),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_MNESIA_BASE": str(files),
            "RABBITMQ_LOG_BASE": str(files),
            "RABBITMQ_CONFIG_FILE": str(files / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(files / "enabled_plugins"),
        }

    def _environment(self):
        """Jasmin reads every setting from the environment first."""
        for part in ("etc/jasmin/store", "etc/jasmin/resource", "var/log/jasmin"):
            (self.directory / part).mkdir(parents=True, exist_ok=True)
        (self.directory / "jasmin.cfg").touch()
        settings = {
            "ROOT_PATH": self.directory,
            "JCLI_AUTHENTICATION": "no",
            "AMQP_BROKER_SPEC": _amqp_specification(),
        }
        settings |= {"AMQP_BROKER_PORT": self.ports["RABBITMQ"], "REDIS_CLIENT_PORT": self.ports["REDIS"]}
        settings["SMPP_SERVER_PB_CLIENT_PORT"] = self.ports["SMPP_SERVER_PB"]
        for name in LISTENERS:
            settings |= {f"{name}_BIND": "127.0.0.1", f"{name}_PORT": self.ports[name]}
        return {key: str(value) for key, value in settings.items()}

    def _set_up(self):
        """What an operator types into jcli."""
        facts = {"smpp_port": self.smpp_port, "logs": self.directory / "var/log/jasmin"}
        with socket.create_connection(("127.0.0.1", self.ports["JCLI"]), 10) as console:
            console.sendall(b"\r\n")  # it shows no prompt before
            _expect(console, b"jcli : ")
            for commands in SET_UP:
                for number, command in enumerate(commands, 1):
                    console.sendall(command.format(**facts).encode() + b"\r\n")
                    _expect(console, b"jcli : " if number == len(commands) else b"> ")


def _amqp_specification():
    """It comes with the library, not with Jasmin's wheel."""
    places = Path(shutil.which(DAEMONS[0])).resolve().parents[1]
    found = sorted(places.glob("lib/python*/site-packages/txamqp/specs/standard/amqp0-9-1.stripped.xml"))
    if not found:
        raise MeasurementError("Jasmin's AMQP specification is missing")
    return found[0]


def _expect(console, prompt, patience=15):
    said, end = b"", time.monotonic() + patience
    while not said.endswith(prompt):
        console.settimeout(max(end - time.monotonic(), 0.1))
        try:
            more = console.recv(4096)
        except TimeoutError:
            more = b""
        if not more:
            raise MeasurementError(f"jcli said {said!r}")
        said += more
