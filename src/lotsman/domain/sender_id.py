"""What a phone shows as the origin of a message: a name or a number.

A text somebody typed comes in; a sender id, its SMPP address type, or None goes out.
Rule 1: the grammar is that of API-1 §1.5, error 115, and the underscore, which the vendor's own samples use.
Rule 2: reserved words choose a service; nobody registers them, in whatever case.
"""

import re
from collections.abc import Collection
from typing import Final

from lotsman.domain.service import BY_SENDER

RESERVED: Final = frozenset(BY_SENDER)
LONGEST_SHORT_NUMBER: Final = 6  # an international number has at least seven digits

_NAME = re.compile(r"[A-Za-z0-9._-]{3,11}")
_NUMBER = re.compile(r"[0-9]{6,14}")


def parse(text: str) -> str | None:
    """A name keeps its case, a number loses its plus; None if it is neither."""
    sender = text.strip()
    digits = sender.removeprefix("+")
    if digits.isdecimal():  # digits alone are never a name, so five of them are nothing
        return digits if _NUMBER.fullmatch(digits) else None
    return sender if _NAME.fullmatch(sender) else None


def is_reserved(sender: str) -> bool:
    return sender.upper() in RESERVED


def match(asked: str, registered: Collection[str]) -> str | None:
    """The registered spelling: the very same if there is one, else the first that differs in case only."""
    if asked in registered:
        return asked
    folded = asked.lower()
    return next((sender for sender in registered if sender.lower() == folded), None)


def ton_npi(sender: str) -> tuple[int, int]:
    """Type of number and numbering plan of a source address."""  # SMPP 3.4 §5.2.5, §5.2.6
    if not sender.isdecimal():
        return 5, 0  # alphanumeric, unknown
    if len(sender) <= LONGEST_SHORT_NUMBER:
        return 3, 0  # network specific, unknown
    return 1, 1  # international, E.164
