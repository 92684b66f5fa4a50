import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotsman.domain.backoff import delay

MIDDLE = 0.5  # the jitter that changes nothing


def test_each_failure_doubles_the_wait_up_to_a_minute():
    assert [delay(attempt, MIDDLE) for attempt in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_the_first_wait_and_the_longest_may_be_given():
    assert [delay(attempt, MIDDLE, first=3, most=10) for attempt in range(4)] == [3, 6, 10, 10]


@given(st.integers(0, 10**9), st.floats(0, 1))
def test_the_jitter_spreads_by_a_quarter_either_way_and_nothing_overflows(attempt, jitter):
    middle = delay(attempt, MIDDLE)
    assert middle * 0.75 <= delay(attempt, jitter) <= middle * 1.25


@pytest.mark.parametrize("attempt", [0, 3, 100])
def test_two_nodes_that_fail_together_come_back_apart(attempt):
    assert delay(attempt, 0.1) < delay(attempt, 0.9)
