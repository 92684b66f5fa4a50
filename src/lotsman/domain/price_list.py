"""Price lists as people keep them: CSV with the columns service, country, operator, price, and what a new one changes.

Prices are roubles for one part; an empty country or operator means any. Separators are commas or semicolons, money may
have a decimal comma then: spreadsheets write both.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from lotsman.domain import money
from lotsman.domain.service import Service
from lotsman.domain.tariff import PriceKey

COLUMNS: Final = ("service", "country", "operator", "price")


class BadPrices(ValueError):
    """The text is no price list; one line says what is wrong with each bad row."""


class Change(NamedTuple):
    key: PriceKey
    before: int | None  # kopecks; None: there was none
    after: int | None  # None: it goes


def read(text: str) -> dict[PriceKey, int]:
    """Raises BadPrices, with every bad row in its text."""
    text = text.removeprefix("\ufeff")
    separator = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    rows = csv.reader(io.StringIO(text), delimiter=separator)
    head = [word.strip().lower() for word in next(rows, [])]
    if sorted(head) != sorted(COLUMNS):
        raise BadPrices(f"the first line must name the columns {', '.join(COLUMNS)}")
    prices: dict[PriceKey, int] = {}
    faults = []
    for number, row in enumerate(rows, 2):
        if not any(cell.strip() for cell in row):
            continue
        try:
            key, price = _row(dict(zip(head, map(str.strip, row), strict=True)))
        except ValueError as error:
            faults.append(f"line {number}: {error}")
        else:
            if key in prices:
                faults.append(f"line {number}: said twice")
            prices[key] = price
    if faults:
        raise BadPrices("\n".join(faults))
    return prices


def write(prices: Mapping[PriceKey, int]) -> str:
    """The same list as `read` takes it, in order."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    for service, country, operator in sorted(prices):
        rows.writerow(
            (Service(service).name, country, operator, money.text(prices[service, country, operator]))
        )
    return out.getvalue()


def changes(before: Mapping[PriceKey, int], after: Mapping[PriceKey, int]) -> Iterator[Change]:
    """Every price that is new, another or gone."""
    for key in sorted({*before, *after}):
        if before.get(key) != after.get(key):
            yield Change(key, before.get(key), after.get(key))


def _row(cells: dict[str, str]) -> tuple[PriceKey, int]:
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
    price = money.parse(cells["price"])
    if price < 0:
        raise ValueError("a price below zero")
    return (Service[name], country, operator), price
