"""lotsman held: messages that wait for the operator's approval."""

from collections import Counter
from datetime import UTC, datetime
from typing import Annotated

import typer

from lotsman.cli.accounts import account_of
from lotsman.cli.session import with_platform
from lotsman.domain import money
from lotsman.node.clock import now
from lotsman.usecases import Platform
from lotsman.usecases.review_held import HeldMessage, held_messages, review_held

app = typer.Typer(help="Messages that wait for approval (809).", no_args_is_help=True)

Which = Annotated[
    list[str], typer.Argument(help="An account, whose messages are all meant; or numbers of messages.")
]
Ids = Annotated[bool, typer.Option("--id", help="The arguments are numbers of messages, not accounts.")]


@app.command("list")
def list_(
    who: Annotated[str, typer.Argument(help="Only this account.")] = "",
    most: Annotated[int, typer.Option(help="How many at most.")] = 100,
) -> None:
    """What waits, oldest first, and why."""

    async def work(platform: Platform) -> list[HeldMessage]:
        account_id = await account_of(platform, who) if who else None
        return await held_messages(platform, account_id, most)

    found = with_platform(work)
    for m in found:
        until = datetime.fromtimestamp(m.expires_at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        print(
            f"{m.message_id}  account {m.account_id}  {m.msisdn:<15} {m.country}  {money.text(m.price)}  "
            f"until {until}  {m.reason}"
        )
    for reason, count in Counter(m.reason for m in found).most_common():
        print(f"{count} x {reason}")


@app.command()
def release(which: Which, ids: Ids = False) -> None:
    """Let them go out, as if they had been sent now."""
    print(f"{_review(which, ids=ids, approved=True)} released")


@app.command()
def reject(which: Which, ids: Ids = False) -> None:
    """They never go out; the money goes back (810)."""
    print(f"{_review(which, ids=ids, approved=False)} rejected")


def _review(which: list[str], *, ids: bool, approved: bool) -> int:
    async def work(platform: Platform) -> int:
        by, at = platform.signature.author, now()
        if ids:
            numbers = [int(each) for each in which]
            return await review_held(platform, None, numbers, by, at, approved=approved)
        accounts = [await account_of(platform, who) for who in which]
        counts = [await review_held(platform, each, (), by, at, approved=approved) for each in accounts]
        return sum(counts)

    return with_platform(work)
