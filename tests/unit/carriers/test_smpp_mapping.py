"""Our messages as submit_sm, and what responses and deliver_sm mean for us, by the settings that every link begins with."""

import pytest

from lotsman.carriers.links import smpp_mapping as mapping
from lotsman.carriers.links.smpp_errors import ErrorMap
from lotsman.carriers.links.smpp_lookup import Lookups, LookupSettings
from lotsman.carriers.links.smpp_settings import SmppSettings
from lotsman.carriers.links.smpp_submits import Submits
from lotsman.domain.message import Outgoing
from lotsman.domain.parts import Outcome, PartState
from lotsman.domain.receipt import Receipt
from lotsman.domain.refusals import Refusal
from lotsman.domain.service import Service
from lotsman.gsm import decoding, udh
from lotsman.gsm.segmentation import split
from lotsman.smpp import commands, times, tlv
from lotsman.smpp.pdu import ESM_INTERMEDIATE, ESM_RECEIPT, ESM_UDHI, DataSm, Sm
from lotsman.smpp.writer import encode

NOW = 1_767_225_600_000
PHONE = "79161234567"
SETTINGS = SmppSettings("smsc.example")
READER = mapping.Reader(SETTINGS, 7)
ERRORS = ErrorMap({})


def submits(text="hello", *, sender="LOTSMAN", taken=(), id_=1_000_259, left=60_000):
    parts = len(split(text)[1])
    message = Outgoing(id_, Service.SMS, PHONE, sender, text, parts, NOW, frozenset(taken))
    found = Submits(SETTINGS, Lookups(LookupSettings())).of(message, left)
    for flight in found:
        encode(flight.sm)  # it can be written
        assert flight.riders == ()
    return [(flight.part, flight.sm) for flight in found]


def a_deliver(text=b"", *, esm_class=ESM_RECEIPT, tlvs=(), source=PHONE):
    return Sm(commands.DELIVER_SM, tlvs=tlvs, source_addr=source, esm_class=esm_class, short_message=text)


def receipt(*args, **kwargs):
    return READER.receipt(a_deliver(*args, **kwargs), NOW)


USUAL = b"id:%b sub:001 dlvrd:001 submit date:2601010000 done date:2601010001 stat:%b err:%b text:Hello"


# A part becomes a submit_sm


def test_a_short_text_is_one_submit_that_asks_for_a_receipt():
    ((part, sm),) = submits("hello")
    assert part == 1
    assert sm.command == commands.SUBMIT_SM
    assert (sm.source_addr, sm.source_addr_ton, sm.source_addr_npi) == ("LOTSMAN", 5, 0)
    assert (sm.destination_addr, sm.dest_addr_ton, sm.dest_addr_npi) == (PHONE, 1, 1)
    assert (sm.data_coding, sm.esm_class, sm.short_message) == (0, 0, b"hello")
    assert sm.registered_delivery == 1
    assert (sm.validity_period, sm.schedule_delivery_time) == ("000000000100000R", "")


@pytest.mark.parametrize(
    ("sender", "ton", "npi"),
    [("LOTSMAN", 5, 0), ("1234567", 1, 1), ("79031234567", 1, 1), ("123456", 3, 0), ("8-800", 5, 0)],
)
def test_the_senders_form_decides_its_type_of_number(sender, ton, npi):
    ((_, sm),) = submits(sender=sender)
    assert (sm.source_addr_ton, sm.source_addr_npi) == (ton, npi)


def test_characters_beyond_gsm_make_it_ucs2():
    ((_, sm),) = submits("Привет 🚢")
    assert sm.data_coding == 8
    assert sm.short_message == "Привет 🚢".encode("utf-16-be")


def test_an_empty_text_is_still_one_submit():
    ((part, sm),) = submits("")
    assert (part, sm.short_message) == (1, b"")


@pytest.mark.parametrize(
    "text", ["a" * 152 + "€" + "b" * 20, "Ж" * 66 + "😀" + "щ" * 60], ids=["escape pair", "surrogate pair"]
)
def test_a_long_text_is_parts_that_can_be_put_together_again(text):
    found = submits(text)
    assert [part for part, _ in found] == [1, 2]
    heads = []
    texts = ""
    for _, sm in found:
        assert sm.esm_class == ESM_UDHI
        assert len(sm.short_message) <= (159 if sm.data_coding == 0 else 140)
        elements, payload = udh.take(sm.short_message)
        heads.append(udh.concatenation(elements))
        texts += decoding.decode(sm.data_coding, payload)
    assert texts == text
    assert heads == [(1_000_259 & 0xFF, 2, 1), (1_000_259 & 0xFF, 2, 2)]


def test_parts_that_the_carrier_has_are_not_sent_again_and_the_others_are_the_same_as_before():
    first, second, third = submits("a" * 400)
    assert submits("a" * 400, taken=[1, 3]) == [second]
    assert submits("a" * 400, taken=[2]) == [first, third]


@pytest.mark.parametrize(
    ("left", "seconds"), [(1, 1), (1_000, 1), (59_999, 59), (86_400_000, 86_400), (2_592_000_000, 2_592_000)]
)
def test_the_validity_is_what_is_left_of_the_life_in_whole_seconds(left, seconds):
    ((_, sm),) = submits(left=left)
    assert times.parse(sm.validity_period, 0) == seconds * 1000


# A response becomes an outcome


@pytest.mark.parametrize(
    "status",
    [
        commands.ESME_RSYSERR,
        commands.ESME_RX_T_APPN,
        commands.ESME_RINVBNDSTS,
        commands.ESME_RSUBMITFAIL,
        commands.ESME_RTHROTTLED,
        commands.ESME_RMSGQFUL,
    ],
)
def test_what_may_pass_is_put_back_and_not_tried_at_once(status):
    found = ERRORS.outcome(1, status, NOW)
    assert (found.outcome, found.error, found.smsc_id) == (Outcome.PUT_BACK, 0, "")
    assert found.retry_at > NOW
    assert found.carrier_error == commands.status_name(status)


@pytest.mark.parametrize(
    ("status", "refusal", "named"),
    [
        (commands.ESME_RINVDSTADR, Refusal.UNDELIVERABLE, "ESME_RINVDSTADR"),
        (commands.ESME_RINVSRCADR, Refusal.REJECTED, "ESME_RINVSRCADR"),
        (commands.ESME_RX_P_APPN, Refusal.REJECTED, "ESME_RX_P_APPN"),
        (0x410, Refusal.REJECTED, "0x00000410"),
        (0xFFFFFFFF, Refusal.REJECTED, "0xFFFFFFFF"),
    ],
)
def test_everything_else_is_a_refusal_that_names_the_carriers_status(status, refusal, named):
    found = ERRORS.outcome(1, status, NOW)
    assert (found.outcome, found.error, found.carrier_error) == (Outcome.TURNED_DOWN, refusal.code, named)


def test_what_is_throttling_is_never_a_refusal():
    throttling = [status for status in commands.STATUS_NAMES if ERRORS.slows(status)]
    assert throttling
    assert {ERRORS.outcome(1, status, NOW).outcome for status in throttling} == {Outcome.PUT_BACK}


# A deliver_sm becomes a receipt


def test_the_usual_receipt():
    found = receipt(USUAL % (b"0A1B", b"DELIVRD", b"000"))
    assert found == Receipt(7, "0A1B", PHONE, PartState.DELIVERED, 0, "000", NOW)


@pytest.mark.parametrize(
    ("stat", "refusal"),
    [
        (b"UNDELIV", Refusal.UNDELIVERABLE),
        (b"EXPIRED", Refusal.EXPIRED),
        (b"DELETED", Refusal.CANCELLED),
        (b"REJECTD", Refusal.REJECTED),
        (b"UNKNOWN", Refusal.UNDELIVERABLE),
    ],
)
def test_a_receipt_of_a_failure_has_our_reason_and_the_carriers(stat, refusal):
    found = receipt(USUAL % (b"1", stat, b"06B"))
    assert (found.state, found.error, found.carrier_error) == (PartState.FAILED, refusal.code, "06B")


@pytest.mark.parametrize(
    ("text", "tlvs"),
    [
        (b"", {tlv.RECEIPTED_MESSAGE_ID: "0A1B", tlv.MESSAGE_STATE: 2}),
        (b"stat:DELIVRD err:000", {tlv.RECEIPTED_MESSAGE_ID: "0A1B"}),
        (b"id:0A1B", {tlv.MESSAGE_STATE: 2}),
        (b"", {tlv.MESSAGE_PAYLOAD: USUAL % (b"0A1B", b"DELIVRD", b"000")}),
        (b"id:0A1B stat:DELIVERED", {}),
        (b"ID:0A1B SUB:001 STAT:DELIVRD", {}),
        # The TLV is the standard's place for the id; the text is for people.
        (USUAL % (b"168475", b"DELIVRD", b"000"), {tlv.RECEIPTED_MESSAGE_ID: "0A1B"}),
    ],
)
def test_id_and_state_are_found_in_text_and_tlvs(text, tlvs):
    found = receipt(text, tlvs=tuple(tlv.make(tag, value) for tag, value in tlvs.items()))
    assert (found.smsc_id, found.state) == ("0A1B", PartState.DELIVERED)


@pytest.mark.parametrize("source", [PHONE, f"+{PHONE}"])
def test_the_phone_loses_its_plus(source):
    assert receipt(USUAL % (b"1", b"DELIVRD", b"000"), source=source).msisdn == PHONE


@pytest.mark.parametrize(
    ("text", "tlvs"),
    [
        (USUAL % (b"1", b"ENROUTE", b"000"), ()),
        (USUAL % (b"1", b"ACCEPTD", b"000"), ()),
        (b"", (tlv.make(tlv.RECEIPTED_MESSAGE_ID, "1"), tlv.make(tlv.MESSAGE_STATE, 6))),
        (b"", (tlv.make(tlv.RECEIPTED_MESSAGE_ID, "1"), tlv.make(tlv.MESSAGE_STATE, 99))),
        (b"stat:DELIVRD", ()),
        (b"id:1 stat:WHATEVER", ()),
        (b"", ()),
        (b"\xff\xfe\x00", ()),
    ],
    ids=[
        "under way",
        "accepted",
        "accepted in a TLV",
        "no such state",
        "no id",
        "no such stat",
        "empty",
        "noise",
    ],
)
def test_what_says_nothing_final_or_nothing_at_all_is_no_receipt(text, tlvs):
    assert receipt(text, tlvs=tlvs) is None


def test_an_error_code_is_kept_as_far_as_it_is_short():
    assert receipt(USUAL % (b"1", b"UNDELIV", b"9" * 100)).carrier_error == "9" * 20


def test_receipts_are_told_from_messages_of_phones():
    named = (tlv.make(tlv.RECEIPTED_MESSAGE_ID, "1"),)
    assert mapping.is_receipt(a_deliver(esm_class=ESM_RECEIPT))
    assert mapping.is_receipt(a_deliver(esm_class=ESM_INTERMEDIATE))
    assert mapping.is_receipt(a_deliver(esm_class=0, tlvs=named))
    assert not mapping.is_receipt(a_deliver(b"id:1 stat:DELIVRD", esm_class=0))  # anybody can write that
    assert not mapping.is_receipt(a_deliver(b"\x05\0\3\1\2\1hi", esm_class=ESM_UDHI))


# A message from a phone


def an_mo(text, *, esm_class=0, tlvs=(), coding=0, source="+79087964781", destination="79021121075"):
    sm = Sm(
        commands.DELIVER_SM, tlvs=tlvs, source_addr=source, destination_addr=destination, esm_class=esm_class,
        data_coding=coding, short_message=text,
    )  # fmt: skip
    return READER.piece(sm, NOW)


def test_a_message_of_a_phone_is_one_piece():
    piece = an_mo(b"yes", coding=3)
    assert (piece.link_id, piece.phone, piece.number) == (7, "79087964781", "79021121075")
    assert (piece.payload, piece.coding, piece.at, piece.total, piece.part) == (b"yes", 3, NOW, 1, 1)


@pytest.mark.parametrize(
    ("header", "place"),
    [
        (udh.concatenation8(200, 3, 2), (200, 3, 2)),
        (udh.concatenation16(40_000, 3, 1), (40_000, 3, 1)),
        (b"\x0b\x05\x04\x23\xf4\x00\x00\x00\x03\x09\x02\x01", (9, 2, 1)),  # behind a port
        (b"\x06\x05\x04\x23\xf4\x00\x00", (0, 1, 1)),  # a port alone
        (b"\x05\x00\x03\x09\x02\x03", (0, 1, 1)),  # the third of two
    ],
)
def test_its_place_among_parts_is_in_the_user_data_header(header, place):
    piece = an_mo(header + b"x", esm_class=ESM_UDHI)
    assert ((piece.reference, piece.total, piece.part), piece.payload) == (place, b"x")


@pytest.mark.parametrize(
    ("reference", "total", "part", "place"),
    [(5, 3, 2, (5, 3, 2)), (65_535, 2, 1, (65_535, 2, 1)), (5, 2, 3, (0, 1, 1)), (5, 0, 0, (5, 1, 1))],
)
def test_or_in_the_optional_parameters(reference, total, part, place):
    tlvs = (
        tlv.make(tlv.SAR_MSG_REF_NUM, reference),
        tlv.make(tlv.SAR_TOTAL_SEGMENTS, total),
        tlv.make(tlv.SAR_SEGMENT_SEQNUM, part),
    )
    piece = an_mo(b"x", tlvs=tlvs)
    assert (piece.reference, piece.total, piece.part) == place


def test_a_text_in_message_payload_and_a_data_sm_are_messages_too():
    payload = (tlv.make(tlv.MESSAGE_PAYLOAD, b"long"),)
    assert an_mo(b"", tlvs=payload).payload == b"long"
    data = DataSm(source_addr="1234", destination_addr="SHOP", data_coding=8, tlvs=payload)
    piece = READER.piece(data, NOW)
    assert (piece.phone, piece.number, piece.payload, piece.coding) == ("1234", "SHOP", b"long", 8)


def test_no_address_holds_what_no_database_keeps():
    assert an_mo(b"x", source="79\x0008").phone == "7908"


def test_a_carrier_whose_own_alphabet_is_latin_1_is_read_so():
    sm = Sm(commands.DELIVER_SM, source_addr="1234", short_message=b"_@")
    assert READER.piece(sm, NOW).coding == 0
    assert mapping.Reader(SmppSettings("h", alphabet="latin1"), 7).piece(sm, NOW).coding == 3
