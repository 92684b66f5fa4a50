"""Receivers as they are: slow, broken, hanging, redirecting. One try of one call over a real socket."""

import asyncio
import contextlib
import ssl
import subprocess

import pytest

from lotsman.callbacks.caller import Caller
from lotsman.callbacks.url_guard import UrlGuard
from stand.receiver import Receiver

PAIRS = [("server_id", "1"), ("status", "2"), ("error", "0")]


async def one_call(url, *, patience=5.0, times=1):
    caller = Caller(UrlGuard(["127.0.0.0/8"]), per_host=4, timeout=patience)
    try:
        return [await caller.call(f"GET {url}", PAIRS) for _ in range(times)]
    finally:
        await caller.close()


@pytest.mark.parametrize(
    ("status", "body"), [(200, b"OK"), (200, b""), (200, b"<html>"), (204, b""), (404, b"no"), (500, b"OK")]
)
def test_what_is_answered_is_told_as_it_is(status, body):
    with Receiver(lambda _told: (status, body)) as receiver:
        [answered] = asyncio.run(one_call(f"{receiver.url}/s?x=1"))
    assert (answered.status, answered.body) == (status, body)
    assert receiver.told[0].path == "/s?x=1&server_id=1&status=2&error=0"


def test_a_redirect_is_not_followed():
    with Receiver() as inside, Receiver(lambda _told: (302, inside.url.encode())) as receiver:
        [answered] = asyncio.run(one_call(receiver.url))
        assert answered.status == 302
        assert inside.told == []


async def against(speak, **options):
    """One call to a server that says what it wants; `speak(reader, writer)`."""
    handlers = set()

    async def handle(reader, writer):
        handlers.add(asyncio.current_task())
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await speak(reader, writer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        answers = await one_call(f"http://127.0.0.1:{port}/", **options)
        await asyncio.gather(*handlers)
        return answers


def test_one_that_hangs_is_given_up():
    async def speak(reader, writer):
        await reader.read()

    [answered] = asyncio.run(against(speak, patience=0.2))
    assert (answered.status, answered.why) == (0, "no answer in 0.2 s")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0\xff garbage",
        b"HTTP/1.1 200",
        b"HTTP/9.9 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    ],
)
def test_what_is_no_http_is_no_answer(answer):
    async def speak(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)

    [answered] = asyncio.run(against(speak))
    assert answered.status == 0
    assert answered.why


def test_a_body_without_end_costs_no_memory():
    async def speak(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    [answered] = asyncio.run(against(speak))
    assert answered.status == 200
    assert len(answered.body) <= 256


def test_an_answer_may_come_in_pieces():
    async def speak(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nO\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(b"1\r\nK\r\n0\r\n\r\n")

    [answered] = asyncio.run(against(speak))
    assert (answered.status, answered.body) == (200, b"OK")


def test_a_body_that_never_ends_is_what_has_come_of_it():
    async def speak(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nOK")
        await reader.read()

    [answered] = asyncio.run(against(speak, patience=0.3))
    assert (answered.status, answered.body) == (200, b"OK")


def test_letters_are_asked_for_and_not_a_compressed_answer():
    heard = []

    async def speak(reader, writer):
        heard.append((await reader.readuntil(b"\r\n\r\n")).lower())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")

    asyncio.run(against(speak))
    assert b"accept-encoding: identity\r\n" in heard[0]


def test_a_kept_connection_that_was_closed_meanwhile_costs_no_call():
    heard = []

    async def speak(reader, writer):
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nOK")

    answers = asyncio.run(against(speak, times=3))
    assert [each.status for each in answers] == [200, 200, 200]
    assert len(heard) == 3


def test_nobody_listens():
    [answered] = asyncio.run(one_call("http://127.0.0.1:1/"))
    assert (answered.status, answered.why) == (0, "no connection")


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    argv = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=127.0.0.1",
    ]
    subprocess.run([*argv, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    async def call():
        server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0, ssl=context)
        async with server:
            port = server.sockets[0].getsockname()[1]
            return await one_call(f"https://127.0.0.1:{port}/")

    [answered] = asyncio.run(call())
    assert (answered.status, answered.why) == (0, "its certificate cannot be trusted")
