from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotsman.domain.message import LANE_CARRIERS, LANE_EMULATOR, LANE_HLR, LANE_HLR_VIP, LANE_PING
from lotsman.domain.routing import LinkView, in_order, lane_of, lanes_of
from lotsman.domain.service import Service

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


@pytest.mark.parametrize(
    ("service", "lane"),
    [
        (Service.SMS, LANE_CARRIERS),
        (Service.TWO_WAY, LANE_CARRIERS),
        (Service.VOICE, LANE_CARRIERS),
        (Service.HLR, LANE_HLR),
        (Service.HLR_VIP, LANE_HLR_VIP),
        (Service.PING, LANE_PING),
    ],
)
def test_look_ups_wait_in_lanes_of_their_own(service, lane):
    assert lane_of(service, test=False) == lane
    assert lane_of(service, test=True) == LANE_EMULATOR


def test_a_link_serves_the_lanes_of_its_services():
    assert lanes_of(LANE_CARRIERS, ["sms", "hlr", "sms"]) == (LANE_CARRIERS, LANE_HLR)
    assert lanes_of(LANE_EMULATOR, ["sms"]) == (LANE_EMULATOR,)


@pytest.mark.parametrize("serves", [[], ["fax"], ["sms", "HLR"]])
def test_a_link_serves_nothing_else(serves):
    with pytest.raises(ValueError, match="a link serves some of sms, hlr, hlrvip, ping"):
        lanes_of(LANE_CARRIERS, serves)
