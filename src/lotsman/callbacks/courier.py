"""The loop: due call -> its host -> what became of it.

Strategy: hosts are asked for in turn, and each is given only as many calls at once as it deserves: a fast one many, a
new or failing one few. What waits for a dead host stays in the store, so neither memory nor other hosts feel it.
Rule 1: a host that failed is left alone for a while that grows with each failure, and then tried with one call.
Rule 2: a call that was taken from the store is always recorded; if that fails, its lease brings it back.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Final

import structlog

from lotsman import metrics
from lotsman.callbacks.caller import Caller
from lotsman.domain.backoff import delay
from lotsman.domain.callback import is_taken, next_try
from lotsman.usecases import Platform, StoreUnavailable
from lotsman.usecases.make_callbacks import Outcome, Take, Taken, due_hosts, record_call, take_calls

_LOOK_EVERY: Final = 0.2  # seconds, when nothing is due
_AT_ONCE: Final = 1000  # calls in hand, of all hosts
PER_HOST: Final = 32
_FIRST: Final = 4  # calls at once to a host that has not answered yet
_SLOW: Final = 1_000  # ms for an answer; a host that needs longer gets fewer calls at once
_HOSTS: Final = 200  # asked of the store at a time
_PAUSE_FIRST, _PAUSE_MOST = 1.0, 60.0  # seconds a failing host is left alone

log = structlog.get_logger()


class _Host:
    __slots__ = ("calls", "failures", "not_before", "width")

    def __init__(self) -> None:
        self.calls = 0  # in hand
        self.width = _FIRST  # at most so many
        self.failures = 0  # in a row
        self.not_before = 0  # ms

    def room(self, now: int) -> int:
        if now < self.not_before:
            return 0
        return (1 if self.failures else self.width) - self.calls

    def answered(self, after: int) -> None:
        self.failures = 0
        self.width = min(self.width + 1, PER_HOST) if after < _SLOW else max(1, self.width // 2)

    def failed(self, now: int) -> None:
        self.width = _FIRST
        pause = delay(self.failures, random.random(), first=_PAUSE_FIRST, most=_PAUSE_MOST)  # noqa: S311 spreads tries
        self.failures += 1
        self.not_before = now + int(pause * 1000)


class Courier:
    def __init__(self, platform: Platform, caller: Caller, clock: Callable[[], int]) -> None:
        self._platform, self._caller, self._clock = platform, caller, clock
        self._hosts: dict[str, _Host] = {}
        self._calls: set[asyncio.Task[None]] = set()
        self._room = asyncio.Event()
        self._open = True

    async def run(self) -> None:
        """Until `stop`."""
        while self._open:
            try:
                started = await self._look()
            except StoreUnavailable as error:
                log.error("callbacks_not_taken", error=str(error))
                started = 0
            if not started:
                self._forget_quiet_hosts()
                await self._wait()

    async def stop(self, within: float) -> None:
        """Nothing new is taken; calls under way are finished or, after so many seconds, left to their leases."""
        self._open = False
        self._room.set()
        if self._calls:
            await asyncio.wait(self._calls, timeout=within)
        for task in list(self._calls):
            task.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)

    async def _look(self) -> int:
        """-> how many calls were begun."""
        now = self._clock()
        self._room.clear()
        free = _AT_ONCE - len(self._calls)
        if free <= 0:
            return 0
        takes = []
        for name in await due_hosts(self._platform, now, _HOSTS):
            room = min(self._hosts.setdefault(name, _Host()).room(now), free)
            if room > 0:
                free -= room
                takes.append(Take(name, room, now))
        if not takes:
            return 0
        found = await take_calls(self._platform, takes)
        for take, calls in zip(takes, found, strict=True):
            for call in calls:
                self._begin(take.host, call)
        return sum(map(len, found))

    def _begin(self, host: str, call: Taken) -> None:
        self._hosts[host].calls += 1
        task = asyncio.get_running_loop().create_task(self._carry_out(host, call))
        self._calls.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._calls.discard(task)
        self._room.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("callback_failed", exc_info=error)

    async def _carry_out(self, name: str, call: Taken) -> None:
        host = self._hosts[name]
        try:
            began = self._clock()
            answer = await self._caller.call(call.target, call.parameters)
        finally:
            host.calls -= 1
        now, tries = self._clock(), call.tries + 1
        if answer.status:
            host.answered(now - began)
        else:
            host.failed(now)
        if is_taken(answer.status, answer.body, tries):
            metrics.CALLBACKS.labels("taken").inc()
            record_call(self._platform, Outcome(call.id, call.message_id, None))
            return
        again = next_try(tries, call.created_at, now, random.random())  # noqa: S311 spreads tries
        metrics.CALLBACKS.labels("dead" if again is None else "failed").inc()
        record_call(self._platform, Outcome(call.id, call.message_id, again, answer.why, again is None))

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(_LOOK_EVERY):
                await self._room.wait()
        except TimeoutError:
            pass

    def _forget_quiet_hosts(self) -> None:
        if len(self._hosts) > _HOSTS:
            now = self._clock()
            for name, host in list(self._hosts.items()):
                if not host.calls and now >= host.not_before:
                    del self._hosts[name]
