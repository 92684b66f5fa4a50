"""THE place where a price is decided: the part price of the destination x parts.

Which row of a list is meant: domain/prices.py. An account's own prices are asked first, all of them, and its tariff only
where they say nothing: what was agreed with a customer is not undone by a more exact row of a list for everybody.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from lotsman.domain.currency import ROUBLE, converted
from lotsman.domain.prices import Destination, FinePrices, PriceKey, is_fine, plain
from lotsman.domain.service import WITHOUT_PARTS, Service

LANDLINE: Final = "LANDLINE"
HOME_COUNTRY: Final = "RU"


class CallPrice(NamedTuple):
    kopecks: int
    minutes: int  # that it pays; 1 as well where a call has one price however long it lasts


@dataclass(frozen=True, slots=True)
class Tariff:
    """What an account pays at one moment, in the hundredths of its currency: kopecks, if that is the rouble."""

    id: int
    name: str
    prices: Mapping[Destination, int]  # for one part
    fine: tuple[
        FinePrices, ...
    ] = ()  # asked in order instead of `prices`, where rows name more than a destination
    currency: str = ROUBLE
    rate: int | None = None  # millionths of the installation's currency for one of this; None: it is the same

    def part_price(
        self, service: Service, country: str, operator: str, msisdn: str = "", sender: str = ""
    ) -> int | None:
        """For one part; None where the tariff does not serve this destination. `sender`: its SenderClass."""
        if self.fine:
            return self._fine_price(service, country, operator, msisdn, sender)
        prices = self.prices
        price = prices.get((service, country, operator))
        if price is None:
            price = prices.get((service, country, ""))
            if price is None:
                price = prices.get((service, "", ""))
        return price

    def price(
        self, service: Service, country: str, operator: str, parts: int, msisdn: str = "", sender: str = ""
    ) -> int | None:
        """For a whole message; look-ups are one request each, what a messenger shows is one message, however long."""
        price = self.part_price(service, country, operator, msisdn, sender)
        if price is None or service in WITHOUT_PARTS:
            return price
        return price * parts

    def call_price(
        self, service: Service, country: str, operator: str, minutes: int, msisdn: str = ""
    ) -> CallPrice | None:
        """Of a call that lasts so many minutes at most; None where the tariff does not serve this destination.

        Landlines (LANDLINE in place of an operator) are called where a row says so.
        """
        for find in self._finders(country, operator, msisdn):
            minute = find(Service.VOICE_MINUTE) if service is Service.VOICE else None
            if minute is not None:
                return CallPrice(minute * minutes, minutes)
            price = find(service)
            if price is not None:
                return CallPrice(price, 1)
        return None

    def _finders(self, country: str, operator: str, msisdn: str) -> Sequence[Callable[[Service], int | None]]:
        """Service -> its price, of each list in turn."""
        landline = operator == LANDLINE
        if not self.fine:
            exact = lambda service: self.prices.get((service, country, operator))  # noqa: E731
            return (exact,) if landline else (lambda service: self.part_price(service, country, operator),)
        return [
            lambda service, rows=rows: (  # type: ignore[misc]
                rows.find(service, country, operator, msisdn, "")
                if not landline or rows.names(service, country, operator)
                else None
            )
            for rows in self.fine
        ]

    def sms_for(self, kopecks: int) -> int:
        """How many one-part SMS an amount buys at home: `balance=sms` (API-1 §3)."""
        price = self.part_price(Service.SMS, HOME_COUNTRY, "")
        return max(0, kopecks // price) if price else 0

    def at_home(self, kopecks: int) -> int:
        """An amount of this tariff's currency in that of the installation."""
        return kopecks if self.rate is None else converted(kopecks, self.rate)

    def _fine_price(
        self, service: Service, country: str, operator: str, msisdn: str, sender: str
    ) -> int | None:
        for prices in self.fine:
            price = prices.find(service, country, operator, msisdn, sender)
            if price is not None:
                return price
        return None


def layered(own: Mapping[PriceKey, int], listed: Mapping[PriceKey, int]) -> tuple[FinePrices, ...]:
    """`Tariff.fine` of an account's own prices and those of its list; () when `Tariff.prices` says it all."""
    if not own and not is_fine(listed):
        return ()
    return tuple(FinePrices(rows) for rows in (own, listed) if rows)


def tariff(
    id: int,  # noqa: A002
    name: str,
    listed: Mapping[PriceKey, int],
    own: Mapping[PriceKey, int],
    currency: str,
    rate: int | None,
) -> Tariff:
    return Tariff(id, name, plain(listed), layered(own, listed), currency, rate)
