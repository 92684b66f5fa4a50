"""Which message goes to which link, and when: the order of events is dictated by hand, nothing is stored or sent."""

import pytest

from lotsman.carriers.port import LinkConfig
from lotsman.dispatch.dispatcher import Dispatcher
from lotsman.dispatch.roster import GRACE
from lotsman.domain.lane import EMULATOR, HLR, SMS
from lotsman.domain.message import Outgoing
from lotsman.domain.service import Service
from lotsman.usecases import NoHandoff, Platform
from lotsman.usecases.claim_messages import Claimed

LANE = SMS


class Desk:
    """Stands where database and timer stand; a claim lies here until the test answers it, a call until it is made"""

    def __init__(self):
        self.claims = []
        self.later = []
        self.now = 1_000

    def submit(self, what, item, done):
        assert what.name == "claim"
        self.claims.append((item, done))

    def call_later(self, _seconds, call):
        self.later.append(call)

    def answer(self, result):
        item, done = self.claims.pop(0)
        done(Claimed(result, more=len(result) == item.most) if isinstance(result, list) else result)

    @property
    def lanes(self):
        return [item.lane for item, _ in self.claims]

    @property
    def wishes(self):
        return [(item.link_id, item.most) for item, _ in self.claims]


class Quay:
    """A link that keeps what it is given and never sends it"""

    kind, detail = "quay", ""

    def __init__(self, link_id=1, *, depth=10, priority=100, lane=LANE, lanes=(), up=True):
        lanes = lanes or (lane,)
        self.config = LinkConfig(link_id, f"quay {link_id}", self.kind, lanes, priority, "hold", {})
        self.depth, self.window, self.up = depth, depth // 2, up
        self.state = "bound" if up else "connecting"
        self.given = []

    @property
    def room(self):
        return self.depth - len(self.given) if self.up else 0

    @property
    def in_flight(self):
        return len(self.given)

    def submit(self, message):
        self.given.append(message.id)


def outgoing(*ids):
    return [Outgoing(id_, Service.SMS, "79001234567", "LOTSMAN", "hello", 1, 10**13) for id_ in ids]


def a_dispatcher(*links, idle=True, now=0):
    """(dispatcher, desk); `idle`: it has learned that nothing waits in the store; `now`: ms since the links came"""
    desk = Desk()
    dispatcher = Dispatcher(Platform(desk, None, None, 1, desk.call_later, NoHandoff()), lambda: desk.now)
    for link in links:
        dispatcher.add(link)
    desk.now += now
    for look_again in desk.later:
        look_again()
    desk.later.clear()
    if idle:
        dispatcher.wake()
        while desk.claims:
            desk.answer([])
    return dispatcher, desk


def test_while_nothing_waits_a_request_goes_straight_to_a_link():
    quay = Quay()
    dispatcher, desk = a_dispatcher(quay)
    assert dispatcher.reserve(LANE, 3) == 1
    dispatcher.deliver(1, 3, outgoing(1, 2, 3))
    assert quay.given == [1, 2, 3]
    assert desk.claims == []


def test_a_promise_takes_room_until_it_is_kept_or_given_back():
    dispatcher, _ = a_dispatcher(Quay(depth=10))
    assert dispatcher.reserve(LANE, 6) == 1
    dispatcher.release(1, 6)
    assert dispatcher.reserve(LANE, 6) == 1
    assert dispatcher.reserve(LANE, 6) is None


def test_until_a_claim_came_back_short_nobody_overtakes_what_may_wait():
    dispatcher, desk = a_dispatcher(Quay(), idle=False)
    assert dispatcher.reserve(LANE, 1) is None
    dispatcher.wake()
    assert dispatcher.reserve(LANE, 1) is None
    desk.answer([])
    assert dispatcher.reserve(LANE, 1) == 1


def test_who_did_not_fit_closes_the_straight_way_for_those_after():
    dispatcher, desk = a_dispatcher(Quay(depth=10))
    assert dispatcher.reserve(LANE, 11) is None
    assert dispatcher.reserve(LANE, 1) is None
    dispatcher.wake()
    desk.answer(outgoing(5))
    assert dispatcher.reserve(LANE, 1) == 1


def test_a_wake_up_in_the_midst_of_a_claim_is_not_lost():
    quay = Quay()
    dispatcher, desk = a_dispatcher(quay, idle=False)
    dispatcher.wake()
    dispatcher.wake()  # what it is about was stored after that claim had looked
    desk.answer([])
    assert desk.claims == []
    (look_again,) = desk.later
    look_again()
    assert desk.wishes == [(1, 10)]
    desk.answer(outgoing(7))
    assert quay.given == [7]
    assert len(desk.later) == 1


def test_a_claim_that_came_back_full_is_followed_by_another():
    quay = Quay(depth=2)
    dispatcher, desk = a_dispatcher(quay, idle=False)
    dispatcher.wake()
    desk.answer(outgoing(1, 2))
    assert desk.claims == []  # no room left
    quay.given.clear()
    dispatcher.on_room(quay)
    assert desk.wishes == [(1, 2)]


def test_a_link_has_one_claim_at_a_time_and_asks_for_no_more_than_a_thousand():
    quay = Quay(depth=5_000)
    dispatcher, desk = a_dispatcher(quay, idle=False)
    dispatcher.on_room(quay)
    dispatcher.on_room(quay)
    assert desk.wishes == [(1, 1_000)]


def test_a_little_room_is_not_worth_a_claim():
    quay = Quay(depth=10)
    dispatcher, desk = a_dispatcher(quay, idle=False)
    quay.given = [1, 2, 3, 4, 5, 6]
    dispatcher.on_room(quay)
    assert desk.claims == []
    quay.given.pop()
    dispatcher.on_room(quay)
    assert desk.wishes == [(1, 5)]


def test_a_claim_that_failed_is_made_again_when_there_is_room_or_a_wake_up():
    quay = Quay()
    dispatcher, desk = a_dispatcher(quay, idle=False)
    dispatcher.on_room(quay)
    desk.answer(OSError("the disk is gone"))
    assert desk.claims == []
    assert dispatcher.reserve(LANE, 1) is None
    dispatcher.on_room(quay)
    assert desk.wishes == [(1, 10)]


def test_the_better_priority_takes_everything_while_it_can_take_anything():
    dispatcher, _ = a_dispatcher(Quay(1, priority=2), Quay(2, priority=1, depth=4))
    assert dispatcher.reserve(LANE, 4) == 2
    assert dispatcher.reserve(LANE, 4) is None  # it waits for the better link


def test_among_equals_the_emptiest_goes_first():
    dispatcher, _ = a_dispatcher(Quay(1), Quay(2))
    assert [dispatcher.reserve(LANE, 1) for _ in range(4)] == [1, 2, 1, 2]


def test_a_link_that_stays_down_is_neither_promised_to_nor_claimed_for():
    down, up = Quay(1, priority=1, up=False), Quay(2, priority=2)
    dispatcher, desk = a_dispatcher(down, up, now=GRACE)
    assert dispatcher.reserve(LANE, 1) == 2
    dispatcher.wake()
    assert [link_id for link_id, _ in desk.wishes] == [2]


def test_lanes_do_not_mix():
    dispatcher, _ = a_dispatcher(Quay(1, lane=EMULATOR))
    assert dispatcher.reserve(LANE, 1) is None
    assert dispatcher.reserve(EMULATOR, 1) == 1


def test_a_link_of_two_services_is_promised_to_for_both():
    dispatcher, _ = a_dispatcher(Quay(lanes=(LANE, HLR), depth=10))
    assert dispatcher.reserve(HLR, 6) == 1
    assert dispatcher.reserve(LANE, 6) is None  # its room is one
    assert dispatcher.reserve(LANE, 1) is None  # and the lane has a backlog now


def test_a_wake_up_for_one_lane_leaves_the_others_alone():
    texts, numbers = Quay(1, lane=LANE), Quay(2, lane=HLR)
    dispatcher, desk = a_dispatcher(texts, numbers)
    dispatcher.wake(HLR)
    assert desk.lanes == [HLR]
    assert dispatcher.reserve(LANE, 1) == 1


def test_a_link_takes_from_its_lanes_in_turn():
    quay = Quay(lanes=(LANE, HLR), depth=2)
    dispatcher, desk = a_dispatcher(quay)
    dispatcher.wake()
    taken = []
    for n in range(4):
        taken += desk.lanes
        desk.answer(outgoing(2 * n + 1, 2 * n + 2))
        quay.given.clear()
        dispatcher.on_room(quay)
    assert taken in ([LANE, HLR] * 2, [HLR, LANE] * 2)


def test_a_lane_that_ran_dry_makes_room_for_the_next():
    quay = Quay(lanes=(LANE, HLR), depth=4)
    dispatcher, desk = a_dispatcher(quay)
    dispatcher.wake()
    [first] = desk.lanes
    desk.answer([])
    [second] = desk.lanes
    assert {first, second} == {LANE, HLR}
    desk.answer([])
    assert desk.claims == []


def test_nobody_waits_for_a_lane_without_links():
    dispatcher, desk = a_dispatcher(Quay())
    assert dispatcher.reserve(HLR, 1) is None
    dispatcher.wake(HLR)
    assert desk.claims == []
    assert dispatcher.reserve(LANE, 1) == 1


def test_a_link_that_was_taken_away_still_gets_what_was_promised_to_it():
    quay = Quay()
    dispatcher, desk = a_dispatcher(quay)
    assert dispatcher.reserve(LANE, 1) == 1
    dispatcher.on_room(quay)
    assert dispatcher.remove(1) is quay
    assert dispatcher.links == []
    assert dispatcher.reserve(LANE, 1) is None
    dispatcher.deliver(1, 1, outgoing(9))
    assert quay.given == [9]  # a stopped link puts back everything
    assert desk.claims == []


def test_a_dispatcher_that_closes_takes_nothing_new():
    quay = Quay()
    dispatcher, desk = a_dispatcher(quay)
    dispatcher.close()
    assert dispatcher.reserve(LANE, 1) is None
    dispatcher.wake()
    assert desk.claims == []


def a_shared_backlog(big, small, rounds, answers):
    """What each link was given of a backlog of the lane 1*3,2, in which `answers` take what they get at once"""
    dispatcher, desk = a_dispatcher(big, small)
    given, number = {1: 0, 2: 0}, 0
    for _ in range(rounds):
        dispatcher.wake("1*3,2")
        while desk.claims:
            link_id, most = desk.wishes[0]
            desk.answer(outgoing(*range(number, number + most)))
            number += most
            given[link_id] += most
        desk.now += 100
        for quay in answers:
            quay.given.clear()
            dispatcher.on_room(quay)
    return given


def test_a_backlog_is_shared_by_weight_while_both_carriers_answer():
    big, small = Quay(1, depth=40), Quay(2, depth=40)
    given = a_shared_backlog(big, small, 60, [big, small])
    assert given[1] / given[2] == pytest.approx(3, rel=0.1)


def test_a_carrier_that_answers_nothing_holds_nobody_up():
    big, small = Quay(1, depth=40), Quay(2, depth=40)
    given = a_shared_backlog(big, small, 60, [small])
    assert given[1] == 40
    assert given[2] > 1_500
