"""Sessions over loopback TCP and TLS, on asyncio's loop and on uvloop's."""

import asyncio
import contextlib
import socket
import ssl
import subprocess

import pytest

from lotsman.smpp import commands as c
from lotsman.smpp import events as e
from lotsman.smpp import tlv
from lotsman.smpp.errors import WindowFullError
from lotsman.smpp.reader import Reader
from lotsman.smpp.session import Session
from lotsman.smpp.states import Role, State
from lotsman.smpp.timers import Timeouts
from lotsman.smpp.transport import connect
from unit.smpp.connection_pair import a_submit
from unit.smpp.loopback import HOST, LOOPS, Owner, Smsc, Stand, a_client, a_server, clock, run
from unit.smpp.wire import frame, sm_body


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """Contexts of a server with a self-signed certificate and of a client that trusts it alone"""
    folder = tmp_path_factory.mktemp("tls")
    key, cert = str(folder / "key.pem"), str(folder / "cert.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "2", "-subj", "/CN=smsc.test", "-addext", "subjectAltName=DNS:smsc.test",
         "-keyout", key, "-out", cert],
        check=True, capture_output=True,
    )  # fmt: skip
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(cert, key)
    return server, ssl.create_default_context(cafile=cert)


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_messages_receipts_and_a_polite_end(secure, loop, tls):
    server_tls, client_tls = tls if secure else (None, None)

    async def main():
        async with a_server(tls=server_tls) as stand:
            client = await a_client(stand, tls=client_tls, window=50)
            for number in range(50):
                client.protocol.send(a_submit(registered_delivery=1), number)
            with pytest.raises(WindowFullError):
                client.protocol.send(a_submit(), "one too many")
            await client.until(lambda o: len(o.of(e.Response)) == 50 and len(o.of(e.Request)) == 50)
            assert [r.context for r in client.of(e.Response)] == list(range(50))
            for receipt in client.of(e.Request):
                assert client.protocol.answer(receipt.pdu)
            await stand.smsc.until(lambda o: len(o.of(e.Response)) == 50)
            client.protocol.shut_down()
            await client.until(lambda o: o.closed)
            await stand.smsc.until(lambda o: o.closed)
            assert client.closed == stand.smsc.closed == [None]
            assert client.of(e.Unbound) == [e.Unbound(by_peer=False)]
            assert not client.of(e.Lost)
            assert not client.protocol.answer(receipt.pdu)  # too late, and no exception

    run(main(), loop)


@pytest.mark.parametrize("loop", LOOPS)
def test_what_is_sent_in_one_turn_of_the_loop_leaves_in_one_write_after_its_contexts(loop):
    async def main():
        async with a_server() as stand:
            client = await a_client(stand, window=1000)
            assert client.written == []  # a bind has no context
            before = len(stand.smsc.batches)
            for number in range(100):
                client.protocol.send(a_submit(), number)
            assert client.written == []  # nothing has left yet
            await client.until(lambda o: len(o.of(e.Response)) == 100)
            assert client.written == [list(range(100))]
            assert stand.smsc.batches[before:] == [100]

    run(main(), loop)


def test_nagle_is_off():
    async def main():
        async with a_server() as stand:
            client = await a_client(stand)
            sock = client.protocol._transport.get_extra_info("socket")
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    run(main())


def test_requests_that_may_not_be_noted_down_do_not_leave():
    class Careful(Owner):
        def before_write(self, contexts):
            super().before_write(contexts)
            raise OSError("the disk is full")

    async def main():
        async with a_server() as stand:
            client = await a_client(stand, owner=Careful)
            client.protocol.send(a_submit(), "mine")
            await client.until(lambda o: o.closed)
            await stand.smsc.until(lambda o: o.closed)
            assert client.of(e.Lost) == [e.Lost(["mine"])]
            assert str(client.closed[0]) == "the disk is full"
            assert [r.pdu.command for r in stand.smsc.of(e.Request)] == [c.BIND_TRANSCEIVER]

    run(main())


def test_a_session_that_never_became_bound_is_simply_closed():
    async def main():
        async with a_server() as stand:
            client = await a_client(stand, bind=False)
            assert client.protocol.peername[:2] == (HOST, stand.port)
            client.protocol.shut_down()
            client.protocol.close()  # once more does no harm
            await client.until(lambda o: o.closed)
            await stand.smsc.until(lambda o: o.closed)
            assert client.closed == [None]
            assert client.events == []
            assert client.protocol.peername is None
            client.protocol.close()
            client.protocol.abort()

    run(main())


def test_what_was_given_to_send_before_a_close_still_leaves():
    async def main():
        async with a_server() as stand:
            client = await a_client(stand)
            client.protocol.send(a_submit(), "mine")
            client.protocol.close()
            await stand.smsc.until(lambda o: o.closed)
            assert client.written == [["mine"]]
            assert [r.pdu.command for r in stand.smsc.of(e.Request)] == [c.BIND_TRANSCEIVER, c.SUBMIT_SM]
            await client.until(lambda o: o.closed)
            assert client.of(e.Lost) == [e.Lost(["mine"])]

    run(main())


def test_a_lost_connection_tells_who_was_waiting():
    class Mute(Smsc):
        def on_events(self, events):
            if any(isinstance(x, e.Request) and x.pdu.command == c.SUBMIT_SM for x in events):
                self.protocol.abort()
            else:
                super().on_events(events)

    async def main():
        async with a_server(smsc=Mute) as stand:
            client = await a_client(stand)
            client.protocol.send(a_submit(), "mine")
            await client.until(lambda o: o.closed)
            assert client.of(e.Lost) == [e.Lost(["mine"])]
            assert client.protocol.session.state is State.CLOSED

    run(main())


def test_time_passes_by_itself():
    """enquire_link, a request that times out, and a peer that stays silent: one timer serves them all"""

    async def main():
        async def silent(reader, writer):
            bind = Reader().feed(await reader.read(1000))[0]
            writer.write(frame(c.BIND_TRANSCEIVER_RESP, b"x\0", sequence=bind.sequence))
            with contextlib.suppress(ConnectionError):
                while data := await reader.read(1000):
                    sent.extend(Reader().feed(data))
                writer.close()
                await writer.wait_closed()
            gone.set()

        sent, gone = [], asyncio.Event()
        server = await asyncio.start_server(silent, HOST, 0)
        stand = Stand(server, [])
        client = await a_client(stand, timeouts=Timeouts(request=40, enquire_every=80, enquire=80))
        client.protocol.send(a_submit(), "mine")
        await client.until(lambda o: o.closed)
        assert [type(event) for event in client.events] == [e.Bound, e.TimedOut, e.LinkDead]
        await gone.wait()
        assert [p.command for p in sent] == [c.SUBMIT_SM, c.ENQUIRE_LINK]
        server.close()
        await server.wait_closed()

    run(main())


def test_a_visitor_who_does_not_bind_is_shown_out():
    async def main():
        async with a_server(timeouts=Timeouts(bind=50)) as stand:
            reader, writer = await asyncio.open_connection(HOST, stand.port)
            assert await reader.read() == b""
            await stand.smsc.until(lambda o: o.closed)
            assert len(stand.smsc.of(e.LinkDead)) == 1
            writer.close()

    run(main())


def test_another_protocol_is_answered_with_a_nack_and_closed():
    async def main():
        async with a_server() as stand:
            reader, writer = await asyncio.open_connection(HOST, stand.port)
            writer.write(b"GET / HTTP/1.1\r\n\r\n")
            assert await reader.read() == frame(c.GENERIC_NACK, b"", c.ESME_RINVCMDLEN, 0)
            await stand.smsc.until(lambda o: o.closed)
            writer.close()

    run(main())


@pytest.mark.parametrize("loop", LOOPS)
def test_a_server_stops_reading_from_a_peer_that_does_not_read(loop):
    async def main():
        async with a_server() as stand:
            with socket.create_connection((HOST, stand.port)) as peer:
                peer.setblocking(False)
                questions = frame(c.ENQUIRE_LINK) * 10_000
                sent = answers = 0
                async with asyncio.timeout(20):
                    while not stand.smscs or stand.smsc.protocol.writable:
                        with contextlib.suppress(BlockingIOError):
                            sent += peer.send(questions[sent % 16 :])
                        await asyncio.sleep(0)  # the server's turn
                    server = stand.smsc.protocol
                    assert not server._transport.is_reading()
                    assert server._transport.get_write_buffer_size() < 4_000_000
                    while answers < sent // 16 * 16:  # now it reads, and is answered to the last
                        with contextlib.suppress(BlockingIOError):
                            answers += len(peer.recv(1 << 20))
                        await asyncio.sleep(0)
                    await stand.smsc.until(lambda o: o.protocol.writable)

    run(main(), loop)


def test_a_client_that_cannot_write_says_so_and_still_reads():
    async def main():
        async def busy(reader, writer):
            bind = Reader().feed(await reader.read(1000))[0]
            writer.write(frame(c.BIND_TRANSCEIVER_RESP, b"x\0", sequence=bind.sequence))
            await stuck.wait()
            writer.write(frame(c.DELIVER_SM, sm_body(b"hi")))
            await heard.wait()
            with contextlib.suppress(ConnectionError):
                while await reader.read(1 << 20):
                    pass
                writer.close()
                await writer.wait_closed()
            gone.set()

        stuck, heard, gone = asyncio.Event(), asyncio.Event(), asyncio.Event()
        server = await asyncio.start_server(busy, HOST, 0)
        client = await a_client(Stand(server, []), window=1000)
        payload = (tlv.make(tlv.MESSAGE_PAYLOAD, b"x" * 60_000),)
        for number in range(1000):
            client.protocol.send(a_submit(short_message=b"", tlvs=payload), number)
        await client.until(lambda o: o.written)
        assert not client.protocol.writable
        stuck.set()
        await client.until(lambda o: o.of(e.Request))
        heard.set()
        await client.until(lambda o: o.protocol.writable)
        client.protocol.abort()
        await gone.wait()
        server.close()
        await server.wait_closed()

    run(main())


def test_nobody_listens():
    async def main():
        async with a_server() as stand:
            port = stand.port
        with pytest.raises(OSError):
            await connect(HOST, port, Session(Role.ESME), Owner, clock)

    run(main())


def test_a_certificate_nobody_vouches_for_is_refused(tls):
    server_tls, _ = tls

    async def main():
        async with a_server(tls=server_tls) as stand:
            with pytest.raises(ssl.SSLCertVerificationError):
                await a_client(stand, tls=ssl.create_default_context())

    run(main())
