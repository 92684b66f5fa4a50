"""Price lists: what a message costs, what a carrier takes for it, and who pays by which list."""

from collections.abc import Mapping
from typing import NamedTuple

from lotsman.domain.period import ALWAYS
from lotsman.domain.price_list import PURCHASE, SALE, Change, Money, PriceList, changes
from lotsman.domain.prices import Destination
from lotsman.domain.tariff import Tariff
from lotsman.store import accounts, prices
from lotsman.store.prices import NewPrices, Owner, Whose
from lotsman.usecases import Platform

__all__ = [
    "Listed",
    "Owner",
    "Whose",
    "assign_tariff",
    "find_prices",
    "find_tariff",
    "replace_prices",
    "save_tariff",
    "tariff_names",
]


class Listed(NamedTuple):
    """A price list as it is kept."""

    owner: Owner | None  # None: there is none of that name yet
    currency: str  # "" as long as nobody has said
    prices: PriceList
    kind: Money


async def save_tariff(platform: Platform, name: str, listed: Mapping[Destination, int]) -> int:
    """A price list without dates, in the installation's currency; -> its number. Every node charges by it within a second."""
    tariff = Tariff(0, name, listed, currency=platform.directory.currency)
    return await platform.change(prices.save_tariff, tariff)


async def tariff_names(platform: Platform) -> list[tuple[str, str]]:
    """With their currencies."""
    return await platform.database.read(prices.tariff_names)


async def find_tariff(platform: Platform, name: str, now: int) -> Tariff:
    """As it is now. Raises LookupError."""
    found = await platform.database.read(prices.tariff_of_name, name, now, platform.directory.currency)
    if found is None:
        raise _no_list(name)
    return found


async def find_prices(platform: Platform, whose: Whose, name: str) -> Listed:
    """The prices of a list, of an account's own, or of a link, with all that was and all that will be. Raises LookupError
    for an account or a link that there is not.
    """
    read = platform.database.read
    currency: str | None
    if whose is Whose.TARIFF:
        number = await read(prices.tariff_id, name)
        currency = await read(prices.tariff_currency, number) if number is not None else ""
    elif whose is Whose.ACCOUNT:
        number = await read(accounts.resolve, name)
        if number is None:
            raise LookupError(f"no account {name}; `lotsman account list` shows all")
        currency = await read(prices.account_currency, number)
    else:
        number = await read(prices.link_of_name, name)
        if number is None:
            raise LookupError(f"no link {name}; `lotsman carrier list` shows all")
        currency = await read(prices.purchase_currency, number)
    kind = PURCHASE if whose is Whose.LINK else SALE
    if number is None:
        return Listed(None, "", {}, kind)
    owner = Owner(whose, number)
    return Listed(owner, currency or "", await read(prices.load_prices, owner), kind)


async def replace_prices(
    platform: Platform,
    whose: Whose,
    name: str,
    new: PriceList,
    *,
    currency: str,
    start: int | None,
    now: int,
    apply: bool,
) -> list[Change]:
    """What the new prices change from `start` on (ms; None: now); changed only if `apply`.

    A list that is not there yet is made, in this currency ("": the installation's), and its prices hold from ever, unless
    `start` says when they begin; an account's own begin now, as it paid by its list before. Raises LookupError as `find_prices` does, ValueError for another currency than the list's,
    for one without a rate, and for what would change the past.
    """
    listed = await find_prices(platform, whose, name)
    wanted = currency or listed.currency or platform.directory.currency
    if listed.currency and wanted != listed.currency:
        raise ValueError(f"the prices of {name} are in {listed.currency}, and stay so; not in {wanted}")
    await _need_rate(platform, wanted)
    if start is not None and listed.prices and start < now:
        raise ValueError("--from lies in the past, and what has been charged stays as it was")
    at = start if start is not None else now if listed.prices or whose is Whose.ACCOUNT else ALWAYS
    found = list(changes(listed.prices, new, at))
    if apply and (found or not listed.prices):
        number = listed.owner.id if listed.owner else None
        await platform.change(prices.renew_prices, NewPrices(whose, number, name, wanted, new, at))
    return found


async def assign_tariff(platform: Platform, account_id: int, name: str) -> None:
    """Raises LookupError, and ValueError when the list is in another currency than the account."""
    number = await platform.database.read(prices.tariff_id, name)
    if number is None:
        raise _no_list(name)
    await platform.database.write(prices.assign_tariff, (account_id, number))


async def _need_rate(platform: Platform, currency: str) -> None:
    home = platform.directory.currency
    if currency != home and currency not in await platform.database.read(prices.load_rates, home):
        raise ValueError(f"what is {currency} in {home}? say `lotsman currency set {currency} RATE` first")


def _no_list(name: str) -> LookupError:
    return LookupError(f"no price list {name}; `lotsman tariff list` shows all")
