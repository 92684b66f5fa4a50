"""Whose turn it is: simulated lanes, in which queues are counters"""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from lotsman.domain.text_class import TextClass
from lotsman.domain.turns import FIRST_TURNS, MOST_QUEUES, Taker, class_of, queue_of, walks_of

CODE, SINGLE, BULK = TextClass


def claim(lane, turns, most):
    """(what each queue gave, turns, more), the lane's counters taken down"""
    queues = [
        queue
        for walk in walks_of(turns)
        for queue in sorted(q for q, waiting in lane.items() if waiting and walk.after < q <= walk.last)[
            :MOST_QUEUES
        ]
    ]
    taker, gave = Taker(queues, turns, most), Counter()
    for queue, share in taker:
        given_ = min(share, lane[queue])
        lane[queue] -= given_
        gave[queue] += given_
        taker.took(given_)
    return gave, taker.turns, taker.more


def test_a_queue_knows_its_class():
    assert class_of(queue_of(BULK, 1_234_567)) is BULK


def test_one_account_alone_gets_everything():
    lane = Counter({queue_of(BULK, 1): 1_000_000})
    gave, _, more = claim(lane, FIRST_TURNS, 200)
    assert (gave.total(), more) == (200, True)


def test_a_code_goes_before_a_million_of_another_account():
    lane = Counter({queue_of(BULK, 1): 1_000_000, queue_of(CODE, 2): 1})
    gave, _, _ = claim(lane, FIRST_TURNS, 10)
    assert gave[queue_of(CODE, 2)] == 1
    assert next(iter(gave)) == queue_of(CODE, 2)
    assert gave.total() == 10


def test_codes_do_not_starve_a_mailing():
    lane = Counter({queue_of(CODE, 1): 1_000_000, queue_of(BULK, 2): 1_000})
    gave, _, _ = claim(lane, FIRST_TURNS, 100)
    assert gave[queue_of(BULK, 2)] == 25


def test_accounts_of_a_class_share_equally():
    lane = Counter({queue_of(BULK, account): 1_000 for account in range(1, 5)})
    gave, _, _ = claim(lane, FIRST_TURNS, 100)
    assert set(gave.values()) == {25}


def test_the_next_claim_goes_on_behind_who_was_last():
    lane = Counter({queue_of(BULK, account): 1_000 for account in range(1, 6)})
    turns, served = FIRST_TURNS, []
    for _ in range(5):
        gave, turns, _ = claim(lane, turns, 1)
        served += [queue & 0xFFFF for queue in gave]
    assert served == [1, 2, 3, 4, 5]


@given(
    st.dictionaries(
        st.builds(queue_of, st.sampled_from(TextClass), st.integers(1, 60)), st.integers(1, 50), max_size=80
    ),
    st.integers(1, 120),
)
def test_everything_is_taken_once_and_nobody_is_told_that_it_ends_too_early(waiting, most):
    lane, turns, total = Counter(waiting), FIRST_TURNS, 0
    for _ in range(10_000):
        gave, turns, more = claim(lane, turns, most)
        assert gave.total() <= most
        total += gave.total()
        if not more:
            break
    assert total == sum(waiting.values())
    assert lane.total() == 0
