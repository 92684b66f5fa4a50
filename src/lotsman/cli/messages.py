"""lotsman message: send one, look at one, list the newest."""

from typing import Annotated

import typer

from lotsman.cli.accounts import account_of
from lotsman.cli.explain import explain
from lotsman.cli.session import fail, with_platform
from lotsman.cli.xray import at_ms, export_pcap, show
from lotsman.domain import money
from lotsman.domain.admission import Order
from lotsman.domain.lifecycle import State
from lotsman.domain.msisdn import split_list
from lotsman.domain.refusals import Refused, by_code
from lotsman.node.clock import now
from lotsman.usecases import Platform
from lotsman.usecases.inspect import Stored, latest_messages
from lotsman.usecases.read_routing import read_routing
from lotsman.usecases.send_messages import Sent, send_messages

app = typer.Typer(help="Messages.", no_args_is_help=True)
app.command()(explain)
app.command()(show)
app.command()(export_pcap)


@app.command()
def send(
    to: Annotated[str, typer.Argument(help="Phone numbers, separated by commas.")],
    text: Annotated[str, typer.Argument(help="The text.")],
    who: Annotated[str, typer.Option("--account", help="Who pays: contract number or login.")] = "demo",
    sender: Annotated[str, typer.Option(help="Sender name; empty: the account's default.")] = "",
    test: Annotated[
        bool, typer.Option(help="Through the emulator: stored, not charged, never leaves.")
    ] = False,
) -> None:
    """Accept a message as the API would; a running node delivers it."""

    async def work(platform: Platform) -> Sent:
        await platform.directory.refresh()
        await read_routing(platform)
        account = await platform.directory.by_id(await account_of(platform, who))
        if account is None:
            raise LookupError(f"no account {who}")
        return await send_messages(platform, account, Order(text, sender, split_list(to), test=test), now())

    try:
        sent = with_platform(work)
    except Refused as refused:
        fail(f"{refused.refusal.code} {refused.refusal.en}. {refused.refusal.help_en}")
    for message_id, draft in zip(sent.ids, sent.drafts, strict=True):
        print(
            f"{message_id}  {draft.msisdn}  {money.text(draft.price)}  {by_code(draft.error).en if draft.error else 'accepted'}"
        )
    print(f"cost {money.text(sent.cost)}, balance {money.text(sent.balance)}")


@app.command("list")
def list_(
    who: Annotated[str, typer.Option("--account", help="Only this account.")] = "",
    state: Annotated[
        str, typer.Option(help="Only this state: accepted, sending, submitted, uncertain, delivered, …")
    ] = "",
    limit: Annotated[int, typer.Option(help="How many.")] = 20,
) -> None:
    """The newest messages."""
    if state and state.upper() not in State.__members__:
        fail(f"no state {state}; one of {', '.join(s.name.lower() for s in State)}")

    async def work(platform: Platform) -> list[Stored]:
        account_id = await account_of(platform, who) if who else None
        return await latest_messages(platform, account_id, State[state.upper()] if state else None, limit)

    for m in with_platform(work):
        print(
            f"{m.id}  {at_ms(m.created_at)}  {m.msisdn:<15} {m.state.name:<11} {m.parts} x  {money.text(m.price)}"
        )
