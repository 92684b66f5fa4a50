"""The life of a message: which event moves it from which state to which, and what hangs on the move.

Rule 1: a transition is in STEPS or it does not exist; an event that has no step leaves the message where it is.
Rule 2: money and callbacks hang on transitions, never on the code that noticed the event.
Rule 3: the numbers are stored; they are never reused. FINAL starts at 10, and the database checks it.
"""

from enum import Enum, Flag, IntEnum
from typing import Final, NamedTuple


class State(IntEnum):
    DEFERRED = 1  # waits for its send_datetime, or for the operator's approval
    ACCEPTED = 2  # stored and charged, waits for a link
    SENDING = 3  # held by one node for one link; may be on the wire
    SUBMITTED = 4  # every part was taken by the carrier
    UNCERTAIN = 5  # was on the wire when the session or the node died: in doubt
    DELIVERED = 10  # every part reached the phone
    UNDELIVERED = 11  # ended without delivery
    REFUSED = 12  # no carrier ever took it

    __hash__ = int.__hash__  # Enum's own is a Python call, and states are looked up for every message


FINAL: Final = 10


class Event(Enum):
    DUE = "its send_datetime has come"
    RELEASED = "the operator approved it"
    CLAIMED = "a node took it for a link"
    TAKEN = "the carrier took every part"
    PUT_BACK = "it surely did not reach the carrier and may be tried again"
    TURNED_DOWN = "the carrier refused it for good"
    LOST = "it was on the wire and no answer will come"
    RECEIPT_GOOD = "every part was delivered"
    RECEIPT_BAD = "a part failed for good"
    ANSWER_REFUSED = "the carrier refused, by its receipt, to look the number up"
    UNANSWERED = "nobody answered the call"
    EXPIRED = "its time to live is over"
    CANCELLED = "its owner withdrew it"
    FALL_BACK = "the messenger failed or took too long: it goes as an SMS"

    __hash__ = object.__hash__


class Effect(Flag):
    NONE = 0
    CALLBACK = 1  # the customer is told
    REFUND = 2  # the price goes back, once
    SETTLE = (
        4  # of a message with two ways: what the dearer one costs more than the one it ended by goes back
    )
    REROUTE = 8  # it takes its other way: another lane, another sender


class Step(NamedTuple):
    after: State
    effect: Effect


_NONE, _TELL, _TELL_AND_REFUND = Effect.NONE, Effect.CALLBACK, Effect.CALLBACK | Effect.REFUND
_TELL_AND_SETTLE: Final = Effect.CALLBACK | Effect.SETTLE

STEPS: Final[dict[tuple[State, Event], Step]] = {
    (State.DEFERRED, Event.DUE): Step(State.ACCEPTED, _TELL),
    (State.DEFERRED, Event.RELEASED): Step(State.ACCEPTED, _TELL),
    (State.DEFERRED, Event.CANCELLED): Step(State.UNDELIVERED, _TELL_AND_REFUND),
    (State.DEFERRED, Event.EXPIRED): Step(State.UNDELIVERED, _TELL_AND_REFUND),
    (State.ACCEPTED, Event.CLAIMED): Step(State.SENDING, _NONE),
    (State.ACCEPTED, Event.CANCELLED): Step(State.UNDELIVERED, _TELL_AND_REFUND),
    (State.ACCEPTED, Event.EXPIRED): Step(State.UNDELIVERED, _TELL_AND_REFUND),
    (State.ACCEPTED, Event.TURNED_DOWN): Step(State.REFUSED, _TELL_AND_REFUND),
    # It has fallen back, and the messenger delivered it after all.
    (State.ACCEPTED, Event.RECEIPT_GOOD): Step(State.DELIVERED, _TELL_AND_SETTLE),
    (State.ACCEPTED, Event.FALL_BACK): Step(State.ACCEPTED, Effect.REROUTE),
    (State.SENDING, Event.FALL_BACK): Step(State.ACCEPTED, Effect.REROUTE),
    (State.SUBMITTED, Event.FALL_BACK): Step(State.ACCEPTED, Effect.CALLBACK | Effect.REROUTE),
    (State.UNCERTAIN, Event.FALL_BACK): Step(State.ACCEPTED, Effect.CALLBACK | Effect.REROUTE),
    (State.SENDING, Event.TAKEN): Step(State.SUBMITTED, _TELL),
    (State.SENDING, Event.PUT_BACK): Step(State.ACCEPTED, _NONE),
    (State.SENDING, Event.TURNED_DOWN): Step(State.REFUSED, _TELL_AND_REFUND),
    # Never sent again without the link's say: the phone may have it already.
    (State.SENDING, Event.LOST): Step(State.UNCERTAIN, _TELL),
    # The receipt overtook the response.
    (State.SENDING, Event.RECEIPT_GOOD): Step(State.DELIVERED, _TELL_AND_SETTLE),
    (State.SENDING, Event.RECEIPT_BAD): Step(State.UNDELIVERED, _TELL_AND_SETTLE),
    (State.SENDING, Event.ANSWER_REFUSED): Step(State.REFUSED, _TELL_AND_REFUND),
    (State.SENDING, Event.UNANSWERED): Step(State.UNDELIVERED, _TELL_AND_REFUND),
    # Its time ran out before it was put on the wire.
    (State.SENDING, Event.EXPIRED): Step(State.UNDELIVERED, _TELL_AND_REFUND),
    (State.SUBMITTED, Event.RECEIPT_GOOD): Step(State.DELIVERED, _TELL_AND_SETTLE),
    (State.SUBMITTED, Event.RECEIPT_BAD): Step(State.UNDELIVERED, _TELL_AND_SETTLE),
    (State.SUBMITTED, Event.ANSWER_REFUSED): Step(State.REFUSED, _TELL_AND_REFUND),
    (State.SUBMITTED, Event.UNANSWERED): Step(State.UNDELIVERED, _TELL_AND_REFUND),
    (State.SUBMITTED, Event.EXPIRED): Step(State.UNDELIVERED, _TELL_AND_SETTLE),
    (State.UNCERTAIN, Event.TAKEN): Step(State.SUBMITTED, _NONE),
    (State.UNCERTAIN, Event.TURNED_DOWN): Step(State.REFUSED, _TELL_AND_REFUND),
    (State.UNCERTAIN, Event.RECEIPT_GOOD): Step(State.DELIVERED, _TELL_AND_SETTLE),
    (State.UNCERTAIN, Event.RECEIPT_BAD): Step(State.UNDELIVERED, _TELL_AND_SETTLE),
    (State.UNCERTAIN, Event.ANSWER_REFUSED): Step(State.REFUSED, _TELL_AND_REFUND),
    (State.UNCERTAIN, Event.UNANSWERED): Step(State.UNDELIVERED, _TELL_AND_REFUND),
    # Nobody knows whether it went out: our loss, not the customer's.
    (State.UNCERTAIN, Event.EXPIRED): Step(State.UNDELIVERED, _TELL_AND_REFUND),
}

# What a customer sees (API-1 §1.2): SMSPilot's number for each of our states.
STATUS: Final[dict[State, int]] = {
    State.DEFERRED: 3,
    State.ACCEPTED: 0,
    State.SENDING: 0,
    State.SUBMITTED: 1,
    State.UNCERTAIN: 1,
    State.DELIVERED: 2,
    State.UNDELIVERED: -1,
    State.REFUSED: -2,
}


def step(state: State, event: Event) -> Step | None:
    """The move that `event` makes from `state`; None where it makes none (a late or repeated event)."""
    return STEPS.get((state, event))


def is_final(state: State) -> bool:
    return state >= FINAL


def history_line(at: int, event: str, after: State, detail: str = "") -> str:
    """One line of a message's history: when (ms), what happened, what it became, and why."""
    return f"{at} {event} {after.name} {detail}\n" if detail else f"{at} {event} {after.name}\n"
