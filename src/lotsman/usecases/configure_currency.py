"""Exchange rates: what other currencies are worth in the installation's own, from which day on."""

from lotsman.domain.currency import parse_currency
from lotsman.store import prices
from lotsman.usecases import Platform


async def set_rate(platform: Platform, currency: str, rate: int, at: int) -> None:
    """`rate`: millionths of the installation's currency for one. It counts from `at` (ms) until the next one's moment."""
    home, code = platform.directory.currency, parse_currency(currency)
    if code == home:
        raise ValueError(f"{home} is the installation's own currency")
    if rate <= 0:
        raise ValueError("a rate is above zero")
    await platform.database.write(prices.set_rate, (home, code, at, rate))


async def all_rates(platform: Platform) -> dict[str, dict[int, int]]:
    """Currency -> from when on (ms) -> rate."""
    return await platform.database.read(prices.load_rates, platform.directory.currency)
