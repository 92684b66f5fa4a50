"""Price lists as people keep them in files."""

import pytest

from lotsman.domain.price_list import BadPrices, Change, changes, read, write
from lotsman.domain.service import Service

PRICES = {(Service.SMS, "RU", ""): 250, (Service.SMS, "RU", "MTS"): 289, (Service.HLR, "", ""): 30}


def test_a_list_is_read_as_it_was_written():
    assert read(write(PRICES)) == PRICES


@pytest.mark.parametrize(
    "text",
    [
        "service,country,operator,price\nSMS,RU,,2.50\n",
        "\ufeffservice;country;operator;price\r\nsms;ru;;2,5\r\n;;;\r\n",
        "price,operator,country,service\n2.5,,ru,Sms",
    ],
)
def test_spreadsheets_write_it_in_many_ways(text):
    assert read(text) == {(Service.SMS, "RU", ""): 250}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("FAX,RU,,1", "no service 'FAX'"),
        ("SMS,RUS,,1", "'RUS' is no country"),
        ("SMS,,MTS,1", "operator MTS without its country"),
        ("SMS,RU,,free", "not an amount"),
        ("SMS,RU,,-1", "below zero"),
        ("SMS,RU,", "line 2"),
        ("SMS,RU,,1\nsms,ru,,2", "line 3: said twice"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_taken(row, why):
    with pytest.raises(BadPrices, match=why):
        read(f"service,country,operator,price\n{row}")


def test_a_file_without_the_columns_is_no_price_list():
    with pytest.raises(BadPrices, match="first line"):
        read("SMS,RU,,1")


def test_a_new_list_says_what_it_changes():
    after = {(Service.SMS, "RU", ""): 260, (Service.SMS, "RU", "MTS"): 289, (Service.PING, "", ""): 40}
    assert list(changes(PRICES, after)) == [
        Change((Service.SMS, "RU", ""), 250, 260),
        Change((Service.HLR, "", ""), 30, None),
        Change((Service.PING, "", ""), None, 40),
    ]
