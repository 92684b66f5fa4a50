"""Whatever comes in and whenever: nothing is lost, each sender keeps its order and its rate, nobody waits for another."""

from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from lotsman.carriers.links.outbox import FairOutbox, Flight
from lotsman.domain.message import Outgoing
from lotsman.domain.service import Service

RATES = {"SLOW": 1.0, "MIDDLE": 5.0}
SENDERS = st.sampled_from([*RATES, "FREE"])
PHONES = st.sampled_from(["77011111111", "79161234567"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), SENDERS, PHONES),
        st.tuples(st.just("wait"), st.floats(0, 3), st.none()),
        st.tuples(st.just("again"), st.none(), st.none()),
        st.tuples(st.just("clear"), st.none(), st.none()),
    ),
    max_size=60,
)


def a_flight(n, sender, phone):
    return Flight(Outgoing(n, Service.SMS, phone, sender, "", 1, 0), 1, None)


@given(STEPS)
def test_parts_are_kept_in_order_and_within_their_rates(steps):
    outbox, now, put, gone, cleared = FairOutbox(RATES, {"7701": 2.0}), 100.0, [], [], []
    for n, (what, first, second) in enumerate(steps):
        if what == "put":
            put.append(a_flight(n, first, second))
            outbox.put(put[-1])
        elif what == "wait":
            now += first
        elif what == "again" and gone:
            put.remove(gone[-1][1])  # it was throttled, and is tried again
            put.append(gone[-1][1])
            outbox.put_first(gone.pop()[1])
        elif what == "clear":
            cleared += outbox.clear()
            assert len(outbox) == outbox.held == 0
        while (flight := outbox.take(now)) is not None:
            gone.append((now, flight))
        assert 0 <= outbox.held <= len(outbox)
        assert len(put) == len(gone) + len(cleared) + len(outbox)
        assert outbox.held == len(outbox)  # whoever is not limited is gone

    for sender, rate in RATES.items():
        moments = [moment for moment, flight in gone if flight.message.sender == sender]
        assert len(moments) <= 1 + (now - 100) * rate + steps.count(("again", None, None))


@given(st.lists(st.tuples(SENDERS, PHONES), max_size=40))
def test_each_queue_is_first_in_first_out(arrivals):
    outbox = FairOutbox(RATES, {"7701": 2.0})
    for n, (sender, phone) in enumerate(arrivals):
        outbox.put(a_flight(n, sender, phone))
    gone = []
    for step in range(1000):
        while (flight := outbox.take(step * 0.1)) is not None:
            gone.append(flight.message)
    assert len(gone) == len(arrivals)
    by_queue = sorted(gone, key=lambda message: (message.sender, message.msisdn))
    for _, queue in groupby(by_queue, key=lambda message: (message.sender, message.msisdn)):
        ids = [message.id for message in queue]
        assert ids == sorted(ids)
