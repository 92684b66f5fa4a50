"""The operator judges sender names: which wait, yes or no to one, which everybody may use."""

from lotsman.domain import sender_id
from lotsman.domain.moderation import Verdict
from lotsman.store import senders
from lotsman.store.senders import RegisteredSender, SenderReview
from lotsman.usecases import Platform

__all__ = [
    "RegisteredSender",
    "list_senders",
    "review_sender",
    "senders_of",
    "share_sender",
    "shared_senders",
]


async def review_sender(
    platform: Platform, account_id: int, name: str, verdict: Verdict, comment: str, now: int
) -> RegisteredSender:
    """Counts at once here, within a second elsewhere, and is told to whoever registered it. Raises LookupError."""
    review = SenderReview(account_id, name, verdict, comment, now)
    reviewed = await platform.database.write(senders.review, review)
    if reviewed is None:
        raise LookupError(f"account {account_id} has not registered {name}")
    await platform.directory.refresh()
    return reviewed


async def share_sender(platform: Platform, name: str, *, shared: bool) -> bool:
    """Whether every account may use a name; -> whether that is new. Raises ValueError for what is no name."""
    parsed = sender_id.parse(name)
    if parsed is None or sender_id.is_reserved(parsed):
        raise ValueError(f"{name!r} cannot be a sender")
    new = await platform.change(senders.share, (parsed, shared))
    await platform.directory.refresh()
    return new


async def shared_senders(platform: Platform) -> list[str]:
    return await platform.database.read(senders.shared)


async def senders_of(platform: Platform, account_id: int) -> list[RegisteredSender]:
    """All that an account has registered, in order."""
    return await platform.database.read(senders.of_account, account_id)


async def list_senders(platform: Platform, verdict: Verdict | None, most: int) -> list[RegisteredSender]:
    """Of all accounts, oldest first."""
    return await platform.database.read(senders.waiting, verdict, most)
