"""Templates of the spam protection: what they let through, and what they do not."""

import pytest

from lotsman.domain.template import Templates


def matches(template, text):
    return Templates([template]).match(text)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("Добрый день!", "Добрый день!"),
        ("Ваш ребенок покинул(а) школу в __:__. Школа №1.", "Ваш ребенок покинул(а) школу в 13:45. Школа №1."),
        ("Код подтверждения: _____", "Код подтверждения: 1"),
        ("Код подтверждения: _____", "Код подтверждения: 12345"),
        ("____, Ваш заказ готов", "Константин, Ваш заказ готов"),
        ("_", "а"),
        ("_", "0123456789"),
        ("__", "0" * 20),
        ("Заказ __ на сумму __ р.", "Заказ на сумму на сумму 15 р."),  # the first place that fits is not the right one
        ("a_b_c", "axbxbxc"),
        ("Первая ___\nВторая ___", "Первая 1\nВторая 2"),
        ("Первая ___\nВторая ___", "  Первая 1\r\nВторая 2\n"),
        ("100 _ (.*)", "100 % (.*)"),
        ("кафе ___ 🙂", "кафе 🙂 🙂"),
    ],
)  # fmt: skip
def test_a_text_matches(template, text):
    assert matches(template, text)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("Добрый день!", "Добрый день"),
        ("Добрый день!", "добрый день!"),
        ("Добрый день!", "Добрый день! Скидки!"),
        ("Код: ____", "Код: "),
        ("Код: ____", "Код:"),
        ("Код: ____.", "Код: 12"),
        ("_", "01234567890"),  # one underscore is ten characters at most
        ("_", ""),
        ("Код ___", "Код 1\n2"),  # a place never crosses a line
        ("Первая ___\nВторая ___", "Первая 1 Вторая 2"),
        ("a_b_c", "ab_c"),
        ("100 _ (.*)", "100 % что угодно"),
    ],
)
def test_a_text_does_not_match(template, text):
    assert not matches(template, text)


def test_one_template_of_many_is_enough_and_none_lets_nothing_through():
    assert Templates(["a", "Код _", "b"]).match("Код 1")
    assert not Templates([]).match("Код 1")
