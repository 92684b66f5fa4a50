"""lotsman carrier sender: how sender names stand at a carrier."""

from typing import Annotated

import typer

from lotsman.cli.session import fail, printable, with_platform
from lotsman.node.clock import now
from lotsman.usecases import Platform
from lotsman.usecases.arrange_senders import (
    LinkSender,
    SenderState,
    forget_sender,
    link_senders,
    set_policy,
    set_sender,
)
from lotsman.usecases.hold_links import LinkRow

app = typer.Typer(
    help="Sender names at a carrier, and what goes out in place of others.", no_args_is_help=True
)

Link = Annotated[str, typer.Argument(help="Name of the link.")]
Name = Annotated[str, typer.Argument(help="The sender name.")]


@app.command("list")
def list_(link: Link) -> None:
    """What the carrier makes of names, and the names it was asked about."""

    async def work(platform: Platform) -> tuple[LinkRow, list[LinkSender]]:
        return await link_senders(platform, link)

    row, senders = with_platform(work)
    print(
        f"{row.name} takes {'registered names only' if row.only_registered else 'any name that it did not refuse'}"
    )
    if row.substitute:
        print(f"others go out as {row.substitute}")
    for each in senders:
        instead = f"goes out as {each.substitute}" if each.substitute else ""
        print(f"{each.name:<14} {each.state.name.lower():<11} {instead:<26} {printable(each.note)}".rstrip())


@app.command("set")
def set_(
    link: Link,
    name: Name,
    state: Annotated[str, typer.Argument(help="registered, pending or refused.")],
    substitute: Annotated[
        str, typer.Option("--as", help="What goes out in its place until it is registered.")
    ] = "",
    note: Annotated[str, typer.Option(help="For yourself: number of the request, date.")] = "",
) -> None:
    """Say how a name stands at a carrier."""
    if state.upper() not in SenderState.__members__:
        fail(f"no state {state}; one of {', '.join(each.name.lower() for each in SenderState)}")

    async def work(platform: Platform) -> None:
        known = SenderState[state.upper()]
        await set_sender(platform, link, name, known, now(), substitute=substitute, note=note)

    with_platform(work)
    print(f"{name} is {state.lower()} at {link}")


@app.command()
def forget(link: Link, name: Name) -> None:
    """Forget what was said of a name."""

    async def work(platform: Platform) -> bool:
        return await forget_sender(platform, link, name)

    if not with_platform(work):
        fail(f"{name} was never asked for at {link}")
    print(f"{name} is forgotten at {link}")


@app.command()
def policy(
    link: Link,
    takes: Annotated[str, typer.Option(help="Names that the carrier takes: any, or registered ones.")] = "",
    substitute: Annotated[
        str | None,
        typer.Option("--as", help="What goes out in place of others; empty: they take another way."),
    ] = None,
) -> None:
    """What the carrier makes of names that are not registered there."""
    if takes not in {"", "any", "registered"}:
        fail(f"--takes is any or registered, not {takes}")

    async def work(platform: Platform) -> LinkRow:
        strict = takes == "registered" if takes else None
        return await set_policy(platform, link, only_registered=strict, substitute=substitute)

    row = with_platform(work)
    others = f"others go out as {row.substitute}" if row.substitute else "others take another way"
    print(f"{link} takes {'registered names only' if row.only_registered else 'any name'}; {others}")
