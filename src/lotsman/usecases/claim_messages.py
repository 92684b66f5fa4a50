"""Take due messages for a link: from now on this node holds them."""

from lotsman.domain.turns import Turns
from lotsman.store.claims import Claim, Claimed, claim
from lotsman.store.database import Done
from lotsman.usecases import Platform

__all__ = ["Claimed", "claim_messages"]


def claim_messages(
    platform: Platform, link_id: int, lane: str, most: int, now: int, turns: Turns, done: Done
) -> None:
    """`done` gets what was Claimed once it is on disk, or an exception."""
    terms = platform.routing.terms_of(link_id)
    platform.database.submit(claim, Claim(link_id, lane, most, platform.node_id, now, turns, terms), done)
