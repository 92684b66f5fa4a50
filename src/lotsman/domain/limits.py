"""What an account and its keys may send and spend before somebody looks: the operator's numbers, and what they add up to.

Layers: the installation says what holds for every account, an account's own values replace those, one by one; the same for
keys, where EACH_KEY stands for every key of an account. A name without a value has no limit.
Rule 1: an account for which nobody has set anything has no Guard at all, and its messages pay for none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Final, NamedTuple

from lotsman.domain import money
from lotsman.domain.refusals import Refusal

EACH_KEY: Final = "*"
MOST_STRANGERS: Final = 100_000  # that are remembered of one account; no burst limit may be above

SECOND: Final = 1_000  # ms
MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

OFF, HOLD, REFUSE = "off", "hold", "refuse"


@dataclass(frozen=True, slots=True)
class Limits:
    """Of an account or of a key. 0: no limit."""

    per_second: int = 0  # messages
    per_minute: int = 0
    per_hour: int = 0
    per_day: int = 0
    spend_hour: int = 0  # kopecks
    spend_day: int = 0
    ip_hour: int = 0  # messages an hour that one end user (parameter ip) may cause
    countries: str = OFF  # what becomes of a message to a country that is not open: off, hold, refuse
    home: tuple[str, ...] = ()  # ISO-2: countries that are open without asking
    sequence: int = 0  # numbers in a row, new to the account: the message that makes it so many is held
    prefix: int = 0  # new numbers with all but the last four digits alike; more are held
    fresh: int = 0  # new numbers; more are held
    held: int = 50  # messages that may wait for approval at once; more are refused

    @property
    def watches_bursts(self) -> bool:
        return bool(self.sequence or self.prefix or self.fresh)


NO_LIMITS: Final = Limits()
NAMES: Final = tuple(each.name for each in fields(Limits))
OF_KEYS: Final = NAMES[:6]  # a key is limited in messages and money only
MONEY: Final = frozenset({"spend_hour", "spend_day"})
_BURSTS: Final = frozenset({"sequence", "prefix", "fresh"})


class Cap(NamedTuple):
    """How much within a span."""

    span: int  # ms
    messages: int  # 0: any number
    kopecks: int
    too_many: Refusal
    too_dear: Refusal | None


class Guard(NamedTuple):
    """All limits that count for the requests of an account, and of one of its keys."""

    limits: Limits  # the account's
    scopes: tuple[tuple[str, tuple[Cap, ...]], ...]  # "" the account, else the hash of a key -> its caps
    open: frozenset[str] = frozenset()  # countries
    released_at: int = 0  # ms: what was counted before counts no more
    each_key: Limits = NO_LIMITS
    keys: Mapping[str, Limits] = {}  # hash -> limits of keys that have their own

    def of_key(self, key_hash: str) -> "Guard":
        """For requests that come with a key."""
        caps = caps_of(self.keys.get(key_hash, self.each_key))
        return self._replace(scopes=(*self.scopes, (key_hash, caps))) if caps else self


def caps_of(limits: Limits) -> tuple[Cap, ...]:
    every = (
        Cap(SECOND, limits.per_second, 0, Refusal.LIMIT_PER_SECOND, None),
        Cap(MINUTE, limits.per_minute, 0, Refusal.LIMIT_PER_MINUTE, None),
        Cap(HOUR, limits.per_hour, limits.spend_hour, Refusal.LIMIT_PER_HOUR, Refusal.LIMIT_SPEND_HOUR),
        Cap(DAY, limits.per_day, limits.spend_day, Refusal.LIMIT_PER_DAY, Refusal.LIMIT_SPEND_DAY),
    )
    return tuple(cap for cap in every if cap.messages or cap.kopecks)


@dataclass(frozen=True, slots=True)
class Layers:
    """What was set, as text by name, from the general to the particular."""

    house: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, str] = field(default_factory=dict)
    house_keys: Mapping[str, str] = field(default_factory=dict)  # EACH_KEY of the installation
    own_keys: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by hash, or EACH_KEY


def guard(layers: Layers, opened: Sequence[str], released_at: int) -> Guard | None:
    """`opened`: countries opened for this account. None when nothing is limited."""
    limits = resolved(layers.house, layers.own)
    common = (layers.house_keys, layers.own_keys.get(EACH_KEY, {}))
    each = resolved(*common)
    keys = {key: resolved(*common, own) for key, own in layers.own_keys.items() if key != EACH_KEY}
    if limits == NO_LIMITS and each == NO_LIMITS and all(own == NO_LIMITS for own in keys.values()):
        return None
    caps = caps_of(limits)
    scopes = (("", caps),) if caps else ()
    return Guard(limits, scopes, frozenset(opened) | frozenset(limits.home), released_at, each, keys)


def resolved(*layers: Mapping[str, str]) -> Limits:
    """The later layer wins. A name or a value that only a newer version understands is passed over."""
    values: dict[str, int | str | tuple[str, ...]] = {}
    for layer in layers:
        for name, text in layer.items():
            try:
                values[name] = read(name, text)
            except ValueError:
                continue
    return Limits(**values)  # type: ignore[arg-type]


def read(name: str, text: str) -> int | str | tuple[str, ...]:
    """A value as a person types it, money in roubles; raises ValueError that says what is wrong."""
    if name not in NAMES:
        raise ValueError(f"no limit {name}; one of {', '.join(NAMES)}")
    if name == "countries":
        if text not in {OFF, HOLD, REFUSE}:
            raise ValueError(f"countries is {OFF}, {HOLD} or {REFUSE}, not {text}")
        return text
    if name == "home":
        return tuple(country(word) for word in text.split(",") if word.strip())
    if name in MONEY:
        amount = money.parse(text)
        if amount < 0:
            raise ValueError(f"{name} is roubles, 0 for no limit, not {text}")
        return amount
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise ValueError(f"{name} is a whole number, 0 for no limit, not {text}")
    number = int(text)
    if name in _BURSTS and number > MOST_STRANGERS:
        raise ValueError(f"{name} is {MOST_STRANGERS} at most")
    return number


def country(text: str) -> str:
    """ISO-2, in capitals."""
    code = text.strip().upper()
    if not (len(code) == 2 and code.isascii() and code.isalpha()):
        raise ValueError(f"a country is two letters, as RU, not {text.strip()}")
    return code


def shown(limits: Limits, name: str) -> str:
    value = getattr(limits, name)
    if name in MONEY:
        return money.text(value)
    return ",".join(value) if isinstance(value, tuple) else str(value)
