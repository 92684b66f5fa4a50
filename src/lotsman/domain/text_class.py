"""What kind of message a text is, for routes and for who goes first: a one-time code, a single message, a mailing.

Rule 1: the class only orders what waits and chooses a route; it never decides whether a message may be sent.
"""

import re
from enum import IntEnum
from typing import Final


class TextClass(IntEnum):
    """The lower number is served first. Numbers are stored with what waits."""

    CODE = 0  # somebody is waiting for it with a form open
    SINGLE = 1
    BULK = 2

    __hash__ = int.__hash__


MANY: Final = 20  # recipients of one request, or messages of one packet: more are a mailing
_LONGEST_CODE: Final = 200  # characters of a text with a one-time code
_SOME_DIGITS: Final = re.compile(r"\d[\d -]{3}")  # most texts are judged by this alone
_CODE: Final = re.compile(r"(?<!\d)(?:\d{4,8}|\d{3}[- ]\d{3}|\d{2}-\d{2}(?:-\d{2})?)(?![\d.,]?\d)")
_WORDS: Final = re.compile(  # of a text in lower case: five times faster than IGNORECASE
    r"\b(?:код|пароль|пин|подтвержд|авториз|вход|code|passw|passcode|pin|otp|verif|confirm|login|token)"
)


def classify(text: str, recipients: int) -> TextClass:
    """`recipients`: how many the request has, or which message of its packet this is."""
    if recipients > MANY:
        return _BULK
    if _SOME_DIGITS.search(text) is None or len(text) > _LONGEST_CODE:
        return _SINGLE
    if _WORDS.search(text.lower()) is None and not text.strip().isdecimal():
        return _SINGLE
    return _SINGLE if _CODE.search(text) is None else _CODE_CLASS


_CODE_CLASS: Final = TextClass.CODE  # reaching an enum member costs 60 ns, a global nothing
_SINGLE: Final = TextClass.SINGLE
_BULK: Final = TextClass.BULK
