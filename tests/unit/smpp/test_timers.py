from lotsman.smpp import commands as c
from lotsman.smpp.timers import Due, Timeouts, Timers

TIMEOUTS = Timeouts(
    bind=5_000,
    unbind=3_000,
    enquire_every=30_000,
    enquire=10_000,
    request=60_000,
    per_command={c.QUERY_SM: 2_000},
)
SUBMIT, QUERY, DATA = c.SUBMIT_SM_RESP, c.QUERY_SM_RESP, c.DATA_SM_RESP


def test_nothing_is_due_before_anything_happened():
    timers = Timers(TIMEOUTS)
    assert timers.next_deadline() is None
    assert timers.due(10**12) == []


def test_a_bind_that_does_not_come_is_due_once():
    timers = Timers(TIMEOUTS)
    timers.await_bind(100)
    assert timers.next_deadline() == 5_100
    assert timers.due(5_099) == []
    assert timers.due(5_100) == [(Due.BIND, 0, 0)]
    assert timers.due(9_999) == []


def test_silence_is_asked_and_then_given_up():
    timers = Timers(TIMEOUTS)
    timers.bound(0)
    assert timers.next_deadline() == 30_000
    assert timers.due(29_999) == []
    assert timers.due(30_500) == [(Due.ENQUIRE, 0, 0)]
    assert timers.next_deadline() == 40_500
    assert timers.due(40_499) == []
    assert timers.due(40_500) == [(Due.SILENT, 0, 0)]
    assert timers.next_deadline() is None


def test_any_byte_is_a_sign_of_life():
    timers = Timers(TIMEOUTS)
    timers.bound(0)
    assert timers.due(30_000) == [(Due.ENQUIRE, 0, 0)]
    timers.heard(39_000)
    assert timers.due(40_000) == []
    assert timers.next_deadline() == 69_000


def test_requests_expire_each_by_its_own_timeout():
    timers = Timers(TIMEOUTS)
    timers.started(SUBMIT, 1, 0)
    timers.started(QUERY, 2, 59_000)
    timers.started(DATA, 3, 59_500)
    assert timers.next_deadline() == 60_000
    assert timers.due(60_000) == [(Due.EXPIRED, 1, 0)]
    assert timers.due(61_000) == [(Due.EXPIRED, 2, 59_000)]
    assert timers.due(119_500) == [(Due.EXPIRED, 3, 59_500)]


def test_an_answered_request_does_not_expire_and_tells_when_it_was_sent():
    timers = Timers(TIMEOUTS)
    for sequence in range(1, 6):
        timers.started(SUBMIT, sequence, sequence * 10)
    assert timers.answered(SUBMIT, 1) == 10
    assert timers.answered(SUBMIT, 4) == 40
    assert timers.next_deadline() == 60_020
    assert [sequence for _, sequence, _ in timers.due(10**6)] == [2, 3, 5]


def test_after_the_end_only_requests_are_due():
    timers = Timers(TIMEOUTS)
    timers.bound(0)
    timers.started(SUBMIT, 1, 0)
    timers.await_unbind(0)
    timers.stop()
    assert timers.next_deadline() == 60_000
    timers.forget_requests()
    assert timers.next_deadline() is None


def test_an_unanswered_unbind_is_due():
    timers = Timers(TIMEOUTS)
    timers.await_unbind(1_000)
    assert timers.due(3_999) == []
    assert timers.due(4_000) == [(Due.UNBIND, 0, 0)]
