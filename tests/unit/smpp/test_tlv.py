import pytest

from lotsman.smpp import tlv
from lotsman.smpp.errors import UnwritableError


def test_an_integer_is_read_at_any_length():
    tlvs = ((0x0427, b"\x02"), (0x0204, b"\x01\x02\x03"), (0x0420, b""))
    assert tlv.integer(tlvs, tlv.MESSAGE_STATE) == 2
    assert tlv.integer(tlvs, tlv.USER_MESSAGE_REFERENCE) == 0x010203
    assert tlv.integer(tlvs, 0x0420) is None
    assert tlv.integer(tlvs, 0x0421) is None


def test_a_text_is_read_with_and_without_its_nul():
    assert tlv.cstring(((0x001E, b"abc\0"),), tlv.RECEIPTED_MESSAGE_ID) == "abc"
    assert tlv.cstring(((0x001E, b"abc"),), tlv.RECEIPTED_MESSAGE_ID) == "abc"
    assert tlv.cstring(((0x001E, b"abc\0\0x"),), tlv.RECEIPTED_MESSAGE_ID) == "abc"
    assert tlv.cstring(((0x001E, b""),), tlv.RECEIPTED_MESSAGE_ID) == ""
    assert tlv.cstring((), tlv.RECEIPTED_MESSAGE_ID) is None


def test_of_a_repeated_tag_the_first_is_read():
    tlvs = ((0x1400, b"one"), (0x1400, b"two"))
    assert tlv.octets(tlvs, 0x1400) == b"one"


def test_values_are_made_in_the_length_of_the_standard():
    assert tlv.make(tlv.MESSAGE_STATE, 2) == (0x0427, b"\x02")
    assert tlv.make(tlv.SAR_MSG_REF_NUM, 2) == (0x020C, b"\x00\x02")
    assert tlv.make(tlv.RECEIPTED_MESSAGE_ID, "7F") == (0x001E, b"7F\0")
    assert tlv.make(tlv.NETWORK_ERROR_CODE, b"\x03\x00\x0b") == (0x0423, b"\x03\x00\x0b")
    assert tlv.make(0x130C, b"") == (0x130C, b"")
    assert tlv.make(0x1400, b"vendor") == (0x1400, b"vendor")


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        (tlv.MESSAGE_STATE, 256),
        (tlv.MESSAGE_STATE, -1),
        (tlv.MESSAGE_STATE, "2"),
        (tlv.RECEIPTED_MESSAGE_ID, "x" * 65),
        (tlv.RECEIPTED_MESSAGE_ID, "a\0b"),
        (tlv.RECEIPTED_MESSAGE_ID, "ж"),
        (tlv.RECEIPTED_MESSAGE_ID, b"7F"),
        (tlv.NETWORK_ERROR_CODE, b"\x03\x00\x0b\x00"),
        (0x130C, b"x"),
        (0x1400, 5),
        (0x1400, b"x" * 0x10000),
    ],
)
def test_what_the_standard_does_not_allow_is_not_made(tag, value):
    with pytest.raises(UnwritableError, match=tlv.tag_name(tag)):
        tlv.make(tag, value)


def test_an_unknown_tag_is_named_by_its_number():
    assert tlv.tag_name(0x0427) == "message_state"
    assert tlv.tag_name(0x1400) == "0x1400"
