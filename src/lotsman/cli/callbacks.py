"""lotsman callback: calls to customers' addresses that wait or were given up."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from lotsman.cli.accounts import account_of
from lotsman.cli.session import fail, with_platform
from lotsman.node.clock import now
from lotsman.usecases import Platform
from lotsman.usecases.replay_callbacks import CallbackRow, one_callback, replay_callbacks, waiting_callbacks

app = typer.Typer(
    help="Calls to customers' addresses: those that wait, those given up.", no_args_is_help=True
)

Who = Annotated[str, typer.Option("--account", help="Only of this account.")]


@app.command("list")
def list_(
    who: Who = "",
    dead: Annotated[
        bool | None, typer.Option("--dead/--waiting", help="Only those given up, or only the others.")
    ] = None,
    limit: Annotated[int, typer.Option(help="How many.")] = 20,
) -> None:
    """The newest calls that have not succeeded yet."""

    async def work(platform: Platform) -> list[CallbackRow]:
        account_id = await account_of(platform, who) if who else None
        return await waiting_callbacks(platform, account_id, limit, dead=dead)

    for row in with_platform(work):
        when = f"next {_time(row.due_at)}" if row.due_at is not None else "dead"
        print(
            f"{row.id:>8}  account {row.account_id}  message {row.message_id or '-'}  tries {row.tries}  {when}  "
            f"{row.answer or 'not tried'}  {row.target}"
        )


@app.command()
def show(callback_id: int) -> None:
    """One call: whom, what it says, what was answered."""

    async def work(platform: Platform) -> CallbackRow | None:
        return await one_callback(platform, callback_id)

    row = with_platform(work)
    if row is None:
        fail(f"no callback {callback_id}: it never was, or it was taken")
    print(f"callback  {row.id}  (account {row.account_id}, message {row.message_id or '-'})")
    print(f"target    {row.target}")
    print("says      " + "&".join(f"{name}={value}" for name, value in json.loads(row.parameters)))
    print(f"created   {_time(row.created_at)}")
    print(f"tries     {row.tries}, last answer: {row.answer or '-'}")
    print(f"next try  {_time(row.due_at) if row.due_at is not None else 'none: dead'}")


@app.command()
def replay(
    callback_id: Annotated[list[int] | None, typer.Argument(help="Ids of calls; or say --dead.")] = None,
    dead: Annotated[bool, typer.Option("--dead", help="All that were given up.")] = False,
    who: Who = "",
) -> None:
    """Make calls again, at once: these, or all that were given up."""
    if bool(callback_id) == dead:
        fail("say which: ids, or --dead for all that were given up")
    if callback_id and who:
        fail("--account goes with --dead; ids say enough")

    async def work(platform: Platform) -> int:
        account_id = await account_of(platform, who) if who else None
        return await replay_callbacks(platform, callback_id or (), account_id, now())

    print(f"{with_platform(work)} calls are due again")


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
