"""One measurement = load, wait until everything is done, read the clocks and the counters.

In: a running gateway, its sink, counts. Out: a dict of figures, the same keys for every gateway.
Rule 1: CPU counts from the first request until the last receipt is recorded, all processes of the gateway and its database.
Rule 2: while the load runs nobody asks the gateway anything; progress is read at the sink.
"""

import collections
import json
import subprocess
import time

from harness import BUILD, Sink, load, percentile, say
from processes import MeasurementError, wait_until

QUIET = 30  # seconds without any progress: it is over
LIMIT = 900  # seconds for anything


def throughput(gateway, sink, numbers, *, requests, conns, many=1):
    """As fast as it is answered; everything until the last receipt is recorded."""
    mark, sink_before, recorded_before = sink.mark(), sink.stats(), gateway.recorded()
    cpu_before = gateway.cpu()
    driver = load(gateway, numbers, requests=requests, conns=conns, many=many)
    accepted = driver["accepted"]
    wanted = (recorded_before or 0) + accepted
    done_at, complete = _wait_recorded(gateway, sink, sink_before, accepted, wanted)
    cpu = gateway.cpu()
    cpu.subtract(cpu_before)
    submits = sink.submits(mark)
    first_request = min(sent for sent, _, _ in driver["log"].values())
    times = [at for at, _ in submits]
    seen = collections.Counter(to for _, to in submits)
    receipts_from = times[0] + sink.receipt_delay if times else first_request
    per_message = 1e6 / max(accepted, 1)
    return {
        "accepted": accepted,
        "refused": driver["refused"] + driver["lost"],
        "complete": complete,
        "accepted_per_s": round(driver["accepted_per_s"]),
        "accept_p50_ms": round(driver["p50_ms"], 1),
        "accept_p99_ms": round(driver["p99_ms"], 1),
        "submitted_per_s": round(len(times) / (times[-1] - first_request)) if times else 0,
        "receipts_per_s": round(accepted / max(done_at - receipts_from, 1e-3)),
        "end_to_end_per_s": round(accepted / (done_at - first_request)),
        "lost": _lost(driver["log"], seen, many) if complete else None,
        "duplicated": sum(1 for count in seen.values() if count > 1),
        "cpu_us_per_message": round(sum(cpu.values()) * per_message, 1),
        "cpu_split": {k: round(v * per_message, 1) for k, v in sorted(cpu.items()) if v > 0},
        "harness_us_per_message": round(driver["driver_cpu_s"] * per_message, 1),
        "peak_rss_mib": round(gateway.peak_rss_mib(), 1),
        "database_mib": _rounded(gateway.database_mib()),
    }


def latency(gateway, sink, numbers, *, rate, seconds, conns=10):
    """Request due -> submit_sm read at the sink, at a low rate."""
    mark = sink.mark()
    before = sink.stats()
    driver = load(gateway, numbers, requests=int(rate * seconds), conns=conns, rate=rate)
    wait_submits(sink, before, driver["accepted"])
    first = {}
    for at, to in sink.submits(mark):
        first.setdefault(to, at)
    waits = [(first[to] - sent) * 1e3 for to, (sent, _, _) in driver["log"].items() if to in first]
    return {
        "rate": rate,
        "messages": len(waits),
        "submit_p50_ms": _rounded(percentile(waits, 0.5), 2),
        "submit_p99_ms": _rounded(percentile(waits, 0.99), 2),
        "accept_p50_ms": round(driver["p50_ms"], 2),
        "accept_p99_ms": round(driver["p99_ms"], 2),
    }


def acceptance(gateway, sink, numbers, *, rate, seconds, conns=50):
    """How long the caller waits for his answer at a given rate."""
    before = sink.stats()
    driver = load(gateway, numbers, requests=int(rate * seconds), conns=conns, rate=rate)
    wait_submits(sink, before, driver["accepted"])
    figures = {k: round(driver[k], 2) for k in ("p50_ms", "p90_ms", "p99_ms", "max_ms")}
    return {"rate": round(rate), "reached": round(driver["accepted_per_s"]), **figures}


def window(gateway, sink, numbers, *, requests, size, latency_ms):
    """Submits a second through one bind whose responses take their time."""
    mark, before = sink.mark(), sink.stats()
    driver = load(gateway, numbers, requests=requests, conns=1, many=1000)
    wait_submits(sink, before, driver["accepted"])
    times = [at for at, _ in sink.submits(mark)]
    middle = times[len(times) // 10 : len(times) * 9 // 10]
    reached = (len(middle) - 1) / (middle[-1] - middle[0]) if len(middle) > 1 else 0
    return {"submits_per_s": round(reached), "allowed_per_s": round(size * 1000 / latency_ms)}


def warm_up(gateway, sink, numbers, requests=300):
    before, recorded = sink.stats(), gateway.recorded() or 0
    driver = load(gateway, numbers, requests=requests, conns=10)
    if driver["accepted"] != requests:
        raise MeasurementError(
            f"{gateway.name} accepted {driver['accepted']} of {requests} messages of the warm-up"
        )
    _wait_recorded(gateway, sink, before, requests, recorded + requests)


def wait_submits(sink, before, count):
    """Until the sink has seen that many more and has all their receipts acknowledged."""

    def moved():
        now = sink.stats()
        done = now["submits"] - before["submits"] >= count and now["dlr_resp"] >= now["dlr_wanted"]
        return done, (now["submits"], now["dlr_resp"])

    return _until(moved, pause=0.05)


def _wait_recorded(gateway, sink, before, count, wanted):
    """(when the last receipt was recorded, whether all were)."""
    at, complete = wait_submits(sink, before, count)
    if gateway.recorded() is None or not complete:
        return at, complete

    def moved():
        now = gateway.recorded()
        return now >= wanted, now

    at, complete = _until(moved, pause=gateway.recorded_pause)
    return gateway.last_recorded_at() or at, complete


def _until(moved, pause):
    """Poll `moved() -> (done, progress)`; (when the last progress was seen, done)."""
    last, since, end = None, time.monotonic(), time.monotonic() + LIMIT
    while True:
        done, progress = moved()
        now = time.monotonic()
        if progress != last:
            last, since = progress, now
        if done or now - since > QUIET or now > end:
            if not done:
                say(f"  gave up at {progress}")
            return since, done
        time.sleep(pause)


def _lost(log, seen, many):
    """Answered 2xx and never seen by the sink."""
    missing = 0
    for first, (_, _, status) in log.items():
        if status // 100 == 2:
            missing += sum(1 for i in range(many) if str(int(first) + i) not in seen)
    return missing


def _rounded(value, digits=1):
    return None if value is None else round(value, digits)


# ---- a million queued ----------------------------------------------------------------------------------


def queued(gateway, numbers, *, count):
    """Memory with so many messages waiting for a link that is down; then restart -> first submit_sm."""
    gateway.start(bound=False)
    idle = gateway.rss_mib()
    driver = load(gateway, numbers, requests=count // 1000, conns=4, many=1000)
    full, peak = gateway.rss_mib(), gateway.peak_rss_mib()
    gateway.stop()
    sink = Sink(port=gateway.smpp_port)
    started = time.monotonic()
    gateway.start(bound=False)
    wait_until(
        lambda: sink.stats()["submits"], "the first submit after the restart", patience=120, pause=0.01
    )
    first = sink.submits()[0][0]
    time.sleep(5)  # it is working at full speed now: what does that take?
    result = {
        "queued": driver["accepted"],
        "accepted_per_s": round(driver["accepted_per_s"]),
        "rss_idle_mib": round(idle),
        "rss_queued_mib": round(full),
        "peak_rss_mib": round(peak),
        "restart_to_first_submit_s": round(first - started, 2),
        "peak_rss_after_restart_mib": round(gateway.peak_rss_mib()),
        "submitted_in_5_s": int(sink.stats()["submits"]),
    }
    sink.stop()
    return result


def turns(gateway, hurry, sink, numbers, *, count, rate, seconds):
    """One customer's codes while another's mailing waits: request due -> submit_sm."""
    load(gateway, numbers, requests=count // 1000, conns=4, many=1000)
    mark = sink.mark()
    driver = load(hurry, numbers, requests=int(rate * seconds), conns=10, rate=rate)
    first = {}

    def all_seen():
        for at, to in sink.submits(mark):
            first.setdefault(to, at)
        return all(to in first for to in driver["log"])

    wait_until(all_seen, "every code at the sink", patience=60, pause=0.2)
    waits = [(first[to] - sent) * 1e3 for to, (sent, _, _) in driver["log"].items()]
    return {
        "mailing": count,
        "waiting_at_the_end": count - int(sink.stats()["submits"]),
        "codes": len(waits),
        "submit_p50_ms": _rounded(percentile(waits, 0.5)),
        "submit_p95_ms": _rounded(percentile(waits, 0.95)),
        "submit_p99_ms": _rounded(percentile(waits, 0.99)),
    }


# ---- the floor -----------------------------------------------------------------------------------------


def flood(argv):
    """submit_sm a second of a trivial client against the sink."""
    done = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=120)
    return int(dict(pair.split("=") for pair in done.stdout.split())["submit_per_s"])


def http_floor(port, requests=100_000):
    """Requests a second of the driver against a server that does nothing."""
    argv = [str(BUILD / "httpload"), "-p", str(port), "-c", "50", "-n", str(requests)]
    done = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=120)
    return int(json.loads(done.stdout)["ok_per_s"])
