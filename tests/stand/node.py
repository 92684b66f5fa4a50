"""A node as its operator has it: the real process, started by the real command line, spoken to over HTTP.

In: a data directory, a database URL (empty: SQLite), settings. Out: a running process, its answers, all that it printed.
The process dies with the thread that started it, so it never outlives a test run that was killed.
"""

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / ".venv" / "bin" / "lotsman"
SECONDS_TO_START = 40
SECONDS_TO_STOP = 30
SHOWN = 4_000  # characters of the output when something fails
# Kept outside the checkout; without byte code a start takes seconds.
_BYTE_CODE = Path(tempfile.gettempdir()) / f"lotsman-byte-code-{os.getuid()}"


class NodeError(AssertionError):
    """The process did not do what the test needs; the end of its output is in the text."""


class RunningNode:
    """`with RunningNode(directory) as node: node.start("up")`; nothing runs before `start` or `cli`."""

    def __init__(self, data: Path, *, database_url: str = "", port: int = 0, **settings: object) -> None:
        """`settings`: further LOTSMAN_… settings by their short names, as in `simulator="on"`."""
        self.data, self.port = data, port or free_port()
        self.output_file = data.parent / f"{data.name}.out"
        self.process: subprocess.Popen[bytes] | None = None
        self._command: tuple[str, ...] = ("serve",)
        chosen = {
            "port": self.port, "data": data, "database_url": database_url, "simulator": "off",
            "simulator_port": free_port(), "simulator_http_port": free_port(), "log_format": "json",
        } | settings  # fmt: skip
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("LOTSMAN_", "PYTHONDONTWRITE"))}
        self.environment = inherited | {f"LOTSMAN_{name.upper()}": str(v) for name, v in chosen.items()}
        self.environment["PYTHONPYCACHEPREFIX"] = str(_BYTE_CODE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill9()

    # The process

    def start(self, *command: str, ready: bool = True) -> "RunningNode":
        """Start `lotsman <command>` (the one before, or serve); returns when /readyz says so."""
        assert self.process is None, "it is running"
        self._command = command or self._command
        with self.output_file.open("ab") as output:
            self.process = subprocess.Popen(
                _argv(self._command), env=self.environment, stdout=output, stderr=output, cwd=self.data.parent,
                start_new_session=True,
            )  # fmt: skip
        if ready:
            self.wait_ready()
        return self

    def wait_ready(self, seconds: float = SECONDS_TO_START) -> None:
        def ready() -> bool:
            if self.process is None or self.process.poll() is not None:
                raise NodeError(f"lotsman {' '.join(self._command)} ended:\n{self._end_of_output()}")
            return self.get("/readyz")[0] == 200

        self.wait_until(ready, "/readyz", seconds)

    def wait_until(self, true: object, what: str, seconds: float = 15, every: float = 0.02) -> None:
        """Ask `true()` again and again; NodeError when it stays false."""
        deadline = time.monotonic() + seconds
        while not true():  # type: ignore[operator]
            if time.monotonic() > deadline:
                raise NodeError(f"not within {seconds} s: {what}\n{self._end_of_output()}")
            time.sleep(every)

    def wait_for_output(self, text: str, seconds: float = SECONDS_TO_START) -> None:
        self.wait_until(lambda: text in self.output, f"{text!r} in the output", seconds)

    def kill9(self) -> None:
        self._signal(signal.SIGKILL)

    def terminate(self) -> int:
        """As systemd and Docker stop it; the exit code."""
        return self._signal(signal.SIGTERM)

    def interrupt(self) -> int:
        """Ctrl-C; the exit code."""
        return self._signal(signal.SIGINT)

    def restart(self) -> "RunningNode":
        """Killed, and started again with the same command."""
        self.kill9()
        return self.start()

    def end(self, seconds: float = SECONDS_TO_STOP) -> int:
        """Wait until it ends by itself; the exit code."""
        assert self.process is not None
        process, self.process = self.process, None
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise NodeError(f"did not end within {seconds} s:\n{self._end_of_output()}") from None

    def _signal(self, number: signal.Signals) -> int:
        if self.process is None:
            return 0
        self.process.send_signal(number)
        return self.end()

    # The command line

    def cli(
        self, *args: object, exit_code: int | None = 0, wrapper: tuple[str, ...] = ()
    ) -> "subprocess.CompletedProcess[str]":
        """One command to its end; NodeError when it ends with another exit code (None: any)."""
        done = subprocess.run(
            wrapper + _argv(tuple(map(str, args))), env=self.environment, capture_output=True, text=True, check=False,
            timeout=120, cwd=self.data.parent,
        )  # fmt: skip
        if exit_code is not None and done.returncode != exit_code:
            said = f"{done.stdout}{done.stderr}"
            raise NodeError(f"lotsman {' '.join(map(str, args))}: exit code {done.returncode}\n{said}")
        return done

    # What it wrote and says

    @property
    def database_url(self) -> str:
        return self.environment["LOTSMAN_DATABASE_URL"] or f"sqlite:///{self.data / 'lotsman.db'}"

    @property
    def output(self) -> str:
        return self.output_file.read_text(errors="replace") if self.output_file.exists() else ""

    @property
    def demo(self) -> dict[str, str]:
        """demo.env: LOTSMAN_URL, LOTSMAN_APIKEY, LOTSMAN_LOGIN, LOTSMAN_PASSWORD."""
        lines = (self.data / "demo.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def get(self, path: str) -> tuple[int, str]:
        """Status and body; 0 and the reason when nobody answers."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, HTTPException) as error:
            return 0, str(error)
        finally:
            connection.close()

    def api(self, **parameters: object) -> dict[str, object]:
        """The JSON answer of api.php to these parameters; `from_` is `from`, the demo account's key is added."""
        named = {name.rstrip("_"): str(value) for name, value in parameters.items()}
        named = {"apikey": self.demo["LOTSMAN_APIKEY"], "format": "json"} | named
        status, body = self.get(f"/api.php?{urllib.parse.urlencode(named)}")
        if status != 200:
            raise NodeError(f"HTTP {status}: {body}\n{self._end_of_output()}")
        found: dict[str, object] = json.loads(body)
        return found

    def _end_of_output(self) -> str:
        return self.output[-SHOWN:]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _argv(command: tuple[str, ...]) -> tuple[str, ...]:
    return ("setpriv", "--pdeathsig", "KILL", str(PROGRAM), *command)
