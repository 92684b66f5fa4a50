"""Submits whose answer never came: dropped connections, silence, dead links. Nothing is lost, nothing is sent twice by luck."""

from collections import Counter

import pytest

from lotsman.domain.lifecycle import State
from stand.harbour import MONEY, PATIENCE, PRICE, a_link, an_smsc, harbour, on_a_loop, phones

PHONE = "79031112233"
SOON = 0.1  # seconds until an unanswered submit is in doubt


def taken_by(*smscs):
    """Phone -> how often a message centre took its message, answered or not"""
    return Counter(submit.destination for smsc in smscs for submit in smsc.received if not submit.status)


async def settled(stand, messages, *states):
    """Waits until every message is in one of these states; -> state -> messages"""

    def all_there():
        return all(stand.state(message) in states for message in messages)

    await stand.until_true(all_there, PATIENCE)
    found = {state: [] for state in states}
    for message in messages:
        found[stand.state(message)].append(message)
    return found


def phone_of(stand, message):
    return stand.message(message).message["msisdn"]


# Silence


@on_a_loop
async def test_an_unanswered_submit_is_held_in_doubt_and_given_up_at_its_ttl(tmp_path):
    script = "no response\nreceipts lost"
    link_plan = {"submit_timeout": SOON}
    async with an_smsc(script) as smsc, harbour(tmp_path, a_link(smsc.port, **link_plan)) as stand:
        message = await stand.send(to=PHONE)
        await stand.until(message, State.UNCERTAIN)
        assert stand.history(message) == ["ACCEPTED", "LOST"]
        assert "no response in time" in stand.message(message).message["history"]
        assert await stand.balance() == MONEY - PRICE
        stand.advance(24 * 3600 + 61)
        await stand.until(message, State.UNDELIVERED)
        assert await stand.balance() == MONEY
        assert smsc.counts.submits == 1


@pytest.mark.parametrize("receipt", ["10ms", "400ms"], ids=["before the doubt", "after it"])
@on_a_loop
async def test_a_receipt_by_the_phone_alone_settles_a_doubt(tmp_path, receipt):
    async with (
        an_smsc("no response", receipt=receipt) as smsc,
        harbour(tmp_path, a_link(smsc.port, submit_timeout=SOON)) as stand,
    ):
        message = await stand.send(to=PHONE)
        await stand.until(message, State.DELIVERED)
        assert stand.history(message) == ["ACCEPTED", "LOST", "RECEIPT_GOOD"]
        (part,) = stand.message(message).parts
        assert part["smsc_id"] == smsc.received[0].smsc_id


@on_a_loop
async def test_a_link_that_resends_sends_an_unanswered_submit_again(tmp_path):
    plan = {"submit_timeout": SOON, "in_doubt": "resend"}
    async with (
        an_smsc("no response 1\nreceipts lost 1") as smsc,
        harbour(tmp_path, a_link(smsc.port, **plan)) as stand,
    ):
        message = await stand.send(to=PHONE)
        await stand.until(message, State.DELIVERED)
        assert stand.history(message) == ["ACCEPTED", "PUT_BACK", "TAKEN", "RECEIPT_GOOD"]
        assert taken_by(smsc) == {PHONE: 2}
        assert await stand.balance() == MONEY - PRICE


@on_a_loop
async def test_of_a_long_text_only_the_unanswered_parts_are_sent_again(tmp_path):
    plan = {"submit_timeout": SOON, "in_doubt": "resend"}
    async with an_smsc("no response every 3") as smsc, harbour(tmp_path, a_link(smsc.port, **plan)) as stand:
        text = "Съешь ещё этих мягких французских булок, да выпей же чаю. " * 3
        message = await stand.send(to=PHONE, text=text)
        await smsc.wait_for(3)
        await stand.until(message, State.DELIVERED)
        headers = [submit.udh for submit in smsc.received]
        assert len(headers) == 4
        assert headers[3] == headers[2]  # the third part, with the same reference
        assert len(set(headers)) == 3
        assert len(stand.message(message).parts) == 3
        assert await stand.balance() == MONEY - 3 * PRICE


# Connections that end


@on_a_loop
async def test_a_connection_dropped_in_mid_window_loses_and_doubles_nothing(tmp_path):
    script = "drop after 35\nlatency 2..10ms"
    async with an_smsc(script) as smsc, harbour(tmp_path, a_link(smsc.port, window=10)) as stand:
        messages = await stand.send(to=phones(100))
        await settled(stand, messages, State.DELIVERED, State.UNCERTAIN)
        await smsc.until(lambda: smsc.counts.acknowledged == smsc.counts.submits)
        # Whatever reached the message centre has had its receipt now, so what is in doubt did not reach it.
        found = await settled(stand, messages, State.DELIVERED, State.UNCERTAIN)
        assert smsc.counts.dropped == 1
        assert len(found[State.UNCERTAIN]) < 10
        assert set(taken_by(smsc).values()) == {1}
        assert taken_by(smsc).keys() == {phone_of(stand, message) for message in found[State.DELIVERED]}
        stand.advance(24 * 3600 + 61)
        await stand.until(found[State.UNCERTAIN], State.UNDELIVERED)
        assert await stand.balance() == MONEY - PRICE * len(found[State.DELIVERED])


@on_a_loop
async def test_a_link_that_resends_delivers_everything_over_a_breaking_connection(tmp_path):
    script = "drop every 60\nlatency 2..10ms"
    plan = {"window": 10, "in_doubt": "resend"}
    async with an_smsc(script) as smsc, harbour(tmp_path, a_link(smsc.port, **plan)) as stand:
        messages = await stand.send(to=phones(300))
        await stand.until(messages, State.DELIVERED, patience=20)
        assert smsc.counts.dropped >= 5
        taken = taken_by(smsc)
        doubted = {phone_of(stand, message) for message in messages if "PUT_BACK" in stand.history(message)}
        assert len(taken) == 300
        assert {phone for phone, times in taken.items() if times > 1} <= doubted
        assert await stand.balance() == MONEY - 300 * PRICE


@on_a_loop
async def test_a_long_text_in_doubt_is_delivered_by_the_receipts_of_all_its_parts(tmp_path):
    async with an_smsc("drop after 2") as smsc, harbour(tmp_path, a_link(smsc.port, window=2)) as stand:
        message = await stand.send(to=PHONE, text="a" * 300)  # the second part is taken, and not answered
        await stand.until(message, State.DELIVERED)
        assert stand.history(message) == ["ACCEPTED", "LOST", "RECEIPT_GOOD"]
        assert taken_by(smsc) == {PHONE: 2}


@on_a_loop
async def test_a_message_centre_that_comes_back_gets_what_has_waited(tmp_path):
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        await stand.until(await stand.send(to=PHONE), State.DELIVERED)
        await smsc.stop()
        await stand.until_link("connecting")
        messages = await stand.send(to=phones(25))
        assert {stand.state(message) for message in messages} == {State.ACCEPTED}
        await smsc.start()
        await stand.until(messages, State.DELIVERED)
        assert set(taken_by(smsc).values()) == {1}


@on_a_loop
async def test_receipts_that_came_while_nobody_was_bound_are_taken_later(tmp_path):
    async with an_smsc(receipt="300ms") as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        messages = await stand.send(to=phones(25))
        await stand.until(messages, State.SUBMITTED)
        await stand.restart()
        await stand.until(messages, State.DELIVERED)
        assert smsc.counts.acknowledged == 25
        assert set(taken_by(smsc).values()) == {1}


# Two links


@on_a_loop
async def test_when_a_link_dies_in_mid_window_another_takes_over(tmp_path):
    async with an_smsc("latency 2..10ms") as first, an_smsc("latency 2..10ms") as second:
        links = [
            a_link(first.port, name="first", priority=1, window=10),
            a_link(second.port, name="second", priority=2, window=10),
        ]
        async with harbour(tmp_path, *links) as stand:
            messages = await stand.send(to=phones(15))
            await first.wait_for(12)
            await first.stop()
            await stand.until_link("connecting", "first")
            messages += await stand.send(to=phones(100, first=79_100_000_000))
            found = await settled(stand, messages, State.DELIVERED, State.SUBMITTED, State.UNCERTAIN)
            assert second.counts.taken >= 100
            await first.start()  # and brings the receipts that it still owes
            await stand.until(found[State.SUBMITTED], State.DELIVERED)
            found = await settled(stand, messages, State.DELIVERED, State.UNCERTAIN)
            assert len(found[State.UNCERTAIN]) <= 10
            assert set(taken_by(first, second).values()) == {1}
            assert taken_by(first, second).keys() >= {phone_of(stand, m) for m in found[State.DELIVERED]}


@on_a_loop
async def test_the_link_of_the_better_priority_is_used_as_long_as_it_has_room(tmp_path):
    async with an_smsc() as better, an_smsc() as worse:
        links = [
            a_link(worse.port, name="worse", priority=2, window=10),
            a_link(better.port, name="better", priority=1, window=10),
        ]
        async with harbour(tmp_path, *links) as stand:
            for phone in phones(10):
                await stand.until(await stand.send(to=phone), State.DELIVERED)
            assert (better.counts.taken, worse.counts.taken) == (10, 0)


@on_a_loop
async def test_links_of_one_priority_share_the_load(tmp_path):
    async with an_smsc("no response") as left, an_smsc("no response") as right:
        links = [a_link(smsc.port, name=name, window=20) for name, smsc in (("left", left), ("right", right))]
        async with harbour(tmp_path, *links) as stand:
            for phone in phones(20):
                await stand.send(to=phone)
            await left.wait_for(10)
            await right.wait_for(10)
            assert (left.counts.submits, right.counts.submits) == (10, 10)
            await left.stop()
            await right.stop()
