"""lotsman sender: names that phones show, whose they are, and which of them wait for your word."""

from typing import Annotated

import typer

from lotsman.cli.accounts import Who, account_of
from lotsman.cli.session import printable, with_platform
from lotsman.domain.moderation import Verdict
from lotsman.node.clock import now
from lotsman.usecases import Platform, open_account
from lotsman.usecases.review_sender import (
    RegisteredSender,
    list_senders,
    review_sender,
    share_sender,
    shared_senders,
)

app = typer.Typer(help="Sender names: registering, moderation, shared names.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="3 to 11 of A-Z a-z 0-9 . - _, or a number of 6 to 14 digits.")]
Comment = Annotated[str, typer.Option(help="Told to the customer.")]
_SAID = {Verdict.PENDING: "pending", Verdict.APPROVED: "approved", Verdict.REFUSED: "refused"}


@app.command()
def add(
    who: Who,
    name: Name,
    default: Annotated[bool, typer.Option(help="Use it when a request names no sender.")] = False,
) -> None:
    """Let an account send as this name."""

    async def work(platform: Platform) -> str:
        account_id = await account_of(platform, who)
        return await open_account.register_sender(platform, account_id, name, now(), default=default)

    print(f"sender {with_platform(work)} may be used")


@app.command("list")
def list_(
    all_: Annotated[bool, typer.Option("--all", help="Those that you have judged, too.")] = False,
    most: Annotated[int, typer.Option(help="How many at most.")] = 100,
) -> None:
    """The names that wait for your word, oldest first."""

    async def work(platform: Platform) -> tuple[list[RegisteredSender], list[str]]:
        found = await list_senders(platform, None if all_ else Verdict.PENDING, most)
        return found, await shared_senders(platform)

    found, shared = with_platform(work)
    for sender in found:
        said = printable(sender.description)
        print(f"{sender.account_id:>8}  {sender.name:<11}  {_SAID[sender.verdict]:<8}  {said}".rstrip())
    if shared:
        print(f"shared: {' '.join(shared)}")


@app.command()
def approve(who: Who, name: Name, comment: Comment = "") -> None:
    """Let an account use a name that it has registered; the customer is told."""
    _review(who, name, Verdict.APPROVED, comment)


@app.command()
def refuse(who: Who, name: Name, comment: Comment = "") -> None:
    """Say no to a name, or take it back; the customer is told why."""
    _review(who, name, Verdict.REFUSED, comment)


@app.command()
def share(name: Name) -> None:
    """Let every account use this name (unless it has set shared_senders=off)."""
    _share(name, shared=True)


@app.command()
def unshare(name: Name) -> None:
    """The name is for those alone who have registered it."""
    _share(name, shared=False)


def _review(who: str, name: str, verdict: Verdict, comment: str) -> None:
    async def work(platform: Platform) -> RegisteredSender:
        return await review_sender(platform, await account_of(platform, who), name, verdict, comment, now())

    reviewed = with_platform(work)
    print(f"sender {reviewed.name} of {reviewed.account_id} is {_SAID[verdict]}")


def _share(name: str, *, shared: bool) -> None:
    async def work(platform: Platform) -> bool:
        return await share_sender(platform, name, shared=shared)

    with_platform(work)
    print(f"{name} is {'shared' if shared else 'not shared'}")
