"""What api2.php reads: the same tree out of JSON, XML and forms, and nothing that hurts."""

import json
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import pytest

from lotsman.api.v2 import xml_document
from lotsman.api.v2.envelope import Envelope, find, text
from lotsman.domain.refusals import Refusal, Refused

PACKET = {"apikey": "ABC", "from": "INFORM", "send": [{"to": "79001234567", "text": "Привет & «мир»"}]}
DOCUMENT = json.dumps(PACKET, ensure_ascii=False)
XML = (
    '<?xml version="1.0" encoding="utf-8"?>\n<send apikey="ABC" from="INFORM">\n'
    '<sms to="79001234567">Привет &amp; «мир»</sms>\n</send>\n'
)
GARBAGE_TYPE = b"Content-Type: application/json\\r\\n"


@dataclass
class Http:
    query: bytes = b""
    body: bytes = b""
    content_type: bytes = b""


def post(document: str | bytes, query: bytes = b"", content_type: bytes = b"") -> Envelope:
    body = document.encode() if isinstance(document, str) else document
    return find(Http(query, body, content_type)).read()


def refusal(document: str | bytes, query: bytes = b"") -> Refusal:
    with pytest.raises(Refused) as refused:
        post(document, query)
    return refused.value.refusal


# ---- one tree --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", [b"", b"application/json", b"application/x-www-form-urlencoded", b"text/plain", GARBAGE_TYPE]
)
@pytest.mark.parametrize("before", ["", "\ufeff", "\r\n \t"])
@pytest.mark.parametrize("document", [DOCUMENT, XML], ids=["json", "xml"])
def test_the_first_byte_tells_json_from_xml_whatever_is_declared(kind, before, document):
    if document is XML:
        before = before.strip(" \t\r\n")  # nothing may stand before an XML declaration but the mark
    envelope = post(before + document, content_type=kind)
    assert {name: envelope.value(name) for name in PACKET} == PACKET


@pytest.mark.parametrize("document", [DOCUMENT, XML], ids=["json", "xml"])
def test_a_parameter_may_hold_the_document_in_the_query_and_in_a_form(document):
    form = urlencode({"xml" if document is XML else "json": document}).encode()
    for http in (Http(form), Http(b"r=6708", form, b"application/x-www-form-urlencoded")):
        source = find(http)
        assert source.form == ("xml" if document is XML else "json")
        assert {name: source.read().value(name) for name in PACKET} == PACKET


def test_the_first_byte_also_tells_what_a_parameter_holds():
    assert find(Http(b"json=" + quote(XML).encode())).form == "xml"


def test_plain_parameters_are_a_request_of_their_own():
    envelope = post(b"balance=sms", b"apikey=ABC")
    assert (envelope.get("apikey"), envelope.get("balance")) == ("ABC", "sms")
    assert post(b"", b"apikey=ABC&info").given("info")


def test_parameters_beside_a_document_fill_in_what_it_lacks():
    envelope = post('{"balance":"rur","apikey":"ABC"}', b"debug=me@example.com&r=6708&apikey=OTHER")
    assert (envelope.get("r"), envelope.get("apikey")) == ("6708", "ABC")
    assert post('{"balance":"rur","apikey":null}', b"apikey=OTHER").get("apikey") == "OTHER"


# ---- values ----------------------------------------------------------------------------------------------------------


def test_numbers_stay_as_they_were_written():
    root = post(
        '{"to":79087964781,"id":-5,"ttl":1.5,"big":1234567890123456789012345,"phone":7.9087964781e10}'
    )
    assert [root.get(name) for name in ("to", "id", "ttl", "big", "phone")] == [
        "79087964781", "-5", "1.5", "1234567890123456789012345", "79087964781",
    ]  # fmt: skip
    assert post('{"huge":1e999999999,"x":NaN}').get("huge") == "1e999999999"


def test_null_and_an_empty_text_are_no_values():
    envelope = post('{"from":null,"to":"","balance":""}')
    assert envelope.get("from") is envelope.get("to") is None
    assert not envelope.given("from")
    assert envelope.given("balance")


def test_false_asks_for_nothing():
    assert not post('{"check":false,"balance":true}').given("check")


def test_texts_can_be_stored():
    assert text("a\0b\ud800c") == "a?b?c"
    assert post(r'{"send":"\ud83d\ude00 \ud83d \u0000"}').get("send") == "😀 ? ?"


def test_a_line_break_inside_a_json_text_is_understood():
    assert post('{"send":"one\ntwo"}').get("send") == "one\ntwo"


# ---- what is wrong ---------------------------------------------------------------------------------------------------


def test_nothing_at_all_is_10():
    assert (
        refusal(b"")
        is refusal(b" \r\n")
        is refusal(b"", b"r=5&debug=me@example.com")
        is Refusal.INPUT_REQUIRED
    )


def test_what_is_neither_json_nor_xml_nor_a_form_is_11():
    assert refusal("hello") is refusal(b"\xff\xfe{\0") is refusal("a=b&c=d") is Refusal.INPUT_FORMAT_UNKNOWN


@pytest.mark.parametrize(
    "document",
    [
        "{",
        '{"a":}',
        "[]",
        '[{"balance":true}]',
        '{"a":1}x',
        "[" * 100_000,
        '{"a":' * 100_000,
        b'{"a":"\xcf\xf0"}',
    ],
    ids=range(8),
)
def test_bad_json_is_13(document):
    assert refusal(document) is Refusal.JSON_INVALID


ENTITIES = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 10))
BOMB = f'<!DOCTYPE send [<!ENTITY e0 "lol">{ENTITIES}]><send apikey="ABC">&e9;</send>'


@pytest.mark.parametrize(
    "document",
    [
        BOMB,
        '<!DOCTYPE send SYSTEM "file:///etc/passwd"><send/>',
        '<!DOCTYPE send [<!ENTITY x SYSTEM "file:///etc/passwd">]><send>&x;</send>',
        "<send>&undefined;</send>",
        "<send",
        "<send></sent>",
        "<send/><send/>",
        "<send>\0</send>",
        "<a>" * 100_000,
        "<send><sms><to><b/></to></sms></send>",
        "<send>" + "<sms/>" * xml_document.MAX_ELEMENTS + "</send>",
        '<?xml version="1.0" encoding="klingon"?><send/>',
        '<?xml version="1.0" encoding="shift_jis"?><send/>',
        b"<send>\xff</send>",
    ],
    ids=range(14),
)
def test_bad_xml_is_12_and_a_bomb_is_bad_xml(document):
    assert refusal(document) is Refusal.XML_INVALID


# ---- XML -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "tree"),
    [
        ('<info login="me@example.com" password="x" />', {"login": "me@example.com", "password": "x", "info": True}),
        ('<balance apikey="A">sms</balance>', {"apikey": "A", "balance": "sms"}),
        ('<check apikey="A" server_packet_id="5"/>', {"apikey": "A", "server_packet_id": "5", "check": True}),
        ('<check apikey="A"><sms server_id="5"/><sms server_id="6"/></check>',
         {"apikey": "A", "check": [{"server_id": "5"}, {"server_id": "6"}]}),
        ("<send><apikey>A</apikey><sms><to>79</to><text>x</text></sms></send>",
         {"apikey": "A", "send": [{"to": "79", "text": "x"}]}),
        ('<send apikey="A" text="one"><sms to="79">  </sms></send>', {"apikey": "A", "text": "one", "send": [{"to": "79"}]}),
        ("<send><sms> a <![CDATA[<b>]]> </sms></send>", {"send": [{"text": " a <b> "}]}),
    ],
)  # fmt: skip
def test_xml_is_the_tree_that_json_would_be(document, tree):
    assert xml_document.read(document) == tree


def test_xml_may_declare_an_8_bit_charset():
    document = '<?xml version="1.0" encoding="windows-1251"?><send><sms>Привет</sms></send>'
    assert xml_document.read(document.encode("cp1251")) == {"send": [{"text": "Привет"}]}
    assert xml_document.read(document) == {
        "send": [{"text": "Привет"}]
    }  # in a parameter it is decoded already
