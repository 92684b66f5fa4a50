import pytest

from lotsman.domain.lifecycle import (
    FINAL,
    STATUS,
    STEPS,
    Effect,
    Event,
    State,
    history_line,
    is_final,
    step,
)

QUIET = Effect.NONE
TELL = Effect.CALLBACK
TELL_AND_REFUND = Effect.CALLBACK | Effect.REFUND
TELL_AND_SETTLE = Effect.CALLBACK | Effect.SETTLE
REROUTE = Effect.REROUTE
TELL_AND_REROUTE = Effect.CALLBACK | Effect.REROUTE

# The whole life of a message, as it is promised to customers.
LIFE = {
    State.DEFERRED: {
        Event.DUE: (State.ACCEPTED, TELL),
        Event.RELEASED: (State.ACCEPTED, TELL),
        Event.CANCELLED: (State.UNDELIVERED, TELL_AND_REFUND),
        Event.EXPIRED: (State.UNDELIVERED, TELL_AND_REFUND),
    },
    State.ACCEPTED: {
        Event.CLAIMED: (State.SENDING, QUIET),
        Event.FALL_BACK: (State.ACCEPTED, REROUTE),
        Event.RECEIPT_GOOD: (State.DELIVERED, TELL_AND_SETTLE),
        Event.TURNED_DOWN: (State.REFUSED, TELL_AND_REFUND),
        Event.CANCELLED: (State.UNDELIVERED, TELL_AND_REFUND),
        Event.EXPIRED: (State.UNDELIVERED, TELL_AND_REFUND),
    },
    State.SENDING: {
        Event.TAKEN: (State.SUBMITTED, TELL),
        Event.PUT_BACK: (State.ACCEPTED, QUIET),
        Event.TURNED_DOWN: (State.REFUSED, TELL_AND_REFUND),
        Event.LOST: (State.UNCERTAIN, TELL),
        Event.FALL_BACK: (State.ACCEPTED, REROUTE),
        Event.RECEIPT_GOOD: (State.DELIVERED, TELL_AND_SETTLE),
        Event.RECEIPT_BAD: (State.UNDELIVERED, TELL_AND_SETTLE),
        Event.ANSWER_REFUSED: (State.REFUSED, TELL_AND_REFUND),
        Event.UNANSWERED: (State.UNDELIVERED, TELL_AND_REFUND),
        Event.EXPIRED: (State.UNDELIVERED, TELL_AND_REFUND),
    },
    State.SUBMITTED: {
        Event.FALL_BACK: (State.ACCEPTED, TELL_AND_REROUTE),
        Event.RECEIPT_GOOD: (State.DELIVERED, TELL_AND_SETTLE),
        Event.RECEIPT_BAD: (State.UNDELIVERED, TELL_AND_SETTLE),
        Event.ANSWER_REFUSED: (State.REFUSED, TELL_AND_REFUND),
        Event.UNANSWERED: (State.UNDELIVERED, TELL_AND_REFUND),
        Event.EXPIRED: (State.UNDELIVERED, TELL_AND_SETTLE),
    },
    State.UNCERTAIN: {
        Event.FALL_BACK: (State.ACCEPTED, TELL_AND_REROUTE),
        Event.TAKEN: (State.SUBMITTED, QUIET),
        Event.TURNED_DOWN: (State.REFUSED, TELL_AND_REFUND),
        Event.RECEIPT_GOOD: (State.DELIVERED, TELL_AND_SETTLE),
        Event.RECEIPT_BAD: (State.UNDELIVERED, TELL_AND_SETTLE),
        Event.ANSWER_REFUSED: (State.REFUSED, TELL_AND_REFUND),
        Event.UNANSWERED: (State.UNDELIVERED, TELL_AND_REFUND),
        Event.EXPIRED: (State.UNDELIVERED, TELL_AND_REFUND),
    },
    State.DELIVERED: {},
    State.UNDELIVERED: {},
    State.REFUSED: {},
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_every_event_in_every_state_does_what_is_promised_and_nothing_else(state, event):
    assert step(state, event) == LIFE[state].get(event)


def test_no_transition_exists_outside_the_promise():
    assert len(STEPS) == sum(map(len, LIFE.values()))


def test_the_numbers_of_states_are_stored_and_never_change():
    assert {state.name: state.value for state in State} == {
        "DEFERRED": 1, "ACCEPTED": 2, "SENDING": 3, "SUBMITTED": 4, "UNCERTAIN": 5,
        "DELIVERED": 10, "UNDELIVERED": 11, "REFUSED": 12,
    }  # fmt: skip


def test_final_states_are_those_from_ten_on():
    assert FINAL == 10
    assert {state for state in State if is_final(state)} == {
        State.DELIVERED,
        State.UNDELIVERED,
        State.REFUSED,
    }


def test_customers_see_the_numbers_of_the_vendor():  # API-1 §1.2
    assert STATUS == {
        State.REFUSED: -2, State.UNDELIVERED: -1, State.ACCEPTED: 0, State.SENDING: 0, State.SUBMITTED: 1,
        State.UNCERTAIN: 1, State.DELIVERED: 2, State.DEFERRED: 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("detail", "line"),
    [("", "1700000000000 TAKEN SUBMITTED\n"), ("tower 011", "1700000000000 TAKEN SUBMITTED tower 011\n")],
)
def test_a_line_of_history_says_when_what_what_then_and_why(detail, line):
    assert history_line(1_700_000_000_000, "TAKEN", State.SUBMITTED, detail) == line
