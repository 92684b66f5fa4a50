"""lotsman inbound, number, keyword: messages from phones, and whose they are."""

from typing import Annotated

import typer

from lotsman.cli.accounts import account_of
from lotsman.cli.session import fail, with_platform
from lotsman.domain.columns import local_time
from lotsman.domain.inbound import UNCLAIMED
from lotsman.usecases import Platform
from lotsman.usecases import route_inbound as routing

app = typer.Typer(help="Messages from phones.", no_args_is_help=True)
numbers = typer.Typer(help="Numbers that phones write to, and 2WAY messages come from.", no_args_is_help=True)
keywords = typer.Typer(help="Words that mean an account on a shared number.", no_args_is_help=True)

Who = Annotated[str, typer.Argument(help="Contract number, login, or the login's part before the @.")]


@app.command("list")
def list_(
    who: Annotated[str, typer.Option("--account", help="Only of this account.")] = "",
    unclaimed: Annotated[bool, typer.Option("--unclaimed", help="Only those that are nobody's.")] = False,
    limit: Annotated[int, typer.Option(help="How many.")] = 20,
) -> None:
    """The newest messages from phones."""

    async def work(platform: Platform) -> list[routing.Inbound]:
        account_id = UNCLAIMED if unclaimed else await account_of(platform, who) if who else None
        return await routing.inbound_messages(platform, account_id, limit)

    for m in with_platform(work):
        owner = f"account {m.account_id}" if m.account_id != UNCLAIMED else "unclaimed"
        seen = "seen" if m.seen else "new"
        print(
            f"{m.id:>8}  {local_time(m.created_at, 'UTC')}Z  {m.phone} -> {m.number}  {owner}  {seen}  {m.text!r}"
        )


@app.command()
def assign(message_id: int, who: Who) -> None:
    """Give an unclaimed message to an account; its script is told."""

    async def work(platform: Platform) -> None:
        await routing.assign(platform, message_id, await account_of(platform, who))

    with_platform(work)
    print(f"inbound {message_id} is {who}'s")


@numbers.command("add")
def add_number(
    number: Annotated[str, typer.Argument(help="As phones write to it: 79021121075, or a short number.")],
    who: Annotated[str, typer.Option("--account", help="Whose it is.")] = "",
    shared: Annotated[
        bool, typer.Option("--shared", help="Many accounts use it, by prefix or keyword.")
    ] = False,
    two_way: Annotated[bool, typer.Option("--two-way", help="2WAY messages go out from it.")] = False,
) -> None:
    """Say whose an inbound number is."""
    if bool(who) == shared:
        fail("give either --account WHO or --shared")

    async def work(platform: Platform) -> str:
        account_id = await account_of(platform, who) if who else UNCLAIMED
        return await routing.add_number(platform, number, account_id, two_way=two_way)

    print(f"number {with_platform(work)} {f'belongs to {who}' if who else 'is shared'}")


@numbers.command("list")
def list_numbers() -> None:
    """All inbound numbers."""
    for n in with_platform(routing.inbound_numbers):
        owner = f"account {n.account_id}" if n.account_id != UNCLAIMED else "shared"
        print(f"{n.number:<16} {owner}{'  2WAY' if n.two_way else ''}")


Number = Annotated[str, typer.Argument(help="The shared number.")]
Word = Annotated[str, typer.Argument(help="The first word of the text; case does not matter.")]


@keywords.command("add")
def add_keyword(word: Word, number: Number, who: Who) -> None:
    """Let texts on a shared number that begin with a word belong to an account."""

    async def work(platform: Platform) -> str:
        return await routing.add_keyword(platform, number, word, await account_of(platform, who))

    print(f"{with_platform(work)} on {number} means {who}")


@keywords.command("remove")
def remove_keyword(word: Word, number: Number) -> None:
    """Forget a keyword."""

    async def work(platform: Platform) -> None:
        await routing.drop_keyword(platform, number, word)

    with_platform(work)
    print(f"{word} on {number} means nobody")


@keywords.command("list")
def list_keywords() -> None:
    """All keywords."""
    for k in with_platform(routing.known_keywords):
        print(f"{k.number:<16} {k.word:<20} account {k.account_id}")
