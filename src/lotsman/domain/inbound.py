"""Messages from phones: pieces become a text, a text finds its account, STOP means stop.

Rule 1: an incomplete message is told with a marker where something is missing, never dropped.
Rule 2: whose it is: the owner of the message that it answers, if that is known; the owner of the number it came to; the sender of the newest 2WAY message from that number to that
phone; on a shared number the contract number or the keyword at its start; else nobody's, for the operator to assign.
"""

import re
from collections.abc import Mapping
from itertools import groupby
from typing import Final, NamedTuple

from lotsman.gsm import decoding

GAP: Final = "[…]"
UNCLAIMED: Final = 0  # the account of messages that are nobody's
STOP_WORDS: Final = frozenset(
    {"stop", "стоп", "отписка", "отписаться", "отпиши", "unsubscribe", "stopall", "quit", "cancel"}
)
_FIRST_WORD = re.compile(r"\s*([^\s,.;:!?]+)[\s,.;:!?]*")
_LONGEST_WORD: Final = 32


class Piece(NamedTuple):
    """A part of an inbound message, or all of it, as a carrier handed it over."""

    link_id: int
    phone: str  # who wrote
    number: str  # to which number
    payload: bytes  # without its user data header
    coding: int  # SMPP 3.4 §5.2.19
    at: int  # ms
    reference: int = 0  # what the parts of one message have in common
    total: int = 1
    part: int = 1
    answers: int = 0  # the message of ours that it answers, where the carrier says so


class Octets(NamedTuple):
    payload: bytes
    coding: int


def text_of(parts: Mapping[int, Octets], total: int) -> str:
    """The text of the parts that have come. Neighbours are decoded as one: others do cut pairs in two."""
    found = []
    for coding, numbers in groupby(
        range(1, total + 1), key=lambda part: parts[part].coding if part in parts else None
    ):
        if coding is None:
            found.append(GAP)
        else:
            found.append(decoding.decode(coding, b"".join(parts[part].payload for part in numbers)))
    return "".join(found).replace("\0", "")


def first_word(text: str) -> str:
    """In lower case, "" if there is none that could mean something."""
    match = _FIRST_WORD.match(text)
    word = match[1].casefold() if match else ""
    return word if len(word) <= _LONGEST_WORD else ""


def contract_number(text: str) -> int | None:
    """The account that a text on a shared number begins with ("5671 test"), if it begins with a number."""
    word = first_word(text)
    return int(word) if word.isascii() and word.isdigit() and len(word) <= 15 else None


def is_stop(text: str) -> bool:
    """Whether this says nothing but STOP, perhaps behind the prefix of a shared number."""
    words = re.findall(r"\w+", text.casefold())
    if len(words) == 2:  # "5671 стоп", "shop stop"
        words = words[1:]
    return len(words) == 1 and words[0] in STOP_WORDS
