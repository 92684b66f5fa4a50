"""Sender names at carriers: what is registered there, and what goes out in place of the rest."""

from lotsman.domain import sender_id
from lotsman.domain.carrier_sender import SenderState
from lotsman.store.cluster import LinkRow, all_links, change_link
from lotsman.store.routes import LinkSender, all_link_senders, remove_link_sender, save_link_sender
from lotsman.usecases import Platform

__all__ = ["LinkSender", "SenderState", "forget_sender", "link_senders", "set_policy", "set_sender"]


async def set_sender(
    platform: Platform,
    link: str,
    name: str,
    state: SenderState,
    now: int,
    *,
    substitute: str = "",
    note: str = "",
) -> None:
    """Raises LookupError, ValueError."""
    row = await _link(platform, link)
    entry = LinkSender(row.id, _checked(name), state, _checked(substitute) if substitute else "", note, now)
    await platform.change(save_link_sender, entry)


async def forget_sender(platform: Platform, link: str, name: str) -> bool:
    """-> whether it was there. Raises LookupError."""
    row = await _link(platform, link)
    return await platform.change(remove_link_sender, (row.id, name))


async def set_policy(
    platform: Platform, link: str, *, only_registered: bool | None, substitute: str | None
) -> LinkRow:
    """What the carrier makes of names that are not registered there; None leaves it. Raises LookupError, ValueError."""
    row = await _link(platform, link)
    if only_registered is not None:
        row = row._replace(only_registered=only_registered)
    if substitute is not None:
        row = row._replace(substitute=_checked(substitute) if substitute else "")
    await platform.change(change_link, row)
    return row


async def link_senders(platform: Platform, link: str) -> tuple[LinkRow, list[LinkSender]]:
    """Raises LookupError."""
    row = await _link(platform, link)
    return row, [each for each in await platform.database.read(all_link_senders) if each.link_id == row.id]


async def _link(platform: Platform, name: str) -> LinkRow:
    for row in await platform.database.read(all_links):
        if row.name == name:
            return row
    raise LookupError(f"no link {name}; `lotsman carrier list` shows all")


def _checked(name: str) -> str:
    parsed = sender_id.parse(name)
    if parsed is None:
        raise ValueError(
            f"{name} is no sender name: 3 to 11 of A-Z a-z 0-9 . - _, or a number of 6 to 14 digits"
        )
    return parsed
