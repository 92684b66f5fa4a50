"""The operator stops an account, or lets it go on: its requests are answered with the reason, nothing is lost."""

from lotsman.domain.account import Standing
from lotsman.store.accounts import set_standing
from lotsman.usecases import Platform

__all__ = ["Standing", "block_account"]


async def block_account(platform: Platform, account_id: int, standing: Standing) -> None:
    """Counts at once here, within a second elsewhere. What was accepted already is still sent."""
    await platform.database.write(set_standing, (account_id, standing))
    await platform.directory.refresh()
