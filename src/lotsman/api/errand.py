"""Carrying out a coroutine without a task.

A request does nearly all its work before its first wait (for the commit) and a little after it. A task would put each
of these pieces into the event loop's queue; an errand runs the first piece at once, and the next ones as soon as what
it waits for is there.
Rule 1: an errand cannot be cancelled, and the coroutine must not ask for the current task (no asyncio.timeout).
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


def run(
    loop: asyncio.AbstractEventLoop,
    work: Coroutine[Any, Any, bytes],
    done: Callable[[bytes | BaseException], None],
) -> None:
    """Carry out `work`; `done` gets its result or its exception, perhaps before `run` returns."""

    def go_on(_waited_for: object = None) -> None:
        try:
            awaited = work.send(None)
        except StopIteration as end:
            done(end.value)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 the caller is told
            done(error)
        else:
            if awaited is None:  # a bare yield: let others run
                loop.call_soon(go_on)
            else:
                awaited._asyncio_future_blocking = False  # noqa: SLF001 as a task acknowledges what it was given
                awaited.add_done_callback(go_on)

    go_on()
