"""Links to carriers: add, change, list with what their nodes say of them."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from lotsman.carriers.registry import check_settings, examine_link, services
from lotsman.store import cluster
from lotsman.store.accounts import AlreadyThere
from lotsman.store.cluster import LinkRow, LinkStatus
from lotsman.usecases import Platform

__all__ = [
    "AlreadyThere",
    "LinkRow",
    "LinkView",
    "add_link",
    "change_link",
    "examine",
    "list_links",
    "switch_link",
]


_LONGEST_SILENCE: Final = 24 * 60 * 60  # seconds
_OUTDATED: Final = 30_000  # ms: nodes say how their links are every ten seconds at least


class LinkView(NamedTuple):
    link: LinkRow
    status: LinkStatus | None  # None: no node has ever run it
    node: str

    def is_up(self, now: int) -> bool:
        """Bound somewhere, as far as is known from what its node said lately."""
        return (
            self.is_current(now) and self.status is not None and self.status.state in {"bound", "throttled"}
        )

    def is_current(self, now: int) -> bool:
        return self.status is not None and now - self.status.updated_at < _OUTDATED


async def add_link(
    platform: Platform,
    *,
    name: str,
    kind: str = "smpp",
    priority: int = 100,
    in_doubt: str = "hold",
    settings: dict[str, Any],
) -> int:
    """Raises AlreadyThere, ValueError for settings that cannot be used. Nodes start it within seconds."""
    link = LinkRow(0, name, kind, priority, in_doubt, settings, enabled=True)
    _check(link)
    return await platform.change(cluster.add_link, link)


async def switch_link(platform: Platform, name: str, *, enabled: bool) -> bool:
    """Turn a link on or off; False when there is none of that name."""
    link = await _find(platform, name)
    if link is None:
        return False
    await platform.change(cluster.change_link, link._replace(enabled=enabled))
    return True


async def change_link(
    platform: Platform,
    name: str,
    settings: dict[str, Any],
    *,
    priority: int | None = None,
    in_doubt: str | None = None,
) -> bool:
    """Change these settings (None: back to the default) and leave the others; False when there is none of that name.

    Raises ValueError for settings that cannot be used. Nodes start the link anew within seconds.
    """
    link = await _find(platform, name)
    if link is None:
        return False
    merged = {key: value for key, value in (link.settings | settings).items() if value is not None}
    changed = link._replace(
        settings=merged,
        priority=link.priority if priority is None else priority,
        in_doubt=link.in_doubt if in_doubt is None else in_doubt,
    )
    _check(changed)
    if changed != link:
        await platform.change(cluster.change_link, changed)
    return True


async def expect_receipts(platform: Platform, name: str, within: int) -> bool:
    """Seconds in which some receipt is expected while messages go out (0: never); False when there is no such link."""
    link = await _find(platform, name)
    if link is None:
        return False
    if not 0 <= within <= _LONGEST_SILENCE:
        raise ValueError(f"receipts are expected within 1 to {_LONGEST_SILENCE} seconds, or 0: never")
    await platform.change(cluster.change_link, link._replace(deaf_after=within))
    return True


async def find_link(platform: Platform, name: str) -> LinkView | None:
    return next((view for view in await list_links(platform) if view.link.name == name), None)


def _check(link: LinkRow) -> None:
    if link.in_doubt not in {"hold", "resend"}:
        raise ValueError("in-doubt policy is hold or resend")
    services(link.name, link.kind, link.settings)
    check_settings(link.name, link.kind, link.settings)


async def examine(link: LinkRow) -> Sequence[tuple[bool, str]]:
    """What this machine has of what the link needs: (whether it is so, what was found)."""
    try:
        check_settings(link.name, link.kind, link.settings)
        return await examine_link(link.name, link.kind, link.settings)
    except (LookupError, ValueError) as error:
        return [(False, str(error))]


async def list_links(platform: Platform) -> list[LinkView]:
    statuses = await platform.database.read(cluster.statuses)
    nodes = await platform.database.read(cluster.node_names)
    return [
        LinkView(link, status, nodes.get(status.node_id, "") if status else "")
        for link in await platform.database.read(cluster.all_links)
        for status in [statuses.get(link.id)]
    ]


async def _find(platform: Platform, name: str) -> LinkRow | None:
    links = await platform.database.read(cluster.all_links)
    return next((link for link in links if link.name == name), None)
