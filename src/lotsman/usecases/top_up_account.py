"""Money in: a ledger entry and the balance, together."""

from lotsman.store.ledger import top_up
from lotsman.usecases import Platform


async def top_up_account(platform: Platform, account_id: int, kopecks: int, note: str, now: int) -> int:
    """-> the balance after, kopecks. A negative amount is a correction; it may not overdraw the account."""
    return await platform.database.write(top_up, (account_id, kopecks, now, note))
