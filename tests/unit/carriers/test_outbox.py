"""What waits before the wire: order within a sender, no waiting behind another."""

import pytest

from lotsman.carriers.links.outbox import FairOutbox, Flight, Outbox
from lotsman.domain.message import Outgoing
from lotsman.domain.service import Service


def a_flight(n, sender="SHOP", to="79161234567"):
    return Flight(Outgoing(n, Service.SMS, to, sender, "hello", 1, 10**15), 1, None)


def drained(outbox, seconds, step=0.01):
    """(moment, message id) of all that leaves"""
    gone = []
    for n in range(round(seconds / step) + 1):
        while (flight := outbox.take(n * step)) is not None:
            gone.append((round(n * step, 2), flight.message.id))
    return gone


@pytest.mark.parametrize("outbox", [Outbox(), FairOutbox({"NOBODY": 1}, {})], ids=["plain", "fair"])
def test_without_a_limit_parts_leave_as_they_came(outbox):
    for n in range(5):
        outbox.put(a_flight(n))
    first = outbox.take(0)
    outbox.put_first(first)

    assert len(outbox) == 5
    assert [n for _, n in drained(outbox, 0)] == [0, 1, 2, 3, 4]
    assert len(outbox) == 0


def test_a_slow_sender_keeps_its_order_and_nobody_waits_behind_it():
    outbox = FairOutbox({"SLOW": 2}, {})
    for n in range(4):
        outbox.put(a_flight(n, "SLOW"))
    for n in range(10, 14):
        outbox.put(a_flight(n, "QUICK"))

    gone = drained(outbox, 2)

    assert gone[:5] == [(0, 0), (0, 10), (0, 11), (0, 12), (0, 13)]
    assert gone[5:] == [(0.5, 1), (1.0, 2), (1.5, 3)]


def test_each_sender_without_a_rate_of_its_own_has_the_rate_of_the_others():
    outbox = FairOutbox({"*": 1, "BANK": 100}, {})
    for n in range(3):
        outbox.put(a_flight(n, "A"))
        outbox.put(a_flight(10 + n, "B"))
        outbox.put(a_flight(20 + n, "BANK"))

    assert [n for moment, n in drained(outbox, 0.1)] == [0, 10, 20, 21, 22]


def test_the_longest_prefix_counts():
    outbox = FairOutbox({}, {"7": 100, "7701": 1})
    outbox.put(a_flight(1, to="77011111111"))
    outbox.put(a_flight(2, to="77012222222"))
    outbox.put(a_flight(3, to="79161234567"))
    outbox.put(a_flight(4, to="380441234567"))

    assert drained(outbox, 1) == [(0, 1), (0, 3), (0, 4), (1.0, 2)]


def test_a_part_waits_for_its_sender_and_for_its_destination():
    outbox = FairOutbox({"SHOP": 1}, {"77": 2})
    for n, to in enumerate(["77011111111", "79161111111", "77012222222"]):
        outbox.put(a_flight(n, to=to))

    assert drained(outbox, 3) == [(0, 0), (1.0, 1), (2.0, 2)]


def test_what_waits_for_its_own_limit_takes_no_room():
    outbox = FairOutbox({"SLOW": 1}, {})
    for n in range(3):
        outbox.put(a_flight(n, "SLOW"))
    assert (len(outbox), outbox.held) == (3, 0)

    assert outbox.take(0).message.id == 0
    assert outbox.take(0) is None

    assert (len(outbox), outbox.held, outbox.wait) == (2, 2, 1.0)
    outbox.put(a_flight(3, "SLOW"))
    assert outbox.held == 3
    assert outbox.take(1.0).message.id == 1
    assert outbox.held == 0


def test_beyond_a_seconds_worth_messages_come_again_when_their_turn_will_have_come():
    outbox = FairOutbox({"SLOW": 2}, {})
    for n in range(2):
        message = a_flight(n, "SLOW").message
        assert outbox.postponed(message, 1, 100) == 0
        outbox.put(a_flight(n, "SLOW"))

    assert [outbox.postponed(a_flight(n, "SLOW").message, 1, 100) for n in range(3)] == [1.5, 2.0, 2.5]
    assert outbox.postponed(a_flight(9, "QUICK").message, 1, 100) == 0


def test_nobody_new_overtakes_those_who_have_a_turn():
    outbox = FairOutbox({"SLOW": 2}, {})
    for n in range(2):
        outbox.put(a_flight(n, "SLOW"))
    early, late = a_flight(2, "SLOW").message, a_flight(3, "SLOW").message
    assert outbox.postponed(early, 1, 100) == 1.5
    while outbox.take(101) is not None:
        pass  # there is room again

    assert outbox.postponed(late, 1, 101) == 1.5
    assert outbox.postponed(early, 1, 101.5) == 0
    assert outbox.postponed(late, 1, 102.4) == 0
    assert outbox.postponed(a_flight(4, "SLOW").message, 1, 103) == 0  # nobody is booked any more


def test_emptied_it_gives_back_everything_in_order():
    outbox = FairOutbox({"SLOW": 1}, {})
    for n in range(6):
        outbox.put(a_flight(n, ("SLOW", "QUICK")[n % 2]))
    outbox.take(0)
    while outbox.take(0) is not None:
        pass

    assert [flight.message.id for flight in outbox.clear()] == [2, 4]
    assert (len(outbox), outbox.held, outbox.take(100)) == (0, 0, None)


def test_a_throttled_part_goes_before_those_of_its_queue():
    outbox = FairOutbox({"SLOW": 10}, {})
    for n in range(3):
        outbox.put(a_flight(n, "SLOW"))
    first = outbox.take(0)
    assert outbox.take(0) is None
    outbox.put_first(first)

    assert [n for _, n in drained(outbox, 1)] == [0, 1, 2]
