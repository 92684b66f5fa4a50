"""How a number is asked about over SMPP, and what is made of the answer."""

import pytest

from lotsman.carriers.links import smpp_mapping as mapping
from lotsman.carriers.links.smpp_lookup import Lookups, LookupSettings
from lotsman.carriers.links.smpp_settings import SmppSettings
from lotsman.carriers.links.smpp_submits import Submits
from lotsman.domain.message import Outgoing
from lotsman.domain.parts import PartState
from lotsman.domain.refusals import Refusal
from lotsman.domain.service import Service
from lotsman.smpp import commands
from lotsman.smpp.pdu import Sm
from stand.builders import NOW, PHONE

TEXT = (
    "id:7 stat:DELIVRD err:000 imsi:250203122060176 msc:790434 mcc:250 mnc:20 cn:Russia net:Tele2 rcn: rnet:"
)
PLAIN = "id:7 stat:DELIVRD err:000"


def asked(service, *, sender="INFORM", alphabet="gsm", **settings):
    message = Outgoing(1, service, PHONE, sender, "HLR", 1, NOW + 60_000)
    submits = Submits(SmppSettings("h", alphabet=alphabet), Lookups(LookupSettings(**settings)))
    [flight] = submits.of(message, 100_000)
    sm = flight.sm
    assert (flight.part, sm.destination_addr, sm.registered_delivery) == (1, PHONE, 1)
    return sm


def answered(text=TEXT, tlvs=(), table=None):
    """`table`: the link's setting that says what the TLVs mean."""
    sm = Sm(
        commands.DELIVER_SM, tlvs=tlvs, source_addr=PHONE, esm_class=4, short_message=text.encode("latin-1")
    )
    return mapping.Reader(SmppSettings("h"), 1, Lookups(LookupSettings(tlvs=table or {}))).receipt(sm, NOW)


@pytest.mark.parametrize(
    ("service", "words"), [(Service.HLR, "HLR"), (Service.HLR_VIP, "HLR"), (Service.PING, "PING")]
)
def test_smsc_ru_is_asked_by_text(service, words):
    sm = asked(service)
    assert sm.short_message == b"\x11\x11" + words.encode() + b"\x11\x11"  # "_" of the GSM alphabet
    assert (sm.data_coding, sm.protocol_id, sm.service_type) == (0, 0, "")


def test_where_data_coding_0_is_latin_1_an_underscore_is_another_octet():
    assert asked(Service.HLR, alphabet="latin1").short_message == b"__HLR__"


def test_the_words_are_the_carriers_to_choose():
    sm = asked(Service.HLR_VIP, hlrvip_text="!VIP", service_type="HLR", sender="7000")
    assert (sm.short_message, sm.service_type, sm.source_addr) == (b"!VIP", "HLR", "7000")


def test_a_session_of_look_ups_is_asked_without_a_word():
    sm = asked(Service.HLR, hlr="bind")
    assert (sm.short_message, sm.data_coding) == (b"", 0)


def test_a_silent_ping_is_binary_and_of_type_0():
    sm = asked(Service.PING, ping="silent")
    assert (sm.protocol_id, sm.data_coding, sm.short_message, sm.esm_class) == (0x40, 0xF4, b"\0", 0)
    sm = asked(Service.PING, ping="silent", ping_pid=0, ping_dcs=0xC0, ping_body="0102", ping_esm_class=0x40)
    assert (sm.protocol_id, sm.data_coding, sm.short_message, sm.esm_class) == (0, 0xC0, b"\1\2", 0x40)


def test_a_word_that_chose_the_service_is_no_sender():
    sm = asked(Service.HLR, sender="HLR")
    assert (sm.source_addr, sm.source_addr_ton) == ("", 0)


def test_an_sms_over_the_same_link_is_an_sms():
    message = Outgoing(1, Service.SMS, PHONE, "INFORM", "__HLR__ is a word", 1, NOW)
    [flight] = Submits(SmppSettings("h"), Lookups(LookupSettings())).of(message, 100_000)
    sm = flight.sm
    assert sm.short_message.endswith(b" is a word")


def test_the_answer_in_a_text():
    receipt = answered()
    assert (receipt.smsc_id, receipt.state, receipt.error) == ("7", PartState.DELIVERED, 0)
    assert receipt.found == ("250203122060176", "790434", "250", "20", "Russia", "Tele2", "", "")


def test_the_answer_in_vendors_tlvs():
    tlvs = (
        (0x1490, b"250203122060176\0"),
        (0x1403, b"25020\0"),
        (0x1491, b"\x97\x40\x43\xf0"),
        (0x9999, b"x"),
    )
    receipt = answered(PLAIN, tlvs, {"0x1490": "imsi", "0x1403": "mccmnc", "5265": "msc:bcd"})
    assert receipt.found == ("250203122060176", "7904340", "250", "20", "Russia", "Tele2", "", "")


def test_codes_as_numbers():
    receipt = answered(
        PLAIN, ((0x1503, b"\0\xfa"), (0x1504, b"\2")), {"0x1503": "mcc:number", "0x1504": "mnc:number"}
    )
    assert receipt.found.mccmnc == "25002"


@pytest.mark.parametrize("tlvs", [(), ((0x1403, b""),), ((0x1403, b"\0"),), ((0x1403, b"\xff\xfe"),)])
def test_tlvs_that_say_nothing(tlvs):
    assert answered(PLAIN, tlvs, {"0x1403": "mccmnc"}).found is None


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("id:7 stat:UNDELIV err:001 imsi: msc: mcc: mnc: cn: net: rcn: rnet:", Refusal.UNDELIVERABLE),
        ("id:7 stat:EXPIRED err:000", Refusal.EXPIRED),
        ("id:7 stat:REJECTD err:000", Refusal.REJECTED),
        ("id:7 stat:UNDELIV err:249", Refusal.REJECTED),
    ],
)
def test_no_answer_says_why(text, error):
    receipt = answered(text)
    assert (receipt.state, receipt.error, receipt.found) == (PartState.FAILED, error.code, None)


@pytest.mark.parametrize(
    "settings",
    [
        {"hlr": "silent"},
        {"ping": "loud"},
        {"ping_pid": 256},
        {"ping_body": "0g"},
        {"hlr_text": "x" * 161},
        {"tlvs": {"0x1403": "colour"}},
        {"tlvs": {"0x1403": "mccmnc:morse"}},
        {"tlvs": {"tag": "mccmnc"}},
        {"tlvs": {"0x10000": "mccmnc"}},
    ],
)
def test_settings_that_no_link_can_use(settings):
    with pytest.raises(ValueError):
        Lookups(LookupSettings(**settings))
