"""Price lists."""

from collections.abc import Mapping

from lotsman.domain.tariff import PriceKey, Tariff
from lotsman.store import accounts
from lotsman.usecases import Platform


async def save_tariff(platform: Platform, name: str, prices: Mapping[PriceKey, int]) -> int:
    """Create a price list or replace its prices; -> its number."""
    return await platform.database.write(accounts.save_tariff, Tariff(0, name, prices))


async def tariff_names(platform: Platform) -> list[str]:
    return await platform.database.read(accounts.tariff_names)
