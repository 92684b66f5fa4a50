"""Which row of a list is meant, and whose."""

import pytest

from lotsman.domain.currency import RATE_UNITS
from lotsman.domain.prices import FinePrices, PriceKey
from lotsman.domain.service import Service
from lotsman.domain.tariff import Tariff, tariff

SMS = Service.SMS
MTS, PORTED = "79161234567", "79160000001"
LIST = FinePrices(
    {
        PriceKey(SMS): 1000,
        PriceKey(SMS, "RU"): 250,
        PriceKey(SMS, "RU", "MTS"): 290,
        PriceKey(SMS, "RU", "", "7916"): 280,
        PriceKey(SMS, "", "", "79161"): 270,
        PriceKey(SMS, "RU", "", "", "number"): 400,
        PriceKey(SMS, "RU", "MTS", "", "shared"): 310,
        PriceKey(SMS, "KZ", "", "7701", "name"): 900,
    }
)


@pytest.mark.parametrize(
    ("country", "operator", "msisdn", "sender", "price"),
    [
        ("RU", "MTS", "79851234567", "name", 290),
        ("RU", "MTS", "79851234567", "shared", 310),
        ("RU", "MTS", "79851234567", "number", 290),  # where it goes says more than who it is from
        ("RU", "TELE2", "79041234567", "number", 400),
        ("RU", "TELE2", "79041234567", "", 250),
        ("RU", "BEELINE", PORTED, "name", 280),  # the number says more than its network
        ("RU", "MTS", MTS, "shared", 270),
        ("KZ", "KCELL", "77011234567", "name", 900),
        ("KZ", "KCELL", "77011234567", "shared", 1000),
        ("FR", "", "33612345678", "name", 1000),
    ],
)
def test_the_most_exact_row_wins(country, operator, msisdn, sender, price):
    assert LIST.find(SMS, country, operator, msisdn, sender) == price


def test_a_row_is_for_its_own_service():
    assert LIST.find(Service.HLR, "RU", "MTS", MTS, "") is None


def test_what_was_agreed_with_a_customer_comes_before_any_row_of_its_list():
    listed = {
        PriceKey(SMS, "RU", "MTS"): 290,
        PriceKey(SMS, "RU", "MTS", "7916"): 300,
        PriceKey(SMS, "KZ"): 900,
    }
    his = tariff(1, "retail", listed, {PriceKey(SMS, "RU"): 200}, "RUB", None)
    assert his.price(SMS, "RU", "MTS", 3, MTS, "name") == 600
    assert his.price(SMS, "KZ", "", 1, "77011234567", "name") == 900
    assert his.price(SMS, "FR", "", 1, "33612345678", "name") is None
    assert his.sms_for(1000) == 5


def test_a_list_that_names_destinations_only_stays_as_fast_as_it_was():
    assert tariff(1, "retail", {PriceKey(SMS, "RU"): 250}, {}, "RUB", None) == Tariff(
        1, "retail", {(SMS, "RU", ""): 250}
    )


def test_an_amount_is_worth_something_at_home():
    assert Tariff(1, "retail", {}).at_home(250) == 250
    assert Tariff(1, "euro", {}, currency="EUR", rate=98_500_000).at_home(3) == 296  # 295.5 kopecks
    assert Tariff(1, "same", {}, currency="USD", rate=RATE_UNITS).at_home(250) == 250
