"""Look-ups over SMPP, against the simulator: what a number's subscriber does, and what becomes of the look-up."""

import pytest

from lotsman.domain import lookup
from lotsman.domain.lifecycle import State
from lotsman.domain.refusals import Refusal
from stand.harbour import MONEY, PRICE, a_link, an_smsc, harbour, on_a_loop, phones

ALL = ["sms", "hlr", "hlrvip", "ping"]
TLVS = {"0x1490": "imsi", "0x1403": "mccmnc", "0x1491": "msc"}


def found(stand, message):
    return lookup.load(stand.message(message).message["attributes"])


@pytest.mark.parametrize("text", ["HLR", "HLRVIP"])
@pytest.mark.parametrize(
    ("phone", "said"),
    [
        ("79161234561", ("250019161234561", "79168960400", "250", "01", "Russia", "MTS", "", "")),
        (
            "79161234562",
            ("250019161234562", "77051111111", "250", "01", "Russia", "MTS", "Kazakhstan", "Beeline"),
        ),
        ("79161234563", ("250209161234563", "79043490000", "250", "20", "Russia", "Tele2", "", "")),
        ("79161234568", ("25001", "", "250", "01", "Россия", "MTS: A+B, 50% & сын", "", "")),
    ],
    ids=["at home", "roaming", "ported", "odd names and a cut IMSI"],
)
@on_a_loop
async def test_a_number_that_is_served_has_its_attributes(tmp_path, phone, said, text):
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port, serves=ALL)) as stand:
        message = await stand.send(to=phone, text=text)
        await stand.until(message, State.DELIVERED)
        assert found(stand, message) == said
        assert await stand.balance() == MONEY - PRICE


@pytest.mark.parametrize(
    ("script", "state", "refusal", "charged"),
    [
        ("lookup absent", State.UNDELIVERED, Refusal.UNDELIVERABLE, PRICE),
        ("lookup unknown", State.UNDELIVERED, Refusal.UNDELIVERABLE, PRICE),
        ("lookup barred", State.UNDELIVERED, Refusal.UNDELIVERABLE, PRICE),
        ("lookup rejected", State.REFUSED, Refusal.REJECTED, 0),
        ("reject", State.REFUSED, Refusal.UNDELIVERABLE, 0),
    ],
)
@on_a_loop
async def test_a_number_that_is_not(tmp_path, script, state, refusal, charged):
    async with an_smsc(script) as smsc, harbour(tmp_path, a_link(smsc.port, serves=ALL)) as stand:
        messages = [await stand.send(to="79161234561", text=text) for text in ("HLR", "PING")]
        await stand.until(messages, state)
        assert stand.message(messages[0]).message["error"] == refusal.code
        assert found(stand, messages[0]) == lookup.NOTHING
        assert await stand.balance() == MONEY - 2 * charged


@on_a_loop
async def test_a_look_up_without_an_answer_ends_with_its_ttl(tmp_path):
    async with an_smsc("lookup silent") as smsc, harbour(tmp_path, a_link(smsc.port, serves=ALL)) as stand:
        message = await stand.send(to="79161234561", text="HLR", ttl=60_000)
        await stand.until(message, State.SUBMITTED)
        stand.advance(130)
        await stand.until(message, State.UNDELIVERED)
        assert stand.message(message).message["error"] == Refusal.EXPIRED.code


@pytest.mark.parametrize("receipts", ["early", "twice", "early twice hex", "other-bind", "as-text"])
@pytest.mark.parametrize("bind", ["transceiver", "separate"])
@on_a_loop
async def test_an_answer_finds_its_look_up_however_it_comes(tmp_path, receipts, bind):
    link = {"serves": ALL, "bind": bind}
    async with an_smsc(f"receipts {receipts}") as smsc, harbour(tmp_path, a_link(smsc.port, **link)) as stand:
        messages = await stand.send(to=[phone[:-1] + "1" for phone in phones(20)], text="HLR")
        await stand.until(messages, State.DELIVERED)
        assert all(found(stand, message).mccmnc == "25020" for message in messages)
        assert await stand.balance() == MONEY - 20 * PRICE


@on_a_loop
async def test_a_session_bound_for_look_ups_answers_in_tlvs(tmp_path):
    link = {
        "serves": ["hlr", "ping"],
        "system_type": "HLR",
        "lookup": {"hlr": "bind", "ping": "bind", "tlvs": TLVS},
    }
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port, **link)) as stand:
        hlr, ping = [await stand.send(to="79161234563", text=text) for text in ("HLR", "PING")]
        await stand.until([hlr, ping], State.DELIVERED)
        # Names come from the codes, as this carrier sends none.
        assert found(stand, hlr) == ("250209161234563", "79043490000", "250", "20", "Russia", "Tele2", "", "")
        assert found(stand, ping) == lookup.NOTHING
        assert [submit.pdu.short_message for submit in smsc.received] == [b"", b""]


@on_a_loop
async def test_a_silent_ping_tells_who_is_there(tmp_path):
    link = {"serves": ["ping"], "lookup": {"ping": "silent"}}
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port, **link)) as stand:
        there, absent = [await stand.send(to=to, text="PING") for to in ("79161234561", "79161234564")]
        await stand.until(there, State.DELIVERED)
        await stand.until(absent, State.UNDELIVERED)
        pdu = smsc.received[0].pdu
        assert (pdu.protocol_id, pdu.data_coding, pdu.short_message) == (0x40, 0xF4, b"\0")


@on_a_loop
async def test_every_service_goes_to_the_link_that_serves_it(tmp_path):
    async with an_smsc() as one, an_smsc() as two:
        links = [a_link(one.port, name="texts"), a_link(two.port, name="look-ups", serves=["hlr", "ping"])]
        async with harbour(tmp_path, *links) as stand:
            to = [phone[:-1] + "1" for phone in phones(10)]
            messages = [await stand.send(to=to, text=text) for text in ("hello", "HLR", "PING")]
            await stand.until([message for each in messages for message in each], State.DELIVERED)
        assert {submit.text for submit in one.received} == {"hello"}
        assert {submit.text for submit in two.received} == {"__HLR__", "__PING__"}


@on_a_loop
async def test_look_ups_that_nobody_serves_wait_and_no_sms_waits_behind_them(tmp_path):
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        waiting = await stand.send(to=phones(50), text="HLR", ttl=60_000)
        sms = await stand.send(to=phones(50), text="hello")
        await stand.until(sms, State.DELIVERED)
        assert {stand.state(message) for message in waiting} == {State.ACCEPTED}
        stand.advance(130)
        await stand.until(waiting, State.UNDELIVERED)
        assert await stand.balance() == MONEY - 50 * PRICE  # what no carrier took is paid back


@on_a_loop
async def test_a_link_of_many_services_takes_turns(tmp_path):
    """However many SMS wait, look-ups are not starved."""
    async with (
        an_smsc("latency 5ms") as smsc,
        harbour(tmp_path, a_link(smsc.port, serves=ALL, window=5)) as stand,
    ):
        sms = await stand.send(to=phones(400), text="hello")
        hlr = await stand.send(to=[phone[:-1] + "1" for phone in phones(20)], text="HLR")
        await stand.until([*sms, *hlr], State.DELIVERED)
        places = [n for n, submit in enumerate(smsc.received) if submit.text == "__HLR__"]
        assert places[-1] < 380


@on_a_loop
async def test_a_carrier_whose_default_alphabet_is_latin_1_reads_the_same_text(tmp_path):
    async with (
        an_smsc() as smsc,
        harbour(tmp_path, a_link(smsc.port, alphabet="latin1", serves=ALL)) as stand,
    ):
        message = await stand.send(to=phones(1)[0], text="user_name@example.org [£]")
        await stand.until(message, State.DELIVERED)
        assert smsc.received[0].pdu.short_message == "user_name@example.org [£]".encode("latin-1")
