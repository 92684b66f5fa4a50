import pytest

from lotsman.domain.prices import PriceKey
from lotsman.domain.service import Service
from lotsman.domain.tariff import LANDLINE, Tariff, tariff

TARIFF = Tariff(
    1,
    "retail",
    {
        (Service.SMS, "RU", "MTS"): 289,
        (Service.SMS, "RU", ""): 250,
        (Service.SMS, "", ""): 2000,
        (Service.SMS, "KZ", "KCELL"): 0,
        (Service.HLR, "RU", ""): 30,
        (Service.HLR_VIP, "RU", ""): 90,
        (Service.PING, "RU", ""): 40,
    },
)


@pytest.mark.parametrize(
    ("country", "operator", "price"),
    [
        ("RU", "MTS", 289),
        ("RU", "TELE2", 250),
        ("RU", "", 250),
        ("FR", "ORANGE", 2000),
        ("KZ", "BEELINE", 2000),
    ],
)
def test_the_most_exact_row_wins(country, operator, price):
    assert TARIFF.part_price(Service.SMS, country, operator) == price


def test_a_price_of_nothing_is_a_price():
    assert TARIFF.price(Service.SMS, "KZ", "KCELL", 3) == 0


@pytest.mark.parametrize(
    ("service", "country"), [(Service.VOICE, "RU"), (Service.HLR, "KZ"), (Service.TWO_WAY, "")]
)
def test_a_destination_without_a_row_is_not_served(service, country):
    assert TARIFF.price(service, country, "", 1) is None


def test_a_message_costs_its_parts():
    assert [TARIFF.price(Service.SMS, "RU", "", parts) for parts in (1, 2, 10)] == [250, 500, 2500]


@pytest.mark.parametrize(("service", "price"), [(Service.HLR, 30), (Service.HLR_VIP, 90), (Service.PING, 40)])
def test_a_look_up_is_one_request_whatever_its_text(service, price):
    assert TARIFF.price(service, "RU", "", 7) == price


@pytest.mark.parametrize(("kopecks", "count"), [(0, 0), (249, 0), (250, 1), (999, 3), (-300, 0)])
def test_a_balance_in_sms_counts_those_of_one_part_at_home(kopecks, count):
    assert TARIFF.sms_for(kopecks) == count


@pytest.mark.parametrize("prices", [{}, {(Service.SMS, "RU", ""): 0}])
def test_a_tariff_without_a_price_at_home_buys_no_countable_number_of_sms(prices):
    assert Tariff(1, "odd", prices).sms_for(10_000) == 0


CALLS = Tariff(
    2,
    "calls",
    {
        (Service.VOICE, "RU", ""): 500,
        (Service.VOICE, "RU", LANDLINE): 300,
        (Service.VOICE_MINUTE, "KZ", ""): 900,
        (Service.VOICE, "KZ", ""): 100,
        (Service.FLASHCALL, "RU", ""): 60,
    },
)


@pytest.mark.parametrize(
    ("service", "country", "minutes", "landline", "price"),
    [
        (Service.VOICE, "RU", 3, False, (500, 1)),
        (Service.VOICE, "KZ", 3, False, (2700, 3)),
        (Service.VOICE, "RU", 3, True, (300, 1)),
        (Service.VOICE, "KZ", 1, True, None),
        (Service.VOICE, "BY", 1, False, None),
        (Service.FLASHCALL, "RU", 1, False, (60, 1)),
        (Service.FLASHCALL, "RU", 1, True, None),
    ],
)
def test_a_call_costs_its_minutes_or_itself_and_landlines_are_called_where_it_says_so(
    service, country, minutes, landline, price
):
    operator = LANDLINE if landline else ""
    assert CALLS.call_price(service, country, operator, minutes) == price
    rows = {PriceKey(*destination): each for destination, each in CALLS.prices.items()}
    own = {PriceKey(Service.SMS, "RU", "", "7999"): 1}
    fine = tariff(2, "calls", rows, own, "RUB", None)
    assert fine.call_price(service, country, operator, minutes, "79161234567") == price


def test_what_a_customer_pays_for_a_call_by_agreement_counts_before_a_price_by_the_minute():
    own = {PriceKey(Service.VOICE, "KZ"): 700}
    listed = {PriceKey(Service.VOICE_MINUTE, "KZ"): 900}
    assert tariff(2, "calls", listed, own, "RUB", None).call_price(Service.VOICE, "KZ", "", 3) == (700, 1)
