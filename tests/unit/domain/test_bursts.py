"""Numbers that an account never wrote to, coming thick; and the ones it knows, which may come as thick as they like."""

from lotsman.domain.bursts import WINDOW, Bursts
from lotsman.domain.limits import Limits
from stand.builders import NOW

ROW = [f"7900000{n:04d}" for n in range(1, 60)]
SCATTERED = [f"79{n * 1_234_567 % 10**9:09d}" for n in range(1, 200)]


def judged(limits, numbers, bursts=None, now=NOW):
    bursts = bursts or Bursts()
    return [bursts.judge(limits, number, now) for number in numbers]


def test_numbers_in_a_row_are_held_from_the_one_that_makes_it_a_sequence():
    assert judged(Limits(sequence=5), ROW[:7]) == ["", "", "", "", "sequence", "sequence", "sequence"]


def test_a_sequence_is_known_in_any_order():
    shuffled = [ROW[place] for place in (4, 0, 2, 3, 1)]
    assert judged(Limits(sequence=5), shuffled)[-1] == "sequence"
    assert judged(Limits(sequence=5), reversed(ROW[:5]))[-1] == "sequence"


def test_a_gap_ends_a_sequence():
    assert judged(Limits(sequence=3), [ROW[0], ROW[1], ROW[3], ROW[4]]) == [""] * 4


def test_many_new_numbers_of_one_block_are_held_and_those_of_others_are_not():
    block = [f"7901555{n * 7:04d}" for n in range(12)]
    assert judged(Limits(prefix=10), [*block, *SCATTERED[:50]]) == [""] * 10 + ["prefix"] * 2 + [""] * 50


def test_many_new_numbers_within_ten_minutes_are_held():
    assert judged(Limits(fresh=100), SCATTERED[:102]) == [""] * 100 + ["fresh"] * 2


def test_the_same_number_again_is_counted_once():
    assert judged(Limits(fresh=2, prefix=2), [ROW[0]] * 50) == [""] * 50


def test_ten_minutes_later_the_count_begins_anew():
    bursts, limits = Bursts(), Limits(fresh=100)
    judged(limits, SCATTERED[:100], bursts)
    assert bursts.doubtful(limits, [SCATTERED[150]], NOW + WINDOW) == []
    assert judged(limits, [SCATTERED[150]], bursts, NOW + WINDOW) == [""]


def test_the_store_is_asked_only_when_half_of_a_limit_is_reached():
    bursts, limits = Bursts(), Limits(fresh=10)
    for number in SCATTERED[:4]:
        assert bursts.doubtful(limits, [number], NOW) == []
        bursts.judge(limits, number, NOW)
    assert sorted(bursts.doubtful(limits, [SCATTERED[4]], NOW)) == sorted(SCATTERED[:5])


def test_numbers_that_the_store_knows_do_not_count_whatever_the_limits():
    bursts, limits = Bursts(), Limits(fresh=4, prefix=4, sequence=4)
    asked = bursts.doubtful(limits, ROW, NOW)
    assert set(asked) == set(ROW)
    bursts.learn(asked, ROW)
    assert judged(limits, ROW, bursts) == [""] * len(ROW)


def test_who_was_asked_about_is_not_asked_about_again():
    bursts, limits = Bursts(), Limits(fresh=4)
    bursts.learn(bursts.doubtful(limits, SCATTERED[:3], NOW), [])
    judged(limits, SCATTERED[:3], bursts)
    assert bursts.doubtful(limits, SCATTERED[:3], NOW) == []
    assert bursts.doubtful(limits, SCATTERED[3:4], NOW) == SCATTERED[3:4]


def test_what_other_nodes_have_seen_counts_too():
    bursts = Bursts()
    bursts.seen_elsewhere([(number, NOW) for number in ROW[:4]], NOW)
    assert judged(Limits(sequence=5), [ROW[4]], bursts) == ["sequence"]


def test_after_a_release_what_came_so_far_is_as_good_as_known():
    bursts, limits = Bursts(), Limits(sequence=3)
    judged(limits, ROW[:5], bursts)
    bursts.start_anew()
    assert judged(limits, ROW[:7], bursts) == [""] * 7
    assert judged(limits, [ROW[7]], bursts) == ["sequence"]
