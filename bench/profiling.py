"""Where the time of the hot path goes: a throughput run with a sampling profiler attached (`make bench BENCH=profile`).

In: a running gateway. Out: bench/profiles/DATABASE.folded (one stack per line with its samples: flamegraph.pl and
speedscope.app read it) and the heaviest functions on standard output. The profiler is py-spy, from PATH or through
uvx; without it perf, which sees the C functions only (bench/profiles/DATABASE.perf).
"""

import collections
import shutil
import signal
import time

import measure
import report
from harness import say
from processes import HERE, RUN, MeasurementError, spawn, stop, wait_until

PROFILES = HERE / "profiles"
RATE = 250  # samples a second
HEAVIEST = 40
WAITING = frozenset(
    {"_worker (concurrent/futures/thread.py)"}
)  # a pool's idle thread, which py-spy takes for busy


def profile(gateway, sink, numbers, messages, database):
    PROFILES.mkdir(exist_ok=True)
    pid = gateway.process.pid
    if spy := _py_spy():
        output = PROFILES / f"{database}.folded"
        argv = [
            *spy,
            "record",
            "--pid",
            pid,
            "--rate",
            RATE,
            "--threads",
            "--format",
            "raw",
            "--output",
            output,
        ]
        argv += ["--duration", measure.LIMIT]
        ready = "Sampling process"
    elif perf := shutil.which("perf"):
        output = PROFILES / f"{database}.perf"
        argv = [perf, "record", "-F", RATE, "-g", "-p", pid, "-o", output]
        ready = ""
    else:
        raise MeasurementError("no profiler: py-spy (pip install py-spy, or uv for uvx) or perf")
    output.unlink(missing_ok=True)
    log = RUN / "profiler.out"
    log.unlink(missing_ok=True)
    say(f"profile of {messages:,} messages on {database}, with {argv[0]}")
    profiler = spawn(argv, log=log)
    _wait_attached(profiler, log, ready)
    figures = measure.throughput(gateway, sink, numbers, requests=messages, conns=50)
    stop(profiler, signal.SIGINT, descendants_too=True)  # uvx and py-spy: the second one writes the file
    report.throughputs(f"Under the profiler, on {database}: slower than it is", [("", figures)])
    if output.suffix == ".folded":
        _print_heaviest(output)
    print(f"\nProfile: {output.relative_to(HERE.parent)}", flush=True)


def _py_spy():
    if path := shutil.which("py-spy"):
        return [path]
    uvx = shutil.which("uvx")
    return [uvx, "py-spy"] if uvx else None


def _wait_attached(profiler, log, ready):
    """py-spy says when it samples; perf says nothing, but needs no more than a moment."""
    if not ready:
        time.sleep(1)
        return
    wait_until(lambda: ready in log.read_text(), f"the profiler attaches (see {log})", process=profiler)


def _print_heaviest(path):
    """Own and inclusive samples of each function. Waiting for the disk counts; an idle pool does not."""
    own, inclusive, total = collections.Counter(), collections.Counter(), 0
    with path.open() as lines:
        for line in lines:
            stack, _, count = line.rpartition(" ")
            frames = [_without_line(frame) for frame in stack.split(";")]
            if frames[-1] in WAITING:
                continue
            own[frames[-1]] += int(count)
            for frame in set(frames):
                inclusive[frame] += int(count)
            total += int(count)
    total = max(total, 1)
    rows = [
        [frame, round(100 * own[frame] / total, 1), round(100 * samples / total, 1)]
        for frame, samples in inclusive.most_common()
    ]
    report.table("Heaviest by own time", ["function", "own %", "with callees %"], _top(rows, 1))
    report.table("Heaviest with callees", ["function", "own %", "with callees %"], _top(rows, 2))


def _top(rows, column):
    return sorted(rows, key=lambda row: -row[column])[:HEAVIEST]


def _without_line(frame):
    """ "commit (store/database.py:120)" -> "commit (store/database.py)"."""
    return frame.rsplit(":", 1)[0] + ")" if frame.endswith(")") and ":" in frame else frame
