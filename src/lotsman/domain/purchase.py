"""What a carrier takes for a part, and what is left of what the customer pays.

Purchase prices count ten-thousandths of a kopeck (of the hundredth of whatever currency): 1.2345 roubles are 1,234,500.
Those of another currency are converted at the rate of the moment, so all costs compare.
Strategy: prices are compiled for each stretch of time in which none changes, when somebody first asks about it.
"""

from bisect import bisect_right
from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

from lotsman.domain.currency import RATE_UNITS, converted
from lotsman.domain.period import Timeline, price_at
from lotsman.domain.prices import FinePrices, PriceKey
from lotsman.domain.service import Service

_MOST_STRETCHES: Final = 16  # compiled at a time


class PurchasePrices:
    """A carrier's price list, as one link knows it."""

    def __init__(self, rows: Mapping[PriceKey, Timeline], rates: Timeline | None = None) -> None:
        """`rates`: of the list's currency, as domain/currency.py makes them; None when it is the installation's."""
        self._rows, self._rates = rows, rates
        self._moments = sorted(
            {
                moment
                for periods in (*rows.values(), rates or ())
                for period in periods
                for moment in period[:2]
            }
        )
        self._stretches: dict[int, FinePrices] = {}
        said = repr((sorted(rows.items()), rates)).encode()
        self._mark = blake2b(said, digest_size=8).hexdigest()
        self.prefix_length = max((len(key.prefix) for key in rows), default=0)

    def __repr__(self) -> str:
        """The same for the same prices, on every node: by it is known whether ways have to be chosen anew."""
        return f"PurchasePrices({self._mark})"

    def part_cost(self, service: Service, country: str, operator: str, msisdn: str, at: int) -> int | None:
        """For one part, in ten-thousandths of the installation's kopeck; None where the carrier named no price."""
        number = bisect_right(self._moments, at)
        stretch = self._stretches.get(number)
        if stretch is None:
            stretch = self._compiled(number, at)
        return stretch.find(service, country, operator, msisdn, "")

    def _compiled(self, number: int, at: int) -> FinePrices:
        rate = RATE_UNITS if self._rates is None else price_at(self._rates, at)
        costs = {
            key: price for key, periods in self._rows.items() if (price := price_at(periods, at)) is not None
        }
        if rate is None:
            costs = {}
        elif rate != RATE_UNITS:
            costs = {key: converted(price, rate) for key, price in costs.items()}
        if len(self._stretches) >= _MOST_STRETCHES:
            self._stretches.clear()
        stretch = self._stretches[number] = FinePrices(costs)
        return stretch
