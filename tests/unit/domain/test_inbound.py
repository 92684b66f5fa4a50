"""Pieces become a text, a text finds its account, STOP means stop."""

import pytest

from lotsman.domain.inbound import Octets, contract_number, first_word, is_stop, text_of
from lotsman.gsm import ucs2


def parts(*texts, coding=8):
    return {n: Octets(ucs2.encode(text), coding) for n, text in enumerate(texts, 1) if text is not None}


def test_neighbours_are_read_as_one():
    octets = ucs2.encode("a😀b")
    assert text_of({1: Octets(octets[:4], 8), 2: Octets(octets[4:], 8)}, 2) == "a😀b"


def test_what_is_missing_leaves_a_marker_for_each_gap():
    assert text_of(parts("раз", None, None, "четыре", None), 5) == "раз[…]четыре[…]"


def test_parts_of_different_codings_are_read_each_by_its_own():
    assert text_of({1: Octets(b"abc", 0), 2: Octets(ucs2.encode("где"), 8)}, 2) == "abcгде"


def test_no_text_holds_what_no_database_keeps():
    assert text_of({1: Octets(b"\0a\0b", 8)}, 1) == "ab"


@pytest.mark.parametrize(
    ("text", "word", "number"),
    [
        ("5671 test", "5671", 5671),
        ("5671", "5671", 5671),
        (" 5671, да", "5671", 5671),
        ("Пицца 2 шт", "пицца", None),
        ("пицца!", "пицца", None),
        ("", "", None),
        ("  \n", "", None),
        ("²³ да", "²³", None),
        ("9" * 16, "9" * 16, None),
        ("x" * 33 + " да", "", None),
    ],
)
def test_the_first_word_may_say_whose_it_is(text, word, number):
    assert (first_word(text), contract_number(text)) == (word, number)


@pytest.mark.parametrize(
    "text", ["STOP", "stop", " Стоп!", "СТОП.", "Отписка", "unsubscribe", "5671 stop", "shop, СТОП"]
)
def test_stop_is_heard_in_many_spellings(text):
    assert is_stop(text)


@pytest.mark.parametrize(
    "text", ["", "стоп машина едет", "stopping", "5671", "когда стоп кран", "да", "stop it"]
)
def test_a_text_that_says_more_is_no_stop(text):
    assert not is_stop(text)
