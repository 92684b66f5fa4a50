"""The columns of a message: what `fields` may name, and how each is written (API-1 §1).

What a look-up found (API-1 §6.2) stands behind the columns of its row, by default and with `fields=all`; or where
`fields` names it, as it may name `duration` and `keys` of a call. Neither is part of COLUMNS: customers' programs count what `all` gives them for an SMS.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lotsman.domain import call, lookup, money
from lotsman.domain.lifecycle import STATUS
from lotsman.domain.message import Stored
from lotsman.domain.refusals import Refusal, Refused, by_code
from lotsman.domain.service import WITH_ATTRIBUTES

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

DEFAULT: Final = ("server_id", "phone", "price", "status")

_Column = Callable[[Stored, str], str]  # message, time zone -> text

COLUMNS: Final[dict[str, _Column]] = {
    "server_id": lambda m, _: str(m.id),
    "phone": lambda m, _: m.msisdn,
    "price": lambda m, _: money.text(m.price),
    "status": lambda m, _: str(STATUS[m.state]),
    "sender": lambda m, _: m.sender,
    "sender_orig": lambda m, _: m.sender_asked,
    "created": lambda m, zone: local_time(m.created_at, zone) if m.created_at else "",
    "modified": lambda m, zone: local_time(m.modified_at, zone) if m.modified_at else "",
    "parts": lambda m, _: str(m.parts),
    "country": lambda m, _: m.country,
    "operator": lambda m, _: m.operator,
    "error": lambda m, _: str(m.error),
    "error_en": lambda m, _: by_code(m.error).en,
    "error_ru": lambda m, _: by_code(m.error).ru,
    "message": lambda m, _: (
        lookup.told(lookup.load(m.attributes)) if m.attributes and m.service in WITH_ATTRIBUTES else m.text
    ),
}
ALL: Final = tuple(COLUMNS)

_ATTRIBUTES: Final[dict[str, _Column]] = {
    name: lambda m, _, name=name: getattr(lookup.load(m.attributes), name)  # type: ignore[misc]
    for name in lookup.NAMES
}
_OF_CALLS: Final[dict[str, _Column]] = {
    "duration": lambda m, _: str(call.load(m.attributes).duration) if m.attributes else "",
    "keys": lambda m, _: call.load(m.attributes).keys if m.attributes else "",
}
_KNOWN: Final = COLUMNS | _ATTRIBUTES | _OF_CALLS
TAILS: Final = (("error",), lookup.NAMES, (*lookup.NAMES, "error"))  # what `rows` puts behind some rows


def chosen(fields: str | None) -> tuple[str, ...]:
    """The columns that `fields` asks for; raises Refused 275 for a name that is none."""
    if fields is None:
        return DEFAULT
    if fields.strip().lower() == "all":
        return ALL
    names = tuple(name.strip() for name in fields.split(",") if name.strip())
    if not names or any(name not in _KNOWN for name in names):
        raise Refused(Refusal.FIELDS_INVALID)
    return tuple(dict.fromkeys(names))


def rows(messages: list[Stored], columns: tuple[str, ...], zone: str) -> list[tuple[str, ...]]:
    """A row for each message. Behind its columns a look-up has what it found, unless `fields` chose among that, and what
    failed has its error, unless it is a column anyway.
    """
    getters = [_KNOWN[column] for column in columns]
    with_error, with_attributes = "error" not in columns, columns in {DEFAULT, ALL}
    found = []
    for message in messages:
        row = tuple([getter(message, zone) for getter in getters])
        if with_attributes and message.service in WITH_ATTRIBUTES:
            row += lookup.load(message.attributes)
        found.append((*row, str(message.error)) if message.error and with_error else row)
    return found


def local_time(at: int, zone: str) -> str:
    """Ms -> YYYY-MM-DD HH:MM:SS in a time zone."""
    second = at // 1000
    return (_EPOCH + timedelta(seconds=second) + _offset(zone, second // 900)).strftime("%Y-%m-%d %H:%M:%S")


def from_local(at: int, zone: str) -> int:
    """Ms of a moment that was written as local time and read as UTC; within an hour of a clock change, either."""
    quarter = at // 900_000
    return (
        at
        - int(_offset(zone, quarter - int(_offset(zone, quarter).total_seconds()) // 900).total_seconds())
        * 1000
    )


@lru_cache(maxsize=4096)
def _offset(zone: str, quarter: int) -> timedelta:
    """Of a time zone in one quarter of an hour since the epoch: offsets change at no other moments."""
    try:
        moment = datetime.fromtimestamp(quarter * 900, UTC).astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OverflowError):  # no such zone; the ends of the calendar
        return timedelta()
    return moment.utcoffset() or timedelta()
