"""lotsman currency: exchange rates."""

from typing import Annotated

import typer

from lotsman.cli.session import with_platform
from lotsman.domain import money
from lotsman.domain.period import moment_text, parse_moment
from lotsman.node.clock import now
from lotsman.usecases import Platform
from lotsman.usecases.configure_currency import all_rates, set_rate

app = typer.Typer(help="Currencies: exchange rates and their dates.", no_args_is_help=True)


@app.command("set")
def set_(
    currency: Annotated[str, typer.Argument(help="Three letters: EUR.")],
    rate: Annotated[str, typer.Argument(help="What one of it is in the installation's currency: 98.5.")],
    start: Annotated[str, typer.Option("--from", help="From when on (UTC): 2026-12-01; else from now.")] = "",
) -> None:
    """Say what a currency is worth from a day on; until then the rate before counts."""

    async def work(platform: Platform) -> str:
        at = parse_moment(start) if start else now()
        await set_rate(platform, currency, money.parse_fine(rate), at)
        return f"1 {currency.upper()} = {rate} {platform.directory.currency} from {moment_text(at) or 'ever'}"

    print(with_platform(work))


@app.command("list")
def list_() -> None:
    """The installation's currency, and all rates with the moments from which they count."""

    async def work(platform: Platform) -> tuple[str, dict[str, dict[int, int]]]:
        return platform.directory.currency, await all_rates(platform)

    home, rates = with_platform(work)
    print(f"{home}  the installation's own")
    for currency, dated in rates.items():
        for at, rate in sorted(dated.items()):
            print(f"{currency}  {money.fine_text(rate):>12} {home}  from {moment_text(at) or 'ever'}")
