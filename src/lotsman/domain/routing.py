"""THE place where a link is chosen: which links of a lane, in which order, are to be tried."""

from collections.abc import Sequence
from typing import NamedTuple


class LinkView(NamedTuple):
    """A link that is up."""

    id: int
    priority: int  # lower is tried first
    room: int  # parts it can take now


def in_order(links: Sequence[LinkView]) -> list[LinkView]:
    """By priority; among equals the one with most room first, so that they share the load."""
    return sorted(links, key=lambda link: (link.priority, -link.room, link.id))
