"""A message centre that outlives the nodes of a test: the simulator on a thread of its own.

In: a scenario. Out: its port, and all that was ever submitted to it, in order.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple, Self

from lotsman.gsm import udh
from lotsman.simulator.message import Submit
from lotsman.simulator.scenario import Scenario
from lotsman.simulator.smsc import Simulator

SECONDS = 20


class Seen(NamedTuple):
    msisdn: str
    part: int
    status: int | None  # None: taken, and never answered
    text: str

    @property
    def taken(self) -> bool:
        return not self.status


class Smsc:
    """`Smsc.start(script)`; `seen` grows with each submit; `stop()`."""

    def __init__(self, script: str, system_id: str) -> None:
        self.seen: list[Seen] = []
        self._loop = asyncio.new_event_loop()
        self._simulator = Simulator(Scenario.parse(script), port=0, system_id=system_id, on_submit=self._note)
        self._thread = threading.Thread(target=self._run, name="smsc", daemon=True)

    @classmethod
    def start(cls, script: str = "", *, system_id: str = "") -> "Smsc":
        smsc = cls(script, system_id)
        smsc._thread.start()
        smsc._do(smsc._simulator.start())
        return smsc

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        return self._simulator.port

    @property
    def sessions(self) -> int:
        return len(self._simulator.links)

    def play(self, script: str) -> None:
        """From now on."""
        self._loop.call_soon_threadsafe(self._simulator.play, Scenario.parse(script))

    def of(self, msisdn: str) -> list[Seen]:
        return [seen for seen in list(self.seen) if seen.msisdn == msisdn]

    def wait_until(self, true: Callable[[Simulator], bool], seconds: float = SECONDS) -> None:
        """Asked whenever something happens there; TimeoutError when it stays false."""
        self._do(self._simulator.until(lambda: true(self._simulator), seconds), seconds + 5)

    def stop(self) -> None:
        if self._loop.is_closed():
            return
        with contextlib.suppress(TimeoutError):
            self._do(self._simulator.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SECONDS)

    def _note(self, submit: Submit) -> None:
        found = udh.concatenation(udh.parse(submit.udh[1:]))
        part = found.number if found is not None else 1
        self.seen.append(Seen(submit.destination, part, submit.status, submit.text))

    def _do(self, work: Coroutine[Any, Any, Any], seconds: float = SECONDS) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()
