import pytest

from lotsman.gsm import ucs2


def test_a_character_outside_the_bmp_is_a_surrogate_pair():
    assert ucs2.encode("я😀") == bytes.fromhex("044f d83d de00")
    assert ucs2.decode(bytes.fromhex("044f d83d de00")) == "я😀"


def test_a_text_with_surrogates_has_to_be_mended_first():
    assert ucs2.encode("я\ud83d") is None
    assert ucs2.encode(ucs2.mended("я\ud83d")) == bytes.fromhex("044f 003f")


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("\ud83d", "?"),
        ("я\ude00", "я?"),
        ("a\ude00\ud83db", "a??b"),
        ("\ud83d\ude00", "😀"),
        ("\ud83d\ud83d\ude00", "?😀"),
        ("\ud83d\ude00\ude00", "😀?"),
        ("\ud83d😀", "?😀"),
        ("яблоко 😀", "яблоко 😀"),
    ],
)
def test_only_lone_surrogates_become_question_marks(text, mended):
    assert ucs2.mended(text) == mended


@pytest.mark.parametrize(
    ("octets", "text"),
    [("", ""), ("044f 04", "я\ufffd"), ("d83d 044f", "\ufffdя"), ("044f d83d", "я\ufffd")],
)
def test_broken_octets_show_a_replacement_character(octets, text):
    assert ucs2.decode(bytes.fromhex(octets)) == text
