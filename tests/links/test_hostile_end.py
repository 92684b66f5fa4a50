"""Our client against a message centre that breaks the protocol: what the session dies of, and what it says then."""

import asyncio

import pytest

from links import hostile
from links.hostile import HostileSmsc, pdu
from links.hostile_scene import a_bind, an_unbound_client, over_a_socket, with_options
from lotsman.smpp import commands as c
from lotsman.smpp import events as e
from lotsman.smpp.states import State
from lotsman.smpp.timers import Timeouts


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(pdu(c.DELIVER_SM, length=0), id="length 0"),
        pytest.param(pdu(c.DELIVER_SM, length=15), id="a length shorter than the header"),
        pytest.param(pdu(c.DELIVER_SM, length=0xFFFFFFFF), id="four gigabytes"),
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", id="HTTP"),
        pytest.param(b"\x16\x03\x03\x00\x7a\x02" + bytes(120), id="TLS"),
    ],
)
def test_lost_framing_ends_the_session_and_names_who_was_waiting(octets):
    @over_a_socket
    async def scene(client, peer):
        client.submit("one", "two")
        await peer.take()
        await peer.take()
        peer.say(octets)
        assert await peer.sees_the_end() == pdu(c.GENERIC_NACK, c.ESME_RINVCMDLEN, 0)
        await client.until(lambda o: o.closed)
        assert [error.fatal for error in client.of(e.ProtocolError)] == [True]
        assert client.of(e.Lost) == [e.Lost(["one", "two"])]

    scene()


@over_a_socket
async def test_what_came_before_the_lost_framing_still_counts(client, peer):
    client.submit("one", "two")
    submit = await peer.take()
    peer.say(
        pdu(c.SUBMIT_SM_RESP, 0, submit.sequence, b"abc\0"),
        pdu(c.DELIVER_SM, length=3),
        pdu(c.SUBMIT_SM_RESP, 0, submit.sequence + 1, b"never read\0"),
    )
    await client.until(lambda o: o.closed)
    assert client.outcomes == [("one", "abc")]
    assert client.of(e.Lost) == [e.Lost(["two"])]


@pytest.mark.parametrize("end", [hostile.Peer.hang_up, hostile.Peer.reset])
def test_an_end_within_a_response_leaves_its_request_unanswered(end):
    @over_a_socket
    async def scene(client, peer):
        client.submit("one")
        submit = await peer.take()
        peer.say(pdu(c.SUBMIT_SM_RESP, 0, submit.sequence, b"abc\0")[:-1])
        end(peer)
        await client.until(lambda o: o.closed)
        assert client.outcomes == []
        assert client.of(e.Lost) == [e.Lost(["one"])]

    scene()


@over_a_socket
async def test_unbind_is_answered_and_names_who_was_waiting(client, peer):
    client.submit("one")
    await peer.take()
    peer.say(pdu(c.UNBIND, 0, 5))
    assert await peer.take() == (c.UNBIND_RESP, 0, 5, b"")
    await client.until(lambda o: o.closed)
    assert client.of(e.Unbound) == [e.Unbound(by_peer=True)]
    assert client.of(e.Lost) == [e.Lost(["one"])]


@over_a_socket
@with_options(timeouts=Timeouts(enquire_every=20, enquire=20))
async def test_silence_kills_after_one_question(client, peer):
    assert (await peer.take()).command == c.ENQUIRE_LINK
    await client.until(lambda o: o.closed)
    assert client.of(e.LinkDead) == [e.LinkDead("the peer did not answer enquire_link")]
    assert await peer.sees_the_end() == b""


def test_a_bind_that_nobody_answers_kills_the_session():
    async def main():
        async with HostileSmsc() as smsc, an_unbound_client(smsc, timeouts=Timeouts(bind=20)) as client:
            client.protocol.bind(a_bind())
            await client.until(lambda o: o.closed)
            assert client.of(e.LinkDead) == [e.LinkDead("no bind in time")]

    asyncio.run(main())


@pytest.mark.parametrize("status", [c.ESME_RINVPASWD, c.ESME_RALYBND, 0x0402])
def test_a_refused_bind_tells_its_status(status):
    async def main():
        async with HostileSmsc() as smsc, an_unbound_client(smsc) as client:
            client.protocol.bind(a_bind())
            peer = await smsc.accept()
            bind = await peer.take()
            peer.say(pdu(c.BIND_TRANSCEIVER_RESP, status, bind.sequence))
            await client.until(lambda o: o.of(e.BindRefused))
            assert client.of(e.BindRefused)[0].status == status
            assert client.protocol.session.state is State.OPEN

    asyncio.run(main())


def test_a_bind_answered_by_generic_nack_is_refused():
    async def main():
        async with HostileSmsc() as smsc, an_unbound_client(smsc) as client:
            client.protocol.bind(a_bind())
            peer = await smsc.accept()
            bind = await peer.take()
            peer.say(pdu(c.GENERIC_NACK, 0, bind.sequence))
            await client.until(lambda o: o.of(e.BindRefused))

    asyncio.run(main())
