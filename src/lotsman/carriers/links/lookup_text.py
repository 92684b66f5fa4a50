"""The answer to a look-up as SMSC.ru writes it into a receipt, and as others write it after them:

    id:855469 stat:DELIVRD err:000 imsi:250203122060176 msc:79232510066 mcc:250 mnc:20 cn:Russia net:Tele2 rcn: rnet:

Strategy: the keys are known, so a value reaches from its key to the next known one. Never split at colons or blanks:
names have them, where a carrier forgot to encode.
Rule 1: nothing behind `text:` counts: there a receipt quotes the message, and its sender could say anything about a number.
Rule 2: the first occurrence of a key counts; whatever the text is, reading it never fails.
"""

import re
from typing import Final
from urllib.parse import unquote_to_bytes

from lotsman.domain.lookup import CODES, NAMES

_OURS: Final = "|".join(sorted((*NAMES, *CODES), key=len, reverse=True))
_OTHERS: Final = "id|sub|dlvrd|submit date|done date|stat|err"
_QUOTATION: Final = re.compile(r"(?:(?<=[\s,;|])|^)text:", re.IGNORECASE)
_VALUES: Final = re.compile(
    rf"(?:(?<=[\s,;|])|^)({_OURS}):([^\0]*?)(?=[\s,;|]+(?:{_OURS}|{_OTHERS}):|$)", re.IGNORECASE | re.DOTALL
)
_LONGEST: Final = 4_000  # characters; a receipt has a few hundred


def parse(text: str) -> dict[str, str]:
    """By the names of domain.lookup, decoded; empty when the text is no such answer."""
    found: dict[str, str] = {}
    for match in _VALUES.finditer(_QUOTATION.split(text[:_LONGEST], 1)[0]):
        found.setdefault(match[1].lower(), _decoded(match[2].strip(" \t\r\n,;|")))
    return found


def _decoded(value: str) -> str:
    """The strings are urlencoded, in UTF-8 or, from older systems, in Windows-1251."""
    if "%" not in value:
        return value.replace("+", " ")
    octets = unquote_to_bytes(value.replace("+", " "))
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("cp1251", "replace")
