"""Take due messages for a link: from now on this node holds them."""

from lotsman.store.claims import Claim, claim
from lotsman.store.database import Done
from lotsman.usecases import Platform


def claim_messages(platform: Platform, link_id: int, lane: int, most: int, now: int, done: Done) -> None:
    """`done` gets the list of Outgoing once the claim is on disk, or an exception."""
    platform.database.submit(claim, Claim(link_id, lane, most, platform.node_id, now), done)
