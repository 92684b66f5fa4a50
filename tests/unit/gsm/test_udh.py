import pytest

from lotsman.gsm import udh
from lotsman.gsm.udh import Concatenation, Element


def test_the_8_bit_header_is_six_octets():
    assert udh.concatenation8(0x2A, 3, 2) == bytes.fromhex("05 00 03 2a 03 02")


def test_the_16_bit_header_is_seven_octets():
    assert udh.concatenation16(0xABCD, 3, 2) == bytes.fromhex("06 08 04 abcd 03 02")


def test_a_reference_that_grows_for_ever_wraps():
    assert udh.concatenation8(0x1FF, 1, 1)[3] == 0xFF
    assert udh.concatenation16(0x1ABCD, 1, 1)[3:5] == b"\xab\xcd"


def place(header_and_payload):
    elements, payload = udh.take(bytes.fromhex(header_and_payload))
    return udh.concatenation(elements), payload


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        ("05 00 03 2a 03 02", Concatenation(0x2A, 3, 2)),
        ("06 08 04 abcd 03 02", Concatenation(0xABCD, 3, 2)),
        ("0b 05 04 0b84 23f0 00 03 2a 03 02", Concatenation(0x2A, 3, 2)),  # after port addressing
        ("0c 08 04 abcd 03 02 05 04 0b84 23f0", Concatenation(0xABCD, 3, 2)),  # and before it
        ("08 24 01 01 00 03 2a 03 02", Concatenation(0x2A, 3, 2)),  # after a national shift table
        ("05 00 03 2a ff ff", Concatenation(0x2A, 255, 255)),
    ],
)
def test_concatenation_is_found_wherever_it_stands(octets, expected):
    assert place(octets + "48 69") == (expected, b"Hi")


@pytest.mark.parametrize(
    "octets",
    [
        "06 05 04 0b84 23f0",  # 16-bit ports
        "04 04 02 23f0",  # 8-bit ports
        "05 05 03 00 03 01",  # ports of a wrong length, with the octets of a concatenation inside
        "05 70 03 00 03 01",
        "00",
    ],
)
def test_port_addressing_is_not_concatenation(octets):
    assert place(octets + "48 69") == (None, b"Hi")


@pytest.mark.parametrize(
    "octets",
    [
        "05 00 03 2a 00 01",  # of no parts
        "05 00 03 2a 03 00",  # part 0
        "05 00 03 2a 03 04",  # part 4 of 3
        "06 00 04 abcd 03 02",  # 8-bit with the length of 16-bit
        "05 08 03 2a 03 02",  # and the other way round
    ],
)
def test_a_senseless_concatenation_is_ignored(octets):
    assert place(octets + "48 69") == (None, b"Hi")


def test_the_last_sensible_of_two_concatenations_counts():
    assert place("0a 00 03 01 02 01 00 03 02 02 02")[0] == Concatenation(2, 2, 2)
    assert place("0a 00 03 01 02 01 00 03 02 02 09")[0] == Concatenation(1, 2, 1)


def test_elements_are_read_up_to_the_one_cut_short():
    elements, payload = udh.take(bytes.fromhex("08 24 01 03 00 00 05 04 0b 48 69"))
    assert elements == [Element(0x24, b"\x03"), Element(0x00, b"")]
    assert payload == b"Hi"


def test_an_identifier_without_a_length_is_no_element():
    assert udh.parse(b"\x24\x01\x03\x00") == [Element(0x24, b"\x03")]


@pytest.mark.parametrize("user_data", [b"", b"\x05\x00\x03\x2a\x03", b"Hello"])
def test_a_header_longer_than_the_message_is_no_header(user_data):
    assert udh.take(user_data) == ([], user_data)


def test_a_header_may_be_all_there_is():
    assert place("05 00 03 2a 03 02") == (Concatenation(0x2A, 3, 2), b"")
