"""Measure Lotsman, and other gateways beside it: `make bench`, or `bench/bench.py [STEP ...]`.

Steps: throughput bulk latency half window turns callbacks (the default, with peers), preload, queued, peers, floor, profile.
Environment: N messages of a throughput run (40000), DATABASE sqlite | postgresql (both), PRELOAD, QUEUED and MAILING counts.
Tables go to standard output, progress to standard error; the last line is the summary of SQLite as JSON (README.md).
"""

import contextlib
import fcntl
import functools
import json
import os
import shutil
import signal
import subprocess
import sys

import measure
import report
from gateway import Lotsman, TellingLotsman
from harness import BUILD, NGINX, Numbers, Receiver, Sink, build, say
from peers import PEERS
from postgres import Cluster, binaries
from preload import preload
from processes import RUN, MeasurementError, free_port, stop_all
from profiling import profile

DEFAULT = ("throughput", "bulk", "latency", "half", "window", "callbacks", "peers")
LOTSMAN = ("throughput", "bulk", "latency", "half", "window", "turns", "callbacks", "preload", "queued")
STEPS = (*LOTSMAN, "peers", "floor", "profile")
WINDOW, SLOW_MS = 50, 50  # one bind, 50 unanswered submits, 50 ms to answer each


def main():
    plan = Plan(sys.argv[1:])
    BUILD.mkdir(exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with (BUILD / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SystemExit("another measurement is running: two at once measure each other") from None
        shutil.rmtree(RUN, ignore_errors=True)
        RUN.mkdir()
        build()
        try:
            finished = perform(plan)
        finally:
            stop_all()
    sys.exit(0 if finished else 1)


class Plan:
    """What was asked for, from the command line and the environment (an empty value is no value)."""

    def __init__(self, words):
        unknown = set(words) - set(STEPS)
        if unknown:
            raise SystemExit(f"{__doc__}\nunknown step: {' '.join(sorted(unknown))}")
        self.messages = int(os.environ.get("N") or 40_000)
        self.preload = int(os.environ.get("PRELOAD") or 0)
        self.mailing = int(os.environ.get("MAILING") or 100_000)
        self.queued = int(os.environ.get("QUEUED") or 0)
        self.steps = set(words or DEFAULT)
        self.steps |= {step for step in ("preload", "queued") if getattr(self, step)}
        if self.steps & {"half", "preload"}:
            self.steps.add("throughput")  # they compare with it
        self.preload = self.preload or 1_000_000
        self.queued = self.queued or 1_000_000
        wanted = os.environ.get("DATABASE") or "sqlite postgresql"
        self.databases = wanted.replace(",", " ").split()
        if set(self.databases) - {"sqlite", "postgresql"}:
            raise SystemExit(f"DATABASE is sqlite or postgresql, not {wanted}")
        if "postgresql" in self.databases and not binaries():
            say("PostgreSQL is left out: no server found (apt-get install postgresql)")
            self.databases.remove("postgresql")


def perform(plan):
    """Step after step; True if none failed. A failed step takes no other figures with it."""
    results, attempts = {}, Attempts()
    if "floor" in plan.steps:
        with attempts.one("floor"):
            floor()
    for database in plan.databases if plan.steps & {*LOTSMAN, "profile"} else ():
        results[database] = {}
        with attempts.one(database), database_of(database) as cluster:
            lotsman(database, cluster, plan, results[database], attempts)
    if "peers" in plan.steps:
        peers(plan, attempts)
    (RUN / "results.json").write_text(json.dumps(results, indent=1))
    if plan.steps & set(LOTSMAN):
        report.targets(results)
        print()
        for database in sorted(results):  # postgresql, sqlite: the default database is the last line
            print(report.summary(database, results[database]))
    return not attempts.failed


class Attempts:
    """Steps that may fail one by one."""

    def __init__(self):
        self.failed = False

    @contextlib.contextmanager
    def one(self, title):
        try:
            yield
        except (MeasurementError, OSError, subprocess.SubprocessError) as error:
            self.failed = True
            say(f"{title} FAILED: {error}")


# ---- Lotsman -------------------------------------------------------------------------------------------


@contextlib.contextmanager
def database_of(database):
    """None for SQLite; for PostgreSQL a cluster of our own."""
    cluster = Cluster() if database == "postgresql" else None
    try:
        yield cluster
    finally:
        if cluster:
            cluster.stop()


@contextlib.contextmanager
def running(cluster, *, window=100, latency_ms=0, before_start=None, receiver=None):
    """A fresh Lotsman, bound to a fresh sink and warm."""
    sink = Sink(latency_ms=latency_ms)
    options = {"cluster": cluster, "window": window}
    gateway = TellingLotsman(sink.port, receiver, **options) if receiver else Lotsman(sink.port, **options)
    try:
        if before_start:
            before_start(gateway.store_url)
        gateway.start()
        sink.wait_bound(gateway.sessions, gateway.name)
        measure.warm_up(gateway, sink, Numbers(79150000000))
        yield gateway, sink
    finally:
        gateway.discard()
        sink.stop()


def lotsman(database, cluster, plan, found, attempts):
    """All measurements of one database into `found`."""
    numbers, title = Numbers(), f"Lotsman on {database}"
    if plan.steps & {"throughput", "bulk", "latency"}:
        with attempts.one(title), running(cluster) as (gateway, sink):
            steady(gateway, sink, plan, found, title)
    if "window" in plan.steps:
        heading = f"{title}: one bind, window {WINDOW}, {SLOW_MS} ms to answer"
        say(heading)
        with attempts.one(heading), running(cluster, window=WINDOW, latency_ms=SLOW_MS) as (gateway, sink):
            found["window"] = measure.window(
                gateway, sink, numbers, requests=10, size=WINDOW, latency_ms=SLOW_MS
            )
            report.figures_of(heading, found["window"])
    if "preload" in plan.steps:
        heading = f"{title}: with {plan.preload:,} finished messages in its tables"
        say(heading)
        fill = functools.partial(preload, count=plan.preload)
        with attempts.one(heading), running(cluster, before_start=fill) as (gateway, sink):
            found["preload"] = measure.throughput(gateway, sink, numbers, requests=plan.messages, conns=50)
            rows = [
                ("none before", found.get("throughput", {})),
                (f"{plan.preload:,} before", found["preload"]),
            ]
            report.throughputs(heading, rows)
    if "queued" in plan.steps:
        heading = f"{title}: {plan.queued:,} messages queued for a link that is down"
        say(heading)
        with attempts.one(heading), contextlib.ExitStack() as cleanup:
            gateway = Lotsman(free_port(), cluster=cluster)
            cleanup.callback(gateway.discard)
            found["queued"] = measure.queued(gateway, numbers, count=plan.queued)
            report.figures_of(heading, found["queued"])
    if "turns" in plan.steps:
        heading = f"{title}: codes of one customer beside a mailing of another, at a carrier of {WINDOW * 1000 // SLOW_MS}/s"
        say(heading)
        with attempts.one(heading), running(cluster, window=WINDOW, latency_ms=SLOW_MS) as (gateway, sink):
            hurry = gateway.another_customer()
            found["turns"] = measure.turns(
                gateway, hurry, sink, numbers, count=plan.mailing, rate=20, seconds=20
            )
            report.figures_of(heading, found["turns"])
    if "callbacks" in plan.steps:
        heading = f"{title}: an account that is told of every status"
        say(heading)
        with attempts.one(heading), contextlib.ExitStack() as cleanup:
            receiver = Receiver()
            cleanup.callback(receiver.stop)
            gateway, sink = cleanup.enter_context(running(cluster, receiver=receiver))
            found["callbacks"] = measure.throughput(
                gateway, sink, numbers, requests=plan.messages // 2, conns=50
            )
            report.throughputs(heading, [("", found["callbacks"])])
            say(f"  {len(receiver.rows())} calls")
    if "profile" in plan.steps:
        heading = f"{title}: under the profiler"
        with attempts.one(heading), running(cluster) as (gateway, sink):
            profile(gateway, sink, numbers, plan.messages, database)


def steady(gateway, sink, plan, found, title):
    """The measurements that one running gateway takes one after the other."""
    numbers = Numbers()
    if "throughput" in plan.steps:
        heading = f"{title}: {plan.messages:,} messages, one recipient per request, 50 connections"
        say(heading)
        found["throughput"] = measure.throughput(gateway, sink, numbers, requests=plan.messages, conns=50)
        report.throughputs(heading, [("", found["throughput"])])
        report.cpu(f"{title}: CPU, one recipient per request", found["throughput"])
    if "latency" in plan.steps:
        heading = f"{title}: request → submit_sm at 50 messages a second"
        say(heading)
        found["latency"] = measure.latency(gateway, sink, numbers, rate=50, seconds=20)
        report.figures_of(heading, found["latency"])
    if "half" in plan.steps:
        rate = max(found["throughput"]["accepted_per_s"] / 2, 1)
        heading = f"{title}: acceptance at half of the rate, {rate:.0f}/s"
        say(heading)
        found["half"] = measure.acceptance(gateway, sink, numbers, rate=rate, seconds=10)
        report.figures_of(heading, found["half"])
    if "bulk" in plan.steps:
        requests = max(plan.messages * 5 // 1000, 4)
        heading = f"{title}: {requests} requests of 1,000 recipients, 4 connections"
        say(heading)
        found["bulk"] = measure.throughput(gateway, sink, numbers, requests=requests, conns=4, many=1000)
        report.throughputs(heading, [("", found["bulk"])])
        report.cpu(f"{title}: CPU, 1,000 recipients per request", found["bulk"])


# ---- the others ----------------------------------------------------------------------------------------


def peers(plan, attempts):
    rows = []
    for name, kind in PEERS.items():
        if not kind.available():
            say(f"{name} is not installed")
            continue
        messages = min(plan.messages, kind.most_messages)
        say(f"{kind.name}: {messages:,} messages")
        with attempts.one(name), contextlib.ExitStack() as cleanup:
            sink, receiver, numbers = Sink(receipt_delay_ms=kind.receipt_delay_ms), Receiver(), Numbers()
            cleanup.callback(sink.stop)
            cleanup.callback(receiver.stop)
            peer = kind(sink.port, receiver)
            cleanup.callback(peer.stop)
            peer.start()
            sink.wait_bound(peer.sessions, peer.name)
            measure.warm_up(peer, sink, numbers)
            rows.append((peer.name, measure.throughput(peer, sink, numbers, requests=messages, conns=50)))
    if rows:
        report.throughputs("The same driver, sink and text through other gateways", rows)
    report.earlier()


def floor():
    """What driver, sink and machine can do without any gateway."""
    rows = []
    for window in (1, 10, 100):
        for receipts in (0, 1):
            sink = Sink(receipt_delay_ms=0)
            argv = [str(BUILD / "smpp_flood"), str(sink.port), "100000", str(window), str(receipts)]
            rows.append([f"submit_sm, window {window}", bool(receipts), measure.flood(argv)])
            sink.stop()
    if NGINX.exists():
        receiver = Receiver()
        rows.append(
            ["HTTP, nginx answers 200, 50 connections", None, measure.http_floor(receiver.floor_port)]
        )
        receiver.stop()
    report.table("The floor: no gateway between driver and sink", ["", "receipts", "per second"], rows)


if __name__ == "__main__":
    main()
