"""A listening node in bad moments: too much at once, too many, the client gone, the node going.

Nothing accepted is lost or done twice, nothing refused is left without its reason.
"""

import asyncio
import time

import pytest

from lotsman.domain.admission import Order
from lotsman.usecases import Overloaded
from lotsman.usecases.send_messages import send_messages
from stand.door_node import ASKED, BALANCE, KEY, Client, DoorNode, get, messages, post
from stand.doors import CUSTOMERS, KEYS, NOON, PATIENCE, Answer, prepared

__all__ = ["prepared"]

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def node(prepared, tmp_path_factory):
    with DoorNode(prepared, tmp_path_factory.mktemp("doors")) as running:
        yield running


@pytest.fixture
def client(node):
    with node.connect() as connected:
        yield connected


# ---- too much --------------------------------------------------------------------------------------------------------


def test_a_target_of_64_kib_and_not_a_byte_more(client: Client):
    numbers = b",".join(b"7908%07d" % number for number in range(5_400))
    query = b"/api.php?cost=1&send=Hello&apikey=" + KEY + b"&to=" + numbers
    target = query + b"," * (64 * 1024 - len(query))
    assert client.ask(b"GET " + target + b" HTTP/1.1\r\n\r\n").text == "13500.00"
    assert client.ask(b"GET " + target + b", HTTP/1.1\r\n\r\n").status == 414


def test_a_body_of_8_mib(client: Client):
    start = b"to=79087964781&send="
    body = start + b"a" * (8 * MIB - len(start))
    assert client.ask(post(body)).text == "ERROR=221: TEXT TOO LONG"
    assert client.ask(BALANCE).status == 200


def test_a_body_of_9_mib_is_refused_before_it_is_sent(client: Client):
    client.send(post(b"").replace(b"Length: 0", b"Length: %d" % (9 * MIB)))
    answer = Answer.read(client.rest())
    assert (answer.status, answer.headers["connection"]) == (413, "close")


def test_the_refusal_of_9_mib_reaches_a_client_that_sends_them_all_the_same(client: Client):
    client.send(post(b"a" * (9 * MIB)))
    assert Answer.read(client.rest()).status == 413


def test_a_chunked_body_of_9_mib_is_refused(client: Client):
    client.send(b"POST /api.php HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n900000\r\n")
    assert Answer.read(client.rest()).status == 413


def test_two_million_parameters(client: Client):
    junk = b"&a=1" * (2 * MIB - 100)
    started = time.monotonic()
    assert messages(client.ask(post(b"send=first" + ASKED + junk))) == ["first"]
    assert time.monotonic() - started < PATIENCE / 2
    target = b"/api.php?balance=rur&apikey=" + KEY + junk[:60_000]
    assert client.ask(b"GET " + target + b" HTTP/1.1\r\n\r\n").text == "1000.00"


def test_ten_thousand_recipients_in_one_request(client: Client):
    numbers = b",".join(b"7908%07d" % number for number in range(10_000))
    answer = client.ask(post(b"send=Hello&test=1&format=v&to=" + numbers))
    ids = answer.text.split("\n")
    assert len(set(ids)) == 10_000


# ---- many of them, and bad moments -----------------------------------------------------------------------------------


def test_a_hundred_connections_at_once(node: DoorNode):
    clients = [node.connect() for _ in range(100)]
    try:
        for number, client in enumerate(clients):
            client.send(get(b"format=v&send=%d&to=79087964781&test=1" % number))
        ids = {client.answer().text for client in clients}
        assert len(ids) == 100
        assert all(id_.isdigit() for id_ in ids)
    finally:
        for client in clients:
            client.__exit__()


def test_a_client_that_hangs_up_has_sent_its_message_once(node: DoorNode):
    stored = "SELECT count(*) FROM messages WHERE text = 'hung up'"
    balance = "SELECT balance FROM accounts WHERE login = ?"
    login = CUSTOMERS["neighbour"].login
    before = node.number(balance, login)
    with node.database_held_still():
        with node.connect() as client:
            client.send(get(b"send=hung+up&to=79087964781", KEYS["neighbour"].encode()))
            wait_until(lambda: node.node.database.waiting or node.node._doors.busy)
        assert node.number(stored) == 0
    wait_until(lambda: node.number(stored))
    assert node.ask(BALANCE).status == 200
    assert node.number(stored) == 1
    assert node.number(balance, login) == before - 250


def test_overload_is_503_with_retry_after_and_passes(node: DoorNode):
    platform = node.node.platform
    account = node.run(platform.directory.by_key(KEYS["customer"]))
    order = Order("Hello", "", ("79087964781",), test=True)

    async def fill() -> list[asyncio.Task[object]]:
        tasks = []
        for _ in range(10_000):
            task = asyncio.create_task(send_messages(platform, account, order, NOON))
            await asyncio.sleep(0)
            tasks.append(task)
            if task.done() and isinstance(task.exception(), Overloaded):
                return tasks
        raise AssertionError("no end of the queue")

    async def ended(tasks: list[asyncio.Task[object]]) -> list[object]:
        return await asyncio.gather(*tasks, return_exceptions=True)

    with node.database_held_still():
        tasks = node.run(fill())
        answer = node.ask(get(b"send=Hello&to=79087964781&test=1"))
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        assert node.ask(BALANCE).text == '{"balance":"1000.00"}'  # reading goes on
    results = node.run(ended(tasks))
    assert [type(result) for result in results if isinstance(result, Exception)] == [Overloaded]
    assert messages(node.ask(get(b"send=again" + ASKED))) == ["again"]


def test_a_request_in_progress_is_answered_when_the_node_stops(prepared, tmp_path):
    with DoorNode(prepared, tmp_path / "drain") as node, node.connect() as busy, node.connect() as idle:
        assert idle.ask(BALANCE).status == 200
        with node.database_held_still():
            busy.send(get(b"send=last+words&fields=message&format=json&to=79087964781"))
            wait_until(lambda: node.node._doors.busy)
            node.stop(wait=False)
            assert idle.piece() == b""  # who waits for nothing is let go at once
            with pytest.raises(ConnectionRefusedError):
                node.connect()
        assert messages(busy.answer()) == ["last words"]
        assert busy.rest() == b""
        node.stop()
        assert node.number("SELECT count(*) FROM messages") == 1


def wait_until(true) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)
