"""Price lists: what a message costs, and who pays by which list."""

from collections.abc import Mapping

from lotsman.domain.price_list import Change, changes
from lotsman.domain.tariff import PriceKey, Tariff
from lotsman.store import accounts
from lotsman.usecases import Platform


async def save_tariff(platform: Platform, name: str, prices: Mapping[PriceKey, int]) -> int:
    """Create a price list or replace its prices; -> its number. Every node charges by it within a second."""
    return await platform.change(accounts.save_tariff, Tariff(0, name, prices))


async def tariff_names(platform: Platform) -> list[str]:
    return await platform.database.read(accounts.tariff_names)


async def find_tariff(platform: Platform, name: str) -> Tariff:
    """Raises LookupError."""
    tariff = await platform.database.read(accounts.tariff_of_name, name)
    if tariff is None:
        raise LookupError(f"no price list {name}; `lotsman tariff list` shows all")
    return tariff


async def replace_prices(
    platform: Platform, name: str, prices: Mapping[PriceKey, int], *, apply: bool
) -> list[Change]:
    """What the new prices change; changed only if `apply`. A list that is not there yet is made."""
    before = await platform.database.read(accounts.tariff_of_name, name)
    found = list(changes(before.prices if before else {}, prices))
    if apply and (found or before is None):
        await save_tariff(platform, name, prices)
    return found


async def assign_tariff(platform: Platform, account_id: int, name: str) -> None:
    """Raises LookupError."""
    tariff = await find_tariff(platform, name)
    await platform.database.write(accounts.assign_tariff, (account_id, tariff.id))
