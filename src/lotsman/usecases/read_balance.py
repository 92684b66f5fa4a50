"""How much money is left?"""

from lotsman.domain.account import Account
from lotsman.store.ledger import balance
from lotsman.usecases import Platform


async def read_balance(platform: Platform, account: Account) -> int:
    """Kopecks."""
    return await platform.database.read(balance, account.id)
