"""What is to be done later, in order of time.

In: seconds from now, a function, its arguments. Out: calls, in order of time, then in order of asking.
Strategy: one heap of tuples and one timer of the loop, set to the first of them: a message has two entries, and
timers of the loop would cost more than the messages themselves.
Rule 1: while the agenda rests nothing is called and nothing is forgotten.
"""

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import Any, Final

_CLOCK_STEP: Final = 0.001  # seconds: a loop may wake a timer one step of its clock early


class Agenda:
    def __init__(self) -> None:
        self._entries: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._numbers = count()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._resting = True
        self._loop: asyncio.AbstractEventLoop

    def __len__(self) -> int:
        return len(self._entries)

    def after(self, seconds: float, function: Callable[..., None], *arguments: Any) -> None:
        at = self._loop.time() + seconds
        heappush(self._entries, (at, next(self._numbers), function, arguments))
        if not self._resting and (self._timer is None or at < self._timer_at):
            self._set_timer()

    def rest(self) -> None:
        self._resting = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def wake(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._resting = False
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._entries:
            self._timer_at = self._entries[0][0]
            self._timer = self._loop.call_at(self._timer_at, self._run)

    def _run(self) -> None:
        self._timer = None
        now = self._loop.time() + _CLOCK_STEP
        entries = self._entries
        try:
            while entries and entries[0][0] <= now and not self._resting:
                _, _, function, arguments = heappop(entries)
                function(*arguments)
        finally:
            if not self._resting:
                self._set_timer()
