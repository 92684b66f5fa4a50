"""What stands around a gateway: the load driver, the message centre, the receiver of callbacks.

    httpload --HTTP--> gateway --SMPP--> smsc_sink --deliver_sm--> gateway [--HTTP--> nginx]

In: counts and rates. Out: when each request was sent and answered, when each submit_sm came, how many receipts were
taken. All clocks are CLOCK_MONOTONIC of one machine, so that times of different processes may be subtracted.
"""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from processes import HERE, RUN, MeasurementError, free_port, spawn, stop, wait_port, wait_until

BUILD = HERE / "build"
PROGRAMS = ("httpload", "smsc_sink", "smpp_flood")
TEXT = "Your+code+is+123456.+Keep+it+to+yourself"  # 40 characters, one part
RECEIPT_DELAY_MS = 100  # the sink's receipt comes this long after its submit_sm_resp
NGINX = Path("/usr/sbin/nginx")


def build():
    """Compile what is older than its source."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if not compiler:
        raise SystemExit("no C compiler: apt-get install -y --no-install-recommends gcc libc6-dev")
    BUILD.mkdir(exist_ok=True)
    for name in PROGRAMS:
        source, binary = HERE / f"{name}.c", BUILD / name
        if not binary.exists() or binary.stat().st_mtime < source.stat().st_mtime:
            subprocess.run([compiler, "-O2", "-Wall", "-Wextra", "-o", binary, source], check=True)


def configuration(name, **values):
    """A file of conf/ with its @PLACEHOLDERS@ filled in."""
    text = (HERE / "conf" / name).read_text()
    for key, value in {"RUN": RUN, **values}.items():
        text = text.replace(f"@{key}@", str(value))
    path = RUN / name
    path.write_text(text)
    return path


class Sink:
    """smsc_sink: answers every submit_sm, sends a receipt for it, writes down who came when."""

    def __init__(self, port=None, latency_ms=0, receipt_delay_ms=RECEIPT_DELAY_MS):
        self.port = port or free_port()
        self.receipt_delay = receipt_delay_ms / 1000
        self.log = RUN / f"submits-{self.port}.log"
        self.process = spawn(
            [
                BUILD / "smsc_sink",
                "-q",
                "-p",
                self.port,
                "-l",
                latency_ms,
                "-d",
                receipt_delay_ms,
                "-o",
                self.log,
            ],
            stdout=subprocess.PIPE,
        )
        wait_port(self.port, "smsc_sink", process=self.process)

    def stats(self):
        self.process.send_signal(signal.SIGUSR1)
        line = self.process.stdout.readline()
        return {k: float(v) for k, _, v in (pair.partition("=") for pair in line.split())}

    def mark(self):
        """A place in the log; `submits` reads from there."""
        self.stats()  # flushes the log
        return self.log.stat().st_size

    def submits(self, mark=0):
        """[(monotonic seconds, recipient)] in order of arrival."""
        self.stats()
        with self.log.open() as log:
            log.seek(mark)
            return [(int(at) / 1e6, to) for at, to, _ in (line.split() for line in log)]

    def wait_bound(self, sessions, what, patience=60):
        wait_until(lambda: self.stats()["sessions"] >= sessions, f"{what} binds", patience, pause=0.1)

    def stop(self):
        stop(self.process)


class Receiver:
    """nginx: takes the delivery callbacks of those gateways that make them."""

    def __init__(self):
        self.log = RUN / "callbacks.log"
        self.log.unlink(missing_ok=True)
        self.port, self.floor_port = free_port(), free_port()
        conf = configuration("nginx.conf", CALLBACK_PORT=self.port, FLOOR_PORT=self.floor_port)
        self.process = spawn([NGINX, "-p", RUN, "-c", conf, "-g", "daemon off;"], log=RUN / "nginx.out")
        wait_port(self.port, "nginx", process=self.process)

    def rows(self):
        """[(monotonic seconds, recipient, status)]; nginx writes its log once a second."""
        if not self.log.exists():
            return []
        offset = time.time() - time.monotonic()
        with self.log.open() as log:
            return [(float(at) - offset, to, status) for at, to, status in (line.split() for line in log)]

    def size(self):
        return self.log.stat().st_size if self.log.exists() else 0

    def stop(self):
        stop(self.process, signal.SIGQUIT)


class Numbers:
    """Hands out recipients: every message of a run has one of its own."""

    def __init__(self, first=79160000000):
        self.next = first

    def take(self, count):
        start = self.next
        self.next += count
        return start


def load(gateway, numbers, *, requests, conns, rate=0, many=1, limit=600):
    """Drive the gateway; the driver's summary with `log`: {first recipient: (sent, answered, status)}."""
    log = RUN / "load.log"
    start = numbers.take(requests * many)
    argv = [BUILD / "httpload", "-p", gateway.port, "-e", gateway.expect, "-n", requests, "-c", conns]
    argv += ["-s", start, "-m", many, "-t", limit, "-o", log]
    if rate:
        argv += ["-r", rate]
    if many > 1:
        argv += ["-u", gateway.bulk_path, "-b", gateway.bulk_body]
        argv += ["-H", "Content-Type: application/x-www-form-urlencoded"]
    else:
        argv += ["-u", gateway.path]
    done = subprocess.run([str(a) for a in argv], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode or not done.stdout:
        raise MeasurementError(f"httpload ended with status {done.returncode}")
    summary = json.loads(done.stdout)
    with log.open() as lines:
        rows = (line.split() for line in lines)
        summary["log"] = {
            to: (int(sent) / 1e6, int(answered) / 1e6, int(code)) for to, sent, answered, code in rows
        }
    if summary["refused"] or summary["lost"]:
        say(f"  {summary['refused']} requests refused, {summary['lost']} lost")
    return summary


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else None


def say(text):
    """Progress, apart from the results."""
    print(text, file=sys.stderr, flush=True)
