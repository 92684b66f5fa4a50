"""Which service a request asks for: the text and the sender of one message decide.

Rule 1: a reserved sender says it louder than the text: GOLOS with the text PING reads the word aloud.
Rule 2: a reserved text counts in capitals only and alone: "ping" is a message people send to try things out.
Rule 3: numbers are stored with messages and tariffs; they never change their meaning.
"""

from enum import IntEnum
from typing import Final


class Service(IntEnum):
    SMS = 1
    HLR = 2  # API-1 §6.1: is the number served, and where
    PING = 3  # API-1 §6.4: an invisible message; its receipt tells whether the phone is on
    VOICE = 4  # API-1 §7: a call that reads the text; the sender says in whose voice
    TWO_WAY = 5  # API-1 §8: an SMS that can be answered
    FLASHCALL = 6  # a call whose number ends in the code
    VIBER = 7
    HLR_VIP = 8  # HLR by a better and dearer way
    VIBER_SMS = 9  # Viber, else SMS
    VOICE_MINUTE = (
        10  # in price lists only: a started minute of VOICE, in place of a price for the whole call
    )


BY_TEXT: Final = {"HLR": Service.HLR, "HLRVIP": Service.HLR_VIP, "PING": Service.PING}

BY_SENDER: Final = {
    **BY_TEXT,
    "GOLOS": Service.VOICE,  # a female voice
    "GOLOSM": Service.VOICE,  # a male voice
    "2WAY": Service.TWO_WAY,
    "FLASHCALL": Service.FLASHCALL,
    "VIBER": Service.VIBER,
    "VIBERSMS": Service.VIBER_SMS,
}

# Their answer says where a number is registered.
WITH_ATTRIBUTES: Final = frozenset({Service.HLR, Service.HLR_VIP})
CALLS: Final = frozenset({Service.VOICE, Service.FLASHCALL})
WITHOUT_TEXT: Final = frozenset({*WITH_ATTRIBUTES, Service.PING})  # look-ups: their text may be empty
WITHOUT_PARTS: Final = WITHOUT_TEXT | {Service.VIBER}  # one price, however long the text


def which(text: str, sender: str) -> Service:
    """`sender` as it was asked for, before a default takes its place; "" if it was not."""
    return BY_SENDER.get(sender.strip().upper()) or BY_TEXT.get(text.strip()) or Service.SMS
