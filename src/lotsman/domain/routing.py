"""THE place where a link is chosen: which lane a message waits in, which lanes a link serves, which of its links is tried.

A service that no link serves waits in its lane, as an SMS does while every link is down, until its ttl ends it.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from lotsman.domain.message import LANE_CARRIERS, LANE_EMULATOR, LANE_HLR, LANE_HLR_VIP, LANE_PING
from lotsman.domain.service import Service

SERVES: Final = {
    "sms": LANE_CARRIERS,
    "hlr": LANE_HLR,
    "hlrvip": LANE_HLR_VIP,
    "ping": LANE_PING,
}  # a link's words
_LANES: Final = {Service.HLR: LANE_HLR, Service.HLR_VIP: LANE_HLR_VIP, Service.PING: LANE_PING}


def lane_of(service: Service, *, test: bool) -> int:
    if test:
        return LANE_EMULATOR
    return LANE_CARRIERS if service is Service.SMS else _LANES.get(service, LANE_CARRIERS)


def lanes_of(lane: int, serves: Iterable[str]) -> tuple[int, ...]:
    """The lanes of a link of this lane; raises ValueError for a service that no link can serve."""
    if lane == LANE_EMULATOR:
        return (LANE_EMULATOR,)
    words = tuple(serves)
    if not words or not set(words) <= SERVES.keys():
        raise ValueError(f"a link serves some of {', '.join(SERVES)}; not {', '.join(words) or 'nothing'}")
    return tuple(dict.fromkeys(SERVES[word] for word in words))


class LinkView(NamedTuple):
    """A link that is up. The order of the fields is the order of choice."""

    priority: int  # lower is tried first
    taken: (
        int  # minus the parts it can take now: among equals the emptiest first, so that they share the load
    )
    id: int


def in_order(links: Sequence[LinkView]) -> list[LinkView]:
    return sorted(links) if len(links) > 1 else list(links)
