"""The message centre over loopback: what it keeps, for whom, and what its owner may ask of it."""

import asyncio
import ssl
import subprocess

import pytest

from links.esme import an_esme, scene
from lotsman.simulator import smsc
from lotsman.simulator.scenario import Scenario
from lotsman.smpp import commands as c
from lotsman.smpp import pdu, tlv
from lotsman.smpp.errors import UnwritableError
from unit.smpp.loopback import HOST, LOOPS

PHONE = "79161234567"


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
