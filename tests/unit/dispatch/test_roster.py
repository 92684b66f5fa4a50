"""Who may take from a lane, as links come and go: nothing is sent, the clock is set by hand"""

import pytest

from lotsman.carriers.port import LinkConfig
from lotsman.dispatch.roster import GRACE, Elsewhere, Roster
from lotsman.domain.lane import HLR, SMS


class Buoy:
    """A link that does nothing but be up or down"""

    def __init__(self, id_, *, serves=(SMS,), priority=100, deaf_after=0):
        self.config = LinkConfig(id_, f"buoy {id_}", "buoy", serves, priority, "hold", {}, deaf_after)
        self.up, self.state = True, "bound"


class Scene:
    def __init__(self, *links):
        self.now, self.later, self.changes = 0, [], 0
        self.roster = Roster(lambda: self.now, lambda _seconds, call: self.later.append(call))
        self.roster.listen(self._changed)
        self.links = {link.config.id: link for link in links}
        for link in links:
            self.roster.add(link)

    def _changed(self):
        self.changes += 1

    def becomes(self, id_, state):
        link = self.links[id_]
        link.state, link.up = state, state != "connecting"
        self.roster.look(link)

    def passes(self, milliseconds):
        self.now += milliseconds
        calls, self.later = self.later, []
        for call in calls:
            call()

    def takers(self, lane):
        return [(link.config.id, weight) for link, weight in self.roster.takers(lane)]


def test_a_word_means_the_links_of_the_best_priority_that_serve_it():
    scene = Scene(Buoy(1, priority=5), Buoy(2, priority=5), Buoy(3), Buoy(4, serves=(HLR,)))
    assert scene.takers(SMS) == [(1, 1), (2, 1)]
    assert scene.takers("sms-1") == [(2, 1)]
    assert scene.takers("sms-1-2") == [(3, 1)]
    assert scene.takers(HLR) == [(4, 1)]
    assert scene.takers("ping") == []


def test_a_plan_means_its_first_group_in_which_a_link_is_able():
    scene = Scene(Buoy(7), Buoy(8), Buoy(9))
    assert scene.takers("7*70,8*30|9") == [(7, 70), (8, 30)]
    scene.becomes(7, "connecting")
    scene.passes(GRACE)
    assert scene.takers("7*70,8*30|9") == [(8, 30)]
    scene.becomes(8, "connecting")
    scene.passes(GRACE)
    assert scene.takers("7*70,8*30|9") == [(9, 1)]


def test_a_link_that_comes_back_at_once_loses_nothing():
    scene = Scene(Buoy(7), Buoy(9))
    scene.becomes(7, "connecting")
    scene.passes(GRACE - 1)
    assert scene.takers("7|9") == [(7, 1)]
    scene.becomes(7, "bound")
    scene.passes(GRACE)
    assert scene.takers("7|9") == [(7, 1)]


def test_when_grace_is_over_others_are_told_that_they_may_take():
    scene = Scene(Buoy(7), Buoy(9))
    scene.becomes(7, "connecting")
    assert scene.changes == 0
    scene.passes(GRACE)
    assert scene.changes == 1


def test_a_timer_that_is_a_moment_early_does_not_leave_the_lane_to_a_link_that_is_gone():
    scene = Scene(Buoy(7), Buoy(9))
    scene.becomes(7, "connecting")
    scene.passes(GRACE - 1)
    assert scene.takers("7|9") == [(7, 1)]
    scene.passes(1)
    assert scene.takers("7|9") == [(9, 1)]
    assert scene.later == []


@pytest.mark.parametrize("state", ["throttled", "stalled"])
def test_a_link_that_is_slow_takes_what_it_can_and_the_next_helps_out(state):
    scene = Scene(Buoy(7), Buoy(8), Buoy(9))
    scene.becomes(7, state)
    assert scene.takers("7|9") == [(7, 1)]
    scene.passes(GRACE)
    assert scene.takers("7|9") == [(7, 1), (9, 1)]
    assert scene.takers("7") == [(7, 1)]
    assert scene.takers("7*70,8*30|9") == [(7, 1), (8, 1)]
    scene.becomes(8, "connecting")
    scene.passes(GRACE)
    assert scene.takers("7*70,8*30|9") == [(7, 1), (9, 1)]
    scene.becomes(7, "bound")
    assert scene.takers("7|9") == [(7, 1)]


def test_a_link_on_another_node_keeps_its_place_while_it_is_able_there():
    scene = Scene(Buoy(9))
    assert scene.takers("7|9") == [(9, 1)]
    scene.roster.survey([Elsewhere(7, (SMS,), 100, able=True)])
    assert scene.takers("7|9") == []
    scene.roster.survey([Elsewhere(7, (SMS,), 100, able=False)])
    assert scene.takers("7|9") == [(9, 1)]
    scene.roster.survey([])
    assert scene.takers("7|9") == [(9, 1)]


def test_a_better_link_on_another_node_has_the_lane_of_a_word():
    scene = Scene(Buoy(9, priority=20))
    scene.roster.survey([Elsewhere(7, (SMS,), 10, able=True)])
    assert scene.takers(SMS) == []
    scene.roster.survey([Elsewhere(7, (SMS,), 30, able=True)])
    assert scene.takers(SMS) == [(9, 1)]


def test_a_message_is_passed_on_as_long_as_somebody_is_left():
    scene = Scene(Buoy(7), Buoy(9))
    assert scene.roster.passed_on("7|9", 7) == "9"
    assert scene.roster.passed_on("9", 9) == ""
    assert scene.roster.passed_on(SMS, 7) == "sms-7"
    assert scene.roster.passed_on("sms-7", 9) == ""
    assert scene.roster.passed_on("7|12", 7) == ""  # 12 is gone
    scene.roster.survey([Elsewhere(12, (SMS,), 100, able=False)])
    assert scene.roster.passed_on("7|12", 7) == "12"  # and will be back


def test_a_link_that_hears_nothing_gives_way_and_is_tried_again_later():
    scene = Scene(Buoy(7, deaf_after=60), Buoy(9))
    for _ in range(20):
        scene.roster.taken(7, scene.now)
    scene.passes(59_999)
    assert scene.roster.judge(scene.now) == []
    scene.passes(1)
    assert [link.config.id for link in scene.roster.judge(scene.now)] == [7]
    scene.passes(GRACE)
    assert scene.takers("7|9") == [(9, 1)]
    scene.passes(5 * 60_000)
    assert [link.config.id for link in scene.roster.judge(scene.now)] == [7]
    assert scene.takers("7|9") == [(7, 1)]


@pytest.mark.parametrize("count", [0, 19])
def test_a_few_silent_phones_make_nobody_deaf(count):
    scene = Scene(Buoy(7, deaf_after=60))
    for _ in range(count):
        scene.roster.taken(7, scene.now)
    scene.passes(10 * 60_000)
    assert scene.roster.judge(scene.now) == []


def test_one_receipt_is_enough_to_be_heard():
    scene = Scene(Buoy(7, deaf_after=60))
    for n in range(40):
        scene.roster.taken(7, scene.now)
        if n == 30:
            scene.roster.heard(7)
    scene.passes(10 * 60_000)
    assert scene.roster.judge(scene.now) == []
