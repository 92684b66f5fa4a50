"""lotsman tariff: price lists."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from lotsman.cli.accounts import account_of
from lotsman.cli.session import fail, with_platform
from lotsman.domain import money, price_list
from lotsman.domain.price_list import BadPrices, Change
from lotsman.domain.service import Service
from lotsman.domain.tariff import Tariff
from lotsman.usecases import Platform
from lotsman.usecases.configure_tariff import (
    assign_tariff,
    find_tariff,
    replace_prices,
    tariff_names,
)

app = typer.Typer(help="Price lists: what a message costs.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of the price list.")]


@app.command("list")
def list_() -> None:
    """The names of all price lists."""
    for name in with_platform(tariff_names):
        print(name)


@app.command()
def export(name: Name) -> None:
    """Print a price list as CSV: service, country, operator, price in roubles for one part."""

    async def work(platform: Platform) -> Tariff:
        return await find_tariff(platform, name)

    sys.stdout.write(price_list.write(with_platform(work).prices))


@app.command("import")
def import_(
    name: Name,
    file: Annotated[Path, typer.Argument(help="CSV as `export` prints it; empty country or operator: any.")],
    apply: Annotated[
        bool, typer.Option("--apply", help="Do it; without it only say what would change.")
    ] = False,
) -> None:
    """Replace the prices of a list, or make a new list. Says what changes; does it with --apply."""
    try:
        prices = price_list.read(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        fail(f"cannot read {file}: {error.strerror}")
    except UnicodeDecodeError:
        fail(f"{file} is not in UTF-8")
    except BadPrices as error:
        print(error, file=sys.stderr)
        fail(f"{file} is no price list; nothing was changed")

    async def work(platform: Platform) -> list[Change]:
        return await replace_prices(platform, name, prices, apply=apply)

    found = with_platform(work)
    for change in found:
        service, country, operator = change.key
        print(
            f"{Service(service).name:<10} {country or 'any':<4} {operator or 'any':<12} "
            f"{_price(change.before):>10} -> {_price(change.after)}"
        )
    print(f"{len(found)} prices {'changed' if apply else 'would change; add --apply to change them'}")


@app.command()
def assign(
    who: Annotated[str, typer.Argument(help="Contract number, login, or the login's part before the @.")],
    name: Name,
) -> None:
    """Let an account pay by this price list from now on."""

    async def work(platform: Platform) -> None:
        await assign_tariff(platform, await account_of(platform, who), name)

    with_platform(work)
    print(f"{who} pays by {name}")


def _price(kopecks: int | None) -> str:
    return "-" if kopecks is None else money.text(kopecks)
