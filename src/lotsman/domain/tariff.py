"""THE place where a price is decided: (service, country, operator) x parts.

A price row may leave operator, or country and operator, empty: the most exact row wins.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lotsman.domain.service import WITHOUT_PARTS, Service

HOME_COUNTRY: Final = "RU"
PriceKey = tuple[int, str, str]  # service, ISO country or "", operator or ""


@dataclass(frozen=True, slots=True)
class Tariff:
    id: int
    name: str
    prices: Mapping[PriceKey, int]  # kopecks for one part

    def part_price(self, service: Service, country: str, operator: str) -> int | None:
        """Kopecks for one part; None where the tariff does not serve this destination."""
        prices = self.prices
        price = prices.get((service, country, operator))
        if price is None:
            price = prices.get((service, country, ""))
            if price is None:
                price = prices.get((service, "", ""))
        return price

    def price(self, service: Service, country: str, operator: str, parts: int) -> int | None:
        """Kopecks for a whole message; look-ups are one request each, what a messenger shows is one message, however long."""
        price = self.part_price(service, country, operator)
        if price is None or service in WITHOUT_PARTS:
            return price
        return price * parts

    def sms_for(self, kopecks: int) -> int:
        """How many one-part SMS an amount buys at home: `balance=sms` (API-1 §3)."""
        price = self.part_price(Service.SMS, HOME_COUNTRY, "")
        return max(0, kopecks // price) if price else 0
