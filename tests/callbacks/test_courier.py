"""The courier over a real database and real sockets: fair, once, in order, and never losing a call."""

import asyncio
import contextlib

import pytest

from lotsman.callbacks.caller import Caller
from lotsman.callbacks.courier import PER_HOST, Courier
from lotsman.callbacks.url_guard import UrlGuard
from lotsman.node.clock import now
from lotsman.store.callbacks import NewCallback, enqueue, list_callbacks
from lotsman.store.database import unit
from stand.receiver import Receiver

PATIENCE = 20


@unit(order=50)
def write_callbacks(tx, items):
    enqueue(tx, items)
    return [None] * len(items)


@pytest.fixture
def receiver():
    with Receiver() as running:
        yield running


def calls(url, count, account_id=1):
    return [NewCallback(account_id, 0, f"GET {url}", [("n", str(n))], now()) for n in range(count)]


@contextlib.asynccontextmanager
async def working(*stores):
    """A courier for each node, until the end."""
    running = []
    for store in stores:
        caller = Caller(UrlGuard(["127.0.0.0/8"]), per_host=PER_HOST, timeout=2)
        courier = Courier(store.platform, caller, now)
        running.append((courier, caller, asyncio.ensure_future(courier.run())))
    try:
        yield
    finally:
        for courier, caller, work in running:
            await courier.stop(0.1)
            await work
            await caller.close()


async def until(true):
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 the receiver lives on threads
            await asyncio.sleep(0.01)


def numbers(receiver):
    return [int(told.pairs["n"]) for told in receiver.told]


def waiting(store):
    return store.read(list_callbacks, None, None, 10_000)


def test_every_call_is_made_once_by_two_nodes_together(store, other, receiver):
    store.do(write_callbacks, *calls(receiver.url, 500))

    async def work():
        async with working(store, other):
            await until(lambda: len(receiver.told) >= 500)
            await until(lambda: not waiting(store))

    store.run(work())
    assert sorted(numbers(receiver)) == list(range(500))


def test_a_host_that_hangs_with_thousands_of_calls_keeps_nobody_waiting(store, receiver):
    async def hang(reader, writer):
        with contextlib.suppress(OSError):
            await reader.read()
        writer.close()

    async def work():
        server = await asyncio.start_server(hang, "127.0.0.1", 0)
        async with server:
            dead = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            store.do(write_callbacks, *calls(dead, 3000))
            async with working(store):
                store.do(write_callbacks, *calls(receiver.url, 50, account_id=2))
                await until(lambda: len(receiver.told) == 50)
        rest = waiting(store)
        assert {row.target for row in rest} == {f"GET {dead}"}
        assert sum(row.tries > 0 for row in rest) < 50  # the others were never even begun

    store.run(work())


def test_a_call_that_was_refused_comes_again(store, receiver):
    receiver.answer = lambda _told: (500, b"")
    store.do(write_callbacks, *calls(receiver.url, 1))

    async def work():
        async with working(store):
            await until(lambda: len(receiver.told) == 1)
            await until(lambda: any(row.answer == "HTTP 500" for row in waiting(store)))

    store.run(work())
    [row] = waiting(store)
    assert row.tries == 1
    assert 8_000 < row.due_at - now() <= 11_000


def test_calls_that_were_at_hand_when_their_host_failed_have_not_had_a_try(store):
    store.do(write_callbacks, *calls("http://127.0.0.1:1/", 10))

    async def work():
        async with working(store):
            await until(lambda: any(row.answer for row in waiting(store)))
        await until(lambda: sum(row.tries for row in waiting(store)) < 10)

    store.run(work())
    assert len(waiting(store)) == 10
    assert all(row.due_at is not None for row in waiting(store))


def test_ok_ends_it_and_silence_is_believed_at_the_third_try(store, receiver):
    receiver.answer = lambda _told: (200, b"")
    store.do(write_callbacks, *calls(receiver.url, 1))

    async def work():
        for tries in (1, 2, 3):
            async with working(store):
                await until(lambda: len(receiver.told) == tries)  # noqa: B023 asked at once
                await until(lambda: all(row.answer for row in waiting(store)))
            store.do(make_due, None)

    store.run(work())
    assert waiting(store) == []


@unit(order=50)
def make_due(tx, items):
    tx.connection.exec_driver_sql("UPDATE callbacks SET due_at = 1")
    return items
