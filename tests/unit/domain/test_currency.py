import pytest

from lotsman.domain.currency import converted, parse_currency, rate_periods
from lotsman.domain.period import ALWAYS, FOREVER, Period


@pytest.mark.parametrize("text", ["EUR", " eur "])
def test_a_currency_is_three_letters(text):
    assert parse_currency(text) == "EUR"


@pytest.mark.parametrize("text", ["", "EU", "EURO", "€", "12A", "ЕВР"])
def test_anything_else_is_none(text):
    with pytest.raises(ValueError, match="is no currency"):
        parse_currency(text)


@pytest.mark.parametrize(
    ("amount", "rate", "found"),
    [
        (100, 98_500_000, 9850),
        (1, 500_000, 1),
        (1, 499_999, 0),
        (0, 98_500_000, 0),
        (10**15, 1_000_001, 10**15 + 10**9),
    ],
)
def test_amounts_are_converted_without_fractions_half_up(amount, rate, found):
    assert converted(amount, rate) == found


def test_a_rate_counts_until_the_next_and_the_first_counts_from_ever():
    assert rate_periods({500: 98, 100: 97}) == [Period(ALWAYS, 500, 97), Period(500, FOREVER, 98)]
    assert rate_periods({}) == []
