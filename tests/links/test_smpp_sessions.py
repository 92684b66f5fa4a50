"""A link of several sessions: on several addresses, of several kinds, sharing the load and losing some."""

import contextlib
from collections import Counter

import pytest

from lotsman.domain.lifecycle import State
from lotsman.smpp import commands
from stand.harbour import a_link, an_smsc, harbour, on_a_loop, phones

PHONE = "79031112233"


def addresses(*smscs):
    return ",".join(f"127.0.0.1:{smsc.port}" for smsc in smscs)


@contextlib.asynccontextmanager
async def two_smscs(script="", **options):
    async with an_smsc(script, **options) as first, an_smsc(script, **options) as second:
        yield first, second


def a_link_to(*smscs, **settings):
    return a_link(1, host=addresses(*smscs), **settings)


@on_a_loop
async def test_all_sessions_are_used_at_once_and_their_windows_add_up(tmp_path):
    async with (
        two_smscs("latency 20ms") as (first, second),
        harbour(tmp_path, a_link_to(first, second, binds=2, window=5)) as stand,
    ):
        await stand.until_true(lambda: stand.link().window == 20)
        to = phones(200)
        messages = await stand.send(to=to)
        await stand.until(messages, State.DELIVERED)
        taken = Counter(submit.destination for smsc in (first, second) for submit in smsc.received)
        assert taken == dict.fromkeys(to, 1)
        assert min(first.counts.submits, second.counts.submits) > 60
        assert (first.counts.binds, second.counts.binds) == (2, 2)


@on_a_loop
async def test_the_load_goes_where_the_window_is_free(tmp_path):
    async with (
        an_smsc("latency 200ms") as slow,
        an_smsc() as quick,
        harbour(tmp_path, a_link_to(slow, quick, window=5)) as stand,
    ):
        await stand.until_true(lambda: stand.link().window == 10)
        await stand.until(await stand.send(to=phones(100)), State.DELIVERED)
        assert quick.counts.submits > 3 * slow.counts.submits


@on_a_loop
async def test_an_address_that_never_answers_takes_nothing_from_the_others(tmp_path):
    async with an_smsc() as gone:
        nowhere = gone.port
    async with an_smsc() as smsc:
        link = a_link(1, host=f"127.0.0.1:{nowhere},127.0.0.1:{smsc.port}")
        async with harbour(tmp_path, link) as stand:
            await stand.until(await stand.send(to=phones(50)), State.DELIVERED)
            await stand.until_true(lambda: "1 of 2 binds" in stand.link().detail)
            assert f"127.0.0.1:{nowhere}" in stand.link().detail
            assert (stand.link().state, stand.link().window) == ("bound", 10)


@on_a_loop
async def test_what_a_lost_session_left_unanswered_is_in_doubt_and_the_rest_goes_on(tmp_path):
    async with (
        an_smsc("no response") as dying,
        an_smsc("latency 50ms") as living,
        harbour(tmp_path, a_link_to(dying, living, window=3)) as stand,
    ):
        await stand.until_true(lambda: stand.link().window == 6)
        messages = await stand.send(to=phones(30))
        await dying.wait_for(3)
        await dying.stop()
        doubtful = {submit.destination for submit in dying.received}
        await stand.until_true(lambda: living.counts.submits == 27)
        rows = {stand.message(message).message["msisdn"]: message for message in messages}
        others = [message for msisdn, message in rows.items() if msisdn not in doubtful]
        await stand.until(others, State.DELIVERED)
        assert len(doubtful) == 3
        await stand.until([rows[msisdn] for msisdn in doubtful], State.UNCERTAIN)


@on_a_loop
async def test_a_receipt_may_come_on_any_session_of_the_link(tmp_path):
    async with an_smsc("receipts other-bind") as smsc, harbour(tmp_path, a_link(smsc.port, binds=3)) as stand:
        await stand.until_true(lambda: stand.link().window == 30)
        await stand.until(await stand.send(to=phones(30)), State.DELIVERED)


@on_a_loop
async def test_transmitters_here_and_receivers_there(tmp_path):
    async with an_smsc() as smsc:
        host = f"127.0.0.1:{smsc.port}/transmitter,127.0.0.1/receiver"
        async with harbour(tmp_path, a_link(smsc.port, host=host, binds=2)) as stand:
            await stand.until_true(lambda: smsc.counts.binds == 4)
            await stand.until(await stand.send(to=phones(20)), State.DELIVERED)
            assert stand.link().window == 20  # receivers have none


@on_a_loop
async def test_a_transmitter_alone_sends_and_hears_no_receipts(tmp_path):
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port, bind="transmitter")) as stand:
        message = await stand.send(to=PHONE)
        await stand.until(message, State.SUBMITTED)
        assert (smsc.counts.binds, smsc.counts.handed_over) == (1, 0)


@on_a_loop
async def test_a_receiver_alone_takes_in_and_sends_nothing(tmp_path):
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port, bind="receiver")) as stand:
        message = await stand.send(to=PHONE)
        assert await smsc.deliver(PHONE, "1234", "hello") == [0]
        assert stand.state(message) is State.ACCEPTED
        assert (stand.link().up, stand.link().room, smsc.counts.submits) == (False, 0, 0)


@on_a_loop
async def test_a_link_is_not_bound_while_it_could_not_hear_a_receipt(tmp_path):
    async with an_smsc() as smsc:
        host = f"127.0.0.1:{smsc.port}/transmitter,127.0.0.1:1/receiver"
        async with harbour(tmp_path, a_link(1, host=host), bound=False) as stand:
            await stand.until_true(lambda: stand.link().up and "127.0.0.1:1" in stand.link().detail)
            assert stand.link().state == "connecting"


@pytest.mark.parametrize("binds", [1, 3])
@on_a_loop
async def test_stopping_says_goodbye_on_every_session(tmp_path, binds):
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port, binds=binds)) as stand:
        await stand.until_true(lambda: stand.link().window == 10 * binds)
        await stand.stop_carrier()
        await smsc.until(lambda: not smsc.links)
        assert smsc.counts.dropped == 0


# What the settings of a session are


@on_a_loop
async def test_the_carrier_is_told_what_it_asks_for_in_the_bind(tmp_path):
    from links.hostile import BIND_TRANSCEIVER, HostileSmsc

    settings = {
        "system_type": "VMA",
        "interface_version": 0x33,
        "addr_ton": 5,
        "addr_npi": 1,
        "address_range": "^7",
    }
    async with HostileSmsc() as smsc, harbour(tmp_path, a_link(smsc.port, **settings), bound=False):
        peer = await smsc.accept()
        bind = await peer.take()
        assert bind.command == BIND_TRANSCEIVER
        assert bind.body == b"lotsman\0secret\0VMA\0\x33\5\1^7\0"
        peer.say(b"")
        peer.reset()


@on_a_loop
async def test_a_long_text_in_one_submit_is_taken_and_delivered_as_all_its_parts(tmp_path):
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port, long="payload")) as stand:
        message = await stand.send(to=PHONE, text="Щ" * 400)
        await stand.until(message, State.DELIVERED)
        assert smsc.counts.submits == 1
        assert smsc.received[0].text == "Щ" * 400
        assert [part["part"] for part in stand.message(message).parts] == [1, 2, 3, 4, 5, 6]
        assert stand.history(message) == ["ACCEPTED", "TAKEN", "RECEIPT_GOOD"]


@pytest.mark.parametrize(
    ("script", "state"),
    [("fails UNDELIV err 045", State.UNDELIVERED), (f"error {commands.ESME_RINVDSTADR:#x}", State.REFUSED)],
)
@on_a_loop
async def test_a_long_text_in_one_submit_fails_as_one(tmp_path, script, state):
    async with an_smsc(script) as smsc, harbour(tmp_path, a_link(smsc.port, long="payload")) as stand:
        message = await stand.send(to=PHONE, text="Щ" * 400)
        await stand.until(message, state)
        assert smsc.counts.submits == 1


@on_a_loop
async def test_a_carrier_that_reads_ucs_2_alone_gets_it_whole(tmp_path):
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port, alphabet="ucs2")) as stand:
        texts = [
            "short",
            "a" * 100,
            "b" * 300,
        ]  # 1, 1 and 2 parts are paid for; in UCS-2 they would be 1, 2 and 5
        messages = [
            await stand.send(to=phone, text=text) for phone, text in zip(phones(3), texts, strict=True)
        ]
        await stand.until(messages, State.DELIVERED)
        assert sorted(submit.text for submit in smsc.received) == sorted(texts)
        assert {submit.pdu.data_coding for submit in smsc.received} == {8}


@on_a_loop
async def test_segments_by_sar_are_one_message(tmp_path):
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port, long="sar")) as stand:
        message = await stand.send(to=PHONE, text="a" * 400)
        await stand.until(message, State.DELIVERED)
        assert [len(submit.pdu.short_message) for submit in smsc.received] == [153, 153, 94]
