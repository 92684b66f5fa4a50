import pytest

from lotsman.gsm.decoding import decode


@pytest.mark.parametrize(
    ("data_coding", "octets", "text"),
    [  # SMPP 3.4 §5.2.19
        (0x00, b"\x00 \x1b\x65", "@ €"),
        (0x01, b"a_@$", "a_@$"),
        (0x02, b"\x00\xff", "\0ÿ"),
        (0x03, b"caf\xe9", "café"),
        (0x04, b"\x00\xff", "\0ÿ"),
        (0x05, "漢字".encode("shift_jis"), "漢字"),
        (0x06, "Привет".encode("iso8859_5"), "Привет"),
        (0x07, "שלום".encode("iso8859_8"), "שלום"),
        (0x08, "Привет 😀".encode("utf-16-be"), "Привет 😀"),
        (0x09, b"\xe9", "é"),
        (0x0A, "漢字".encode("iso2022_jp"), "漢字"),
        (0x0D, "漢字".encode("euc_jp"), "漢字"),
        (0x0E, "한글".encode("euc_kr"), "한글"),
        (0x0F, b"\xe9", "é"),
    ],
)
def test_a_data_coding_of_smpp_names_its_charset(data_coding, octets, text):
    assert decode(data_coding, octets) == text


@pytest.mark.parametrize(
    ("data_coding", "reading"),
    [  # GSM 03.38 §4
        (0x10, "septets"),  # class 0
        (0x14, "octets"),
        (0x18, "ucs2"),
        (0x1B, "ucs2"),
        (0x1C, "septets"),  # reserved alphabet
        (0x20, "octets"),  # compressed
        (0x40, "septets"),  # marked for automatic deletion
        (0x48, "ucs2"),
        (0x7F, "octets"),
        (0x80, "septets"),  # reserved group
        (0xBF, "septets"),
        (0xC0, "septets"),  # message waiting: discard
        (0xC8, "septets"),
        (0xD8, "septets"),  # message waiting: store
        (0xE0, "ucs2"),  # message waiting: store, UCS-2
        (0xEF, "ucs2"),
        (0xF0, "septets"),  # class 0 text
        (0xF3, "septets"),
        (0xF4, "octets"),  # class 0 data
        (0xF6, "octets"),  # to the SIM
        (0xF8, "septets"),
    ],
)
def test_a_data_coding_of_gsm_names_its_alphabet(data_coding, reading):
    expected = {"septets": "@h@e", "octets": "\0h\0e", "ucs2": "he"}
    assert decode(data_coding, b"\x00h\x00e") == expected[reading]


def test_a_byte_order_mark_is_obeyed_and_not_shown():
    assert decode(8, "\ufeffПривет".encode("utf-16-be")) == "Привет"
    assert decode(8, "\ufeffПривет".encode("utf-16-le")) == "Привет"


def test_an_odd_octet_at_the_end_of_ucs_2_costs_no_other_character():
    assert decode(8, "Привет".encode("utf-16-be") + b"\x04") == "Привет\ufffd"
    assert decode(8, b"\x04") == "\ufffd"
    assert decode(8, b"") == ""
