"""A phone number as somebody typed it -> digits in E.164 order without the plus, or what is wrong with it.

Rule 1: nothing is guessed from the numbering plan here; whether such a number exists is for numbering.py to say.
Rule 2: an explicit "+" or "00" means what follows is international already. Only a leading 8 and a bare ten-digit 9…
are read the Russian way, so that +84… stays Vietnam and +960… stays the Maldives.
"""

from enum import Enum

SHORTEST, LONGEST = 7, 15  # E.164 §6.2.1 ends at fifteen; no country has fewer than seven with its code
RUSSIAN = 11  # +7, Russia and Kazakhstan alike: always ten digits after the 7


class Fault(Enum):
    INVALID = "invalid"  # not a number at all: API-1 error 111
    LENGTH = "length"  # digits, but too few or too many: API-1 error 215


def parse(text: str) -> str | Fault:
    if len(text) == RUSSIAN and text[0] == "7" and text.isdecimal() and text.isascii():
        return text  # what nearly every request carries
    digits = text.translate(_DROPPED)
    international = digits[:1] == "+"
    digits = digits.replace("+", "")
    if not (digits.isdecimal() and digits.isascii()):
        return Fault.INVALID
    if digits.startswith("00"):
        international, digits = True, digits[2:]
    digits = _with_country(digits, international=international)
    if digits[:1] in ("", "0"):  # E.164 gives no country a leading zero
        return Fault.INVALID
    if digits[0] == "7":
        return digits if len(digits) == RUSSIAN else Fault.LENGTH
    return digits if SHORTEST <= len(digits) <= LONGEST else Fault.LENGTH


def split_list(text: str) -> list[str]:
    """The `to` parameter: one number per comma, semicolon or line; spaces inside a number stay with it."""
    for separator in ";\r\n":
        text = text.replace(separator, ",")
    return [item for item in map(str.strip, text.split(",")) if item]


# Writing inside a number that carries no meaning. Invisible marks come along when a number is pasted from an
# address book: zero-width and direction marks, the byte order mark.
_SEPARATORS = (
    "() .-\t\r\n"
    "\u00a0\u2007\u2009\u202f"  # no-break, figure, thin and narrow no-break space
    "\u00ad\u2010\u2011\u2012\u2013\u2014\u2212"  # soft hyphen, hyphens, dashes, minus
    "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
_DROPPED: dict[int, str | None] = {**dict.fromkeys(map(ord, _SEPARATORS)), ord("\uff0b"): "+"}


def _with_country(digits: str, *, international: bool) -> str:
    # "+8 9…" is a Russian habit and no country: code 89 is unassigned, so it can be put right even after a plus.
    if len(digits) == RUSSIAN and digits[0] == "8" and (not international or digits[1] == "9"):
        return "7" + digits[1:]
    if len(digits) == RUSSIAN - 1 and digits[0] == "9" and not international:
        return "7" + digits
    return digits
