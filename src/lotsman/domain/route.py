"""A route: which messages it is for, and the links that carry them.

Routes are asked in order of their position; the first that matches and has a link left decides.
Rule 1: an empty condition is none: a route without any matches everything.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lotsman.domain.lane import WORD_OF, WORDS, Member
from lotsman.domain.service import Service
from lotsman.domain.text_class import TextClass

CLASSES: Final = tuple(each.name.lower() for each in TextClass)


class Ask(NamedTuple):
    """What is known of a message when its way is chosen."""

    service: Service
    account_id: int
    sender: str
    text_class: TextClass
    country: str
    operator: str
    msisdn: str
    part_price: int  # what the customer pays for one part, in kopecks of the installation's currency
    at: int  # ms: when it may leave

    @property
    def word(self) -> str:
        return WORD_OF[self.service]


@dataclass(frozen=True, slots=True)
class Match:
    """Conditions; all that are given have to hold, and of each any one value."""

    services: tuple[str, ...] = ()  # words of domain/lane.py
    countries: tuple[str, ...] = ()  # ISO 3166-1 alpha-2
    operators: tuple[str, ...] = ()  # as numbering names them, after portability
    prefixes: tuple[str, ...] = ()  # of the number in international form
    senders: tuple[str, ...] = ()  # patterns with * and ?, in any case
    accounts: tuple[int, ...] = ()  # contract numbers
    classes: tuple[str, ...] = ()  # code, single, bulk
    hours: str = ""  # "09:00-21:00 Europe/Moscow"; past midnight if the end is before the start

    def fault(self, ask: Ask) -> str:
        """Why it does not match, in a few words; "" when it does."""
        if self.services and ask.word not in self.services:
            return f"service {ask.word}"
        if self.countries and ask.country not in self.countries:
            return f"country {ask.country}"
        if self.operators and ask.operator not in self.operators:
            return f"operator {ask.operator or 'unknown'}"
        if self.prefixes and not ask.msisdn.startswith(self.prefixes):
            return "prefix"
        if self.senders and not any(fnmatchcase(ask.sender.lower(), each) for each in self.senders):
            return f"sender {ask.sender}"
        if self.accounts and ask.account_id not in self.accounts:
            return f"account {ask.account_id}"
        if self.classes and ask.text_class.name.lower() not in self.classes:
            return f"class {ask.text_class.name.lower()}"
        return "" if not self.hours or _within(self.hours, ask.at) else f"hours {self.hours}"


@dataclass(frozen=True, slots=True)
class Step:
    """Links of which one is used: by weight, or the cheapest first; the next step only while none of them can."""

    members: tuple[Member, ...]
    cheapest: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    name: str
    position: int
    match: Match
    steps: tuple[Step, ...]  # none: what matches is refused
    # Kopecks that one part must earn, below zero what it may lose; None: no link is ruled out by its price.
    margin: int | None = None
    enabled: bool = True

    def link_ids(self) -> Iterable[int]:
        return (member.link_id for step in self.steps for member in step.members)


def parse_match(values: Mapping[str, Any]) -> Match:
    """From what people and files write: lists, or texts with commas; raises ValueError that says what is wrong."""
    known = {field.name for field in fields(Match)}
    if unknown := set(values) - known:
        raise ValueError(f"no condition {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
    listed = {name: _list(value) for name, value in values.items() if name != "hours"}
    hours = str(values.get("hours", "")).strip()
    if hours:
        _span(hours)
    _among("service", listed.get("services", ()), WORDS)
    _among("class", listed.get("classes", ()), CLASSES)
    for country in listed.get("countries", ()):
        if not (len(country) == 2 and country.isascii() and country.isalpha()):
            raise ValueError(f"{country!r} is no country of two letters")
    for digits in (*listed.get("prefixes", ()), *listed.get("accounts", ())):
        if not (digits.isascii() and digits.isdigit()):
            raise ValueError(f"{digits!r} is no number")
    return Match(
        services=listed.get("services", ()),
        countries=tuple(map(str.upper, listed.get("countries", ()))),
        operators=tuple(map(str.upper, listed.get("operators", ()))),
        prefixes=listed.get("prefixes", ()),
        senders=tuple(map(str.lower, listed.get("senders", ()))),
        accounts=tuple(map(int, listed.get("accounts", ()))),
        classes=listed.get("classes", ()),
        hours=hours,
    )


def conditions(match: Match) -> dict[str, Any]:
    """What `parse_match` takes: the conditions that are given."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(match).items()
        if value
    }


def _list(value: object) -> tuple[str, ...]:
    words = (
        value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple) else [value]
    )
    return tuple(text for word in words if (text := str(word).strip()))


def _among(what: str, values: Iterable[str], known: tuple[str, ...]) -> None:
    for value in values:
        if value not in known:
            raise ValueError(f"no {what} {value}; one of {', '.join(known)}")


class _Span(NamedTuple):
    start: int  # minutes after midnight
    end: int
    zone: ZoneInfo


@lru_cache(maxsize=256)
def _span(hours: str) -> _Span:
    times, _, zone = hours.partition(" ")
    start, _, end = times.partition("-")
    try:
        return _Span(_minutes(start), _minutes(end), ZoneInfo(zone.strip() or "UTC"))
    except (ValueError, ZoneInfoNotFoundError, OSError):
        raise ValueError(f"hours are written like 09:00-21:00 Europe/Moscow, not {hours}") from None


def _minutes(text: str) -> int:
    hour, _, minute = text.strip().partition(":")
    found = int(hour) * 60 + int(minute or 0)
    if not (0 <= found <= 24 * 60 and 0 <= int(minute or 0) < 60):
        raise ValueError
    return found


def _within(hours: str, at: int) -> bool:
    span = _span(hours)
    moment = datetime.fromtimestamp(at / 1000, UTC).astimezone(span.zone)
    minute = moment.hour * 60 + moment.minute
    if span.start <= span.end:
        return span.start <= minute < span.end
    return minute >= span.start or minute < span.end
