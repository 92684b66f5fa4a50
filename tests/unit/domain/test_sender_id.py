import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotsman.domain.sender_id import RESERVED, is_reserved, match, parse, ton_npi


@pytest.mark.parametrize(
    "sender",
    ["INFORM", "abc", "SMSPILOT.RU", "my-shop", "SCHOOL_N2", "2WAY", "INFORM999", "12345678a", "123456"],
)
def test_a_sender_within_the_grammar_is_taken_as_it_is(sender):
    assert parse(sender) == sender


@pytest.mark.parametrize(
    ("text", "sender"),
    [(" INFORM ", "INFORM"), ("+79021234567", "79021234567"), (" 79021234567", "79021234567")],
)
def test_spaces_around_and_a_plus_are_dropped(text, sender):
    assert parse(text) == sender


@pytest.mark.parametrize(
    "text",
    [
        "", "ab", "twelve_chars", "my shop", "Мир", "INF0RMé", "a,b", "a\nb", "<b>", "+INFORM",
        "12345", "123456789012345", "++7902123", "１２３４５６", "²³¹²³¹",
    ],
)  # fmt: skip
def test_anything_else_is_no_sender(text):
    assert parse(text) is None


@given(st.text(max_size=20))
def test_no_text_breaks_the_grammar(text):
    sender = parse(text)
    if sender is not None:
        assert parse(sender) == sender
        assert sender.isascii()
        assert 3 <= len(sender) <= 14
        assert sender.isdigit() or len(sender) <= 11


def test_the_reserved_words_are_known():
    words = {"2WAY", "GOLOS", "GOLOSM", "PING", "HLR", "HLRVIP", "VIBER", "VIBERSMS", "FLASHCALL"}
    assert words == RESERVED


def test_nobody_gets_a_reserved_word_by_changing_its_case():
    assert is_reserved("GOLOS")
    assert is_reserved("Golos")
    assert not is_reserved("GOLOSA")


def test_every_reserved_word_is_within_the_grammar():
    assert all(parse(word) == word for word in RESERVED)


def test_the_same_spelling_wins_over_another_case():
    assert match("Shop", ["SHOP", "Shop"]) == "Shop"


def test_a_sender_in_another_case_is_sent_as_registered():
    assert match("inform", ["SHOP", "INFORM"]) == "INFORM"


def test_an_unregistered_sender_matches_nothing():
    assert match("INFORM1", ["INFORM"]) is None
    assert match("INFORM", []) is None


@pytest.mark.parametrize(
    ("sender", "address_type"),
    [("INFORM", (5, 0)), ("2WAY", (5, 0)), ("123456", (3, 0)), ("1234567", (1, 1)), ("79021234567", (1, 1))],
)
def test_a_sender_has_its_smpp_address_type(sender, address_type):
    assert ton_npi(sender) == address_type
