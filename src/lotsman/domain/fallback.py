"""A message that a messenger carries, and that goes as an SMS where that fails: by which way it ended, and what it costs.

Rule 1: it is charged at acceptance for the dearer of the two ways.
Rule 2: when it has ended by the other one, the difference goes back, once. What no carrier took goes back whole, as ever.
"""

from enum import IntEnum
from typing import NamedTuple

from lotsman.domain.sender_id import is_reserved
from lotsman.domain.service import Service


class Way(IntEnum):
    MESSENGER = 1
    SMS = 2


class Fallback(NamedTuple):
    """What becomes of it when it goes as an SMS, and the two prices."""

    lane: str  # where the SMS waits
    sender: str  # whom the phone shows
    messenger_price: int  # kopecks
    sms_price: int

    @property
    def price(self) -> int:
        """What is charged at acceptance."""
        return max(self.messenger_price, self.sms_price)


def goes_as(service: Service, sender: str) -> Service:
    """What a stored message is sent as: once VIBERSMS goes as an SMS it has the sender of one, no longer the word."""
    return Service.SMS if service is Service.VIBER_SMS and not is_reserved(sender) else service


def surplus(charged: int, messenger_price: int, sms_price: int, way: Way) -> int:
    """Kopecks that go back when it has ended by this way; never less than 0."""
    return max(0, charged - (messenger_price if way is Way.MESSENGER else sms_price))
