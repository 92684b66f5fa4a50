import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotsman.domain import money


@pytest.mark.parametrize(
    ("text", "kopecks"),
    [
        ("12", 1200), ("12.5", 1250), ("12,50", 1250), ("-0,29", -29), ("0", 0), ("-0", 0), (" 7.05 ", 705),
        ("0.01", 1), ("007", 700), ("999999999999999.99", 99_999_999_999_999_999),
    ],
)  # fmt: skip
def test_roubles_are_read_as_people_write_them(text, kopecks):
    assert money.parse(text) == kopecks


@pytest.mark.parametrize(
    "text",
    ["", " ", "abc", "1.234", "1.", ".5", "1e3", "1 000", "--1", "+1", "1.2.3", "12 руб", "nan", "inf", "١٢", "１２", "1" * 16],
)  # fmt: skip
def test_anything_else_is_no_amount(text):
    with pytest.raises(ValueError, match="not an amount of money"):
        money.parse(text)


@pytest.mark.parametrize(
    ("kopecks", "text"),
    [(250, "2.50"), (0, "0.00"), (5, "0.05"), (-5, "-0.05"), (-100, "-1.00"), (-12_345, "-123.45")],
)
def test_roubles_are_shown_with_two_decimals(kopecks, text):
    assert money.text(kopecks) == text


@given(st.integers(-(10**17) + 1, 10**17 - 1))
def test_what_is_shown_reads_back(kopecks):
    assert money.parse(money.text(kopecks)) == kopecks


@given(st.text(max_size=20).filter(lambda text: not any(character.isdigit() for character in text)))
def test_no_text_without_digits_is_an_amount(text):
    with pytest.raises(ValueError, match="not an amount of money"):
        money.parse(text)
