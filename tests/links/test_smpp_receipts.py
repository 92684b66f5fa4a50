"""Receipts, in every way that carriers send them, from deliver_sm to what is on disk."""

import pytest

from lotsman.domain.lifecycle import State
from lotsman.domain.refusals import Refusal
from lotsman.smpp import commands, tlv
from lotsman.smpp.pdu import Sm
from stand.harbour import MONEY, PRICE, a_link, an_smsc, harbour, on_a_loop, phones

PHONE = "79031112233"


def a_deliver(text=b"", *, esm_class=4, tlvs=(), source=PHONE):
    return Sm(
        commands.DELIVER_SM, tlvs=tlvs, source_addr=source, destination_addr="LOTSMAN", esm_class=esm_class,
        short_message=text,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("bind", "script"),
    [
        ("transceiver", "receipts early"),
        ("transceiver", "receipts late 200ms"),
        ("transceiver", "receipts twice"),
        ("transceiver", "receipts early twice"),
        ("transceiver", "receipts as-text"),
        ("transceiver", "receipts as-tlv"),
        ("transceiver", "receipts hex"),
        ("transceiver", "receipts hex as-tlv early"),
        ("transceiver", "ids hex\nreceipts decimal"),
        ("transceiver", "ids hex\nreceipts padded"),
        ("transceiver", "ids padded\nreceipts decimal"),
        ("transceiver", "ids letters"),
        ("transceiver", "ids constant"),
        ("separate", "receipts early"),
        ("separate", "receipts other-bind"),
        ("separate", "ids hex\nreceipts decimal twice"),
    ],
)
@on_a_loop
async def test_a_receipt_finds_its_message_however_it_comes(tmp_path, bind, script):
    async with an_smsc(script) as smsc, harbour(tmp_path, a_link(smsc.port, bind=bind)) as stand:
        messages = await stand.send(to=phones(20))
        await stand.until(messages, State.DELIVERED)
        await smsc.until(lambda: smsc.counts.acknowledged == smsc.counts.handed_over >= 20)
        for message in messages:
            (part,) = stand.message(message).parts
            assert part["done_at"] is not None
            assert [event for event in stand.history(message) if event == "RECEIPT_GOOD"] == ["RECEIPT_GOOD"]
        assert smsc.counts.submits == 20
        assert await stand.balance() == MONEY - 20 * PRICE


@pytest.mark.parametrize(
    ("said", "refusal", "carrier_error"),
    [
        ("UNDELIV err 001", Refusal.UNDELIVERABLE, "001"),
        ("EXPIRED err 06b", Refusal.EXPIRED, "06b"),
        ("DELETED", Refusal.CANCELLED, "000"),
        ("UNKNOWN", Refusal.UNDELIVERABLE, "000"),
        ("REJECTD err 255", Refusal.REJECTED, "255"),
    ],
)
@pytest.mark.parametrize("shape", ["as-text", "as-tlv"])
@on_a_loop
async def test_a_bad_receipt_ends_the_message_with_its_reason_and_no_refund(
    tmp_path, said, refusal, carrier_error, shape
):
    script = f"fails {said}\nreceipts {shape}"
    async with an_smsc(script) as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        message = await stand.send(to=PHONE)
        await stand.until(message, State.UNDELIVERED)
        row = stand.message(message)
        assert row.message["error"] == refusal.code
        if shape == "as-text":
            assert row.parts[0]["carrier_error"] == carrier_error
        assert await stand.balance() == MONEY - PRICE


@pytest.mark.parametrize("stat", ["ENROUTE", "ACCEPTD"])
@on_a_loop
async def test_a_receipt_that_is_not_an_end_is_acknowledged_and_changes_nothing(tmp_path, stat):
    async with an_smsc(f"fails {stat}") as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        message = await stand.send(to=PHONE)
        await smsc.until(lambda: smsc.counts.acknowledged == 1)
        await stand.until(message, State.SUBMITTED)


@on_a_loop
async def test_a_long_text_is_delivered_when_its_last_part_is(tmp_path):
    script = "receipts early every 2"
    async with an_smsc(script) as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        message = await stand.send(to=PHONE, text="a" * 500)
        await stand.until(message, State.DELIVERED)
        assert [part["part"] for part in stand.message(message).parts] == [1, 2, 3, 4]
        assert stand.history(message) == ["ACCEPTED", "TAKEN", "RECEIPT_GOOD"]


@on_a_loop
async def test_a_long_text_fails_with_its_first_part_that_fails(tmp_path):
    script = "fails UNDELIV err 005 every 2"
    async with an_smsc(script) as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        message = await stand.send(to=PHONE, text="a" * 400)
        await stand.until(message, State.UNDELIVERED)
        assert stand.message(message).message["error"] == Refusal.UNDELIVERABLE.code
        await smsc.until(lambda: smsc.counts.acknowledged == 3)
        assert stand.state(message) is State.UNDELIVERED
        assert await stand.balance() == MONEY - 3 * PRICE


@on_a_loop
async def test_a_long_text_of_which_a_part_was_refused_fails_and_is_not_paid_back(tmp_path):
    script = "error ESME_RINVMSGLEN every 2"
    async with an_smsc(script) as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        message = await stand.send(to=PHONE, text="a" * 400)
        await stand.until(message, State.UNDELIVERED)
        assert stand.history(message)[:3] == ["ACCEPTED", "TAKEN", "RECEIPT_BAD"]
        assert stand.message(message).message["error"] == Refusal.REJECTED.code
        assert await stand.balance() == MONEY - 3 * PRICE


@on_a_loop
async def test_a_receipt_for_nobody_is_acknowledged_and_kept(tmp_path):
    async with an_smsc("receipts lost") as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        message = await stand.send(to=PHONE)
        await stand.until(message, State.SUBMITTED)
        stranger = a_deliver(
            b"id:4711 sub:001 dlvrd:001 submit date:2601010000 done date:2601010000 stat:DELIVRD err:000 text:"
        )
        assert await smsc.deliver_pdus([stranger]) == [0]
        assert stand.state(message) is State.SUBMITTED


@on_a_loop
async def test_a_receipt_after_the_end_changes_nothing(tmp_path):
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        message = await stand.send(to=PHONE)
        await stand.until(message, State.DELIVERED)
        late = (
            b"id:%b sub:001 dlvrd:000 submit date:2601010000 done date:2601010000 stat:UNDELIV err:001 text:"
        )
        assert await smsc.deliver_pdus([a_deliver(late % smsc.received[0].smsc_id.encode())]) == [0]
        assert stand.state(message) is State.DELIVERED
        assert await stand.balance() == MONEY - PRICE


@pytest.mark.parametrize(
    "shape",
    [
        {"text": b"ID:%b STAT:DELIVRD", "esm_class": 4},
        {"text": b"id:%b, stat: Delivered; err: 0", "esm_class": 4},
        {"text": b"", "esm_class": 4, "payload": b"id:%b sub:001 stat:DELIVRD err:000 text:"},
        {"text": b"id:%b sub:001 stat:DELIVRD err:000 text:", "esm_class": 0, "named": True},
        {"text": b"", "esm_class": 0, "named": True, "state": 2},
        {"text": b"stat:DELIVRD", "esm_class": 4, "named": True},
    ],
    ids=[
        "capitals",
        "by hand",
        "in message_payload",
        "no esm_class",
        "only TLVs and no esm_class",
        "id in a TLV",
    ],
)
@on_a_loop
async def test_a_receipt_is_understood_in_the_dialects_of_carriers(tmp_path, shape):
    async with an_smsc("receipts lost") as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        message = await stand.send(to=PHONE)
        await stand.until(message, State.SUBMITTED)
        smsc_id = smsc.received[0].smsc_id
        tlvs = []
        if "payload" in shape:
            tlvs.append(tlv.make(tlv.MESSAGE_PAYLOAD, shape["payload"] % smsc_id.encode()))
        if "named" in shape:
            tlvs.append(tlv.make(tlv.RECEIPTED_MESSAGE_ID, smsc_id))
        if "state" in shape:
            tlvs.append(tlv.make(tlv.MESSAGE_STATE, shape["state"]))
        text = shape["text"]
        text = text % smsc_id.encode() if b"%b" in text else text
        pdu = a_deliver(text, esm_class=shape["esm_class"], tlvs=tuple(tlvs))
        assert await smsc.deliver_pdus([pdu]) == [0]
        assert stand.state(message) is State.DELIVERED  # the acknowledgement says that it is on disk
