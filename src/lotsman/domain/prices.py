"""Which row of a price list is meant: the most exact one.

A row names a service and may name a country, an operator of that country, a prefix of the number, and the class of the
sender. Of the rows that fit a message the first in this order wins: the longer prefix; then the one with the operator;
then the one with the country; then the one with the class of the sender. So the number says more than its network does
(a ported number keeps its prefix), and where a message goes says more than who it is from.
Strategy: rows that name neither prefix nor sender are a dict of their own, three look-ups at most; the others cost
nothing where there are none.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from lotsman.domain.service import Service

Destination = tuple[int, str, str]  # service, ISO country or "", operator or ""


class PriceKey(NamedTuple):
    """What a row names; "" is any."""

    service: int
    country: str = ""  # ISO 3166-1 alpha-2
    operator: str = ""  # as numbering names it, after portability
    prefix: str = ""  # first digits of the number in international form
    sender: str = ""  # a SenderClass


class FinePrices:
    """The rows of a list, all of them, at one moment."""

    __slots__ = ("_lengths", "_prefixes", "_rows")

    def __init__(self, rows: Mapping[PriceKey, int]) -> None:
        self._rows: dict[tuple[int, str, str, str, str], int] = {key[:]: price for key, price in rows.items()}
        self._prefixes = frozenset(key.prefix for key in rows if key.prefix)
        self._lengths = sorted({len(prefix) for prefix in self._prefixes}, reverse=True)

    def find(self, service: Service, country: str, operator: str, msisdn: str, sender: str) -> int | None:
        for length in self._lengths:
            prefix = msisdn[:length]
            if prefix in self._prefixes:
                price = self._of_prefix(service, country, operator, prefix, sender)
                if price is not None:
                    return price
        return self._of_prefix(service, country, operator, "", sender)

    def names(self, service: Service, country: str, operator: str) -> bool:
        """Whether a row is about this operator's numbers."""
        return any(key[:3] == (service, country, operator) for key in self._rows)

    def _of_prefix(
        self, service: Service, country: str, operator: str, prefix: str, sender: str
    ) -> int | None:
        rows = self._rows
        for place in (
            ((country, operator), (country, ""), _ANYWHERE) if operator else ((country, ""), _ANYWHERE)
        ):
            if sender:
                price = rows.get((service, *place, prefix, sender))
                if price is not None:
                    return price
            price = rows.get((service, *place, prefix, ""))
            if price is not None:
                return price
        return None


_ANYWHERE: Final = ("", "")


def plain(rows: Mapping[PriceKey, int]) -> dict[Destination, int]:
    """The rows that hang on the destination alone."""
    return {key[:3]: price for key, price in rows.items() if not key.prefix and not key.sender}


def is_fine(rows: Mapping[PriceKey, int]) -> bool:
    """Whether a row hangs on more than the destination."""
    return any(key.prefix or key.sender for key in rows)


def every_time(prices: Mapping[Destination, int]) -> dict[PriceKey, int]:
    """The keys of prices by destination."""
    return {PriceKey(*destination): price for destination, price in prices.items()}
