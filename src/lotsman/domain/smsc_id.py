"""One carrier id, several spellings.

The same number comes as `7F000001` in submit_sm_resp and as `2130706433` in the receipt, or with leading zeros,
or in the other case, depending on the SMSC. Two ways to match them:
 - known: a link is configured with the form of each side; both are brought to one spelling by `normalise`
   (the decimal number) before they are stored or looked up. Exact, one look-up;
 - unknown: look up each of `candidates`, the likeliest first. The first that is found wins.
Rule: never guess by `candidates` where the forms are known: `10` in hexadecimal is another message than `10`.
"""

import re
from enum import IntEnum
from typing import Final

AS_IS: Final = "as-is"
HEX: Final = "hex"
DEC: Final = "dec"
FORMS: Final = (AS_IS, HEX, DEC)


class Match(IntEnum):
    """How a receipt found its part; what a link's receipts have in common says how its carrier spells ids."""

    NONE = 0  # it did not
    AS_WRITTEN = 1
    OTHER_CASE = 2
    PADDED = 3  # zeros before a number, on one side
    HEX_THEN_DECIMAL = 4  # hexadecimal in the response, decimal in the receipt
    DECIMAL_THEN_HEX = 5
    BY_PHONE = 6  # the response was never seen; only one message to this phone can be meant

    __hash__ = int.__hash__


def compare(in_response: str, in_receipt: str) -> Match:
    """How two spellings of one id differ."""
    if in_response == in_receipt:
        return Match.AS_WRITTEN
    if in_response.lower() == in_receipt.lower():
        return Match.OTHER_CASE
    if in_response.lower().lstrip("0") == in_receipt.lower().lstrip("0"):
        return Match.PADDED
    if _HEXADECIMAL(in_response) and _DECIMAL(in_receipt) and int(in_response, 16) == int(in_receipt):
        return Match.HEX_THEN_DECIMAL
    return Match.DECIMAL_THEN_HEX


def normalise(message_id: str, form: str) -> str:
    """The spelling to store and to look up by; an id that is not of its form stays as it is"""
    text = message_id.strip("\0 \t\r\n")
    if form == HEX and _HEXADECIMAL(text):
        return str(int(text, 16))
    if form == DEC and _DECIMAL(text):
        return text.lstrip("0") or "0"
    if form not in FORMS:
        raise ValueError(f"form {form!r}: one of {', '.join(FORMS)}")
    return text


def candidates(message_id: str) -> tuple[str, ...]:
    """How the other side may have written this id, the likeliest first, no spelling twice"""
    text = message_id.strip("\0 \t\r\n")
    found = [text]
    if _DECIMAL(text):
        number = int(text)
        found += [
            f"{number:X}",
            f"{number:x}",
            f"{number:08X}",
            f"{number:08x}",
            str(number),
            f"{number:010d}",
        ]
    if _HEXADECIMAL(text):
        number = int(text, 16)
        found += [
            str(number),
            f"{number:010d}",
            f"{number:X}",
            f"{number:x}",
            f"{number:08X}",
            f"{number:08x}",
        ]
    found += [text.upper(), text.lower()]
    return tuple(dict.fromkeys(found))


# 64 digits are all that a message_id can hold (SMPP 3.4 §5.2.23); longer ones are nobody's number
_DECIMAL: Final = re.compile(r"[0-9]{1,64}").fullmatch
_HEXADECIMAL: Final = re.compile(r"[0-9A-Fa-f]{1,64}").fullmatch
