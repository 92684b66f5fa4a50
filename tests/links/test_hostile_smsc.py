"""Our client against a message centre that breaks the protocol: what the session survives."""

import asyncio

import pytest

from links.hostile import HostileSmsc, pdu, receipt_body
from links.hostile_scene import a_bind, an_unbound_client, over_a_socket, still_works, with_options
from lotsman.smpp import commands as c
from lotsman.smpp import events as e
from lotsman.smpp.timers import Timeouts


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
