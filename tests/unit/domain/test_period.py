"""Prices in time: what overlaps, what is over, what changes and when."""

import pytest

from lotsman.domain.period import (
    ALWAYS,
    FOREVER,
    Period,
    Step,
    ahead,
    moment_text,
    parse_moment,
    price_at,
    spliced,
    steps,
    timeline,
)

DAY = 86_400_000


def test_a_price_for_some_days_gives_way_to_the_usual_one_again():
    usual, sale = Period(ALWAYS, FOREVER, 250), Period(10 * DAY, 20 * DAY, 200)
    assert timeline([sale, usual]) == [
        Period(ALWAYS, 10 * DAY, 250),
        Period(10 * DAY, 20 * DAY, 200),
        Period(20 * DAY, FOREVER, 250),
    ]


def test_of_two_prices_at_a_time_the_one_that_began_last_counts():
    first, second, third = Period(1, 9, 10), Period(3, 7, 20), Period(5, 8, 30)
    assert [price_at(timeline([third, first, second]), moment) for moment in range(1, 9)] == [
        10, 10, 20, 20, 30, 30, 30, 10,
    ]  # fmt: skip


def test_between_two_prices_there_may_be_none():
    periods = timeline([Period(1, 3, 10), Period(5, 7, 10)])
    assert [price_at(periods, moment) for moment in (0, 1, 2, 3, 4, 5, 6, 7)] == [
        None, 10, 10, None, None, 10, 10, None,
    ]  # fmt: skip


def test_neighbours_of_one_price_are_one_period():
    assert timeline([Period(1, 5, 10), Period(3, 9, 10)]) == [Period(1, 9, 10)]


def test_a_new_list_leaves_what_was_and_replaces_what_would_have_been():
    before = [Period(ALWAYS, 10, 1), Period(10, 20, 2), Period(20, FOREVER, 3)]
    after = [Period(ALWAYS, 25, 7), Period(25, FOREVER, 8)]
    assert spliced(before, after, 15) == [
        Period(ALWAYS, 10, 1), Period(10, 15, 2), Period(15, 25, 7), Period(25, FOREVER, 8),
    ]  # fmt: skip
    assert spliced(before, [], 15) == [Period(ALWAYS, 10, 1), Period(10, 15, 2)]
    assert spliced(before, before, 15) == before


def test_what_changes_is_said_with_its_time():
    before, after = [Period(ALWAYS, FOREVER, 1)], [Period(ALWAYS, 20, 1), Period(20, 30, 2)]
    assert list(steps(before, after, 10)) == [Step(20, 30, 1, 2), Step(30, FOREVER, 1, None)]
    assert list(steps(before, after, 25)) == [Step(25, 30, 1, 2), Step(30, FOREVER, 1, None)]
    assert list(steps(before, before, 10)) == []
    assert list(steps((), before, 10)) == [Step(10, FOREVER, None, 1)]


def test_what_is_over_is_left_behind():
    periods = [Period(ALWAYS, 10, 1), Period(10, 20, 2), Period(20, 30, 3)]
    assert ahead(periods, 15) == [Period(ALWAYS, 20, 2), Period(20, 30, 3)]
    assert ahead(periods, 20) == [Period(ALWAYS, 30, 3)]
    assert ahead(periods, 30) == []


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1970-01-02", DAY),
        ("2026-12-01", 1_796_083_200_000),
        ("2026-12-01 09:30", 1_796_117_400_000),
        ("2026-12-01T09:30:15Z", 1_796_117_415_000),
        ("2026-12-01 09:30:15.250 UTC", 1_796_117_415_250),
    ],
)
def test_a_moment_is_read_in_utc_and_written_as_short_as_it_can_be(text, ms):
    assert parse_moment(text) == ms
    assert parse_moment(moment_text(ms)) == ms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "1.12.2026",
        "2026-13-01",
        "2026-02-30",
        "1969-12-31",
        "2026-12-01 25:00",
        "2026-12-01+03:00",
    ],
)
def test_what_is_no_moment_is_said_to_be_none(text):
    with pytest.raises(ValueError, match="is no date"):
        parse_moment(text)


def test_ever_and_never_are_written_as_nothing():
    assert (moment_text(ALWAYS), moment_text(FOREVER)) == ("", "")
