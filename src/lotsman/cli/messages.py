"""lotsman message: send one, look at one, list the newest."""

import time
from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from lotsman.cli.accounts import account_of
from lotsman.cli.explain import explain
from lotsman.cli.session import fail, with_platform
from lotsman.domain import lookup, money
from lotsman.domain.admission import Order
from lotsman.domain.lifecycle import STATUS, State
from lotsman.domain.msisdn import split_list
from lotsman.domain.parts import MESSENGER, WHOLE, PartState
from lotsman.domain.refusals import Refused, by_code
from lotsman.domain.service import Service
from lotsman.node.clock import now
from lotsman.usecases import Platform
from lotsman.usecases.inspect import Dossier, Stored, latest_messages, message_dossier
from lotsman.usecases.read_routing import read_routing
from lotsman.usecases.send_messages import Sent, send_messages

app = typer.Typer(help="Messages.", no_args_is_help=True)
app.command()(explain)

_PARTS: Final = {WHOLE: "all parts", MESSENGER: "messenger"}


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


@app.command()
def show(
    message_id: int,
    wait: Annotated[float, typer.Option(help="Seconds to wait until it is final.")] = 0,
) -> None:
    """Everything known of one message: what, to whom, each step, each part."""
    until = time.monotonic() + wait

    async def work(platform: Platform) -> Dossier | None:
        return await message_dossier(platform, message_id)

    found = with_platform(work)
    while found and found.message["due_at"] is not None and time.monotonic() < until:
        time.sleep(0.2)
        found = with_platform(work)
    if found is None:
        fail(f"no message {message_id}")
    _print(found)


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
            f"{m.id}  {_time(m.created_at)}  {m.msisdn:<15} {m.state.name:<11} {m.parts} x  {money.text(m.price)}"
        )


def _print(found: Dossier) -> None:
    m = found.message
    state = State(m["state"])
    error = f", error {m['error']} {by_code(m['error']).en}" if m["error"] else ""
    print(
        f"message   {m['id']}  ({Service(m['service']).name}, packet {m['batch_id']}, account {m['account_id']})"
    )
    print(f"to        {m['msisdn']}  {m['country']} {m['operator']}".rstrip())
    asked = f" (asked: {m['sender_asked']})" if m["sender_asked"] != m["sender"] else ""
    print(f"from      {m['sender']}{asked}")
    print(f"text      {m['text']!r}, parts: {m['parts']}, price {money.text(m['price'])}")
    if m["attributes"]:
        print(f"found     {lookup.told(lookup.load(m['attributes']))}")
    print(f"state     {state.name} (status {STATUS[state]}{error}), until {_time(m['expires_at'])}")
    for line in m["history"].splitlines():
        at, event, after, *detail = line.split(" ", 3)
        print(f"  {_time(int(at))}  {event:<13} -> {after:<11} {' '.join(detail)}".rstrip())
    for part in found.parts:
        done = f", ended {_time(part['done_at'])}" if part["done_at"] else ""
        name = PartState(part["state"]).name
        which = _PARTS.get(part["part"], f"part {part['part']}")
        print(
            f"  {which}: {name}, SMSC id {part['smsc_id']}, taken {_time(part['taken_at'])}{done} {part['carrier_error']}".rstrip()
        )


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + "Z"
