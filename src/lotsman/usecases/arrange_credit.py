"""Credit: for good, promised until a day; and being told that little is left."""

from typing import Final

from lotsman.store import credit
from lotsman.store.credit import AlreadyPromised, LowBalance, Promise
from lotsman.usecases import Platform

__all__ = [
    "AlreadyPromised",
    "Promise",
    "alert_below",
    "end_promises",
    "promise_payment",
    "set_credit",
    "tell_low_balances",
]

_LONGEST: Final = 31 * 24 * 60 * 60 * 1000  # ms


async def set_credit(platform: Platform, account_id: int, kopecks: int) -> int:
    """-> the limit that counts now, kopecks: a debt or a promise may make it more. Raises ValueError."""
    if kopecks < 0:
        raise ValueError("a credit limit is 0 or more")
    return await platform.database.write(credit.set_credit, (account_id, kopecks))


async def promise_payment(platform: Platform, account_id: int, kopecks: int, until: int, now: int) -> int:
    """-> the limit that counts now, kopecks. Raises AlreadyPromised, ValueError."""
    if kopecks <= 0:
        raise ValueError("a promised payment is above 0")
    if not now < until <= now + _LONGEST:
        raise ValueError("a payment is promised for a day that is to come, within a month")
    item = Promise(account_id, kopecks, until, platform.signature.author)
    return await platform.database.write(credit.promise, item)


async def end_promises(platform: Platform, now: int) -> int:
    """Call every minute; -> how many limits changed."""
    return await platform.database.write(credit.end_promises, now)


async def alert_below(platform: Platform, account_id: int, kopecks: int | None) -> None:
    """When the account's owner is told; None: never."""
    await platform.database.write(credit.alert_below, (account_id, kopecks))


async def tell_low_balances(platform: Platform, now: int, *, mails: bool) -> int:
    """Call every minute; -> how many were told."""
    return await platform.database.write(credit.tell_low_balances, LowBalance(now, mails))
