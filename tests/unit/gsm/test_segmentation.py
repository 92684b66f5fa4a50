import pytest

from lotsman.gsm import alphabet, ucs2
from lotsman.gsm.segmentation import Encoding, culprits, measure, split

GSM7, UCS2 = Encoding.GSM7, Encoding.UCS2


def sizes(text):
    return [len(part) for part in split(text)[1]]


def test_the_encoding_is_the_data_coding():
    assert (GSM7, UCS2) == (0, 8)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (GSM7, 1)),
        ("a" * 160, (GSM7, 1)),
        ("a" * 161, (GSM7, 2)),
        ("a" * 306, (GSM7, 2)),
        ("a" * 307, (GSM7, 3)),
        ("€" * 80, (GSM7, 1)),
        ("€" * 81, (GSM7, 2)),
        ("€" * 152, (GSM7, 2)),
        ("€" * 153, (GSM7, 3)),  # 306 septets, but 76 pairs to a part
        ("я" * 70, (UCS2, 1)),
        ("я" * 71, (UCS2, 2)),
        ("я" * 134, (UCS2, 2)),
        ("я" * 135, (UCS2, 3)),
        ("😀" * 35, (UCS2, 1)),
        ("😀" * 36, (UCS2, 2)),
        ("😀" * 66, (UCS2, 2)),
        ("😀" * 67, (UCS2, 3)),  # 134 units, but 33 pairs to a part
        ("a" * 100 + "я", (UCS2, 2)),
    ],
)
def test_parts_are_counted_in_septets_and_in_utf_16_units(text, expected):
    assert measure(text) == expected
    encoding, parts = split(text)
    assert (encoding, len(parts)) == expected


def test_an_empty_text_is_one_empty_part():
    assert split("") == (GSM7, [b""])


def test_a_short_text_is_its_own_payload():
    assert split("Hi @ €") == (GSM7, [b"Hi \x00 \x1b\x65"])
    assert split("я") == (UCS2, [b"\x04\x4f"])


def test_an_escaped_pair_moves_whole_to_the_next_part():
    encoding, parts = split("a" * 152 + "€" + "b" * 20)
    assert parts == [b"a" * 152, b"\x1b\x65" + b"b" * 20]
    assert encoding is GSM7


def test_an_escaped_pair_that_just_fits_stays():
    assert sizes("a" * 151 + "€" + "b" * 20) == [153, 20]


def test_a_surrogate_pair_moves_whole_to_the_next_part():
    encoding, parts = split("я" * 66 + "😀" + "я" * 20)
    assert [ucs2.decode(part) for part in parts] == ["я" * 66, "😀" + "я" * 20]
    assert encoding is UCS2


def test_a_surrogate_pair_that_just_fits_stays():
    assert sizes("я" * 65 + "😀" + "я" * 20) == [134, 40]


@pytest.mark.parametrize("unit", ["\u04d8", "\u04db", "\ud7ff", "\ue000", "\u0ad8"])
def test_a_unit_that_only_looks_like_a_surrogate_is_not_moved(unit):
    assert sizes(unit * 100) == [134, 66]


def test_a_lone_surrogate_counts_and_is_sent_as_a_question_mark():
    assert split("abc\ud800") == (GSM7, [b"abc?"])
    assert measure("a" * 159 + "\ud800") == (GSM7, 1)
    assert split("я\udc00") == (UCS2, [b"\x04\x4f\x00?"])


def test_a_pair_written_as_two_surrogates_is_one_character():
    assert split("\ud83d\ude00") == split("😀")


def test_more_than_255_parts_are_still_cut_and_counted_alike():
    for text in ("a" * 153 * 300, "я" * 67 * 300, "я\ud800" * 67 * 150):
        encoding, parts = split(text)
        assert measure(text) == (encoding, 300)
        assert len(parts) == 300


def test_the_culprits_are_what_forces_ucs_2():
    assert culprits("price 100 € [sale]") == ""
    assert culprits("the ` and the « and the `") == "`«"
    assert culprits("abc\ud800") == ""
    assert culprits("\ud83d\ude00") == "😀"
    assert alphabet.encode("the ` and the «".translate({ord(c): None for c in "`«"})) is not None
