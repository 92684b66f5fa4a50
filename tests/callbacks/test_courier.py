"""The courier over a real database and real sockets: fair, once, in order, and never losing a call."""

import asyncio
import contextlib

import pytest

from lotsman.callbacks.caller import Caller
from lotsman.callbacks.courier import PER_HOST, Courier
from lotsman.callbacks.url_guard import UrlGuard
from lotsman.domain.lifecycle import Event, State
from lotsman.node.clock import now
from lotsman.store.callbacks import LEASE, NewCallback, enqueue, list_callbacks
from lotsman.store.database import unit
from lotsman.store.steps import Move
from lotsman.store.upkeep import apply_moves
from stand.builders import a_draft, a_phone
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
async def working(*stores, patience=2, clock=now):
    """A courier for each node, until the end."""
    running = []
    for store in stores:
        caller = Caller(UrlGuard(["127.0.0.0/8"]), per_host=PER_HOST, timeout=patience)
        courier = Courier(store.platform, caller, clock)
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


def test_a_newer_status_waits_until_the_older_one_is_answered(store, other):
    begun, answered = [], []

    async def answer_slowly(reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                status = head.partition(b"status=")[2][:1].decode()
                begun.append(status)
                await asyncio.sleep(1 if status == "1" else 0)
                answered.append(status)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")
        writer.close()

    async def work():
        server = await asyncio.start_server(answer_slowly, "127.0.0.1", 0)
        async with server:
            target = f"GET http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            [message_id] = store.sending(store.account(), a_draft(a_phone(1), callback=target))
            store.do(apply_moves, [Move(message_id, Event.TAKEN, now(), State.SENDING, tells=True)])
            async with working(store, other, patience=5):
                await until(lambda: begun)
                store.do(
                    apply_moves, [Move(message_id, Event.RECEIPT_GOOD, now(), State.SUBMITTED, tells=True)]
                )
                await until(lambda: len(answered) == 2)

    store.run(work())
    assert answered == ["1", "2"]


def test_what_was_long_at_hand_is_given_back_instead_of_begun(store):
    """A host that turned slow: its calls at hand would become another node's while they are made."""
    late = [0]
    heard = []

    async def answer(reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while await reader.readuntil(b"\r\n\r\n"):
                heard.append(late[0])
                if len(heard) == 10:
                    late[0] = LEASE - 5_000  # by the courier's clock, while the others wait for their turn
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")
        writer.close()

    async def work():
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        async with server:
            target = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            store.do(write_callbacks, *calls(target, 100))
            async with working(store, clock=lambda: now() + late[0]):
                await until(lambda: len(heard) >= 100)
                await until(lambda: not waiting(store))

    store.run(work())
    assert len(heard) == 100


def test_a_call_that_cannot_be_made_at_all_has_had_its_try(store, receiver):
    """Whatever an older version or a person wrote into the table: it is neither tried for ever nor in the way."""
    store.do(write_callbacks, NewCallback(1, 0, "GET http://[x/", [], now()), *calls(receiver.url, 1))

    async def work():
        async with working(store):
            await until(lambda: len(receiver.told) == 1)
            await until(lambda: all(row.answer for row in waiting(store)))

    store.run(work())
    [row] = waiting(store)
    assert (row.tries, row.target) == (1, "GET http://[x/")
    assert row.due_at - now() < 12_000


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
