"""Price lists as people keep them in files."""

import pytest

from lotsman.domain.period import ALWAYS, FOREVER, Period, Step, parse_moment
from lotsman.domain.price_list import (
    PURCHASE,
    BadPrices,
    Change,
    changes,
    currency_of,
    read,
    renewed,
    since,
    write,
)
from lotsman.domain.prices import PriceKey
from lotsman.domain.service import Service

SMS = Service.SMS
DECEMBER, JANUARY = parse_moment("2026-12-01"), parse_moment("2027-01-01")
HEAD = "service,country,operator,price"
FULL = f"{HEAD},prefix,sender,from,to"


def always(price):
    return [Period(ALWAYS, FOREVER, price)]


PRICES = {
    PriceKey(SMS, "RU"): always(250),
    PriceKey(SMS, "RU", "MTS"): always(289),
    PriceKey(Service.HLR): always(30),
}
RICH = PRICES | {
    PriceKey(SMS, "RU", "", "7916", "number"): [
        Period(ALWAYS, DECEMBER, 400), Period(DECEMBER, JANUARY, 410), Period(JANUARY + 1, FOREVER, 420),
    ],
}  # fmt: skip


@pytest.mark.parametrize("prices", [PRICES, RICH, {}])
def test_a_list_is_read_as_it_was_written(prices):
    assert read(write(prices)) == prices


def test_columns_that_say_nothing_are_not_written():
    assert write(PRICES).splitlines()[0] == HEAD
    assert write(RICH).splitlines()[0] == FULL


@pytest.mark.parametrize(
    "text",
    [
        "service,country,operator,price\nSMS,RU,,2.50\n",
        "\ufeffservice;country;operator;price\r\nsms;ru;;2,5\r\n;;;\r\n",
        "price,operator,country,service\n2.5,,ru,Sms",
        "to,price,operator,country,service\n,2.5,,ru,Sms",
    ],
)
def test_spreadsheets_write_it_in_many_ways(text):
    assert read(text) == {PriceKey(SMS, "RU"): always(250)}


def test_a_file_may_name_prefixes_senders_and_dates():
    text = f"{FULL}\nSMS,RU,,2.50,+7916,Number,2026-12-01,2027-01-01 00:00:00.001\nSMS,RU,,2.60,7916,number,2026-12-15,"
    middle = parse_moment("2026-12-15")
    assert read(text) == {
        PriceKey(SMS, "RU", "", "7916", "number"): [
            Period(DECEMBER, middle, 250),
            Period(middle, FOREVER, 260),
        ]
    }


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("FAX,RU,,1", "no service 'FAX'"),
        ("SMS,RUS,,1", "'RUS' is no country"),
        ("SMS,,MTS,1", "operator MTS without its country"),
        ("SMS,RU,,free", "not an amount"),
        ("SMS,RU,,1.234", "not an amount"),
        ("SMS,RU,,-1", "below zero"),
        ("SMS,RU,", "line 2"),
        ("SMS,RU,,1\nsms,ru,,2", "line 3: said twice"),
        ("SMS,RU,,1\n" * 30, "and 9 more"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_taken(row, why):
    with pytest.raises(BadPrices, match=why):
        read(f"{HEAD}\n{row}")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("SMS,RU,,1,7x,,,", "'7x' is no prefix"),
        ("SMS,RU,,1,7916123456789012,,,", "is no prefix"),
        ("SMS,RU,,1,,famous,,", "no class of senders 'famous'; one of name, shared, number"),
        ("HLR,RU,,1,,name,,", "HLR shows no sender"),
        ("SMS,RU,,1,,,tomorrow,", "line 2: 'tomorrow' is no date"),
        ("SMS,RU,,1,,,,2026-02-31", "is no date"),
        ("SMS,RU,,1,,,2026-12-01,2026-12-01", "before it begins"),
        ("SMS,RU,,1,,,2026-12-01,\nSMS,RU,,2,,,2026-12-01,2027-01-01", "line 3: said twice"),
    ],
)
def test_a_bad_prefix_sender_or_date_is_named_too(row, why):
    with pytest.raises(BadPrices, match=why):
        read(f"{FULL}\n{row}")


@pytest.mark.parametrize(
    "text",
    ["SMS,RU,,1", "", "service,country,operator,price,colour\n", f"{HEAD},to,to\n", "\0", f'{HEAD}\n"a\0'],
)
def test_a_file_without_the_columns_is_no_price_list(text):
    with pytest.raises(BadPrices, match="line"):
        read(text)


def test_what_a_carrier_takes_is_finer_and_hangs_on_no_sender():
    listed = read(f"{HEAD}\nSMS,RU,,1.2345\nSMS,DE,,0.055001", PURCHASE)
    assert listed == {PriceKey(SMS, "RU"): always(1_234_500), PriceKey(SMS, "DE"): always(55_001)}
    assert read(write(listed, PURCHASE), PURCHASE) == listed
    with pytest.raises(BadPrices, match="does not hang on the class of the sender"):
        read(f"{HEAD},sender\nSMS,RU,,1,name", PURCHASE)
    with pytest.raises(BadPrices, match="not an amount"):
        read(f"{HEAD}\nSMS,RU,,1.2345678", PURCHASE)


def test_a_file_may_name_its_currency():
    text = write(PRICES, currency="EUR")
    assert text.splitlines()[0] == "service,country,operator,price EUR"
    assert (read(text), currency_of(text)) == (PRICES, "EUR")
    assert currency_of("\ufeffservice;country;operator;PRICE usd\r\nSMS;;;1") == "USD"
    assert currency_of(write(PRICES)) == ""
    with pytest.raises(BadPrices, match="'euro' is no currency"):
        read(text.replace("EUR", "euro"))


def test_a_new_list_says_what_it_changes():
    after = {
        PriceKey(SMS, "RU"): always(260),
        PriceKey(SMS, "RU", "MTS"): always(289),
        PriceKey(Service.PING): [Period(JANUARY, FOREVER, 40)],
    }
    assert list(changes(PRICES, after, DECEMBER)) == [
        Change(PriceKey(SMS, "RU"), Step(DECEMBER, FOREVER, 250, 260)),
        Change(PriceKey(Service.HLR), Step(DECEMBER, FOREVER, 30, None)),
        Change(PriceKey(Service.PING), Step(JANUARY, FOREVER, None, 40)),
    ]


def test_a_list_that_is_exported_edited_and_imported_changes_what_was_edited():
    kept = renewed(PRICES, read(f"{HEAD}\nSMS,RU,,2.60\nSMS,RU,MTS,2.89\nHLR,,,0.30"), DECEMBER)
    assert kept[PriceKey(SMS, "RU")] == [Period(ALWAYS, DECEMBER, 250), Period(DECEMBER, FOREVER, 260)]
    edited = read(write(since(kept, JANUARY)).replace("2.60", "2.70"))
    assert list(changes(kept, edited, JANUARY)) == [
        Change(PriceKey(SMS, "RU"), Step(JANUARY, FOREVER, 260, 270))
    ]
    again = renewed(kept, edited, JANUARY)
    assert again[PriceKey(SMS, "RU")] == [
        Period(ALWAYS, DECEMBER, 250), Period(DECEMBER, JANUARY, 260), Period(JANUARY, FOREVER, 270),
    ]  # fmt: skip
    assert again[PriceKey(Service.HLR)] == always(30)


def test_a_row_that_goes_keeps_its_past():
    assert renewed(PRICES, {}, DECEMBER)[PriceKey(Service.HLR)] == [Period(ALWAYS, DECEMBER, 30)]
    assert since(renewed(PRICES, {}, DECEMBER), DECEMBER) == {}
