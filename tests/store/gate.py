"""A writer that can be held, so that a test decides what its next group is."""

import asyncio
import threading
from contextlib import asynccontextmanager

from lotsman.store.database import ACCEPT, CARRIER, unit

SECONDS = 20  # how long a test may hang before it fails


class Gate:
    """Holds a writer inside a transaction until it is opened."""

    def __init__(self):
        self.reached, self.opened = threading.Event(), threading.Event()


@unit(order=1, lane=ACCEPT)
def wait_at_gate(tx, items):
    for gate in items:
        gate.reached.set()
        assert gate.opened.wait(SECONDS)
    return items


@unit(order=1, lane=CARRIER)
def carriers_wait_at_gate(tx, items):
    return wait_at_gate.run(tx, items)


@asynccontextmanager
async def busy_writer(store, gate_unit=wait_at_gate):
    """While it is busy writes wait; what has come by the end is its next group."""
    gate = Gate()
    busy = asyncio.ensure_future(store.database.write(gate_unit, gate))
    await asyncio.to_thread(gate.reached.wait, SECONDS)
    yield
    await asyncio.sleep(0)  # tasks just made put their writes into the queue when they first run
    gate.opened.set()
    await busy
