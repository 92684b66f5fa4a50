"""Cyrillic and Latin in one word."""

import pytest

from lotsman.domain.mixed_alphabets import mixes_alphabets


@pytest.mark.parametrize("text", ["Пpивет", "купи cлона", "КУПOН", "код А1B", "étéя"])
def test_a_word_of_two_alphabets_is_noticed(text):
    assert mixes_alphabets(text)


@pytest.mark.parametrize(
    "text", ["Hello", "Привет", "Привет John", "IT-отдел", "сайт test.ru", "5 мая, №12B", "", "你好 Привет"]
)
def test_words_of_one_alphabet_each_are_fine(text):
    assert not mixes_alphabets(text)
