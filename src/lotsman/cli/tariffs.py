"""lotsman tariff: price lists of customers and of carriers, and what is left between them."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from lotsman.cli.accounts import account_of
from lotsman.cli.session import fail, with_platform
from lotsman.domain import money, price_list
from lotsman.domain.period import FOREVER, moment_text, parse_moment
from lotsman.domain.price_list import PURCHASE, SALE, BadPrices, Change, Money
from lotsman.domain.prices import PriceKey
from lotsman.domain.service import Service
from lotsman.node.clock import now
from lotsman.usecases import Platform
from lotsman.usecases.configure_tariff import (
    Listed,
    Whose,
    assign_tariff,
    find_prices,
    replace_prices,
    tariff_names,
)
from lotsman.usecases.read_margins import Margin, read_margins

app = typer.Typer(help="Price lists: what a message costs, and what carriers take.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of the price list.")]
NameOf = Annotated[str, typer.Argument(help="Name of the price list; or of whom --account or --link say.")]
OfAccount = Annotated[bool, typer.Option("--account", help="The account's own prices, on top of its list.")]
OfLink = Annotated[bool, typer.Option("--link", help="What the carrier of this link takes.")]


@app.command("list")
def list_() -> None:
    """The names of all price lists."""

    async def work(platform: Platform) -> list[str]:
        home = platform.directory.currency
        names = await tariff_names(platform)
        return [name if currency == home else f"{name}  {currency}" for name, currency in names]

    for line in with_platform(work):
        print(line)


@app.command()
def export(
    name: NameOf,
    account: OfAccount = False,
    link: OfLink = False,
    history: Annotated[bool, typer.Option(help="Also what is over.")] = False,
) -> None:
    """Print prices as CSV, for one part, as `import` takes them: what holds and what will."""

    async def work(platform: Platform) -> tuple[Listed, str]:
        return await _existing(platform, _whose(account, link), name), platform.directory.currency

    listed, home = with_platform(work)
    prices = listed.prices if history else price_list.since(listed.prices, now())
    currency = listed.currency if listed.currency != home else ""
    sys.stdout.write(price_list.write(prices, listed.kind, currency))


@app.command("import")
def import_(
    name: NameOf,
    file: Annotated[Path, typer.Argument(help="CSV as `export` prints it; an empty cell: any.")],
    account: OfAccount = False,
    link: OfLink = False,
    start: Annotated[str, typer.Option("--from", help="From when on it counts (UTC); else from now.")] = "",
    currency: Annotated[
        str, typer.Option(help="Of a new list, if its file names none; else the installation's.")
    ] = "",
    apply: Annotated[
        bool, typer.Option("--apply", help="Do it; without it only say what would change.")
    ] = False,
) -> None:
    """Replace the prices of a list, or make a new list. Says what changes; does it with --apply."""
    whose = _whose(account, link)
    kind = PURCHASE if whose is Whose.LINK else SALE
    try:
        text = file.read_text(encoding="utf-8-sig")
        prices = price_list.read(text, kind)
    except OSError as error:
        fail(f"cannot read {file}: {error.strerror}")
    except UnicodeDecodeError:
        fail(f"{file} is not in UTF-8")
    except BadPrices as error:
        print(error, file=sys.stderr)
        fail(f"{file} is no price list; nothing was changed")
    begin = _moment(start) if start else None

    async def work(platform: Platform) -> list[Change]:
        said = currency.upper() or price_list.currency_of(text)
        return await replace_prices(
            platform, whose, name, prices, currency=said, start=begin, now=now(), apply=apply
        )

    found = with_platform(work)
    for change in found:
        print(_change_line(change, kind))
    print(f"{len(found)} prices {'changed' if apply else 'would change; add --apply to change them'}")


@app.command()
def show(
    name: NameOf,
    account: OfAccount = False,
    link: OfLink = False,
    on: Annotated[str, typer.Option(help="On that day, at that moment (UTC); else now.")] = "",
) -> None:
    """The prices that hold, or held, or will hold at a moment. For an account: its own, then those of its list."""
    whose, at = _whose(account, link), _moment(on) if on else now()

    async def work(platform: Platform) -> list[tuple[str, Listed]]:
        found = [(name, await _existing(platform, whose, name))]
        if whose is Whose.ACCOUNT:
            listed = await platform.directory.by_id(await account_of(platform, name))
            assert listed is not None
            found.append((listed.tariff.name, await find_prices(platform, Whose.TARIFF, listed.tariff.name)))
        return found

    for of, listed in with_platform(work):
        rows = [
            (key, period.price)
            for key in sorted(listed.prices)
            for period in listed.prices[key]
            if period.start <= at < period.end
        ]
        print(f"{of}: {len(rows)} prices in {listed.currency}")
        for key, price in rows:
            print(f"  {_key(key)} {listed.kind.text(price):>10}")


@app.command()
def assign(
    who: Annotated[str, typer.Argument(help="Contract number, login, or the login's part before the @.")],
    name: Name,
) -> None:
    """Let an account pay by this price list from now on; the list has to be in the account's currency."""

    async def work(platform: Platform) -> None:
        await assign_tariff(platform, await account_of(platform, who), name)

    with_platform(work)
    print(f"{who} pays by {name}")


@app.command()
def margin(
    start: Annotated[str, typer.Option("--from", help="Accepted from then on (UTC): 2026-12-01.")],
    end: Annotated[str, typer.Option("--to", help="Accepted before then (UTC); else until now.")] = "",
) -> None:
    """Revenue, cost and margin by account, link, country and operator, the worst first; LOSS: sold below its cost."""
    first, last = _moment(start), _moment(end) if end else now()

    async def work(platform: Platform) -> tuple[list[Margin], str]:
        return await read_margins(platform, first, last), platform.directory.currency

    found, currency = with_platform(work)
    print(
        f"{'account':<32} {'link':<12} {'to':<16} {'messages':>9} {'revenue':>14} {'cost':>14} {'margin':>14}"
    )
    for row in found:
        print(_margin_line(row))
    sums = [
        sum(column)
        for column in zip(*((r.messages, r.revenue, r.cost, r.margin) for r in found), strict=True)
    ]
    messages, *amounts = sums or [0, 0, 0, 0]
    print(
        f"{'all, in ' + currency:<62} {messages:>9} {' '.join(f'{money.fine_text(a):>14}' for a in amounts)}"
    )


def _margin_line(row: Margin) -> str:
    amounts = " ".join(
        f"{money.fine_text(amount) if row.unpriced < row.messages else '-':>14}"
        for amount in (row.revenue, row.cost, row.margin)
    )
    remarks = [f"LOSS on {row.below}"] if row.below else []
    remarks += [f"{row.unpriced} without a cost"] if row.unpriced else []
    to = f"{row.country} {row.operator}"
    line = f"{row.login:<32} {row.link:<12} {to:<16} {row.messages:>9} {amounts}  {', '.join(remarks)}"
    return line.rstrip()


def _change_line(change: Change, kind: Money) -> str:
    key, (start, end, before, after) = change
    since, until = moment_text(start), moment_text(end) if end != FOREVER else ""
    when = f"  from {since}" if since else ""
    when += f" to {until}" if until else ""
    return f"{_key(key)} {_price(before, kind):>10} -> {_price(after, kind)}{when}"


def _key(key: PriceKey) -> str:
    more = [f"prefix {key.prefix}"] if key.prefix else []
    more += [f"sender {key.sender}"] if key.sender else []
    place = f"{Service(key.service).name:<10} {key.country or 'any':<4} {key.operator or 'any':<12}"
    return " ".join([place, *more])


def _price(price: int | None, kind: Money) -> str:
    return "-" if price is None else kind.text(price)


def _whose(account: bool, link: bool) -> Whose:
    if account and link:
        fail("prices are an account's or a link's, not both")
    return Whose.ACCOUNT if account else Whose.LINK if link else Whose.TARIFF


def _moment(text: str) -> int:
    try:
        return parse_moment(text)
    except ValueError as error:
        fail(str(error))


async def _existing(platform: Platform, whose: Whose, name: str) -> Listed:
    listed = await find_prices(platform, whose, name)
    if listed.owner is None:
        raise LookupError(f"no price list {name}; `lotsman tariff list` shows all")
    return listed
