"""Money in, and money by hand: a ledger entry and the balance, together; who did it is in the entry."""

from lotsman.domain.ledger import EntryKind, LedgerEntry
from lotsman.store.ledger import ByHand, CannotRefund, HandRefund, post_by_hand, refund_by_hand
from lotsman.usecases import Platform

__all__ = ["CannotRefund", "correct_account", "refund_message", "top_up_account"]


async def top_up_account(platform: Platform, account_id: int, kopecks: int, note: str, now: int) -> int:
    """-> the balance after, kopecks."""
    if kopecks <= 0:
        raise ValueError("a top-up is above 0; `lotsman account correct` takes money off")
    return await _post(platform, EntryKind.TOP_UP, account_id, kopecks, note, now)


async def correct_account(platform: Platform, account_id: int, kopecks: int, reason: str, now: int) -> int:
    """-> the balance after, kopecks. It may take money off, but not overdraw the account. Raises ValueError."""
    if not reason.strip():
        raise ValueError("a correction needs its reason")
    if not kopecks:
        raise ValueError("a correction of nothing")
    return await _post(platform, EntryKind.CORRECTION, account_id, kopecks, reason.strip(), now)


async def refund_message(
    platform: Platform, message_id: int, kopecks: int | None, reason: str, now: int
) -> LedgerEntry:
    """Give back the price of a message, or a part of it, once. Raises CannotRefund, ValueError."""
    if not reason.strip():
        raise ValueError("a refund needs its reason")
    wish = HandRefund(message_id, kopecks, now, reason.strip(), platform.signature.author)
    return await platform.database.write(refund_by_hand, wish)


async def _post(
    platform: Platform, kind: EntryKind, account_id: int, kopecks: int, note: str, now: int
) -> int:
    item = ByHand(kind, account_id, kopecks, now, note, platform.signature.author)
    return await platform.database.write(post_by_hand, item)
