"""Writers that can be held, so that a test decides what comes together and what comes first."""

import asyncio
import threading
from contextlib import asynccontextmanager

from lotsman.store.database import ACCEPT, CARRIER, Tx, unit
from lotsman.store.engine import connect_writer

SECONDS = 20  # how long a writer is held at most


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
    async with held(store.database, gate_unit):
        yield


@asynccontextmanager
async def held(database, gate_unit=wait_at_gate):
    """PostgreSQL's writer is held in a unit; SQLite's, whose units run on the event loop, by another process's lock."""
    hold = _held_by_lock if database.sqlite else _held_in_unit
    async with hold(database, gate_unit) as busy:
        yield
        await asyncio.sleep(0)  # tasks just made put their writes into the queue when they first run
    await busy


@asynccontextmanager
async def _held_in_unit(database, gate_unit):
    gate = Gate()
    busy = asyncio.ensure_future(database.write(gate_unit, gate))
    await asyncio.to_thread(gate.reached.wait, SECONDS)
    yield busy
    gate.opened.set()


@asynccontextmanager
async def _held_by_lock(database, gate_unit):
    gate = Gate()
    gate.opened.set()
    with connect_writer(database.engine) as other, other.begin():
        busy = asyncio.ensure_future(database.write(gate_unit, gate))
        await asyncio.sleep(0)
        while database.waiting:  # noqa: ASYNC110 the writer has no event for it
            await asyncio.sleep(0)
        yield busy


def in_transaction(store, work):
    """What `work(tx)` returns, committed."""
    with connect_writer(store.database.engine) as connection, connection.begin():
        return work(Tx(connection, sqlite=store.database.sqlite))


def while_the_other_waits(store, other, first, second):
    """Run `first(tx)` on one node and, before it is committed, `second(tx)` on another. -> both results

    PostgreSQL lets the other come as far as what is locked; SQLite does not let it begin.
    """
    results = {}
    thread = threading.Thread(target=lambda: results.update(second=in_transaction(other, second)))

    def hold(tx):
        result = first(tx)
        thread.start()
        while not store.database.sqlite and not _is_anybody_blocked(store):
            pass
        return result

    results["first"] = in_transaction(store, hold)
    thread.join()
    return results["first"], results["second"]


def _is_anybody_blocked(store):
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return store.read(lambda connection: connection.exec_driver_sql(waiting).scalar()) > 0
