from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from lotsman.domain.routing import LinkView, in_order

links = st.builds(LinkView, st.integers(0, 5), st.integers(-10, 10), st.integers(1, 9))


def test_the_first_priority_is_tried_first_however_busy():
    best, reserve = LinkView(1, 999, 2), LinkView(200, -999, 1)
    assert in_order([reserve, best]) == [best, reserve]


def test_among_equals_the_emptiest_comes_first():
    busy, free = LinkView(100, -1, 1), LinkView(100, -50, 2)
    assert in_order([busy, free]) == [free, busy]


def test_among_equals_in_everything_the_order_is_always_the_same():
    views = [LinkView(100, 0, id_) for id_ in (1, 2, 3)]
    for order in permutations(views):
        assert in_order(order) == views


@given(st.lists(links, max_size=8))
def test_every_link_is_offered_once(views):
    found = in_order(views)
    assert sorted(found) == sorted(views)
    assert [view.priority for view in found] == sorted(view.priority for view in views)
