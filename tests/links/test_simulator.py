"""The message centre over loopback: what a client sees of a scenario."""

import asyncio
import ssl
import subprocess

import pytest
import smpplib.client
import smpplib.consts
import smpplib.gsm

from links.esme import a_simulator, an_esme
from lotsman.simulator import smsc
from lotsman.simulator.scenario import Scenario
from lotsman.smpp import commands as c
from lotsman.smpp import events as e
from lotsman.smpp import pdu, receipt_text, times, tlv
from lotsman.smpp.errors import UnwritableError
from unit.smpp.loopback import HOST, LOOPS, run

PHONE = "79161234567"


def scene(script="receipt 1ms", *, loop=asyncio.new_event_loop, **options):
    """Runs the test at once with a simulator that plays the script"""

    def play(test):
        async def main():
            async with a_simulator(script, **options) as simulator:
                await test(simulator)

        run(main(), loop)

    return play


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


# Receipts that wait


def test_receipts_wait_for_somebody_who_receives():
    @scene()
    async def _(simulator):
        sender = await an_esme(simulator, c.BIND_TRANSMITTER)
        sender.submit("79010000000", "79020000000")
        await simulator.until(lambda: simulator.waiting == 2)
        receiver = await an_esme(simulator, c.BIND_RECEIVER)
        await receiver.until(lambda o: len(o.receipts) == 2)
        assert [receipt.id for receipt in receiver.receipts] == sender.ids
        assert sender.delivered == []


def test_receipts_go_to_nobody_elses_system_id():
    @scene()
    async def _(simulator):
        stranger = await an_esme(simulator, system_id="other")
        sender = await an_esme(simulator, c.BIND_TRANSMITTER)
        sender.submit(PHONE)
        await simulator.until(lambda: simulator.waiting == 1)
        receiver = await an_esme(simulator, c.BIND_RECEIVER)
        await receiver.until(lambda o: o.receipts)
        assert stranger.delivered == []


def test_what_a_session_left_unacknowledged_comes_again_in_the_next_in_the_same_order():
    @scene()
    async def _(simulator):
        deaf = await an_esme(simulator, acknowledges=None)
        deaf.submit(*(f"7916000000{number}" for number in range(5)))
        await deaf.until(lambda o: len(o.receipts) == 5)
        first = [receipt.id for receipt in deaf.receipts]
        await deaf.leave()
        await simulator.until(lambda: simulator.waiting == 5)
        again = await an_esme(simulator)
        await again.until(lambda o: len(o.receipts) == 5)
        assert [receipt.id for receipt in again.receipts] == first
        await simulator.until(lambda: simulator.counts.acknowledged == 5)
        assert (simulator.counts.handed_over, simulator.counts.repeated) == (10, 5)


def test_a_refused_receipt_comes_again_in_the_next_session():
    @scene("receipt 1ms\nresend 10m")
    async def _(simulator):
        sick = await an_esme(simulator, acknowledges=c.ESME_RX_T_APPN)
        sick.submit(PHONE)
        await simulator.until(lambda: simulator.waiting == 1)
        assert len(sick.receipts) == 1
        healthy = await an_esme(simulator)
        await simulator.until(lambda: simulator.counts.acknowledged == 1)
        assert len(sick.receipts) + len(healthy.receipts) == 2


def test_a_refused_receipt_comes_again_after_a_while_in_the_same_session():
    @scene("receipt 1ms\nresend 2ms")
    async def _(simulator):
        esme = await an_esme(simulator, acknowledges=c.ESME_RX_T_APPN)
        esme.submit(PHONE)
        await esme.until(lambda o: len(o.receipts) == 3)
        esme.acknowledges = 0
        await simulator.until(lambda: simulator.counts.acknowledged == 1)


def test_a_slow_client_gets_no_more_than_the_window():
    @scene("receipt 0ms", window=3)
    async def _(simulator):
        slow = await an_esme(simulator, acknowledges=None, window=10)
        slow.submit(*[PHONE] * 8)
        await slow.until(lambda o: len(o.receipts) == 3)
        await simulator.until(lambda: simulator.waiting == 5)
        slow.protocol.answer(slow.delivered[0])
        await slow.until(lambda o: len(o.receipts) == 4)
        assert simulator.waiting == 4


def test_a_receipt_may_take_another_session_than_its_message():
    @scene("receipt 1ms\nreceipts other-bind for 7901*")
    async def _(simulator):
        first, second = await an_esme(simulator), await an_esme(simulator)
        second.submit("79010000000", PHONE)
        await simulator.until(lambda: simulator.counts.acknowledged == 2)
        assert [sm.source_addr for sm in first.delivered] == ["79010000000"]
        assert [sm.source_addr for sm in second.delivered] == [PHONE]
        await first.leave()
        await simulator.until(lambda: len(simulator.links) == 1)
        second.submit("79010000000")  # there is no other session any more
        await second.until(lambda o: len(o.delivered) == 2)


def test_a_stopped_centre_forgets_nothing():
    @scene("receipt 20ms")
    async def _(simulator):
        esme = await an_esme(simulator)
        esme.submit(PHONE)
        await esme.until(lambda o: o.answers)
        await simulator.stop()
        await esme.until(lambda o: o.closed)
        await simulator.start()
        again = await an_esme(simulator)
        await again.until(lambda o: o.receipts)
        assert again.receipts[0].id == esme.ids[0]


# Messages of phones


def test_a_long_message_of_a_phone_comes_in_parts():
    @scene()
    async def _(simulator):
        esme = await an_esme(simulator)
        text = "Здравствуйте! " * 10
        assert await simulator.deliver(PHONE, "1234", text) == [0, 0, 0]
        assert all(sm.esm_class == pdu.ESM_UDHI and sm.data_coding == 8 for sm in esme.delivered)
        assert [sm.short_message[:6].hex() for sm in esme.delivered] == [
            f"050003010{3}0{n}" for n in (1, 2, 3)
        ]
        assert b"".join(sm.short_message[6:] for sm in esme.delivered).decode("utf-16-be") == text
        assert {(sm.source_addr, sm.destination_addr) for sm in esme.delivered} == {(PHONE, "1234")}


@pytest.mark.parametrize(
    ("options", "data_coding", "message"),
    [
        ({"text": "ДА", "data_coding": 6}, 6, "ДА".encode("iso8859_5")),
        ({"text": "yes", "data_coding": 8}, 8, "yes".encode("utf-16-be")),
        ({"text": "yes"}, 0, b"yes"),
        ({"octets": b"\1\2", "data_coding": 4, "header": b"\2\1\0"}, 4, b"\2\1\0\1\2"),
        ({"text": "x" * 500, "payload": True}, 0, b"x" * 500),
    ],
)
def test_a_message_of_a_phone_may_have_any_coding(options, data_coding, message):
    @scene()
    async def _(simulator):
        esme = await an_esme(simulator)
        assert await simulator.deliver(PHONE, "1234", **options) == [0]
        assert (esme.delivered[0].data_coding, esme.delivered[0].payload) == (data_coding, message)


def test_what_cannot_be_written_is_refused_at_once():
    @scene()
    async def _(simulator):
        with pytest.raises(UnwritableError):
            await simulator.deliver(PHONE, "1234", octets=bytes(255))
        with pytest.raises(ValueError, match="data_coding 9 has no codec"):
            await simulator.deliver(PHONE, "1234", "yes", data_coding=9)


def test_a_message_of_a_phone_waits_for_somebody_who_receives():
    @scene()
    async def _(simulator):
        async with asyncio.TaskGroup() as tasks:
            answered = tasks.create_task(simulator.deliver(PHONE, "1234", "yes"))
            await simulator.until(lambda: simulator.waiting == 1)
            esme = await an_esme(simulator)
        assert answered.result() == [0]
        assert [sm.short_message for sm in esme.delivered] == [b"yes"]


def test_the_answer_to_a_message_of_a_phone_is_told():
    @scene()
    async def _(simulator):
        await an_esme(simulator, acknowledges=c.ESME_RX_R_APPN)
        assert await simulator.deliver(PHONE, "1234", "yes") == [c.ESME_RX_R_APPN]


# Other requests


def test_query_tells_the_state_of_a_message():
    @scene("receipt 1ms for 7901*\nreceipt 10m")
    async def _(simulator):
        esme = await an_esme(simulator)
        esme.submit("79010000000", PHONE)
        await esme.until(lambda o: o.receipts)
        done, on_its_way = esme.ids
        answer = await esme.ask(pdu.QuerySm(message_id=done))
        assert (answer.message_id, answer.message_state, answer.error_code) == (done, 2, 0)
        assert answer.final_date.startswith("26")
        answer = await esme.ask(pdu.QuerySm(message_id=on_its_way))
        assert (answer.message_state, answer.final_date) == (1, "")


def test_a_cancelled_message_is_deleted_once_and_for_all():
    @scene("receipt 20ms")
    async def _(simulator):
        esme = await an_esme(simulator)
        esme.submit("79010000000")
        await esme.until(lambda o: o.ids)
        cancelled = esme.ids[0]
        assert (await esme.ask(pdu.CancelSm(message_id=cancelled))).status == 0
        assert (await esme.ask(pdu.QuerySm(message_id=cancelled))).message_state == 4
        assert (await esme.ask(pdu.CancelSm(message_id=cancelled))).status == c.ESME_RCANCELFAIL
        esme.submit(PHONE)  # its receipt comes after that of the first would have come
        await esme.until(lambda o: o.receipts and o.receipts[-1].stat == "DELIVRD")
        assert [receipt.stat for receipt in esme.receipts] == ["DELETED", "DELIVRD"]
        assert [sm.source_addr for sm in esme.delivered] == ["79010000000", PHONE]


def test_an_id_that_nobody_knows_is_refused():
    @scene()
    async def _(simulator):
        esme = await an_esme(simulator)
        assert (await esme.ask(pdu.QuerySm(message_id="1"))).status == c.ESME_RQUERYFAIL
        assert (await esme.ask(pdu.CancelSm(message_id="1"))).status == c.ESME_RCANCELFAIL
        assert (await esme.ask(pdu.ReplaceSm(message_id="1"))).status == c.ESME_RREPLACEFAIL


def test_data_sm_is_taken_like_submit_sm():
    @scene()
    async def _(simulator):
        esme = await an_esme(simulator)
        payload = tlv.make(tlv.MESSAGE_PAYLOAD, b"hi")
        request = pdu.DataSm(tlvs=(payload,), destination_addr=PHONE, registered_delivery=1)
        answer = await esme.ask(request)
        assert (answer.command, answer.status) == (c.DATA_SM_RESP, 0)
        await esme.until(lambda o: o.receipts)
        assert esme.receipts[0].id == answer.message_id
        assert simulator.received[0].text == "hi"


# For its owner


def test_another_scenario_may_be_played_at_any_time():
    @scene("throttle")
    async def _(simulator):
        esme = await an_esme(simulator)
        esme.submit(PHONE)
        await simulator.wait_for(1)
        simulator.play(Scenario.parse("accept"))
        esme.submit(PHONE)
        await esme.until(lambda o: len(o.answers) == 2)
        assert [status for _, status in esme.answers] == [c.ESME_RTHROTTLED, 0]


def test_only_so_many_submits_are_kept(monkeypatch):
    monkeypatch.setattr(smsc, "KEPT", 3)
    monkeypatch.setattr(smsc, "MESSAGES_KEPT", 2)
    seen = []

    @scene(on_submit=lambda submit: seen.append(submit.arrival))
    async def _(simulator):
        esme = await an_esme(simulator, window=20)
        esme.submit(*[PHONE] * 10)
        await simulator.wait_for(10)
        assert [submit.arrival for submit in simulator.received] == [7, 8, 9, 10]
        assert seen == list(range(1, 11))
        await esme.until(lambda o: len(o.ids) == 10)
        assert (await esme.ask(pdu.QuerySm(message_id=esme.ids[0]))).status == c.ESME_RQUERYFAIL
        assert (await esme.ask(pdu.QuerySm(message_id=esme.ids[9]))).status == 0


def test_waiting_in_vain_says_what_happened_so_far():
    @scene()
    async def _(simulator):
        with pytest.raises(TimeoutError, match=r"not within 0.01 s; so far Counts\(binds=0"):
            await simulator.wait_for(1, timeout=0.01)


def test_a_seed_repeats_the_ids():
    ids = []
    for _ in range(2):

        @scene("seed 7")
        async def _(simulator):
            esme = await an_esme(simulator)
            esme.submit(PHONE, PHONE)
            await esme.until(lambda o: len(o.answers) == 2)
            ids.append(esme.ids)

    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2


@pytest.mark.parametrize("loop", LOOPS)
def test_over_tls_too_and_a_handshake_that_failed_does_not_hinder_the_stop(loop, tmp_path):
    key, cert = str(tmp_path / "key.pem"), str(tmp_path / "cert.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "2", "-subj", "/CN=smsc.test", "-addext", "subjectAltName=DNS:smsc.test",
         "-keyout", key, "-out", cert],
        check=True, capture_output=True,
    )  # fmt: skip
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(cert, key)
    client = ssl.create_default_context(cafile=cert)

    @scene(tls=server, loop=loop)
    async def _(simulator):
        esme = await an_esme(simulator, tls=client)
        reader, writer = await asyncio.open_connection(HOST, simulator.port)
        writer.write(b"GET / HTTP/1.0\r\n\r\n")
        await reader.read()
        writer.close()
        esme.submit(PHONE)
        await esme.until(lambda o: o.receipts)


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
