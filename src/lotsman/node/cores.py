"""Python's threads of one node on one core.

The interpreter lock lets one thread run at a time. When the event loop and a writer thread sit on two cores, every
hand-over of that lock wakes the other core and drags the data there: measured, it costs as much as all other work
together. On one core a hand-over is a cheap switch, and the other cores are free for the database and for other nodes.
"""

import contextlib
import os
from typing import Final

AUTO: Final = "auto"
OFF: Final = "off"


def settle(wish: str, *, from_behind: bool) -> int | None:
    """Keep this thread, and those it starts, on one core: `auto` chooses, a number says which, `off` leaves it open.

    -> the core; None when nothing was done. `from_behind`: choose from the last core down, so that two nodes with
    different roles on one machine do not meet.
    """
    if wish == OFF or not hasattr(os, "sched_setaffinity"):
        return None
    allowed = sorted(os.sched_getaffinity(0))
    if wish == AUTO and len(allowed) < 2:
        return None
    core = (allowed[-1] if from_behind else allowed[0]) if wish == AUTO else int(wish)
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, {core})
        return core
    return None
