"""PDUs as people read them; and PDUs without their texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotsman.domain.pdu_in_words import in_hex, in_words, title
from lotsman.domain.traced_text import without_text
from lotsman.gsm.udh import concatenation8
from lotsman.smpp import commands as c
from lotsman.smpp import tlv
from lotsman.smpp.pdu import Bind, Sm, SmResp
from lotsman.smpp.writer import encode


def a_submit(text=b"Hello", **changes):
    fields = {"source_addr": "INFORM", "destination_addr": "79", "short_message": text} | changes
    return encode(Sm(c.SUBMIT_SM, 0, 12, **fields))


RECEIPT = encode(
    Sm(
        c.DELIVER_SM, 0, 3, (tlv.make(tlv.MESSAGE_STATE, 2), tlv.make(tlv.RECEIPTED_MESSAGE_ID, "A1")),
        esm_class=4, data_coding=8, short_message=b"id:A1 stat:DELIVRD err:000 Text:Hello",
    )
)  # fmt: skip


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (a_submit(), "submit_sm #12"),
        (encode(SmResp(c.SUBMIT_SM_RESP, c.ESME_RTHROTTLED, 12)), "submit_sm_resp #12 ESME_RTHROTTLED"),
        (encode(SmResp(c.SUBMIT_SM_RESP, 0x432, 12)), "submit_sm_resp #12 0x00000432"),
        (b"abc", "3 octets that are no PDU"),
    ],
)
def test_a_pdu_has_a_title(data, line):
    assert title(data) == line


def test_fields_that_say_something_are_named_and_the_text_is_read():
    part = concatenation8(7, 2, 1) + "Привет".encode("utf-16-be")
    assert in_words(a_submit(part, esm_class=0x40, data_coding=8)) == [
        "source_addr = 'INFORM'",
        "destination_addr = '79'",
        "esm_class = 64 (message, user data header)",
        "data_coding = 8 (UCS-2)",
        "part 1 of 2, reference 7",
        "header element 0x00 = 07 02 01",
        "text = 'Привет'",
    ]


def test_a_receipt_is_read_with_its_optional_parameters():
    lines = in_words(RECEIPT)
    assert "esm_class = 4 (receipt)" in lines
    assert "TLV message_state = 2 (DELIVRD)" in lines
    assert "TLV receipted_message_id = 'A1'" in lines
    assert lines[-1] == "text = 'id:A1 stat:DELIVRD err:000 Text:Hello'"


def test_a_password_is_not_shown():
    lines = in_words(encode(Bind(c.BIND_TRANSCEIVER, 0, 1, (), "me", "Geheim77")))
    assert "password = ***" in lines


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda tail: a_submit()[:16] + tail))
def test_whatever_it_is_it_is_shown_and_masked_without_an_error(data):
    assert all(isinstance(line, str) for line in [title(data), *in_words(data), *in_hex(data)])
    assert len(without_text(data)) == len(data)


def test_octets_are_shown_as_hexdump_shows_them():
    assert in_hex(b"0123456789abcdef\0~") == [
        "0000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef",
        f"0010  {'00 7e':<47}  .~",
    ]


def test_a_text_becomes_stars_and_its_header_stays():
    header = concatenation8(7, 2, 1)
    masked = without_text(a_submit(header + b"Hello", esm_class=0x40))
    assert masked == a_submit(header + b"*****", esm_class=0x40)
    assert in_words(masked)[-1] == "text = 5 octets, not kept"


def test_a_text_in_message_payload_becomes_stars_too():
    payload = (tlv.MESSAGE_PAYLOAD, b"Hello")
    masked = without_text(a_submit(b"", tlvs=(payload,)))
    assert masked == a_submit(b"", tlvs=((tlv.MESSAGE_PAYLOAD, b"*****"),))


def test_a_receipt_loses_what_it_quotes_and_nothing_else():
    assert without_text(RECEIPT) == RECEIPT.replace(b"Hello", b"*****")


def test_a_response_has_no_text_to_lose():
    data = encode(SmResp(c.SUBMIT_SM_RESP, 0, 12, (), "A1"))
    assert without_text(data) == data
