import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotsman.domain.msisdn import Fault, parse, split_list


@pytest.mark.parametrize(
    "text",
    [
        "79021234567",
        "+79021234567",
        " 79021234567",  # a raw + in a query string arrives as a space
        "7 902 1234567",
        "+7 (902) 123-45-67",
        "7.902.123.45.67",
        "\t+7\u00a0902\u202f123\u201145\u201167\r\n",
        "\u202a+79021234567\u202c",
        "\uff0b79021234567",
        "89021234567",
        "8 (902) 123-45-67",
        "+8 902 123 45 67",
        "9021234567",
        "902 123-45-67",
        "0079021234567",
        "00 7 902 1234567",
    ],
)
def test_every_usual_writing_of_a_russian_number_is_the_same_number(text):
    assert parse(text) == "79021234567"


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("380671234567", "380671234567"),
        ("+1 212 555-01-23", "12125550123"),
        ("+84 91 234 56 78", "84912345678"),  # Vietnam: eleven digits from 8
        ("0085291234567", "85291234567"),  # Hong Kong
        ("+960 771 23 45", "9607712345"),  # the Maldives: ten digits from 9
        ("+683 4002", "6834002"),
        ("123456789012345", "123456789012345"),
    ],
)
def test_a_foreign_number_is_left_alone(text, digits):
    assert parse(text) == digits


def test_without_a_plus_eleven_digits_from_8_are_russian():
    assert parse("84951234567") == "74951234567"
    assert parse("84912345678") == "74912345678"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "+",
        "()-",
        "00",
        "abc",
        "7902123456a",
        "7902/1234567",
        "7902_1234567",
        "٧٩٠٢١٢٣٤٥٦٧",
        "7902123456²",
        "09021234567",
        "0",
        "000000000000",
        "79021234567,79021234568",
    ],
)
def test_what_is_not_a_number_is_invalid(text):
    assert parse(text) is Fault.INVALID


@pytest.mark.parametrize(
    "text",
    [
        "7",
        "7902123456",
        "790212345678",
        "123456",
        "1234567890123456",
        "8902123456789012",
        "1" * 5000,
    ],
)
def test_digits_too_few_or_too_many_are_a_wrong_length(text):
    assert parse(text) is Fault.LENGTH


@given(st.text())
def test_any_text_is_a_number_or_a_fault(text):
    number = parse(text)
    assert isinstance(number, Fault) or (number.isascii() and number.isdecimal() and 7 <= len(number) <= 15)


@given(st.text(alphabet="0123456789+-() .", max_size=20))
def test_a_parsed_number_written_with_a_plus_parses_to_itself(text):
    number = parse(text)
    if isinstance(number, str) and not (number.startswith("89") and len(number) == 11):
        assert parse("+" + number) == number


def test_a_list_is_cut_at_commas_semicolons_and_lines():
    assert split_list("79021234567,79021234568;79021234569\r\n79021234560\n79021234561") == [
        "79021234567",
        "79021234568",
        "79021234569",
        "79021234560",
        "79021234561",
    ]


def test_empty_items_are_dropped_and_spaces_stay_inside_a_number():
    assert split_list(" ,, 7 902 123 45 67 , ;\n\n+7 (902) 123-45-68,\u00a0") == [
        "7 902 123 45 67",
        "+7 (902) 123-45-68",
    ]
    assert split_list("") == []
