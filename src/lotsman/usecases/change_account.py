"""An account chooses: where its statuses go, which addresses may use its key, which protections watch over it."""

from lotsman.domain.account_settings import AccountSettings
from lotsman.store.accounts import change_settings
from lotsman.usecases import Platform


async def change_account(platform: Platform, account_id: int, changes: dict[str, str]) -> AccountSettings:
    """Values as a person types them; raises ValueError that says what is wrong. Every node knows within a second."""
    return await platform.database.write(change_settings, (account_id, changes))
