"""Processes of a measurement: started, watched, ended.

In: command lines. Out: running processes, the CPU time and the memory of each of their threads.
Rule 1: whatever was started here ends here, also after an exception, Ctrl-C or SIGTERM (`stop_all`).
Rule 2: only our own processes and their descendants are ever signalled, each by its id.
"""

import collections
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
RUN = HERE / "run"
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class MeasurementError(Exception):
    """This step cannot be finished; the next one may."""


_started: list[subprocess.Popen] = []


def spawn(argv, *, log=None, env=None, stdout=None, as_user=None, new_env=None):
    """Start a process in a session of its own; its output goes to `log`."""
    out = log.open("ab") if log else subprocess.DEVNULL
    environment = dict(os.environ) if new_env is None else dict(new_env)
    environment.update(env or {})
    argv = [str(a) for a in argv]
    if as_user:
        argv = ["setpriv", f"--reuid={as_user}", f"--regid={as_user}", "--init-groups", *argv]
    try:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=stdout or out,
            stderr=out,
            text=True,
            env=environment,
            start_new_session=True,
        )
    finally:
        if log:
            out.close()
    _started.append(process)
    return process


def stop(process, sig=signal.SIGTERM, *, patience=20, descendants_too=False):
    """End a process we started; SIGKILL to what is left of it and its descendants."""
    if process.poll() is None:
        descendants = family(process.pid)
        for pid in reversed(descendants) if descendants_too else (process.pid,):
            _kill(pid, sig)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
        for pid in descendants:  # includes children that outlived their parent
            if pid != process.pid or process.poll() is None:
                _kill(pid, signal.SIGKILL)
        process.wait()
    if process.stdout:
        process.stdout.close()
    if process in _started:
        _started.remove(process)


def stop_all():
    for process in reversed(list(_started)):
        stop(process, patience=5)


def _kill(pid, sig):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, sig)


def family(root):
    """The process and all its descendants, the process first."""
    children = collections.defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _stat(entry / "stat")
            if fields:
                children[int(fields[1])].append(int(entry.name))
    found = [root]
    for pid in found:
        found += sorted(children[pid])
    return found


# ---- CPU and memory ------------------------------------------------------------------------------------


def cpu_by_thread(role, root):
    """CPU seconds so far: "role: event loop" is the first thread, the others go by their names."""
    seconds = collections.Counter()
    for number, pid in enumerate(family(root), 1):
        name = role if number == 1 else f"{role} {number}"
        rest = _cpu(_stat(Path(f"/proc/{pid}/stat")), children=True)
        for order, (title, spent) in enumerate(_threads(pid)):
            own = title if title and title != _comm(pid) else f"thread {order + 1}"
            seconds[f"{name}: {'event loop' if order == 0 else own}"] += spent
            rest -= spent
        seconds[f"{name}: ended threads and children"] += max(rest, 0)
    return seconds


def cpu_by_process(role, root):
    """The same by process, for servers whose threads do not matter."""
    seconds = collections.Counter()
    for pid in family(root):
        seconds[role] += _cpu(_stat(Path(f"/proc/{pid}/stat")), children=True)
    return seconds


def cpu_of_postgres(role, root):
    """By the process titles: "postgres: walwriter" keeps its name, sessions are "backend"."""
    seconds = collections.Counter()
    for pid in family(root):
        title = _read(Path(f"/proc/{pid}/cmdline")).replace("\0", " ").strip()
        kind = title.removeprefix("postgres: ") if title.startswith("postgres: ") else "ended backends"
        known = kind.split("(")[0].strip() if kind.startswith(_POSTGRES_KINDS) else "backend"
        seconds[f"{role}: {known}"] += _cpu(_stat(Path(f"/proc/{pid}/stat")), children=True)
    return seconds


_POSTGRES_KINDS = ("ended", "checkpointer", "background", "walwriter", "autovacuum", "logical", "io worker")


def peak_rss_mib(root):
    """Sum of the highest resident sizes each process of the family ever had."""
    return sum(_status_kib(pid, "VmHWM") for pid in family(root)) / 1024


def rss_mib(root):
    return sum(_status_kib(pid, "VmRSS") for pid in family(root)) / 1024


def pss_mib(root):
    """Memory of a family that shares pages: each page is counted once."""
    total = 0
    for pid in family(root):
        for line in _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


def _threads(pid):
    """[(name, CPU seconds)], the first thread first."""
    tasks = Path(f"/proc/{pid}/task")
    try:
        ids = sorted(int(t.name) for t in tasks.iterdir())
    except OSError:
        return []
    return [(_read(tasks / f"{t}/comm").strip(), _cpu(_stat(tasks / f"{t}/stat"))) for t in ids]


def _comm(pid):
    return _read(Path(f"/proc/{pid}/comm")).strip()


def _status_kib(pid, field):
    for line in _read(Path(f"/proc/{pid}/status")).splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    return 0


def _stat(path):
    """The fields of a stat file after the name: [0] is the state, [1] the parent."""
    return _read(path).rpartition(")")[2].split()


def _cpu(fields, *, children=False):
    last = 15 if children else 13  # utime, stime, then those of ended children
    return sum(int(f) for f in fields[11:last]) / TICKS_PER_SECOND


def _read(path):
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


# ---- ports, directories, waiting -----------------------------------------------------------------------


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def fresh(name):
    """An empty directory below run/."""
    path = RUN / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def wait_until(condition, what, patience=60, pause=0.02, process=None):
    """Poll until it is true; the value it became."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        if process is not None and process.poll() is not None:
            raise MeasurementError(f"{what}: the process ended with status {process.returncode}")
        time.sleep(pause)
    raise MeasurementError(f"{what}: not within {patience} s")


def wait_port(port, what, patience=60, process=None):
    def listens():
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return False
        return True

    wait_until(listens, f"{what} on port {port}", patience, process=process)
