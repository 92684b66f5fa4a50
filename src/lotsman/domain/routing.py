"""THE place where a link is chosen: which links of a lane, in which order, are to be tried."""

from collections.abc import Sequence
from typing import NamedTuple


class LinkView(NamedTuple):
    """A link that is up. The order of the fields is the order of choice."""

    priority: int  # lower is tried first
    taken: (
        int  # minus the parts it can take now: among equals the emptiest first, so that they share the load
    )
    id: int


def in_order(links: Sequence[LinkView]) -> list[LinkView]:
    return sorted(links) if len(links) > 1 else list(links)
