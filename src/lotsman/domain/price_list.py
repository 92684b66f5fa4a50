"""Price lists as people keep them: CSV, and what a new one changes.

Columns: service, country, operator, price; and where they are wanted prefix, sender, from, to. Prices are for one part;
an empty cell means any, an empty `from` that it holds already, an empty `to` that it has no end. The head of the prices may
name their currency: `price EUR`. Moments are UTC, `to` is
the first one at which a price does not hold. Separators are commas or semicolons, money may have a decimal comma then:
spreadsheets write both.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from lotsman.domain import money
from lotsman.domain.currency import parse_currency
from lotsman.domain.period import (
    ALWAYS,
    FOREVER,
    Period,
    Step,
    Timeline,
    moment_text,
    parse_moment,
    spliced,
    steps,
    timeline,
)
from lotsman.domain.prices import PriceKey
from lotsman.domain.sender_class import SHOWS_SENDER, SenderClass
from lotsman.domain.service import Service

COLUMNS: Final = ("service", "country", "operator", "price")
MORE_COLUMNS: Final = ("prefix", "sender", "from", "to")
_MOST_FAULTS: Final = 20  # that are shown of a file
_LONGEST_PREFIX: Final = 15  # digits of a number

PriceList = Mapping[PriceKey, Timeline]


class Money(NamedTuple):
    """How prices are written; both kinds of lists count in one integer unit each."""

    parse: Callable[[str], int]
    text: Callable[[int], str]
    senders: bool  # whether a price may hang on the class of the sender


SALE: Final = Money(money.parse, money.text, senders=True)  # kopecks
PURCHASE: Final = Money(money.parse_fine, money.fine_text, senders=False)  # ten-thousandths of a kopeck


class BadPrices(ValueError):
    """The text is no price list; one line says what is wrong with each bad row."""


class Change(NamedTuple):
    key: PriceKey
    step: Step


def read(text: str, kind: Money = SALE) -> dict[PriceKey, list[Period]]:
    """Raises BadPrices, with every bad row in its text."""
    text = text.removeprefix("\ufeff")
    separator = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    rows = csv.reader(io.StringIO(text), delimiter=separator)
    faults: list[str] = []
    written: dict[PriceKey, dict[int, Period]] = {}
    try:
        head, _ = _head(next(rows, []))
        for number, row in enumerate(rows, 2):
            if not any(cell.strip() for cell in row):
                continue
            try:
                key, period = _row(dict(zip(head, map(str.strip, row), strict=True)), kind)
            except ValueError as error:
                faults.append(f"line {number}: {error}")
                continue
            periods = written.setdefault(key, {})
            if period.start in periods:
                faults.append(f"line {number}: said twice")
            periods[period.start] = period
    except csv.Error as error:
        raise BadPrices(f"line {rows.line_num}: {error}") from None
    if len(faults) > _MOST_FAULTS:
        faults[_MOST_FAULTS:] = [f"and {len(faults) - _MOST_FAULTS} more"]
    if faults:
        raise BadPrices("\n".join(faults))
    return {key: timeline(periods.values()) for key, periods in written.items()}


def currency_of(text: str) -> str:
    """What the first line says of a list's currency; "" if nothing."""
    first = text.removeprefix("\ufeff").partition("\n")[0]
    return _head(first.replace(";", ",").split(","))[1]


def write(prices: PriceList, kind: Money = SALE, currency: str = "") -> str:
    """The same list as `read` takes it, in order; of the columns that may be left out those that say something."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    lines = [_cells(key, period, kind) for key in sorted(prices) for period in prices[key]]
    columns = [*COLUMNS, *(name for name in MORE_COLUMNS if any(line[name] for line in lines))]
    rows.writerow([f"price {currency}" if name == "price" and currency else name for name in columns])
    rows.writerows([line[name] for name in columns] for line in lines)
    return out.getvalue()


def renewed(before: PriceList, after: PriceList, at: int) -> dict[PriceKey, list[Period]]:
    """The old list until `at`, the new one from then on."""
    found = {key: spliced(before.get(key, ()), after.get(key, ()), at) for key in {**before, **after}}
    return {key: periods for key, periods in found.items() if periods}


def changes(before: PriceList, after: PriceList, at: int) -> Iterator[Change]:
    """Every price that is new, another or gone at some time from `at` on."""
    for key in sorted({*before, *after}):
        for step in steps(before.get(key, ()), after.get(key, ()), at):
            yield Change(key, step)


def since(prices: PriceList, at: int) -> dict[PriceKey, list[Period]]:
    """Without what is over: what holds at `at`, and what comes."""
    left = {key: [period for period in periods if period.end > at] for key, periods in prices.items()}
    return {key: periods for key, periods in left.items() if periods}


def _head(cells: list[str]) -> tuple[list[str], str]:
    """The columns, and the currency if one is named."""
    head = [word.strip().lower() for word in cells]
    currency = next((word.removeprefix("price ") for word in head if word.startswith("price ")), "")
    if currency:
        head[head.index(f"price {currency}")] = "price"
    if not set(COLUMNS) <= set(head) <= {*COLUMNS, *MORE_COLUMNS} or len(head) != len(set(head)):
        raise BadPrices(
            f"the first line must name the columns {', '.join(COLUMNS)}; it may name {', '.join(MORE_COLUMNS)}"
        )
    try:
        return head, parse_currency(currency) if currency else ""
    except ValueError as error:
        raise BadPrices(f"the first line: {error}") from None


def _cells(key: PriceKey, period: Period, kind: Money) -> dict[str, str]:
    return {
        "service": Service(key.service).name,
        "country": key.country,
        "operator": key.operator,
        "price": kind.text(period.price),
        "prefix": key.prefix,
        "sender": key.sender,
        "from": moment_text(period.start),
        "to": moment_text(period.end),
    }


def _row(cells: dict[str, str], kind: Money) -> tuple[PriceKey, Period]:
    name = cells["service"].upper()
    if name not in Service.__members__:
        raise ValueError(
            f"no service {cells['service']!r}; one of {', '.join(service.name for service in Service)}"
        )
    country, operator = cells["country"].upper(), cells["operator"].upper()
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise ValueError(f"{cells['country']!r} is no country of two letters")
    if operator and not country:
        raise ValueError(f"operator {operator} without its country")
    key = PriceKey(Service[name], country, operator, _prefix(cells), _sender(cells, Service[name], kind))
    price = kind.parse(cells["price"])
    if price < 0:
        raise ValueError("a price below zero")
    start, end = cells.get("from", ""), cells.get("to", "")
    period = Period(parse_moment(start) if start else ALWAYS, parse_moment(end) if end else FOREVER, price)
    if period.start >= period.end:
        raise ValueError(f"it ends ({end}) before it begins ({start})")
    return key, period


def _prefix(cells: dict[str, str]) -> str:
    prefix = cells.get("prefix", "").removeprefix("+")
    if prefix and not (prefix.isascii() and prefix.isdigit() and len(prefix) <= _LONGEST_PREFIX):
        raise ValueError(f"{cells['prefix']!r} is no prefix of a number")
    return prefix


def _sender(cells: dict[str, str], service: Service, kind: Money) -> str:
    sender = cells.get("sender", "").lower()
    if not sender:
        return ""
    if not kind.senders:
        raise ValueError("what a carrier takes does not hang on the class of the sender")
    if sender not in set(SenderClass):
        raise ValueError(f"no class of senders {cells['sender']!r}; one of {', '.join(SenderClass)}")
    if service not in SHOWS_SENDER:
        raise ValueError(f"{service.name} shows no sender")
    return sender
