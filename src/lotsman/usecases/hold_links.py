"""Which links this node may run: configured, enabled, and leased to it alone."""

from collections.abc import Sequence
from typing import Final

from lotsman.store.cluster import (
    LeaseWish,
    LinkRow,
    LinkStatus,
    acquire_leases,
    all_links,
    publish_status,
    register_node,
    release_leases,
)
from lotsman.usecases import Platform

LEASE: Final = 10_000  # ms a node may be silent before others take over

__all__ = ["LEASE", "LinkRow", "LinkStatus", "hold_links", "join", "leave", "publish"]


async def join(platform: Platform, name: str, now: int) -> int:
    """Say that this node is alive; -> its number."""
    return await platform.database.write(register_node, (name, now + LEASE))


async def hold_links(platform: Platform, now: int) -> list[LinkRow]:
    """The links that this node holds from now on, for the time of a lease."""
    rows = [link for link in await platform.database.read(all_links) if link.enabled]
    held = []
    for link in rows:
        wish = LeaseWish(f"link:{link.id}", platform.node_id, now, now + LEASE)
        if await platform.database.write(acquire_leases, wish):
            held.append(link)
    return held


async def publish(platform: Platform, statuses: Sequence[LinkStatus]) -> None:
    """Show the state of this node's links to everybody who asks the database."""
    for status in statuses:
        await platform.database.write(publish_status, status)


async def leave(platform: Platform) -> None:
    await platform.database.write(release_leases, platform.node_id)
