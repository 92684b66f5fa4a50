"""lotsman account: customers, their money, keys and what they have chosen."""

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Any

import typer

from lotsman.cli.session import fail, with_platform
from lotsman.domain import money
from lotsman.domain.account_settings import AccountSettings
from lotsman.node.clock import now
from lotsman.usecases import Platform, open_account
from lotsman.usecases.block_account import Standing, block_account
from lotsman.usecases.change_account import change_account
from lotsman.usecases.inspect import all_accounts, find_account
from lotsman.usecases.open_account import AlreadyThere
from lotsman.usecases.pause_account import Paused, pause_account
from lotsman.usecases.top_up_account import top_up_account

app = typer.Typer(help="Customers: accounts, money, api keys.", no_args_is_help=True)

Who = Annotated[str, typer.Argument(help="Contract number, login, or the login's part before the @.")]


@app.command()
def add(
    login: Annotated[str, typer.Argument(help="E-mail; also the login for login+password requests.")],
    name: Annotated[str, typer.Option(help="Name of the customer.")] = "",
    phone: Annotated[str, typer.Option(help="Contact phone.")] = "",
    sender: Annotated[
        list[str] | None, typer.Option(help="Sender name; repeat it. The first is the default.")
    ] = None,
    tariff: Annotated[
        str, typer.Option(help="Price list; its currency is the account's, for good.")
    ] = "demo",
    credit: Annotated[
        str, typer.Option(help="How far the balance may go below zero, in the account's currency.")
    ] = "0",
    password: Annotated[str, typer.Option(help="Password; empty: one is made up and shown.")] = "",
    any_sender: Annotated[bool, typer.Option(help="May send as any name.")] = False,
    time_zone: Annotated[str, typer.Option(help="Time zone of created and modified.")] = "Europe/Moscow",
) -> None:
    """Open an account and show its first api key (once: only a hash is kept)."""

    async def work(platform: Platform) -> open_account.Opened:
        return await open_account.open_account(
            platform, login=login, name=name, phone=phone, senders=sender or ["INFORM"], tariff=tariff, now=now(),
            password=password, credit_limit=money.parse(credit), any_sender=any_sender, time_zone=time_zone,
        )  # fmt: skip

    try:
        opened = with_platform(work)
    except AlreadyThere as error:
        fail(str(error))
    print(
        f"account   {opened.account_id}\napikey    {opened.apikey}\nlogin     {login}\npassword  {opened.password}"
    )


@app.command("list")
def list_() -> None:
    """All accounts with balance and keys."""

    async def work(platform: Platform) -> tuple[str, list[dict[str, Any]]]:
        return platform.directory.currency, await all_accounts(platform)

    home, rows = with_platform(work)
    for row in rows:
        state = "active" if not row["standing"] else f"blocked ({row['standing']})"
        keys = " ".join(row["keys"]) or "no key"
        brought = f"  brought by {row['referrer']}" if row["referrer"] else ""
        currency = f" {row['currency']}" if row["currency"] != home else ""
        print(
            f"{row['id']:>8}  {row['login']:<32} {money.text(row['balance']):>14}{currency}  {state}  {keys}{brought}"
        )


@app.command("top-up")
def top_up(
    who: Who,
    amount: Annotated[str, typer.Argument(help="In the account's currency, as 500 or 99.50.")],
    note: Annotated[str, typer.Option(help="Written into the ledger.")] = "top-up",
) -> None:
    """Put money on an account."""

    async def work(platform: Platform) -> int:
        return await top_up_account(
            platform, await account_of(platform, who), money.parse(amount), note, now()
        )

    print(f"balance {money.text(with_platform(work))}")


@app.command()
def key(
    who: Who,
    replace: Annotated[bool, typer.Option(help="All other keys stop working.")] = False,
) -> None:
    """Make a new api key and show it (once)."""

    async def work(platform: Platform) -> str:
        account_id = await account_of(platform, who)
        make = open_account.replace_keys if replace else open_account.issue_key
        return await make(platform, account_id, now())

    print(with_platform(work))


@app.command("set")
def set_(
    who: Who,
    change: Annotated[
        list[str] | None, typer.Argument(help="name=value, as loop_minutes=10; none: show all.")
    ] = None,
) -> None:
    """Show or change what an account has chosen: callback, allowed_ips, loop_minutes, spam_protection, …"""
    wrong = [each for each in change or () if "=" not in each]
    if wrong:
        fail(f"{wrong[0]} is not name=value")
    changes = {
        name.strip(): value.strip() for name, _, value in (each.partition("=") for each in change or ())
    }

    async def work(platform: Platform) -> AccountSettings:
        return await change_account(platform, await account_of(platform, who), changes)

    for name, value in asdict(with_platform(work)).items():
        shown = ("off", "on")[value] if isinstance(value, bool) else value
        print(f"{name:<18} {','.join(shown) if isinstance(shown, tuple) else shown}".rstrip())


class Reason(StrEnum):
    SPAM = "spam"
    BALANCE = "balance"
    UNTRUSTED = "untrusted"
    DISPUTE = "dispute"


@app.command()
def block(who: Who, reason: Annotated[Reason, typer.Option(help="What its requests are told.")]) -> None:
    """Answer all requests of an account with 105, 106, 107 or 122; what was accepted is still sent."""
    _set_standing(who, Standing[f"BLOCKED_{reason.name}"])


@app.command()
def pause(who: Who) -> None:
    """Panic button: block the account and its keys, withdraw all that no link has taken yet, give the money back."""

    async def work(platform: Platform) -> Paused:
        return await pause_account(platform, await account_of(platform, who), platform.signature.author, now)

    paused = with_platform(work)
    print(
        f"{who} is blocked (122); `lotsman account unblock {who}` lets it go on, `account key --replace` changes the key"
    )
    print(f"withdrawn {paused.withdrawn}, given back {money.text(paused.refunded)}")
    if paused.in_hand:
        print(f"{paused.in_hand} are with a carrier's link already and cannot be called back")


@app.command()
def unblock(who: Who) -> None:
    """Let a blocked account go on."""
    _set_standing(who, Standing.ACTIVE)


def _set_standing(who: str, standing: Standing) -> None:
    async def work(platform: Platform) -> None:
        await block_account(platform, await account_of(platform, who), standing)

    with_platform(work)
    print(f"{who} is {'active' if standing is Standing.ACTIVE else f'blocked ({standing})'}")


async def account_of(platform: Platform, who: str) -> int:
    account_id = await find_account(platform, who)
    if account_id is None:
        raise LookupError(f"no account {who}; `lotsman account list` shows all")
    return account_id
