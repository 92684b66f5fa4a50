"""Carrying out a coroutine without a task.

A request does nearly all its work before its first wait (for the commit) and a little after it. A task would put each
of these pieces into the event loop's queue; an errand runs the first piece at once, and the next ones as soon as what
it waits for is there.
Rule 1: an errand leaves no reference cycle behind: garbage that only the collector finds stops the loop for 20 ms.
Rule 2: an errand cannot be cancelled, and the coroutine must not ask for the current task (no asyncio.timeout).
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Errand:
    """Carries out `work`; `done` gets its result or its exception, perhaps before the constructor returns."""

    __slots__ = ("_done", "_loop", "_work")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        work: Coroutine[Any, Any, bytes],
        done: Callable[[bytes | BaseException], None],
    ) -> None:
        self._loop, self._work, self._done = loop, work, done
        self._go_on()

    def _go_on(self, _waited_for: object = None) -> None:
        try:
            awaited = self._work.send(None)
        except StopIteration as end:
            self._done(end.value)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 the caller is told
            self._done(error)
        else:
            if awaited is None:  # a bare yield: let others run
                self._loop.call_soon(self._go_on)
            else:
                awaited._asyncio_future_blocking = False  # noqa: SLF001 as a task acknowledges what it was given
                awaited.add_done_callback(self._go_on)
