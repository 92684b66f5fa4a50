import pytest

from lotsman.carriers.links.payloads import payloads
from lotsman.gsm.segmentation import split


@pytest.mark.parametrize("text", ["hello", "Привет", "a" * 300, "€" * 200, ""])
def test_the_gsm_alphabet_is_what_segmentation_says(text):
    assert payloads(text, "gsm") == split(text)


def test_latin_1_has_other_octets_for_the_same_text():
    assert payloads("a_b@c £é", "latin1") == (0, ["a_b@c £é".encode("latin-1")])


def test_there_are_as_many_parts_as_were_charged():
    text = "[" * 200  # two septets each, one octet each
    _, parts = payloads(text, "latin1")
    assert len(parts) == len(split(text)[1])
    assert b"".join(parts) == text.encode("latin-1")


def test_what_latin_1_lacks_goes_as_ucs_2_where_that_is_one_part():
    assert payloads("5 €", "latin1") == (8, ["5 €".encode("utf-16-be")])


def test_and_as_a_question_mark_where_it_is_not():
    coding, [part] = payloads("€" + "x" * 100, "latin1")
    assert (coding, part[:2]) == (0, b"?x")


def test_cyrillic_is_ucs_2_for_everybody():
    assert payloads("Привет", "latin1") == split("Привет")
