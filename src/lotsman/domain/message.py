"""Message: one text to one msisdn, one price, one state. The forms it takes between the doors and the carrier, and back."""

from typing import Final, NamedTuple

from lotsman.domain.fallback import Fallback
from lotsman.domain.lane import SMS
from lotsman.domain.lifecycle import State
from lotsman.domain.service import Service
from lotsman.domain.text_class import TextClass

MOST_PARTS: Final = 10  # API-1: 670 Cyrillic characters
DEFAULT_TTL: Final = 24 * 60 * 60 * 1000  # ms; decision: no ttl given means a day
RECEIPT_GRACE: Final = 60 * 1000  # a receipt may still come this long after the ttl


class Draft(NamedTuple):
    """A message that passed admission (or a row that did not: `error`), before it has an id."""

    service: Service
    lane: str  # domain/lane.py
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
    text_class: TextClass = TextClass.SINGLE
    fallback: Fallback | None = None  # how it goes as an SMS if a messenger fails
    ip: str = ""  # of the end user whose doing it is
    held: str = ""  # why it waits for the operator's approval
    minutes: int = 1  # of a call, that the price pays


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
    lane: str = SMS  # where it came from


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
    attributes: str = ""  # JSON: what a look-up found, how a call was
