"""What an operator may say of a carrier, as JSON and as typed text, and what is refused."""

import pytest

from lotsman.carriers.described import describe, is_table, read
from lotsman.carriers.links.smpp_lookup import Lookups, LookupSettings
from lotsman.carriers.links.smpp_settings import SmppSettings
from lotsman.carriers.links.smpp_submits import Submits, number_reader, number_writer
from lotsman.carriers.registry import check_settings
from lotsman.domain.message import Outgoing
from lotsman.domain.service import Service

NOW = 1_767_225_600_000


def modes(host, **settings):
    found = SmppSettings(host, **settings).addresses()
    return [(str(address), address.mode) for address in found]


@pytest.mark.parametrize(
    ("host", "settings", "expected"),
    [
        ("a.example", {}, [("a.example:2775", "transceiver")]),
        ("a.example", {"port": 1, "binds": 2}, [("a.example:1", "transceiver")] * 2),
        ("a:1, b:2", {"bind": "transmitter"}, [("a:1", "transmitter"), ("b:2", "transmitter")]),
        ("a", {"bind": "separate"}, [("a:2775", "transmitter"), ("a:2775", "receiver")]),
        ("a:1/transmitter,b/receiver", {}, [("a:1", "transmitter"), ("b:2775", "receiver")]),
        ("[2001:db8::1]:7,[::1]", {}, [("[2001:db8::1]:7", "transceiver"), ("[::1]:2775", "transceiver")]),
    ],
)
def test_addresses(host, settings, expected):
    assert modes(host, **settings) == expected


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"host": ""}, "host"),
        ({"host": "a:b"}, "ADDRESS:PORT"),
        ({"host": "a:1/sideways"}, "bind is one of"),
        ({"host": "a:70000"}, "port 70000"),
        ({"binds": 65}, "binds is 1 to 64"),
        ({"host": "a,b", "binds": 40}, "80 binds"),
        ({"window": 0}, "window is 1 to 1000"),
        ({"window": "50"}, "window is a whole number"),
        ({"window": True}, "window is a whole number"),
        ({"tls": 1}, "tls is yes or no"),
        ({"rate": -1}, "rate is"),
        ({"sender_rates": {"SHOP": 0}}, "sender_rates"),
        ({"sender_rates": {"SHOP": "much"}}, "sender_rates is a table"),
        ({"prefix_rates": {"+7": 1}}, "digits only"),
        ({"alphabet": "koi8"}, "alphabet is gsm, latin1 or ucs2"),
        ({"long": "cut"}, "long is"),
        ({"validity": "never"}, "validity is"),
        ({"source_ton": 256}, "source_ton is 0 to 255"),
        ({"number_format": "8"}, "number_format"),
        ({"errors": {"0x45": "perhaps"}}, "slow"),
        ({"receipt_errors": {"045": 1}}, "no error code"),
        ({"tlvs": {"0x1400": "110011"}}, "text:"),
        ({"tlvs": {"message_payload": "text:x"}}, "written by the link"),
        ({"tlvs": {"0": "text:x"}}, "a tag is"),
        ({"tlvs": {"0x1400": "text:{nobody}"}}, "nobody"),
        ({"tlvs": {"0x1400": "hex:{id}"}}, "cannot be filled"),
        ({"tlvs": {"0x1400": "hex:0"}}, "no hex value"),
        ({"tls_key": "k"}, "tls_key without tls_cert"),
        ({"service_type": "TOOLONG"}, "at most 5"),
        ({"submit_timeout": 0}, "above 0"),
        ({"no_such": 1}, "no_such"),
        ({"lookup": {"hlr": "ask"}}, "hlr is text or bind"),
    ],
    ids=str,
)
def test_what_cannot_be_used_is_said(settings, complaint):
    with pytest.raises(ValueError, match=complaint):
        check_settings("carrier", "smpp", {"host": "smsc.example"} | settings)


def test_every_setting_says_what_it_is_for_and_its_default_can_be_used():
    described = describe(SmppSettings)

    assert [setting.name for setting in described if not setting.meaning] == []
    assert [setting.name for setting in described if setting.secret] == ["password"]
    check_settings("carrier", "smpp", {s.name: s.default for s in described} | {"host": "smsc.example"})


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("window", "0x32", 50), ("rate", "2.5", 2.5), ("tls", "yes", True), ("tls", "off", False),
        ("source_ton", "auto", None), ("source_ton", "5", 5), ("serves", "sms, hlr", ["sms", "hlr"]),
        ("system_id", "0123", "0123"), ("sender_rates", "4", 4.0), ("receipt_errors", "605", 605),
        ("errors", "retry 30", "retry 30"),
    ],
)  # fmt: skip
def test_a_value_is_read_as_it_was_typed(name, text, value):
    assert read(SmppSettings, name, text) == value


@pytest.mark.parametrize(
    ("name", "text"), [("window", "many"), ("tls", "perhaps"), ("rate", ""), ("source_ton", "x")]
)
def test_what_is_no_value_is_said(name, text):
    with pytest.raises(ValueError, match=f"{name} is"):
        read(SmppSettings, name, text)


def test_a_name_that_is_none_is_another_error():
    with pytest.raises(LookupError):
        read(SmppSettings, "windw", "1")
    assert is_table(SmppSettings, "errors")
    assert not is_table(SmppSettings, "window")
    assert not is_table(SmppSettings, "windw")


@pytest.mark.parametrize(
    ("number_format", "msisdn", "written"),
    [
        ("plain", "79161234567", "79161234567"),
        ("plus", "79161234567", "+79161234567"),
        ("7>8", "79161234567", "89161234567"),
        ("7>", "79161234567", "9161234567"),
        ("7>8", "380441234567", "380441234567"),
    ],
)
def test_a_number_is_written_as_the_carrier_wants_it_and_read_back(number_format, msisdn, written):
    writer, reader = number_writer(number_format), number_reader(number_format)

    assert (writer(msisdn) if writer else msisdn) == written
    plain = written.removeprefix("+")
    assert (reader(plain) if reader else plain) == msisdn


# Long texts


def flights(text, parts, taken=(), **settings):
    message = Outgoing(7, Service.SMS, "79161234567", "SHOP", text, parts, NOW + 60_000, frozenset(taken))
    made = Submits(SmppSettings("h", **settings), Lookups(LookupSettings())).of(message, 60_000)
    return [
        (flight.part, flight.riders, len(flight.sm.short_message), len(flight.sm.tlvs)) for flight in made
    ]


def test_one_submit_carries_all_parts_and_says_which():
    assert flights("a" * 400, 3, long="payload") == [(1, (2, 3), 0, 1)]
    assert flights("short", 1, long="payload") == [(1, (), 5, 0)]


def test_what_another_link_sent_in_parts_is_finished_in_parts():
    assert flights("a" * 400, 3, [1], long="payload") == [(2, (), 159, 0), (3, (), 100, 0)]
    assert flights("a" * 400, 3, [1], alphabet="ucs2") == [(2, (), 159, 0), (3, (), 100, 0)]


def test_parts_that_the_carrier_has_are_not_sent_again():
    assert flights("a", 1, [1]) == []
    assert flights("a" * 400, 3, [2], long="sar") == [(1, (), 153, 3), (3, (), 94, 3)]


@pytest.mark.parametrize("text", ["x" * 306, "Ж" * 134, "x" * 305, "Ж" * 133])
def test_a_16_bit_reference_never_makes_a_part_more_than_was_paid_for(text):
    parts = flights(text, 2, long="udh16")
    assert [part for part, *_ in parts] == [1, 2]
