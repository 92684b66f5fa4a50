"""Weights: who is next, and how much of a backlog it may take"""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from lotsman.dispatch.shares import Shares

weights = st.dictionaries(st.integers(1, 9), st.integers(1, 100), min_size=2, max_size=4).map(
    lambda found: sorted(found.items())
)


@given(weights)
def test_single_messages_are_shared_by_weight(links):
    shares, given_ = Shares(), Counter()
    total = sum(weight for _, weight in links)
    for _ in range(5 * total):
        first = shares.in_order("lane", links)[0]
        shares.gave("lane", first, dict(links)[first], 1)
        given_[first] += 1
    assert all(abs(given_[link] - 5 * weight) <= len(links) for link, weight in links)


def test_lanes_are_shared_apart():
    shares = Shares()
    shares.gave("a", 1, 1, 50)
    assert shares.in_order("a", [(1, 1), (2, 1)])[0] == 2
    assert shares.in_order("b", [(1, 1), (2, 1)])[0] == 1


def test_who_is_ahead_may_take_a_burst_more_and_then_waits():
    shares = Shares()
    assert shares.allowance("a", 1, 3, [(2, 1)], burst=10) == 10
    shares.gave("a", 1, 3, 30)
    assert shares.allowance("a", 1, 3, [(2, 1)], burst=10) == -20
    shares.gave("a", 2, 1, 10)
    assert shares.allowance("a", 1, 3, [(2, 1)], burst=10) == 10


def test_who_was_away_for_long_is_not_owed_everything_it_missed():
    shares = Shares()
    shares.gave("a", 1, 1, 1_000_000)
    assert shares.in_order("a", [(1, 1), (2, 1)])[0] == 2
    for _ in range(200):
        first = shares.in_order("a", [(1, 1), (2, 1)])[0]
        shares.gave("a", first, 1, 1)
    assert shares.in_order("a", [(1, 1), (2, 1)]) in ([1, 2], [2, 1])
    assert shares.allowance("a", 2, 1, [(1, 1)], burst=10) <= 12
