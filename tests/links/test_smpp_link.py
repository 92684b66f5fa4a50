"""The SMPP link, from an accepted message to what is on disk in the end: pace, refusals, deadlines, stopping."""

import asyncio
from collections import Counter
from itertools import pairwise

import pytest

from lotsman.domain.lifecycle import State
from lotsman.domain.refusals import Refusal
from lotsman.simulator.scenario import Scenario
from lotsman.smpp import times
from lotsman.usecases.configure_carrier import switch_link
from stand.harbour import MONEY, PRICE, a_link, an_smsc, harbour, on_a_loop, phones

PHONE = "79031112233"


def once_each(smsc, expected):
    """Every phone got exactly one message"""
    taken = Counter(submit.destination for submit in smsc.received if submit.status == 0)
    assert taken == dict.fromkeys(expected, 1)


@on_a_loop
async def test_a_message_is_delivered_and_everything_about_it_is_on_disk(tmp_path):
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        message = await stand.send(to=PHONE, text="Привет, Лоцман")
        await stand.until(message, State.DELIVERED)
        (submit,) = smsc.received
        assert (submit.source, submit.destination, submit.text) == ("LOTSMAN", PHONE, "Привет, Лоцман")
        (part,) = stand.message(message).parts
        assert part["smsc_id"] == submit.smsc_id
        assert stand.history(message) == ["ACCEPTED", "TAKEN", "RECEIPT_GOOD"]
        assert await stand.balance() == MONEY - PRICE


# What a carrier refuses


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        ("ESME_RINVDSTADR", Refusal.UNDELIVERABLE),
        ("ESME_RINVSRCADR", Refusal.REJECTED),
        ("0x000004FF", Refusal.REJECTED),
    ],
)
@on_a_loop
async def test_what_a_carrier_refuses_for_good_is_refused_and_paid_back(tmp_path, status, refusal):
    async with an_smsc(f"error {status} for 7999*") as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        bad, good = await stand.send(to=["79991112233", PHONE])
        await stand.until(bad, State.REFUSED)
        await stand.until(good, State.DELIVERED)
        row = stand.message(bad)
        assert row.message["error"] == refusal.code
        assert status in row.message["history"]
        assert row.parts == []
        assert await stand.balance() == MONEY - PRICE
        assert smsc.counts.submits == 2


@on_a_loop
async def test_a_passing_trouble_of_the_carrier_is_tried_again_ten_seconds_later(tmp_path):
    async with an_smsc("error ESME_RSYSERR 1") as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        message = await stand.send(to=PHONE)
        await stand.until_true(lambda: "PUT_BACK" in stand.history(message))
        row = stand.message(message).message
        assert row["state"] == State.ACCEPTED
        assert row["due_at"] - row["modified_at"] == pytest.approx(10_000, abs=500)
        stand.advance(11)
        await stand.until(message, State.DELIVERED)
        assert stand.history(message) == ["ACCEPTED", "PUT_BACK", "TAKEN", "RECEIPT_GOOD"]
        assert await stand.balance() == MONEY - PRICE


# Pace


@on_a_loop
async def test_each_throttling_answer_makes_the_pause_longer(tmp_path):
    async with an_smsc("throttle 3") as smsc, harbour(tmp_path, a_link(smsc.port, window=1)) as stand:
        message = await stand.send(to=PHONE)
        await stand.until(message, State.DELIVERED)
        times = [submit.time for submit in smsc.received]
        pauses = [after - before for before, after in pairwise(times)]
        assert all(pause > wanted for pause, wanted in zip(pauses, (95, 195, 395), strict=True))
        details = [detail.partition(",")[0] for state, detail in stand.link_states() if state == "throttled"]
        assert details == ["pausing 0.1 s", "pausing 0.2 s", "pausing 0.4 s"]
        await stand.until_link("bound")  # its rate has grown beyond what the carrier had refused


@on_a_loop
async def test_a_carrier_that_throttles_gets_everything_once(tmp_path):
    async with an_smsc("throttle every 12") as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        to = phones(40)
        messages = await stand.send(to=to)
        await stand.until(messages, State.DELIVERED)
        assert smsc.counts.refused >= 3
        once_each(smsc, to)


@on_a_loop
async def test_what_is_throttled_while_the_node_stops_is_put_back(tmp_path):
    async with an_smsc("throttle 1\nlatency 300ms") as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        message = await stand.send(to=PHONE)
        await smsc.wait_for(1)
        await stand.restart()
        stand.advance(11)
        await stand.until(message, State.DELIVERED)
        assert stand.history(message) == ["ACCEPTED", "PUT_BACK", "TAKEN", "RECEIPT_GOOD"]


@on_a_loop
async def test_no_more_than_the_window_is_ever_unanswered(tmp_path):
    async with an_smsc("no response") as smsc, harbour(tmp_path, a_link(smsc.port, window=7)) as stand:
        await stand.send(to=phones(14))
        await smsc.wait_for(7)
        await smsc.deliver(
            "79000000001", "LOTSMAN", "a round trip after which an eighth would have been seen"
        )
        assert smsc.counts.submits == 7
        assert stand.link().in_flight == 7
        assert stand.link().room == 0
        await smsc.stop()  # or else the link would wait for answers


@on_a_loop
async def test_a_request_to_a_thousand_phones_flows_through_the_window(tmp_path):
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port, window=50)) as stand:
        to = phones(1000)
        messages = await stand.send(to=to)
        await stand.until(messages, State.DELIVERED)
        once_each(smsc, to)
        assert [submit.destination for submit in smsc.received] == to  # who waits longest is served first


@on_a_loop
async def test_requests_that_arrive_together_share_the_links_room(tmp_path):
    async with (
        an_smsc("latency 5..20ms") as smsc,
        harbour(tmp_path, a_link(smsc.port, window=3)) as stand,
    ):
        to = phones(60)
        messages = await asyncio.gather(*(stand.send(to=phone) for phone in to))
        await stand.until(messages, State.DELIVERED)
        once_each(smsc, to)


# Time


@on_a_loop
async def test_a_message_whose_time_runs_out_while_the_link_is_down_is_expired_and_paid_back(tmp_path):
    async with an_smsc() as smsc:
        port = smsc.port
    async with harbour(tmp_path, a_link(port), bound=False) as stand:
        message = await stand.send(to=PHONE, ttl=60_000)
        assert stand.state(message) is State.ACCEPTED
        stand.advance(61)
        await stand.until(message, State.UNDELIVERED)
        assert stand.message(message).message["error"] == Refusal.EXPIRED.code
        assert await stand.balance() == MONEY


@on_a_loop
async def test_a_message_whose_time_runs_out_while_the_carrier_throttles_is_not_sent_any_more(tmp_path):
    async with an_smsc("throttle") as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        message = await stand.send(to=PHONE, ttl=60_000)
        await smsc.wait_for(2)
        stand.advance(61)
        smsc.play(Scenario.parse("receipt 10ms"))
        await stand.until(message, State.UNDELIVERED)
        assert stand.message(message).message["error"] == Refusal.EXPIRED.code
        assert await stand.balance() == MONEY
        assert smsc.counts.taken == 0


@on_a_loop
async def test_a_deferred_message_leaves_when_its_time_has_come(tmp_path):
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        later = await stand.send(to=PHONE, send_at=stand.clock() + 3_600_000)
        sooner = await stand.send(to="79031112244")
        await stand.until(sooner, State.DELIVERED)
        assert stand.state(later) is State.DEFERRED
        stand.advance(3_600)
        await stand.until(later, State.DELIVERED)
        assert [submit.destination for submit in smsc.received] == ["79031112244", PHONE]


@on_a_loop
async def test_the_carrier_is_told_how_long_a_message_may_live(tmp_path):
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        await stand.until(await stand.send(to=PHONE, ttl=90_000), State.DELIVERED)
        assert 80_000 < times.parse(smsc.received[0].pdu.validity_period, 0) <= 90_000


# Start, stop, configuration


@on_a_loop
async def test_stopping_awaits_what_is_on_the_wire_and_puts_back_the_rest(tmp_path):
    async with an_smsc("latency 300ms") as smsc, harbour(tmp_path, a_link(smsc.port, window=5)) as stand:
        to = phones(12)
        messages = await stand.send(to=to[:10]) + await stand.send(to=to[10:])
        await smsc.wait_for(5)
        await stand.stop_carrier()
        states = Counter(stand.state(message) for message in messages)
        assert states[State.ACCEPTED] == 7
        assert states[State.SUBMITTED] + states[State.DELIVERED] == 5
        assert smsc.counts.submits == 5
        assert smsc.counts.dropped == 0
        await stand.restart()
        await stand.until(messages, State.DELIVERED)
        once_each(smsc, to)


@on_a_loop
async def test_what_stays_unanswered_when_the_node_stops_is_in_doubt(tmp_path):
    script = "no response for 7903*\nreceipts lost"
    async with an_smsc(script) as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        message = await stand.send(to=PHONE)
        await smsc.wait_for(1)
        await stand.stop_carrier()
        await stand.until(message, State.UNCERTAIN)
        assert stand.history(message) == ["ACCEPTED", "LOST"]


@on_a_loop
async def test_messages_promised_to_a_link_that_is_taken_away_are_not_forgotten(tmp_path):
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port, window=20)) as stand:
        await stand.until(await stand.send(to=PHONE), State.DELIVERED)
        to = phones(20)
        sending = [asyncio.create_task(stand.send(to=phone)) for phone in to]
        await asyncio.sleep(0)  # they are reserved, and on their way to the disk
        await stand.keeper.stop()  # the link is gone before it gets them
        messages = await asyncio.gather(*sending)
        await stand.keeper.tend()
        await stand.until(messages, State.DELIVERED)
        once_each(smsc, [PHONE, *to])


@on_a_loop
async def test_a_link_is_switched_off_and_on_while_messages_wait(tmp_path):
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        await switch_link(stand.platform, "carrier", enabled=False)
        await stand.keeper.tend()
        assert stand.dispatcher.links == []
        assert not smsc.links or await smsc.until(lambda: not smsc.links) is None
        message = await stand.send(to=PHONE)
        assert stand.state(message) is State.ACCEPTED
        await switch_link(stand.platform, "carrier", enabled=True)
        await stand.keeper.tend()
        await stand.until(message, State.DELIVERED)


@on_a_loop
async def test_a_wrong_password_is_shown_and_tried_again_until_it_is_right(tmp_path):
    async with (
        an_smsc(system_id="lotsman", password="changed") as smsc,
        harbour(tmp_path, a_link(smsc.port), bound=False) as stand,
    ):
        await smsc.until(lambda: smsc.counts.binds_refused >= 3)
        await stand.until_link("refused")
        status = await stand.published()
        assert (status.state, status.detail) == ("refused", "bind refused: ESME_RINVPASWD")
        message = await stand.send(to=PHONE)
        smsc.password = "secret"
        await stand.until_link("bound")
        assert (await stand.published()).state == "bound"
        await stand.until(message, State.DELIVERED)


@on_a_loop
async def test_every_failed_attempt_to_bind_makes_the_next_one_wait_longer(tmp_path):
    loop = asyncio.get_running_loop()
    async with an_smsc("binds ESME_RSYSERR 4") as smsc:
        started = loop.time()
        patient = a_link(smsc.port, reconnect_first=0.05, reconnect_most=0.2)
        async with harbour(tmp_path, patient):
            assert smsc.counts.binds_refused == 4
            assert loop.time() - started > 0.75 * (0.05 + 0.1 + 0.2 + 0.2)


@on_a_loop
async def test_a_link_nobody_could_bind_with_says_why_and_harms_no_other(tmp_path):
    async with an_smsc() as smsc:
        hopeless = a_link(smsc.port, name="hopeless", priority=1, password="пароль")
        async with harbour(tmp_path, hopeless, a_link(smsc.port), bound=False) as stand:
            await stand.until(await stand.send(to=PHONE), State.DELIVERED)
            await stand.until_true(lambda: "password" in stand.link("hopeless").detail)
            assert "пароль" not in stand.link("hopeless").detail


@on_a_loop
async def test_a_transmitter_and_a_receiver_share_the_work(tmp_path):
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port, bind="separate")) as stand:
        messages = await stand.send(to=phones(30))
        await stand.until(messages, State.DELIVERED)
        assert smsc.counts.binds == 2
        assert len(smsc.links) == 2
