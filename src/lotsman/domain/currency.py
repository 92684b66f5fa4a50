"""Currencies: three letters (ISO 4217), and what one of them is worth in the installation's own.

Rule 1: every currency has hundredths here, its kopecks; a purchase price counts ten-thousandths of them.
Rule 2: amounts are converted with integers, half up; a rate counts from its date until the next one's.
"""

import re
from collections.abc import Mapping
from typing import Final

from lotsman.domain.period import ALWAYS, FOREVER, Period

ROUBLE: Final = "RUB"
RATE_UNITS: Final = 1_000_000  # of a rate in one: 98.5 roubles for a euro are 98,500,000


def parse_currency(text: str) -> str:
    """ValueError for what is no code of three letters."""
    code = text.strip().upper()
    if re.fullmatch(r"[A-Z]{3}", code, re.ASCII) is None:
        raise ValueError(f"{text!r} is no currency; write three letters, as EUR")
    return code


def converted(amount: int, rate: int) -> int:
    """An amount in any unit, in the same unit of the other currency."""
    return (amount * rate * 2 + RATE_UNITS) // (RATE_UNITS * 2)


def rate_periods(rates: Mapping[int, int]) -> list[Period]:
    """Rates by the moment from which each counts (ms); the first one is believed to have been so before."""
    starts = sorted(rates)
    ends = [*starts[1:], FOREVER]
    return [
        Period(start if place else ALWAYS, end, rates[start])
        for place, (start, end) in enumerate(zip(starts, ends, strict=False))
    ]
