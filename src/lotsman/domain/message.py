"""Message: one text to one msisdn, one price, one state. The forms it takes between the doors and the carrier, and back."""

from typing import Final, NamedTuple

from lotsman.domain.lifecycle import State
from lotsman.domain.service import Service

LANE_CARRIERS: Final = 1  # the queue of what phones show or say
LANE_EMULATOR: Final = 2  # the queue of test=1: never leaves the house
LANE_HLR: Final = 3  # look-ups have queues of their own: where no link serves them, no SMS waits behind them
LANE_PING: Final = 4
LANE_HLR_VIP: Final = 5

MOST_PARTS: Final = 10  # API-1: 670 Cyrillic characters
DEFAULT_TTL: Final = 24 * 60 * 60 * 1000  # ms; decision: no ttl given means a day
RECEIPT_GRACE: Final = 60 * 1000  # a receipt may still come this long after the ttl


class Draft(NamedTuple):
    """A message that passed admission (or a row that did not: `error`), before it has an id."""

    service: Service
    lane: int
    msisdn: str
    sender: str
    sender_asked: str
    text: str
    parts: int
    price: int  # kopecks
    country: str
    operator: str
    error: int  # a Refusal code; 0 when it was admitted
    send_at: int | None  # ms; None: now
    expires_at: int  # ms
    callback: str = ""  # "GET url" or "POST url": where its owner is told of each change of its status
    item_id: str = ""  # its owner's own id (API-2)
    unlisted: int = 0  # the Refusal code that it gets unless its number is on a white list


class Outgoing(NamedTuple):
    """A claimed message: all that a link needs to submit it."""

    id: int
    service: Service
    msisdn: str
    sender: str
    text: str
    parts: int
    expires_at: int
    taken: frozenset[int] = frozenset()  # parts that the carrier took earlier; they are not sent again
    tells: bool = False  # its owner is told of every change of its status


class Stored(NamedTuple):
    """A message as its owner may see it."""

    id: int
    msisdn: str
    price: int
    state: State
    sender: str
    sender_asked: str
    created_at: int
    modified_at: int
    parts: int
    country: str
    operator: str
    error: int
    text: str
    batch_id: int
    send_at: int | None
    service: int
    item_id: str = ""  # its owner's own id (API-2)
    attributes: str = ""  # JSON: what a look-up found
