"""Our client against a message centre that breaks the protocol: what the session survives, and what it dies of."""

import asyncio
import contextlib
import functools

import pytest

from links import hostile
from links.hostile import HostileSmsc, pdu, receipt_body
from lotsman.smpp import commands as c
from lotsman.smpp import events as e
from lotsman.smpp.pdu import Bind
from lotsman.smpp.states import State
from lotsman.smpp.timers import Timeouts
from unit.smpp.connection_pair import a_submit
from unit.smpp.loopback import Owner, a_client


class Client(Owner):
    """Answers what it is sent, as a gateway does, and can be asked what became of its submits"""

    def on_events(self, events):
        for event in events:
            if isinstance(event, e.Request):
                self.protocol.answer(event.pdu)
        super().on_events(events)

    def submit(self, *contexts):
        for context in contexts:
            self.protocol.send(a_submit(), context)

    @property
    def alive(self):
        return self.protocol.session.state is State.BOUND_TRX and not self.closed

    @property
    def outcomes(self):
        return [
            (event.context, event.pdu.message_id if not event.status else event.status)
            for event in self.of(e.Response)
        ]

    @property
    def reasons(self):
        return [event.reason for event in self.of(e.ProtocolError)]


def over_a_socket(test):
    """The test gets a bound client and the peer it is bound to; the client may have options"""
    options = getattr(test, "options", {})

    @functools.wraps(test)
    def run():
        async def main():
            async with HostileSmsc() as smsc, an_unbound_client(smsc, **options) as client:
                peer = await smsc.accept()
                client.protocol.bind(a_bind())
                await peer.take_bind()
                await client.until(lambda o: o.of(e.Bound))
                await test(client, peer)

        asyncio.run(main())

    del run.__wrapped__  # or else pytest takes the arguments for fixtures
    return run


def with_options(**options):
    def mark(test):
        test.options = options
        return test

    return mark


def a_bind():
    return Bind(c.BIND_TRANSCEIVER, system_id="shop", password="secret")


@contextlib.asynccontextmanager
async def an_unbound_client(smsc, **options):
    client = await a_client(smsc, bind=False, owner=Client, **options)
    try:
        yield client
    finally:
        client.protocol.abort()
        await client.until(lambda o: o.closed)


async def still_works(client, peer):
    """The session lives: a message goes through it"""
    client.submit("afterwards")
    frame = await peer.take()
    while frame.command != c.SUBMIT_SM:
        frame = await peer.take()
    peer.say(pdu(c.SUBMIT_SM_RESP, 0, frame.sequence, b"after\0"))
    await client.until(lambda o: ("afterwards", "after") in o.outcomes)
    assert client.alive


# What it survives


@over_a_socket
async def test_a_response_may_come_one_octet_at_a_time(client, peer):
    client.submit("one")
    submit = await peer.take()
    await peer.drip(pdu(c.SUBMIT_SM_RESP, 0, submit.sequence, b"abc\0"))
    await client.until(lambda o: o.outcomes)
    assert client.outcomes == [("one", "abc")]
    await still_works(client, peer)


@over_a_socket
async def test_a_response_with_a_wrong_sequence_answers_nobody(client, peer):
    client.submit("one")
    submit = await peer.take()
    peer.say(pdu(c.SUBMIT_SM_RESP, 0, submit.sequence + 7, b"abc\0"))
    await client.until(lambda o: o.reasons)
    assert client.reasons == ["a response to no request"]
    assert client.outcomes == []
    peer.say(pdu(c.SUBMIT_SM_RESP, 0, submit.sequence, b"abc\0"))
    await client.until(lambda o: o.outcomes)
    await still_works(client, peer)


@over_a_socket
async def test_a_response_of_another_command_answers_nobody(client, peer):
    client.submit("one")
    submit = await peer.take()
    peer.say(pdu(0x80000003, 0, submit.sequence, b"abc\0\0\2\0"))  # query_sm_resp
    await client.until(lambda o: o.reasons)
    assert client.outcomes == []
    peer.say(pdu(c.SUBMIT_SM_RESP, 0, submit.sequence, b"abc\0"))
    await client.until(lambda o: o.outcomes)
    await still_works(client, peer)


@over_a_socket
async def test_a_second_response_to_one_request_is_not_a_second_outcome(client, peer):
    client.submit("one")
    submit = await peer.take()
    peer.say(
        pdu(c.SUBMIT_SM_RESP, 0, submit.sequence, b"abc\0"),
        pdu(c.SUBMIT_SM_RESP, 0x58, submit.sequence),
    )
    await client.until(lambda o: o.reasons)
    assert client.outcomes == [("one", "abc")]
    await still_works(client, peer)


@over_a_socket
@with_options(timeouts=Timeouts(request=20))
async def test_a_response_after_the_timeout_still_tells_the_id(client, peer):
    client.submit("one")
    submit = await peer.take()
    await client.until(lambda o: o.of(e.TimedOut))
    assert client.of(e.TimedOut) == [e.TimedOut("one")]
    peer.say(pdu(c.SUBMIT_SM_RESP, 0, submit.sequence, b"late\0"))
    await client.until(lambda o: o.outcomes)
    assert client.outcomes == [("one", "late")]
    assert client.alive


@over_a_socket
async def test_a_receipt_may_come_before_its_response(client, peer):
    client.submit("one")
    submit = await peer.take()
    peer.say(
        pdu(c.DELIVER_SM, 0, 900, receipt_body(b"abc")),
        pdu(c.SUBMIT_SM_RESP, 0, submit.sequence, b"abc\0"),
    )
    await client.until(lambda o: o.outcomes)
    assert [type(event) for event in client.events[-2:]] == [e.Request, e.Response]
    assert (await peer.take())[:3] == (c.DELIVER_SM_RESP, 0, 900)
    await still_works(client, peer)


@over_a_socket
async def test_a_receipt_that_comes_twice_is_told_twice(client, peer):
    peer.say(*[pdu(c.DELIVER_SM, 0, 900, receipt_body(b"abc"))] * 2)
    await client.until(lambda o: len(o.of(e.Request)) == 2)
    assert [(await peer.take())[:3] for _ in range(2)] == [(c.DELIVER_SM_RESP, 0, 900)] * 2
    await still_works(client, peer)


@over_a_socket
async def test_a_thousand_receipts_may_share_their_segments(client, peer):
    peer.say(*(pdu(c.DELIVER_SM, 0, number, receipt_body(b"%d" % number)) for number in range(1, 1001)))
    await client.until(lambda o: len(o.of(e.Request)) == 1000)
    assert [(await peer.take()).sequence for _ in range(1000)] == list(range(1, 1001))
    await still_works(client, peer)


@pytest.mark.parametrize("status", [0x0401, 0x0500, 0xFFFFFFFF])
def test_a_status_of_no_table_comes_as_the_number_it_is(status):
    @over_a_socket
    async def scene(client, peer):
        client.submit("one")
        submit = await peer.take()
        peer.say(pdu(c.SUBMIT_SM_RESP, status, submit.sequence))
        await client.until(lambda o: o.outcomes)
        assert client.outcomes == [("one", status)]
        await still_works(client, peer)

    scene()


@pytest.mark.parametrize(
    ("body", "message_id"),
    [
        pytest.param(b"", "", id="no body"),
        pytest.param(b"abc", "abc", id="no NUL"),
        pytest.param(b"abc\0\0\0", "abc", id="padded"),
        pytest.param(b"abc\0\x14\x01\x00\x09x", "abc", id="a TLV that runs past the end"),
        pytest.param(b"abc\0\xff\xff\x00\x02hi", "abc", id="an unknown TLV"),
        pytest.param(b"\xe4\x00", "\xe4", id="an id beyond ASCII"),
        pytest.param(b"7" * 200 + b"\0", "7" * 200, id="an id three times too long"),
    ],
)
def test_a_response_is_read_leniently(body, message_id):
    @over_a_socket
    async def scene(client, peer):
        client.submit("one")
        submit = await peer.take()
        peer.say(pdu(c.SUBMIT_SM_RESP, 0, submit.sequence, body))
        await client.until(lambda o: o.outcomes)
        assert client.outcomes == [("one", message_id)]
        await still_works(client, peer)

    scene()


@over_a_socket
async def test_a_refusal_may_have_a_body(client, peer):
    client.submit("one")
    submit = await peer.take()
    peer.say(pdu(c.SUBMIT_SM_RESP, 0x58, submit.sequence, b"\0"))
    await client.until(lambda o: o.outcomes)
    assert client.outcomes == [("one", 0x58)]
    await still_works(client, peer)


@over_a_socket
async def test_generic_nack_answers_the_request_of_its_sequence(client, peer):
    client.submit("one")
    submit = await peer.take()
    peer.say(pdu(c.GENERIC_NACK, 3, submit.sequence))
    await client.until(lambda o: o.of(e.Nacked))
    assert client.of(e.Nacked) == [e.Nacked("one", 3)]
    await still_works(client, peer)


@over_a_socket
async def test_generic_nack_of_nothing_changes_nothing(client, peer):
    peer.say(pdu(c.GENERIC_NACK, 2, 0))
    await client.until(lambda o: o.reasons)
    assert client.reasons == ["generic_nack"]
    await still_works(client, peer)


@pytest.mark.parametrize(
    ("command", "answer", "status"),
    [
        pytest.param(0x00010200, c.GENERIC_NACK, c.ESME_RINVCMDID, id="an unknown command"),
        pytest.param(c.SUBMIT_SM, c.SUBMIT_SM_RESP, c.ESME_RINVBNDSTS, id="what only a client may send"),
        pytest.param(c.BIND_RECEIVER, c.BIND_RECEIVER_RESP, c.ESME_RINVBNDSTS, id="a bind to the client"),
    ],
)
def test_a_request_that_nobody_may_send_us_is_refused(command, answer, status):
    bodies = {c.SUBMIT_SM: receipt_body(b"1"), c.BIND_RECEIVER: b"a\0b\0\0\x34\0\0\0"}

    @over_a_socket
    async def scene(client, peer):
        peer.say(pdu(command, 0, 77, bodies.get(command, b"whatever")))
        assert await peer.take() == (answer, status, 77, b"")
        assert client.of(e.Request) == []
        await still_works(client, peer)

    scene()


@over_a_socket
async def test_an_unknown_response_is_not_answered(client, peer):
    peer.say(pdu(0x80010200, 0, 77, b"whatever"), pdu(c.ENQUIRE_LINK, 0, 78))
    assert (await peer.take())[:3] == (c.ENQUIRE_LINK_RESP, 0, 78)
    await still_works(client, peer)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(receipt_body(b"abc")[:-1], c.ESME_RINVMSGLEN, id="shorter than its sm_length"),
        pytest.param(receipt_body(b"abc")[:12], c.ESME_RINVCMDLEN, id="it ends in an address"),
        pytest.param(b"", c.ESME_RINVCMDLEN, id="no body"),
        pytest.param(b"x" * 40, c.ESME_RINVCMDLEN, id="no NUL anywhere"),
        pytest.param(receipt_body(b"abc") + b"\4\x27\0\x09\2", c.ESME_RINVPARLEN, id="a TLV past the end"),
        pytest.param(receipt_body(b"abc") + b"\1\2\3", c.ESME_RINVOPTPARSTREAM, id="stray octets"),
    ],
)
def test_a_damaged_receipt_is_refused_and_not_told(body, status):
    @over_a_socket
    async def scene(client, peer):
        peer.say(pdu(c.DELIVER_SM, 0, 900, body), pdu(c.DELIVER_SM, 0, 901, receipt_body(b"abc")))
        assert await peer.take() == (c.DELIVER_SM_RESP, status, 900, b"")
        assert (await peer.take())[:3] == (c.DELIVER_SM_RESP, 0, 901)
        assert len(client.of(e.Request)) == 1
        await still_works(client, peer)

    scene()


def test_enquire_link_before_the_bind_is_answered_does_no_harm():
    async def main():
        async with HostileSmsc() as smsc, an_unbound_client(smsc) as client:
            client.protocol.bind(a_bind())
            peer = await smsc.accept()
            bind = await peer.take()
            peer.say(pdu(c.ENQUIRE_LINK, 0, 1))
            assert (await peer.take())[:3] == (c.ENQUIRE_LINK_RESP, 0, 1)
            peer.say(pdu(c.BIND_TRANSCEIVER_RESP, 0, bind.sequence))  # no system_id at all
            await client.until(lambda o: o.of(e.Bound))
            await still_works(client, peer)

    asyncio.run(main())


# What it dies of


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
