"""Prices found fast are those that the rule says, for any list; and a list in time is what its rows say at each moment."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lotsman.domain.period import ALWAYS, FOREVER, Period, price_at, spliced, steps, timeline
from lotsman.domain.price_list import PURCHASE, SALE, changes, read, renewed, write
from lotsman.domain.prices import FinePrices, PriceKey
from lotsman.domain.purchase import PurchasePrices
from lotsman.domain.service import Service
from lotsman.domain.tariff import tariff

SERVICES = st.sampled_from([Service.SMS, Service.TWO_WAY])
PLACES = st.sampled_from([("", ""), ("RU", ""), ("RU", "MTS"), ("RU", "TELE2"), ("KZ", ""), ("KZ", "MTS")])
DIGITS = st.text("79", max_size=4)
CLASSES = st.sampled_from(["", "name", "shared", "number"])
KEYS = st.builds(lambda service, place, prefix, sender: PriceKey(service, *place, prefix, sender),
                 SERVICES, PLACES, DIGITS, CLASSES)  # fmt: skip
PRICES = st.integers(0, 3)
LISTS = st.dictionaries(KEYS, PRICES, max_size=40)
PLAIN_LISTS = st.dictionaries(st.builds(lambda s, p: PriceKey(s, *p), SERVICES, PLACES), PRICES, max_size=8)
ASKED = st.tuples(SERVICES, st.sampled_from([("RU", "MTS"), ("RU", ""), ("KZ", "MTS"), ("FR", "ORANGE")]),
                  st.text("79", min_size=4, max_size=6), CLASSES)  # fmt: skip
MOMENTS = st.integers(0, 12)
PERIODS = st.builds(lambda start, length, price: Period(start, FOREVER if length > 9 else start + length, price),
                    MOMENTS, st.integers(1, 11), PRICES)  # fmt: skip
ROWS = st.lists(PERIODS, max_size=6, unique_by=lambda period: period.start)
TIMETABLES = st.dictionaries(KEYS.map(lambda key: key._replace(sender="")), ROWS.map(timeline), max_size=12)


def by_the_rule(rows, service, country, operator, msisdn, sender):
    """Slow and plain: of all rows that fit, the first in the order that domain/prices.py gives."""
    fitting = [
        key
        for key in rows
        if key.service == service
        and key.country in {"", country}
        and key.operator in {"", operator}
        and msisdn.startswith(key.prefix)
        and key.sender in {"", sender}
    ]
    best = max(
        fitting,
        key=lambda k: (len(k.prefix), k.operator != "", k.country != "", k.sender != ""),
        default=None,
    )
    return None if best is None else rows[best]


@given(LISTS, ASKED)
def test_the_row_that_is_found_is_the_one_that_the_rule_names(rows, asked):
    service, place, msisdn, sender = asked
    assert FinePrices(rows).find(service, *place, msisdn, sender) == by_the_rule(
        rows, service, *place, msisdn, sender
    )


@given(st.one_of(LISTS, PLAIN_LISTS), st.one_of(st.just({}), LISTS), ASKED)
def test_an_account_pays_its_own_price_and_else_that_of_its_list(listed, own, asked):
    service, place, msisdn, sender = asked
    expected = by_the_rule(own, service, *place, msisdn, sender)
    if expected is None:
        expected = by_the_rule(listed, service, *place, msisdn, sender)
    paid = tariff(1, "retail", listed, own, "RUB", None)
    assert paid.part_price(service, *place, msisdn, sender) == expected


@given(TIMETABLES, ASKED, st.lists(MOMENTS, min_size=1))
def test_a_cost_is_that_of_the_rows_which_hold_at_the_moment(timetable, asked, moments):
    service, place, msisdn, _ = asked
    prices = PurchasePrices(timetable)
    for moment in moments:
        rows = {
            key: price
            for key, periods in timetable.items()
            if (price := price_at(periods, moment)) is not None
        }
        assert prices.part_cost(service, *place, msisdn, moment) == by_the_rule(
            rows, service, *place, msisdn, ""
        )


@given(ROWS, MOMENTS)
def test_at_each_moment_the_price_is_that_of_the_row_which_began_last(rows, moment):
    holding = [period for period in rows if period.start <= moment < period.end]
    expected = max(holding).price if holding else None
    found = timeline(rows)
    assert price_at(found, moment) == expected
    assert all(one.end <= other.start for one, other in pairwise(found))


@given(ROWS.map(timeline), ROWS.map(timeline), MOMENTS, MOMENTS)
def test_a_new_list_changes_the_future_alone_and_says_all_of_it(before, after, at, moment):
    merged = spliced(before, after, at)
    assert price_at(merged, moment) == price_at(before if moment < at else after, moment)
    said = [step for step in steps(before, after, at) if step.start <= moment < step.end]
    if moment >= at and price_at(before, moment) != price_at(after, moment):
        assert [(step.before, step.after) for step in said] == [
            (price_at(before, moment), price_at(after, moment))
        ]
    else:
        assert said == []
    assert list(steps(before, merged, ALWAYS)) == list(steps(before, merged, at))


@given(TIMETABLES)
def test_any_list_is_read_as_it_was_written(timetable):
    kept = {key: periods for key, periods in timetable.items() if periods}
    for kind in (SALE, PURCHASE):
        assert read(write(kept, kind), kind) == kept


@given(TIMETABLES, TIMETABLES, MOMENTS)
def test_what_was_imported_is_not_changed_by_importing_it_again(before, after, at):
    once = renewed(before, after, at)
    assert list(changes(once, after, at)) == []
    assert renewed(once, after, at) == once
