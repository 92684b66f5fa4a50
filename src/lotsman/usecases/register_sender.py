"""A customer wants a sender name of its own: it waits for the operator, who tells the customer (API-1 §9)."""

from lotsman.domain.account import Account
from lotsman.domain.refusals import Refusal, Refused
from lotsman.domain.registration import SenderWish, is_known, sender_wish
from lotsman.store import senders
from lotsman.usecases import Platform

__all__ = ["SenderWish", "register_sender"]


async def register_sender(
    platform: Platform, account: Account, name: str, description: str, callback: str, now: int, *, test: bool
) -> SenderWish:
    """Raises Refused: 640 to 645. A test is judged and forgotten."""
    wish = sender_wish(name, description, callback)
    if isinstance(wish, Refusal):
        raise Refused(wish)
    if is_known(wish.name, account.senders):
        raise Refused(Refusal.SENDER_EXISTS)
    if not test:
        refusal = await platform.database.write(senders.register, (account.id, wish, now))
        if refusal is not None:
            raise Refused(refusal)
    return wish
