"""Which links this node may run: configured, enabled, and leased to it alone."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from lotsman.store.cluster import (
    LeaseWish,
    LinkRow,
    LinkStatus,
    acquire_leases,
    all_links,
    publish_status,
    register_node,
    release_leases,
    statuses,
)
from lotsman.usecases import Platform

LEASE: Final = 10_000  # ms a node may be silent before others take over

__all__ = ["LEASE", "Fleet", "LinkRow", "LinkStatus", "hold_links", "join", "leave", "publish"]


class Fleet(NamedTuple):
    """The links that are turned on."""

    held: Sequence[LinkRow]  # by this node from now on, for the time of a lease
    others: Sequence[tuple[LinkRow, LinkStatus | None]]  # with what was last said of them


async def join(platform: Platform, name: str, now: int) -> int:
    """Say that this node is alive; -> its number."""
    return await platform.database.write(register_node, (name, now + LEASE))


async def hold_links(platform: Platform, now: int) -> Fleet:
    rows = [link for link in await platform.database.read(all_links) if link.enabled]
    held: list[LinkRow] = []
    others: list[LinkRow] = []
    for link in rows:
        wish = LeaseWish(f"link:{link.id}", platform.node_id, now, now + LEASE)
        (held if await platform.database.write(acquire_leases, wish) else others).append(link)
    said = await platform.database.read(statuses) if others else {}
    return Fleet(held, [(link, said.get(link.id)) for link in others])


async def publish(platform: Platform, statuses: Sequence[LinkStatus]) -> None:
    """Show the state of this node's links to everybody who asks the database."""
    for status in statuses:
        await platform.database.write(publish_status, status)


async def leave(platform: Platform) -> None:
    await platform.database.write(release_leases, platform.node_id)
