"""Numbers that belong to another network than their prefix says: known from look-ups, kept in memory for admission.

Rule 1: only what differs from the numbering plan is kept, so the memory is small and most numbers are not in it.
Rule 2: what was learned too long ago is forgotten; when there is no room, the oldest is.
"""

from typing import Final, NamedTuple

from lotsman.domain import networks, russia
from lotsman.domain.numbering import Place, Source

MOST: Final = 100_000  # numbers in memory, about 25 MB


class Port(NamedTuple):
    """What a look-up, or a receipt, said of a number's network."""

    msisdn: str
    mccmnc: str  # "25020"
    source: Source  # hlr, receipt
    learned_at: int  # ms


def place_in(mccmnc: str, source: Source) -> Place | None:
    """Where a number of that network is; None for a country that nobody knows."""
    known = russia.network(mccmnc)
    country = known.country if known else getattr(networks.country_of(mccmnc[:3]), "code", "")
    return Place(country, known.operator if known else "", mccmnc, source, "mobile") if country else None


class Ported:
    """Keeps `places`, which is a Numbering's."""

    def __init__(self, places: dict[str, Place], most: int = MOST) -> None:
        self._places, self._most = places, most
        self._learned: dict[str, int] = {}  # number -> ms; the oldest first

    def learn(self, port: Port, planned: Place | None) -> None:
        """`planned`: what the numbering plan says. Call it in the order in which things were learned."""
        if port.msisdn in self._learned:
            self._forget(port.msisdn)
        place = place_in(port.mccmnc, port.source)
        if place is None or (planned is not None and _same(place, planned)):
            return
        if len(self._learned) >= self._most:
            self._forget(next(iter(self._learned)))
        self._places[port.msisdn] = place
        self._learned[port.msisdn] = port.learned_at

    def forget(self, before: int) -> None:
        """What was learned before that time (ms)."""
        while self._learned:
            msisdn, learned_at = next(iter(self._learned.items()))
            if learned_at >= before:
                return
            self._forget(msisdn)

    def _forget(self, msisdn: str) -> None:
        del self._learned[msisdn], self._places[msisdn]


def _same(place: Place, planned: Place) -> bool:
    return place.country == planned.country and place.operator in {"", planned.operator}
