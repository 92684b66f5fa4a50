"""Calls through baresip, a SIP user agent that runs beside Lotsman as a process of its own, one for each link.

In: calls to place and to hang up. Out: what becomes of them.
Strategy: the configuration is written into a private folder, the process is started, watched and started again, and told
what to do over its control socket on loopback. For each number that a phone shall show it has a user agent (UA). The
sound of the next call is set for all of baresip, and it changes the running call of the UA that is current: so the first
UA never has calls and is made current for that moment.
Rule 1: a call is known by its callee until baresip says its id, then by that.
Rule 2: baresip hangs up "the current call", which is chosen just before. Should the chosen one end in between, another
is hung up: the link sees a call that it did not end and treats it as cut off.
"""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import socket
from collections import deque
from collections.abc import Coroutine
from pathlib import Path
from typing import Final

from lotsman.carriers.links.baresip_config import IDLE, NO_ADDRESS, BaresipConfig, own_address
from lotsman.carriers.links.baresip_control import BaresipControl, ControlLost, Event
from lotsman.carriers.links.call_engine import CallEvents, Dial, EngineDown
from lotsman.carriers.links.voice_settings import VoiceSettings
from lotsman.domain.call import KEYS, Cause, End, masked

PROGRAM: Final = "baresip"
_COMES_UP: Final = 10.0  # seconds until the control socket must be open
_GOES_DOWN: Final = 3.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0  # seconds until it is started again
_LAST_WORDS: Final = 20  # lines
_STATUS = re.compile(r"([1-6][0-9]{2})\b ?(.*)")
_LINE = re.compile(r"\[line ([0-9]+)\].*?sip:([^@\s]+)@")
_OUR_HANG_UP: Final = "Connection reset by user"
_THEIR_HANG_UP: Final = "Connection reset by peer"
_END_OF_FILE: Final = "end of file"


class _Live:
    """A call between `dial` and its end."""

    def __init__(self, call: Dial) -> None:
        self.key, self.callee, self.caller = call.key, call.callee, call.caller
        self.id = ""  # not yet known


class Baresip:
    """A CallEngine."""

    def __init__(self, settings: VoiceSettings, folder: Path, events: CallEvents) -> None:
        self.installed, self.ready, self.trouble = True, False, "starting"
        self._config = BaresipConfig(settings)
        self._settings, self._folder, self._events = settings, folder, events
        self._control: BaresipControl | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._life: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()  # of sequences of commands
        self._calls: dict[int, _Live] = {}
        self._agents: set[str] = set()  # callers that have a UA
        self._words: deque[str] = deque(maxlen=_LAST_WORDS)
        self._rest: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._life = asyncio.get_running_loop().create_task(self._live())

    async def stop(self) -> None:
        self.ready = False
        if self._life is not None:
            self._life.cancel()
            await asyncio.gather(self._life, return_exceptions=True)
        await asyncio.gather(*self._rest, return_exceptions=True)

    async def dial(self, call: Dial) -> None:
        control = self._control
        if control is None or not self.ready:
            raise EngineDown(self.trouble)
        live = _Live(call)
        try:
            async with self._turn:
                if call.caller not in self._agents:
                    await control.command("uanew", self._config.account(call.caller))
                    self._agents.add(call.caller)
                await control.command("uafind", self._config.aor(IDLE))
                await control.command("ausrc", f"aufile,{call.audio}")
                await control.command("uafind", self._config.aor(call.caller))
                self._calls[call.key] = live
                await control.command("dial", self._config.uri(call.callee))
        except ControlLost as error:
            self._put_down()
            if self._calls.pop(call.key, None) is None:
                raise EngineDown(str(error)) from error
            self._events.ended(call.key, End(Cause.LOST, reason=str(error)))

    async def hang_up(self, key: int) -> None:
        live, control = self._calls.get(key), self._control
        if live is None or control is None:
            return
        try:
            async with self._turn:
                await control.command("uafind", self._config.aor(live.caller))
                if await self._choose(control, live) and key in self._calls:
                    await control.command("hangup")
        except ControlLost:
            self._put_down()

    def _put_down(self) -> None:
        """An engine that does not answer is of no use: another one comes in its place."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def _choose(self, control: BaresipControl, live: _Live) -> bool:
        """Make it the current call of its UA, by its id, or before it has one by its line; False: it has ended."""
        if live.id:
            return "not found" not in await control.command("callfind", live.id)
        for line in _LINE.finditer(await control.command("listcalls")):
            if line[2] == live.callee:
                return "not found" not in await control.command("line", line[1])
        return False

    # The life of the process

    async def _live(self) -> None:
        pause = _FIRST_PAUSE
        try:
            while True:
                try:
                    await self._one_life()
                except Exception as error:  # noqa: BLE001 whatever it was, there must be an engine
                    if self.ready:
                        pause = _FIRST_PAUSE
                    self._died(f"{str(error) or type(error).__name__}{self._last_words()}")
                finally:
                    await self._kill()
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
        finally:
            self._died("stopped")

    async def _one_life(self) -> None:
        """Returns never; raises when the engine is gone or did not come up."""
        program = shutil.which(PROGRAM)
        self.installed = program is not None
        if program is None:
            raise FileNotFoundError(f"{PROGRAM} is not installed (Debian: apt-get install baresip-core)")
        if not own_address():
            raise ControlLost(f"own address: {NO_ADDRESS}")
        port = _free_port(socket.SOCK_STREAM, "127.0.0.1")
        self._config.write(self._folder, port)
        self._words.clear()
        # It must not outlive us: it would keep its ports, and nobody would hear what becomes of its calls.
        leash = ("setpriv", "--pdeathsig", "TERM", "--") if shutil.which("setpriv") else ()
        self._process = await asyncio.create_subprocess_exec(
            *leash, program, "-f", str(self._folder),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            cwd=self._folder, start_new_session=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        self._later(self._listen(self._process.stdout))
        reader, writer = await self._connect(port)
        control = BaresipControl(reader, writer)
        reading = asyncio.get_running_loop().create_task(self._read(control))
        try:
            await control.command("reginfo")
            self._control, self.ready, self.trouble = control, True, ""
            self._agents = {self._settings.caller}
            self._events.engine_changed()
            await reading
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            control.close()

    async def _connect(self, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        assert self._process is not None
        async with asyncio.timeout(_COMES_UP):
            while True:
                try:
                    return await asyncio.open_connection("127.0.0.1", port)
                except ConnectionRefusedError:
                    if self._process.returncode is not None:
                        raise ControlLost("the engine ended at once") from None
                    await asyncio.sleep(0.05)

    async def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_GOES_DOWN):
                    await process.wait()
                    return

    def _died(self, why: str) -> None:
        was = (self.ready, self.trouble)
        self._control, self.ready, self.trouble = None, False, why
        calls, self._calls = self._calls, {}
        for key in calls:
            self._events.ended(key, End(Cause.LOST, reason=why[:80]))
        if was != (False, why):
            self._events.engine_changed()

    async def _listen(self, output: asyncio.StreamReader) -> None:
        """Its words are kept for the case that they are its last."""
        with contextlib.suppress(OSError, ValueError):
            while line := await output.readline():
                self._words.append(line.decode(errors="replace").strip())

    def _last_words(self) -> str:
        telling = [word for word in self._words if "fail" in word or "rror" in word or "not" in word]
        return f": {masked(telling[-1])[:160]}" if telling else ""

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._rest.add(task)
        task.add_done_callback(self._rest.discard)

    # What it tells

    async def _read(self, control: BaresipControl) -> None:
        async for event in control.events():
            kind = str(event.get("type", ""))
            if kind.startswith("CALL_"):
                live = self._known(event)
                if live is not None:
                    self._tell(live, kind, str(event.get("param", "")))
            elif kind == "REGISTER_FAIL":
                self.trouble = f"registration failed: {event.get('param', '')}"
                self._events.engine_changed()
            elif kind == "REGISTER_OK" and self.trouble:
                self.trouble = ""
                self._events.engine_changed()

    def _known(self, event: Event) -> _Live | None:
        said, callee = str(event.get("id", "")), _user(str(event.get("peeruri", "")))
        found = next((live for live in self._calls.values() if said and live.id == said), None)
        if found is None and said:
            found = next((c for c in self._calls.values() if not c.id and c.callee == callee), None)
            if found is not None:
                found.id = said
        return found

    def _tell(self, live: _Live, kind: str, said: str) -> None:
        if kind in {"CALL_RINGING", "CALL_PROGRESS"}:
            self._events.ringing(live.key)
        elif kind == "CALL_ESTABLISHED":
            self._events.answered(live.key)
        elif kind == "CALL_DTMF_START" and said in KEYS:
            self._events.pressed(live.key, said)
        elif kind == "CALL_CLOSED":
            del self._calls[live.key]
            others = any(each.caller == live.caller for each in self._calls.values())
            if live.caller != self._settings.caller and not others:
                self._agents.discard(live.caller)
                self._later(self._forget(live.caller))
            self._events.ended(live.key, _end(said))

    async def _forget(self, caller: str) -> None:
        """A caller's number that is one call's only."""
        with contextlib.suppress(ControlLost):
            async with self._turn:
                if self._control is not None and caller not in self._agents:
                    await self._control.command("uafind", self._config.aor(IDLE))
                    await self._control.command("uadel", self._config.aor(caller))


def _end(said: str) -> End:
    status = _STATUS.match(said)
    if status is not None:
        return End(Cause.REFUSED, int(status[1]), status[2][:60])
    cause = {_OUR_HANG_UP: Cause.OURSELVES, _THEIR_HANG_UP: Cause.CALLEE, _END_OF_FILE: Cause.PLAYED}.get(
        said
    )
    return End(cause or Cause.SILENCE, reason=said[:60])


def _user(uri: str) -> str:
    """Of sip:79161234567@host;transport=udp the number."""
    return uri.partition(":")[2].partition("@")[0]


def _free_port(kind: socket.SocketKind, address: str) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])
