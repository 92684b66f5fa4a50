"""One small parser for each parameter that both APIs share. Text in; a value out, or Refused with its own code."""

import calendar
import re
from typing import Final

from lotsman.domain import visitor
from lotsman.domain.callback import parse_target
from lotsman.domain.columns import from_local
from lotsman.domain.message import DEFAULT_TTL
from lotsman.domain.refusals import Refusal, Refused

_MINUTE: Final = 60_000  # ms
_LONGEST_TTL: Final = 1440  # minutes
_STILL_NOW: Final = 5 * _MINUTE  # clocks differ: a time that has just passed means now
_FURTHEST: Final = 366 * 24 * 60 * _MINUTE
_MOST_IDS: Final = 10_000
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)[ T+](\d\d):(\d\d)(?::(\d\d))?")
_OFF: Final = frozenset({"0", "false", "no", "off"})


def flag(text: str | None) -> bool:
    """cost, test: 1 is on; absent and 0 are off."""
    return text is not None and text.strip().lower() not in _OFF


def ttl(text: str | None) -> int:
    """Minutes 1..1440 -> ms. Absent and 0 mean a day. API-1 §1, error 270."""
    if text is None:
        return DEFAULT_TTL
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 6) or int(text) > _LONGEST_TTL:
        raise Refused(Refusal.TTL_INVALID)
    return int(text) * _MINUTE or DEFAULT_TTL


def send_datetime(text: str | None, now: int) -> int | None:
    """GMT date or UNIX time -> ms; None means now. API-1 §1, error 250."""
    if text is None or text.strip() == "0":
        return None
    at = _moment(text.strip())
    if at is None or at < now - _STILL_NOW or at > now + _FURTHEST:
        raise Refused(Refusal.SEND_DATETIME_INVALID)
    return at if at > now else None


def _moment(text: str) -> int | None:
    if text.isascii() and text.isdigit() and len(text) <= 11:
        return int(text) * 1000
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    if not (year and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]):
        return None
    if hour > 23 or minute > 59 or second > 59:
        return None
    return calendar.timegm((year, month, day, hour, minute, second)) * 1000


def callback(url: str | None, method: str | None) -> str:
    """A target as messages keep it, "" for none. API-1 §1, error 260."""
    if url is None:
        return ""
    target = parse_target(url, method or "")
    if target is None:
        raise Refused(Refusal.CALLBACK_INVALID)
    return target


def ip(text: str | None) -> str:
    """The address of the end user whose doing the message is, "" for none. Ours, as others have it; error 807."""
    if text is None or not text.strip():
        return ""
    found = visitor.parse(text)
    if found is None:
        raise Refused(Refusal.IP_INVALID)
    return found


def since(text: str, zone: str) -> int:
    """Ms of a date in the account's time zone, or of a UNIX time. API-1 §5, error 500."""
    at = _moment(text.strip())
    if at is None:
        raise Refused(Refusal.SINCE_INVALID)
    return at if text.strip().isdigit() else from_local(at, zone)


def server_ids(text: str | None) -> list[int]:
    """check=4566,4567. API-1 §2.3: 300 empty, 301 one that is no number, 303 a list that holds none."""
    if text is None or not text.strip():
        raise Refused(Refusal.SERVER_ID_REQUIRED)
    items = [item.strip() for item in text.split(",")]
    if not all(items) or len(items) > _MOST_IDS:
        raise Refused(Refusal.IDS_INVALID)
    if not all(item.isascii() and item.isdigit() and len(item) <= 18 for item in items):
        raise Refused(Refusal.SERVER_ID_INVALID)
    return [int(item) for item in items]
