"""The message centre over loopback: submits, receipts, misbehaviour."""

import asyncio

import pytest
import smpplib.client
import smpplib.consts
import smpplib.gsm

from links.esme import an_esme, scene
from lotsman.smpp import commands as c
from lotsman.smpp import events as e
from lotsman.smpp import pdu, receipt_text, times, tlv
from unit.smpp.loopback import HOST, LOOPS

PHONE = "79161234567"


# Submits and their receipts


@pytest.mark.parametrize("loop", LOOPS)
def test_a_message_is_taken_and_its_receipt_follows(loop):
    @scene(loop=loop)
    async def _(simulator):
        esme = await an_esme(simulator)
        esme.submit(PHONE, short_message=b"\x00 euro: \x1be", data_coding=0)
        await simulator.until(lambda: simulator.counts.acknowledged == 1)
        (submit,) = simulator.received
        assert (submit.arrival, submit.source, submit.destination) == (1, "SHOP", PHONE)
        assert (submit.text, submit.status, submit.system_id) == ("@ euro: €", 0, "shop")
        (receipt,) = esme.receipts
        assert esme.ids == [submit.smsc_id] == [receipt.id]
        assert (receipt.stat, receipt.err, receipt.dlvrd) == ("DELIVRD", "000", "001")
        (sm,) = esme.delivered
        assert (sm.source_addr, sm.destination_addr) == (PHONE, "SHOP")
        assert tlv.cstring(sm.tlvs, tlv.RECEIPTED_MESSAGE_ID) == receipt.id
        assert tlv.integer(sm.tlvs, tlv.MESSAGE_STATE) == 2


def test_the_special_numbers_do_what_they_say():
    @scene("receipt 1ms")
    async def _(simulator):
        esme = await an_esme(simulator)
        esme.submit("79160000098", "79160000097", "79160000096", "79160000095")
        await simulator.until(lambda: simulator.counts.acknowledged == 2)
        assert [status for _, status in esme.answers] == [0, c.ESME_RINVDSTADR, 0, 0]
        assert [(receipt.stat, receipt.err) for receipt in esme.receipts] == [
            ("UNDELIV", "001"),
            ("EXPIRED", "000"),
        ]
        assert tlv.octets(esme.delivered[0].tlvs, tlv.NETWORK_ERROR_CODE) == b"\3\0\1"


def test_parts_keep_their_header_and_lose_it_in_the_text():
    @scene()
    async def _(simulator):
        esme = await an_esme(simulator)
        header = b"\5\0\3\x2a\2\1"
        esme.submit(
            PHONE, short_message=header + "Привет".encode("utf-16-be"), data_coding=8, esm_class=pdu.ESM_UDHI
        )
        (submit,) = await simulator.wait_for(1)
        assert (submit.text, submit.udh, submit.data_coding) == ("Привет", header, 8)


def test_a_receipt_comes_only_when_it_was_asked_for():
    @scene("receipt 1ms\nfails UNDELIV for *1")
    async def _(simulator):
        esme = await an_esme(simulator)
        esme.submit("79160000002", registered_delivery=0)
        esme.submit("79160000003", "79160000001", registered_delivery=2)  # of failures only
        esme.submit("79160000004")
        await simulator.until(lambda: simulator.counts.acknowledged == 2)
        assert [sm.source_addr for sm in esme.delivered] == ["79160000001", "79160000004"]


@pytest.mark.parametrize("ids", ["decimal", "hex", "padded", "letters"])
@pytest.mark.parametrize("receipts", ["decimal", "hex", "padded", "letters"])
def test_the_id_of_a_receipt_may_be_spelled_otherwise_than_in_the_response(ids, receipts):
    @scene(f"receipt 1ms\nids {ids}\nreceipts {receipts}")
    async def _(simulator):
        esme = await an_esme(simulator)
        esme.submit(PHONE)
        await esme.until(lambda o: o.receipts)
        assert number(esme.ids[0], ids) == number(esme.receipts[0].id, receipts)


def number(spelled, form):
    if form == "letters":
        value = 0
        for letter in spelled:
            value = value * 26 + ord(letter) - ord("a")
        return value
    if form == "padded":
        assert len(spelled) == 10
    return int(spelled, 16 if form == "hex" else 10)


def test_a_constant_id_is_the_same_for_all():
    @scene("receipt 1ms\nids constant")
    async def _(simulator):
        esme = await an_esme(simulator)
        esme.submit(PHONE, PHONE)
        await esme.until(lambda o: len(o.receipts) == 2)
        assert set(esme.ids) == {receipt.id for receipt in esme.receipts} == {"0"}


@pytest.mark.parametrize("latency", ["0ms", "5ms"])
def test_a_receipt_may_overtake_its_response(latency):
    @scene(f"latency {latency}\nreceipts early")
    async def _(simulator):
        esme = await an_esme(simulator)
        esme.submit(PHONE)
        await esme.until(lambda o: o.of(e.Response))
        assert [type(event) for event in esme.events[-2:]] == [e.Request, e.Response]


def test_a_receipt_may_be_without_a_text_or_without_optional_parameters():
    @scene("receipt 1ms\nreceipts as-tlv for 7901*\nreceipts as-text for 7902*")
    async def _(simulator):
        esme = await an_esme(simulator)
        esme.submit("79010000000", "79020000000")
        await esme.until(lambda o: len(o.delivered) == 2)
        as_tlv, as_text = esme.delivered
        assert (as_tlv.short_message, tlv.cstring(as_tlv.tlvs, tlv.RECEIPTED_MESSAGE_ID)) == (
            b"",
            esme.ids[0],
        )
        assert (as_text.tlvs, esme.receipts[1].id) == ((), esme.ids[1])


def test_a_receipt_may_come_twice_or_get_lost():
    @scene("receipt 1ms\nreceipts lost for 7901*\nreceipts twice for 7902*")
    async def _(simulator):
        esme = await an_esme(simulator)
        esme.submit("79010000000", "79020000000", "79030000000")
        await simulator.until(lambda: simulator.counts.acknowledged == 3)
        assert [receipt.id for receipt in esme.receipts] == [esme.ids[1], esme.ids[1], esme.ids[2]]


# Misbehaviour


def test_a_busy_centre_throttles_and_then_accepts():
    @scene("throttle 2\nerror 0x0401 1")
    async def _(simulator):
        esme = await an_esme(simulator)
        esme.submit(*[PHONE] * 4)
        await esme.until(lambda o: len(o.of(e.Response)) == 4)
        assert [status for _, status in esme.answers] == [c.ESME_RTHROTTLED, c.ESME_RTHROTTLED, 0x0401, 0]
        assert (simulator.counts.refused, simulator.counts.taken) == (3, 1)


def test_a_response_takes_its_latency_and_the_next_does_not_wait_for_it():
    @scene("latency 30ms for 7901*")
    async def _(simulator):
        esme = await an_esme(simulator)
        esme.submit("79010000000", PHONE)
        await esme.until(lambda o: len(o.of(e.Response)) == 2)
        assert [destination for destination, _ in esme.answers] == [PHONE, "79010000000"]
        assert esme.of(e.Response)[1].waited >= 29


def test_no_response_is_no_response_though_the_message_goes_out():
    @scene("receipt 1ms\nno response for 7902*")
    async def _(simulator):
        esme = await an_esme(simulator)
        esme.submit("79020000000", PHONE)
        await esme.until(lambda o: len(o.receipts) == 2)
        assert esme.answers == [(PHONE, 0)]
        assert [submit.status for submit in simulator.received] == [None, 0]
        assert esme.receipts[0].id == simulator.received[0].smsc_id


@pytest.mark.parametrize("loop", LOOPS)
def test_a_dropped_connection_leaves_the_last_submit_in_doubt_and_its_receipt_finds_the_next_session(loop):
    @scene("receipt 1ms\ndrop after 3 submits", loop=loop)
    async def _(simulator):
        esme = await an_esme(simulator)
        esme.submit(*(f"7916000000{number}" for number in range(5)))
        await esme.until(lambda o: o.closed)
        assert [destination for destination, _ in esme.answers] == ["79160000000", "79160000001"]
        assert esme.of(e.Lost) == [e.Lost(["79160000002", "79160000003", "79160000004"])]
        assert [submit.status for submit in simulator.received] == [0, 0, None]
        again = await an_esme(simulator)
        await again.until(lambda o: len(o.receipts) == 3)
        assert {receipt.id for receipt in again.receipts} == {submit.smsc_id for submit in simulator.received}
        again.submit(PHONE)
        await again.until(lambda o: o.answers)
        assert simulator.counts.dropped == 1


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"schedule_delivery_time": "tomorrow"}, c.ESME_RINVSCHED),
        ({"validity_period": "991399000000000+"}, c.ESME_RINVEXPIRY),
        ({"validity_period": "000000001000000R"}, 0),
    ],
)
def test_times_must_be_times(values, status):
    @scene()
    async def _(simulator):
        esme = await an_esme(simulator)
        esme.submit(PHONE, **values)
        await esme.until(lambda o: o.answers)
        assert esme.answers == [(PHONE, status)]


def test_a_scheduled_message_ends_after_its_time():
    @scene("receipt 1ms", clock=lambda: 1_800_000_000_000)
    async def _(simulator):
        esme = await an_esme(simulator)
        esme.submit("79010000000", schedule_delivery_time=times.absolute(1_800_000_000_100))
        esme.submit("79020000000")
        await esme.until(lambda o: len(o.receipts) == 2)
        assert [sm.source_addr for sm in esme.delivered] == ["79020000000", "79010000000"]


def test_addresses_longer_than_a_receipt_can_hold_do_no_harm():
    @scene()
    async def _(simulator):
        esme = await an_esme(simulator)
        request = pdu.DataSm(destination_addr="7" * 40, source_addr="S" * 40, registered_delivery=1)
        assert (await esme.ask(request)).status == 0
        await esme.until(lambda o: o.receipts)
        assert (esme.delivered[0].source_addr, esme.delivered[0].destination_addr) == ("7" * 20, "S" * 20)


# Who may bind


def test_only_the_right_credentials_bind_when_there_are_any():
    @scene(system_id="shop", password="secret")
    async def _(simulator):
        stranger = await an_esme(simulator, system_id="thief")
        forgetful = await an_esme(simulator, password="1234")
        assert stranger.of(e.BindRefused)[0].status == c.ESME_RINVSYSID
        assert forgetful.of(e.BindRefused)[0].status == c.ESME_RINVPASWD
        assert (await an_esme(simulator)).of(e.Bound)
        assert (simulator.counts.binds, simulator.counts.binds_refused) == (1, 2)


def test_a_script_may_refuse_the_first_binds():
    @scene("binds ESME_RALYBND 1")
    async def _(simulator):
        first, second = await an_esme(simulator), await an_esme(simulator)
        assert first.of(e.BindRefused)[0].status == c.ESME_RALYBND
        assert second.of(e.Bound)


# A client that nobody here wrote


def test_smpplib_sends_asks_and_receives():
    got, states, ids = [], [], []

    def received(pdu):
        got.append(pdu)

    def talk(port):
        client = smpplib.client.Client(HOST, port, timeout=5, allow_unknown_opt_params=True)
        client.set_message_sent_handler(lambda pdu: ids.append(pdu.message_id.decode()))
        client.set_message_received_handler(received)
        client.set_query_resp_handler(lambda pdu: states.append(pdu.message_state))
        client.connect()
        client.bind_transceiver(system_id="shop", password="secret")
        parts, data_coding, esm_class = smpplib.gsm.make_parts("Ваш заказ готов. " * 8)
        for part in parts:
            client.send_message(
                source_addr_ton=smpplib.consts.SMPP_TON_ALNUM,
                source_addr="SHOP",
                dest_addr_ton=smpplib.consts.SMPP_TON_INTL,
                destination_addr=PHONE,
                short_message=part,
                data_coding=data_coding,
                esm_class=esm_class,
                registered_delivery=True,
            )
        while len(got) < len(parts):
            client.read_once()
        client.query_message(message_id=ids[0], source_addr_ton=5, source_addr_npi=0, source_addr="SHOP")
        while not states:
            client.read_once()
        client.unbind()
        client.disconnect()

    @scene("receipt 20ms", system_id="shop", password="secret")
    async def _(simulator):
        await asyncio.to_thread(talk, simulator.port)
        assert "".join(submit.text for submit in simulator.received) == "Ваш заказ готов. " * 8
        assert [len(submit.udh) for submit in simulator.received] == [6, 6, 6]
        receipts = [receipt_text.parse(receipt.short_message.decode()) for receipt in got]
        assert [receipt.id for receipt in receipts] == ids == [s.smsc_id for s in simulator.received]
        assert [receipt.receipted_message_id.decode() for receipt in got] == ids
        assert states == [2]
