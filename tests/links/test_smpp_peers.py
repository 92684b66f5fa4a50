"""The SMPP link against message centres that say what no good one says, PDU by PDU."""

import asyncio
import contextlib

import pytest

from links.hostile import (
    DELIVER_SM,
    DELIVER_SM_RESP,
    ENQUIRE_LINK,
    ENQUIRE_LINK_RESP,
    GENERIC_NACK,
    SUBMIT_SM,
    SUBMIT_SM_RESP,
    UNBIND,
    UNBIND_RESP,
    HostileSmsc,
    pdu,
    receipt_body,
)
from lotsman.domain.lifecycle import State
from stand.harbour import MONEY, PRICE, a_link, harbour, on_a_loop

PHONE = "79001234567"  # the phone that receipts of the hostile peer are about
DATA_SM, DATA_SM_RESP = 0x103, 0x80000103
RINVCMDLEN, RINVCMDID, RTHROTTLED, RX_T_APPN, RINVDSTADR = 0x02, 0x03, 0x58, 0x64, 0x0B


@contextlib.asynccontextmanager
async def a_stand(folder, **settings):
    """(the message centre, the stand, the peer that the link is bound to)"""
    async with HostileSmsc() as smsc, harbour(folder, a_link(smsc.port, **settings), bound=False) as stand:
        peer = await smsc.accept()
        await peer.take_bind()
        await stand.until_link("bound")
        try:
            yield smsc, stand, peer
        finally:
            for each in smsc._all:
                each.reset()  # or else the link would be polite to it


async def submitted(stand, peer):
    """A message on the wire: its id, and the sequence number of its submit_sm"""
    message = await stand.send(to=PHONE)
    frame = await peer.take()
    assert frame.command == SUBMIT_SM
    return message, frame.sequence


async def still_works(stand, peer):
    """The session lives: a message goes through it, and its receipt comes back"""
    message, sequence = await submitted(stand, peer)
    peer.say(pdu(SUBMIT_SM_RESP, 0, sequence, b"after\0"))
    await stand.until(message, State.SUBMITTED)
    peer.say(pdu(DELIVER_SM, 0, 900, receipt_body(b"after")))
    assert await peer.take() == (DELIVER_SM_RESP, 0, 900, b"\0")
    assert stand.state(message) is State.DELIVERED


# What the link lives through


@on_a_loop
async def test_a_command_nobody_knows_is_refused_and_the_link_goes_on(tmp_path):
    async with a_stand(tmp_path) as (_, stand, peer):
        peer.say(pdu(0x0009_9999, 0, 41, b"whatever"))
        assert await peer.take() == (GENERIC_NACK, RINVCMDID, 41, b"")
        await still_works(stand, peer)


@on_a_loop
async def test_enquire_link_is_answered(tmp_path):
    async with a_stand(tmp_path) as (_, stand, peer):
        peer.say(pdu(ENQUIRE_LINK, 0, 42))
        assert await peer.take() == (ENQUIRE_LINK_RESP, 0, 42, b"")
        await still_works(stand, peer)


@on_a_loop
async def test_a_silent_carrier_is_asked_whether_it_is_there_and_left_when_it_does_not_answer(tmp_path):
    async with a_stand(tmp_path, enquire_every=0.5) as (smsc, stand, peer):
        frame = await peer.take()
        assert frame.command == ENQUIRE_LINK
        peer.say(pdu(ENQUIRE_LINK_RESP, 0, frame.sequence))
        assert (await peer.take()).command == ENQUIRE_LINK
        assert await peer.sees_the_end() == b""
        again = await smsc.accept()
        await again.take_bind()
        await stand.until_link("bound")
        assert ("connecting", "the peer did not answer enquire_link") in stand.link_states()


@pytest.mark.parametrize(("command", "response"), [(DELIVER_SM, DELIVER_SM_RESP), (DATA_SM, DATA_SM_RESP)])
@on_a_loop
async def test_a_message_of_a_phone_is_taken_in(tmp_path, command, response):
    addresses = b"\0\1\x0179001234567\0\0\x01SHOP\0"
    body = addresses + (b"\0\0\0\0\0\0\0\0\0\2hi" if command == DELIVER_SM else b"\0\0\0")
    async with a_stand(tmp_path) as (_, stand, peer):
        peer.say(pdu(command, 0, 43, body))
        frame = await peer.take()
        assert (frame.command, frame.status, frame.sequence) == (response, 0, 43)
        await still_works(stand, peer)


@on_a_loop
async def test_a_submit_that_could_not_be_read_is_refused(tmp_path):
    async with a_stand(tmp_path) as (_, stand, peer):
        for status in (RINVCMDLEN, 0):
            message, sequence = await submitted(stand, peer)
            peer.say(pdu(GENERIC_NACK, status, sequence))
            await stand.until(message, State.REFUSED)
        assert await stand.balance() == MONEY
        await still_works(stand, peer)


@on_a_loop
async def test_a_second_response_to_the_same_submit_changes_nothing(tmp_path):
    async with a_stand(tmp_path) as (_, stand, peer):
        message, sequence = await submitted(stand, peer)
        peer.say(
            pdu(SUBMIT_SM_RESP, 0, sequence, b"first\0"),
            pdu(SUBMIT_SM_RESP, 0, sequence, b"second\0"),
            pdu(SUBMIT_SM_RESP, RINVDSTADR, sequence),
        )
        await stand.until(message, State.SUBMITTED)
        await still_works(stand, peer)
        assert stand.history(message) == ["ACCEPTED", "TAKEN"]
        assert stand.message(message).parts[0]["smsc_id"] == "first"


@on_a_loop
async def test_a_receipt_may_stand_before_its_response_in_one_segment(tmp_path):
    async with a_stand(tmp_path) as (_, stand, peer):
        message, sequence = await submitted(stand, peer)
        peer.say(
            pdu(DELIVER_SM, 0, 44, receipt_body(b"early")),
            pdu(SUBMIT_SM_RESP, 0, sequence, b"early\0"),
        )
        assert await peer.take() == (DELIVER_SM_RESP, 0, 44, b"\0")
        await stand.until(message, State.DELIVERED)
        await still_works(stand, peer)


# Answers to submits that are in doubt already


@pytest.mark.parametrize(
    ("status", "body", "state", "price"),
    [
        (0, b"late\0", State.SUBMITTED, PRICE),
        (RINVDSTADR, b"", State.REFUSED, 0),
        (RTHROTTLED, b"", State.UNCERTAIN, PRICE),
    ],
    ids=["taken", "refused", "throttled"],
)
@on_a_loop
async def test_an_answer_that_comes_too_late_still_says_what_became_of_it(
    tmp_path, status, body, state, price
):
    async with a_stand(tmp_path, submit_timeout=0.05) as (_, stand, peer):
        message, sequence = await submitted(stand, peer)
        await stand.until(message, State.UNCERTAIN)
        peer.say(pdu(SUBMIT_SM_RESP, status, sequence, body), pdu(ENQUIRE_LINK, 0, 45))
        assert (await peer.take()).command == ENQUIRE_LINK_RESP
        await stand.until(message, state)
        assert await stand.balance() == MONEY - price


# What ends a session


@pytest.mark.parametrize(
    "last_words",
    [
        pdu(SUBMIT_SM_RESP, 0, 2, b"abc\0", length=8),
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\xff" * 64,
        b"\0\0\0",
    ],
    ids=["impossible length", "another protocol", "noise", "half a header, then the end"],
)
@on_a_loop
async def test_broken_framing_ends_the_session_and_leaves_the_unanswered_in_doubt(tmp_path, last_words):
    async with a_stand(tmp_path) as (smsc, stand, peer):
        message, _ = await submitted(stand, peer)
        peer.say(last_words)
        if len(last_words) < 4:
            peer.hang_up()
        await stand.until(message, State.UNCERTAIN)
        again = await smsc.accept()
        await again.take_bind()
        await stand.until_link("bound")
        await still_works_with_a_doubt(stand, again, message)


async def still_works_with_a_doubt(stand, peer, doubtful):
    """A receipt with an unknown id for that phone is the doubtful message's; the next message gets its own"""
    peer.say(pdu(DELIVER_SM, 0, 46, receipt_body(b"4711")))
    assert await peer.take() == (DELIVER_SM_RESP, 0, 46, b"\0")
    assert stand.state(doubtful) is State.DELIVERED
    await still_works(stand, peer)


@on_a_loop
async def test_a_carrier_that_unbinds_is_answered_and_bound_again(tmp_path):
    async with a_stand(tmp_path) as (smsc, stand, peer):
        message, _ = await submitted(stand, peer)
        peer.say(pdu(UNBIND, 0, 47))
        assert await peer.take() == (UNBIND_RESP, 0, 47, b"")
        await stand.until(message, State.UNCERTAIN)
        again = await smsc.accept()
        await again.take_bind()
        await stand.until_link("bound")
        assert ("connecting", "the carrier unbound") in stand.link_states()
        await still_works_with_a_doubt(stand, again, message)


@on_a_loop
async def test_a_carrier_that_hangs_up_before_it_answers_the_bind_is_tried_again(tmp_path):
    async with HostileSmsc() as smsc, harbour(tmp_path, a_link(smsc.port), bound=False) as stand:
        for _ in range(3):
            peer = await smsc.accept()
            await peer.take()
            peer.hang_up()
        peer = await smsc.accept()
        await peer.take_bind()
        await stand.until_link("bound")
        assert ("connecting", "the carrier closed the connection") in stand.link_states()
        await still_works(stand, peer)
        peer.reset()


@on_a_loop
async def test_a_node_that_stops_says_goodbye(tmp_path):
    async with a_stand(tmp_path) as (_, stand, peer):
        message, sequence = await submitted(stand, peer)
        peer.say(pdu(SUBMIT_SM_RESP, 0, sequence, b"taken\0"))
        await stand.until(message, State.SUBMITTED)
        stopping = asyncio.create_task(stand.stop_carrier())
        frame = await peer.take()
        assert frame.command == UNBIND
        peer.say(pdu(UNBIND_RESP, 0, frame.sequence))
        assert await peer.sees_the_end() == b""
        await stopping
