"""Token buckets and the lowering of a rate, with time as a number."""

import pytest

from lotsman.carriers.links.pace import Bucket, Tempo, Throttle


def sent(bucket, seconds, step=0.001):
    """The moments at which a link that always has something may send"""
    moments = []
    for n in range(round(seconds / step)):
        now = 100 + n * step
        while bucket.wait(now) == 0:
            bucket.take()
            moments.append(now)
    return moments


@pytest.mark.parametrize("rate", [0.5, 1, 7, 100, 450])
def test_a_bucket_gives_its_rate_and_hardly_more_in_any_second(rate):
    moments = sent(Bucket(rate), 10)

    assert len(moments) == pytest.approx(10 * rate, abs=max(1, rate * 0.06))
    for start in moments:
        within = sum(start <= moment < start + 1 for moment in moments)
        assert within <= max(1, rate) * 1.06 + 1


def test_what_was_not_sent_is_not_saved_up():
    bucket = Bucket(10)
    bucket.wait(0)

    assert len([1 for _ in range(100) if bucket.wait(1_000) == 0 and bucket.take() is None]) == 1


def test_it_says_how_long_to_wait():
    bucket = Bucket(4)
    assert bucket.wait(50) == 0
    bucket.take()

    assert bucket.wait(50) == 0.25
    assert bucket.wait(50.2) == pytest.approx(0.05)
    assert bucket.wait(50 + bucket.wait(50.2) + 0.2) == 0


def test_whoever_comes_later_is_booked_behind_who_came_before():
    bucket = Bucket(2)
    assert not bucket.is_booked(100)

    assert [bucket.book(who, parts, 100) for who, parts in ((1, 1), (2, 1), (3, 4))] == [1.5, 2.0, 4.0]
    assert bucket.is_booked(103.9)
    assert [bucket.has_turn(who) for who in (1, 1, 9)] == [True, False, False]
    assert not bucket.is_booked(104)
    assert not bucket.has_turn(3)  # its turn is over
    assert bucket.book(4, 1, 200) == 1.5


def test_nothing_is_booked_further_ahead_than_ten_minutes():
    bucket = Bucket(1)

    assert {bucket.book(who, 599, 100) for who in range(3)} == {600.0}
    assert [bucket.has_turn(who) for who in range(3)] == [
        True,
        False,
        False,
    ]  # the others are booked anew then


def test_an_agreed_rate_falls_to_seven_tenths_and_comes_back_step_by_step():
    throttle = Throttle(50)
    throttle.slow_down(10, 40)  # the carrier had enough at 40 a second

    assert (throttle.lowered, throttle.rate) == (True, pytest.approx(28))
    throttle.recover(11)
    assert throttle.rate == pytest.approx(33)
    throttle.recover(14)
    assert throttle.rate == pytest.approx(48)
    throttle.recover(15)
    assert (throttle.lowered, throttle.rate) == (False, 50)


def test_a_link_without_a_rate_gets_one_for_as_long_as_its_carrier_is_slow():
    throttle = Throttle(0)
    assert throttle.bucket is None
    throttle.slow_down(10, 100)

    assert throttle.rate == pytest.approx(70)
    throttle.recover(12)
    assert throttle.rate == pytest.approx(110)  # the carrier is asked again for what it refused
    throttle.recover(30)
    assert (throttle.lowered, throttle.bucket) == (False, None)


@pytest.mark.parametrize(("agreed", "least"), [(0, 1.0), (100, 1.0), (0.2, 0.2)])
def test_no_carrier_can_stop_a_link_by_throttling_it(agreed, least):
    throttle = Throttle(agreed)
    for second in range(20):
        throttle.slow_down(second, 0)

    assert throttle.rate == least


def test_the_rate_settles_where_the_carriers_limit_is():
    throttle, limit, now, taken = Throttle(200), 60, 0.0, 0
    window: list[float] = []
    while now < 60:
        now += 0.001
        if throttle.lowered:
            throttle.recover(now)
        if throttle.bucket.wait(now):
            continue
        throttle.bucket.take()
        window = [moment for moment in window if moment > now - 1]
        if len(window) < limit:
            window.append(now)
            taken += now > 10
        else:
            throttle.slow_down(now, len(window))

    assert taken / 50 > 0.75 * limit


def test_the_tempo_is_that_of_the_last_full_beat_and_what_was_taken_that_of_a_second():
    tempo = Tempo()
    tempo.count(30, 20, 10.0)
    tempo.count(1, 1, 10.25)
    assert (tempo.last, tempo.taken_in_a_second()) == (30, 21)
    tempo.count(1, 1, 10.9)
    assert (tempo.last, tempo.taken_in_a_second()) == (0, 22)
    tempo.count(5, 5, 11.2)
    assert tempo.taken_in_a_second() == 7
    tempo.count(1, 0, 20.0)
    assert (tempo.last, tempo.taken_in_a_second()) == (0, 0)
