import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotsman.domain.lane import (
    EMULATOR,
    SMS,
    WORD_OF,
    WORDS,
    Member,
    lane_of_groups,
    lane_of_word,
    passed_on,
    plan_of,
)
from lotsman.domain.service import Service

members = st.builds(Member, st.integers(1, 10**6), st.integers(1, 1000))
plans = st.lists(st.lists(members, min_size=1, max_size=4), min_size=1, max_size=4)


def test_a_word_means_every_link_that_serves_it():
    plan = plan_of(SMS)
    assert (plan.word, plan.without, plan.groups) == ("sms", frozenset(), ())


def test_a_written_plan_is_read_back():
    assert plan_of("7*70,8*30|9").groups == ((Member(7, 70), Member(8, 30)), (Member(9, 1),))


@given(plans)
def test_every_plan_survives_being_written(groups):
    assert plan_of(lane_of_groups(groups)).groups == tuple(map(tuple, groups))


def test_a_link_that_passed_a_message_on_is_out_of_its_lane():
    assert passed_on("7*70,8*30|9", 7) == "8*30|9"
    assert passed_on("8*30|9", 9) == "8*30"
    assert passed_on("9", 9) == ""
    assert passed_on("sms", 12) == "sms-12"
    assert passed_on("sms-12", 7) == "sms-12-7" or passed_on("sms-12", 7) == "sms-7-12"
    assert plan_of(passed_on("sms-12", 7)).without == {7, 12}


def test_the_same_links_left_out_make_the_same_lane_in_any_order():
    assert lane_of_word(SMS, [9, 7]) == lane_of_word(SMS, [7, 9]) == passed_on(passed_on(SMS, 9), 7)


@pytest.mark.parametrize("lane", ["", "fax", "7*0", "7*1001", "7|", "7,,8", "x-1"])
def test_what_is_no_lane_is_refused(lane):
    with pytest.raises(ValueError):
        plan_of(lane)


def test_every_service_has_a_lane():
    assert set(WORD_OF) == set(Service) - {Service.VOICE_MINUTE}  # that is only a price
    assert set(WORD_OF.values()) == set(WORDS)
    assert EMULATOR not in WORDS
