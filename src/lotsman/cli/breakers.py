"""lotsman breaker: limits that stop a leaked key, countries that are open, and what was stopped."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from lotsman.cli.accounts import account_of
from lotsman.cli.phone_lists import owner_of
from lotsman.cli.session import fail, printable, with_platform
from lotsman.domain import limits as domain
from lotsman.node.clock import now
from lotsman.usecases import Platform
from lotsman.usecases.release_breaker import list_trips, release_breaker
from lotsman.usecases.set_limits import EACH_KEY, Limits, key_of, open_countries, set_limits, show_limits

app = typer.Typer(help="Circuit-breakers: limits, countries, what was stopped.", no_args_is_help=True)

Whose = Annotated[
    str, typer.Argument(help="An account as in `lotsman account`, or all: the whole installation.")
]
Countries = Annotated[
    list[str] | None, typer.Argument(help="ISO-2 codes, as KZ BY; none: show what is open.")
]
Who = Annotated[str, typer.Argument(help="Contract number, login, or the login's part before the @.")]


@app.command("set")
def set_(
    who: Whose,
    change: Annotated[
        list[str] | None, typer.Argument(help="name=value, as per_hour=1000; name=default; none: show all.")
    ] = None,
    key: Annotated[str, typer.Option(help="Of one key: its first characters; or each: of every key.")] = "",
) -> None:
    """Show or change limits: messages and money, countries, bursts of new numbers, end users."""
    wrong = [each for each in change or () if "=" not in each]
    if wrong:
        fail(f"{wrong[0]} is not name=value")
    parted = (each.partition("=") for each in change or ())
    changes = {name.strip(): value.strip() for name, _, value in parted}

    async def work(platform: Platform) -> tuple[Limits, frozenset[str]]:
        account_id = await owner_of(platform, who)
        api_key = EACH_KEY if key == "each" else await key_of(platform, account_id, key) if key else ""
        if changes:
            await set_limits(platform, account_id, api_key, changes, platform.signature.author, now())
        return await show_limits(platform, account_id, api_key)

    limits, said = with_platform(work)
    for name in domain.OF_KEYS if key else domain.NAMES:
        print(f"{name:<11} {domain.shown(limits, name) if name in said else '-'}".rstrip())


@app.command("open")
def open_(who: Who, countries: Countries = None) -> None:
    """Open countries for an account; what was held for them is released by `lotsman held release`."""
    _countries(who, countries, is_open=True)


@app.command()
def close(who: Who, countries: Countries = None) -> None:
    """Close countries for an account again; those of `home` stay open."""
    _countries(who, countries, is_open=False)


def _countries(who: str, countries: list[str] | None, *, is_open: bool) -> None:
    async def work(platform: Platform) -> list[tuple[str, int, str]]:
        account_id = await account_of(platform, who)
        return await open_countries(
            platform, account_id, countries or (), platform.signature.author, now(), is_open=is_open
        )

    for country, since, by in with_platform(work):
        print(f"{country}  {_time(since)}  {by}")


@app.command("list")
def list_(
    who: Annotated[str, typer.Argument(help="Only this account.")] = "",
    released: Annotated[bool, typer.Option("--all", help="Also what was released.")] = False,
    most: Annotated[int, typer.Option(help="How many at most.")] = 100,
) -> None:
    """What tripped: when, whose limit, how often, and who released it."""

    async def work(platform: Platform) -> list[dict[str, Any]]:
        account_id = await account_of(platform, who) if who else None
        return await list_trips(platform, account_id, released=released, most=most)

    for t in with_platform(work):
        what = f"{t['limit_name']} {t['detail']}".strip()
        key = f" key {t['hint']}" if t["hint"] else ""
        end = (
            f"  released {_time(t['released_at'])} by {t['released_by']} {printable(t['comment'])}".rstrip()
            if t["released_at"]
            else ""
        )
        print(
            f"{_time(t['tripped_at'])}  account {t['account_id']}{key}  {what}  {t['times']} x, last {_time(t['last_at'])}{end}"
        )


@app.command()
def release(
    who: Who,
    limit: Annotated[str, typer.Argument(help="Only trips of this limit.")] = "",
    comment: Annotated[str, typer.Option(help="Why, for whoever asks later.")] = "",
) -> None:
    """What an account has used of its limits counts no more; the trips are noted as released."""

    async def work(platform: Platform) -> int:
        return await release_breaker(
            platform, await account_of(platform, who), limit, platform.signature.author, comment, now()
        )

    print(f"{with_platform(work)} released")


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
