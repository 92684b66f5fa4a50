"""What carriers take."""

from lotsman.domain import money
from lotsman.domain.period import ALWAYS, FOREVER, Period
from lotsman.domain.prices import PriceKey
from lotsman.domain.purchase import PurchasePrices
from lotsman.domain.service import Service

SMS, NOON = Service.SMS, 1_700_000_000_000
MTS = "79161234567"


def always(price):
    return [Period(ALWAYS, FOREVER, price)]


def test_a_price_may_be_finer_than_a_kopeck():
    prices = PurchasePrices({PriceKey(SMS, "RU"): always(money.parse_fine("1.2345"))})
    assert prices.part_cost(SMS, "RU", "MTS", MTS, NOON) == 1_234_500
    assert prices.part_cost(SMS, "KZ", "", "77011234567", NOON) is None
    assert money.fine_text(1_234_500) == "1.2345"


def test_a_cost_is_the_one_of_the_moment_that_is_asked_about():
    prices = PurchasePrices({PriceKey(SMS, "RU"): [Period(ALWAYS, NOON, 100), Period(NOON, NOON + 5, 200)]})
    moments = (NOON - 1, NOON, NOON + 4, NOON + 5, ALWAYS)
    assert [prices.part_cost(SMS, "RU", "", MTS, moment) for moment in moments] == [100, 200, 200, None, 100]


def test_another_currency_costs_what_it_is_worth_then():
    rates = [Period(ALWAYS, NOON, 98_500_000), Period(NOON, FOREVER, 101_000_000)]
    prices = PurchasePrices({PriceKey(SMS, "DE"): always(money.parse_fine("0.055"))}, rates)
    assert money.fine_text(prices.part_cost(SMS, "DE", "", "4915112345678", NOON - 1)) == "5.4175"
    assert money.fine_text(prices.part_cost(SMS, "DE", "", "4915112345678", NOON)) == "5.555"


def test_a_currency_that_is_worth_nobody_knows_what_costs_nobody_knows_what():
    assert PurchasePrices({PriceKey(SMS): always(1)}, []).part_cost(SMS, "RU", "", MTS, NOON) is None


def test_it_says_how_many_digits_of_a_number_it_looks_at():
    prices = PurchasePrices({PriceKey(SMS): always(1), PriceKey(SMS, "RU", "", "79161"): always(2)})
    assert prices.prefix_length == 5
    assert PurchasePrices({PriceKey(SMS): always(1)}).prefix_length == 0
    assert [prices.part_cost(SMS, "RU", "MTS", number, NOON) for number in (MTS, "79171234567")] == [2, 1]


def test_the_same_prices_look_the_same_on_every_node():
    def prices(price):
        return PurchasePrices(
            {PriceKey(SMS, "RU"): always(price), PriceKey(SMS): always(9)}, always(98_500_000)
        )

    assert repr(prices(1)) == repr(prices(1)) != repr(prices(2))


def test_many_moments_cost_no_memory():
    prices = PurchasePrices({PriceKey(SMS): [Period(day, day + 1, day) for day in range(1000)]})
    assert [prices.part_cost(SMS, "", "", MTS, day) for day in range(1000)] == list(range(1000))
    assert len(prices._stretches) <= 16
