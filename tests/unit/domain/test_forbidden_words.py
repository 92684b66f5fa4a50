"""Forbidden words are found however they are dressed up, and innocent words are left alone."""

import pytest

from lotsman.domain.forbidden_words import LONGEST, ForbiddenWords, is_entry

FILTER = ForbiddenWords(["казино", "кредит*", "быстрый заём", "bit.ly", "viagra"])


@pytest.mark.parametrize(
    "text",
    [
        "Новое казино!",
        "КАЗИНО",
        "кaзинo",  # Latin a and o
        "каз\u00adино и к\u200bазино",
        "кази\u0301но",
        "Кредиты всем",
        "ваш КPЕДИТНЫЙ лимит",  # Latin P
        "быстрый займ: быстрый заем",
        "http://bit.ly/abc",
        "VI\u0391GRA",  # a Greek letter
        "ｖｉａｇｒａ",
        "vi\u0430gr\u0430",
        "казин0",
    ],
)
def test_a_forbidden_word_is_found(text):
    assert FILTER.in_text(text)


@pytest.mark.parametrize(
    "text",
    ["", "Добрый день", "казинозавр", "аккредитация", "быстрый и заём", "bitly", "bit и ly", "через виа гра"],
)
def test_other_words_are_left_alone(text):
    assert not FILTER.in_text(text)


@pytest.mark.parametrize(
    ("entry", "good"),
    [("слово", True), ("сл*", True), ("два слова", True), ("bit.ly", True), ("", False), ("...", False),
     ("с*во", False), ("а" * (LONGEST + 1), False)],
)  # fmt: skip
def test_an_entry_has_words_and_perhaps_a_star_at_its_end(entry, good):
    assert is_entry(entry) is good
