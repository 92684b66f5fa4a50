"""SMPP times, "YYMMDDhhmmsstnnp" (SMPP 3.4 §7.1.1), from and to milliseconds since the epoch, UTC.

Rule 1: a relative time says days, hours, minutes and seconds; of months and years, which have no fixed length,
30 and 365 days are made both ways.
Rule 2: what is no SMPP time reads as None; what cannot be written raises ValueError.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

SECOND: Final = 1_000
DAY: Final = 86_400 * SECOND
MONTH: Final = 30 * DAY
YEAR: Final = 365 * DAY
QUARTER: Final = 15 * 60 * SECOND


def relative(milliseconds: int) -> str:
    """So long from now, rounded up to a second: tenths are always zero in this form (§7.1.1.2)"""
    seconds = -(-milliseconds // SECOND)
    if milliseconds < 0 or seconds >= 100 * YEAR // SECOND:
        raise ValueError(f"{milliseconds} ms: 0 to 100 years")
    years, seconds = divmod(seconds, YEAR // SECOND)
    months, seconds = divmod(seconds, MONTH // SECOND)
    days, seconds = divmod(seconds, DAY // SECOND)
    hours, seconds = divmod(seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    return f"{years:02}{months:02}{days:02}{hours:02}{minutes:02}{seconds:02}000R"


def absolute(epoch_ms: int) -> str:
    """That moment in UTC, to a tenth of a second (§7.1.1.1)"""
    moment = _EPOCH + timedelta(milliseconds=epoch_ms)
    if not 2000 <= moment.year <= 2099:
        raise ValueError(f"{moment.year}: two digits stand for 2000 to 2099")
    return f"{moment:%y%m%d%H%M%S}{moment.microsecond // 100_000}00+"


def parse(text: str, now_ms: int) -> int | None:
    """The moment meant, be it absolute or relative to `now_ms`"""
    match = _TIME(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, tenth, quarters = (int(match[i]) for i in range(1, 9))
    direction = match[9]
    if direction == "R":
        seconds = hour * 3600 + minute * 60 + second
        return now_ms + year * YEAR + month * MONTH + day * DAY + seconds * SECOND
    try:
        moment = datetime(2000 + year, month, day, hour, minute, second, tenth * 100_000, tzinfo=UTC)
    except ValueError:
        return None
    # nn: quarters of an hour by which the local time written here is ahead of UTC (+) or behind it (-)
    offset = quarters * QUARTER
    return (moment - _EPOCH) // timedelta(milliseconds=1) - (offset if direction == "+" else -offset)


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TIME: Final = re.compile("([0-9]{2})" * 6 + "([0-9])([0-9]{2})([-+R])").fullmatch
