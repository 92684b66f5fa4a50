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
_DIGITS: Final = re.compile(r"(?<!\d)(?:\d{4,8}|\d{3}[- ]\d{3}|\d{2}-\d{2}(?:-\d{2})?)(?![\d.,]?\d)")
_WORDS: Final = re.compile(
    r"\b(?:код|пароль|пин|подтвержд|авториз|вход|code|passw|passcode|pin|otp|verif|confirm|login|token)",
    re.IGNORECASE,
)


def classify(text: str, recipients: int) -> TextClass:
    """`recipients`: how many the request has, or which message of its packet this is."""
    if recipients > MANY:
        return TextClass.BULK
    if len(text) > _LONGEST_CODE or _DIGITS.search(text) is None:
        return TextClass.SINGLE
    alone = text.strip().isdecimal()
    return TextClass.CODE if alone or _WORDS.search(text) is not None else TextClass.SINGLE
