"""Money: whole kopecks in an int. Roubles exist only as text, with two decimals, at the doors.

Another currency's hundredths are its kopecks. What carriers take is finer: ten-thousandths of a kopeck, six decimals.
Rule 1: no float ever holds money.
"""

import re
from typing import Final

_AMOUNT: Final = re.compile(r"(-?)(\d{1,15})(?:[.,](\d{1,2}))?", re.ASCII)
_FINE: Final = re.compile(r"(\d{1,9})(?:[.,](\d{1,6}))?", re.ASCII)


def parse(text: str) -> int:
    """Kopecks of "12", "12.5" or "-0,29"; ValueError when it is not an amount with at most two decimals."""
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not an amount of money: {text!r}; write roubles as 12 or 12.50")
    sign, whole, part = match.groups()
    kopecks = int(whole) * 100 + int((part or "0").ljust(2, "0"))
    return -kopecks if sign else kopecks


def text(kopecks: int) -> str:
    """Roubles with two decimals, as every answer shows them: 250 -> "2.50"."""
    if kopecks < 0:
        return f"-{-kopecks // 100}.{-kopecks % 100:02d}"
    return f"{kopecks // 100}.{kopecks % 100:02d}"


def parse_fine(text: str) -> int:
    """Ten-thousandths of a kopeck of "1.2345", or millionths of anything; ValueError for more than six decimals."""
    match = _FINE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not an amount: {text!r}; write it as 12, 12.50 or 1.234567")
    whole, part = match.groups()
    return int(whole) * 1_000_000 + int((part or "0").ljust(6, "0"))


def fine_text(units: int) -> str:
    """Two to six decimals: 1234500 -> "1.2345"."""
    whole, part = divmod(abs(units), 1_000_000)
    decimals = f"{part:06d}".rstrip("0").ljust(2, "0")
    return f"{'-' if units < 0 else ''}{whole}.{decimals}"
