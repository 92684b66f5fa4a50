"""lotsman message explain: what becomes of a message and why, in words."""

from collections.abc import Iterator
from typing import Annotated, Final

import typer

from lotsman.cli.accounts import account_of
from lotsman.cli.session import fail, printable, with_platform
from lotsman.domain import money
from lotsman.domain.admission import Order
from lotsman.domain.lane import plan_of
from lotsman.domain.msisdn import split_list
from lotsman.domain.routing import COST_UNITS, LinkVerdict
from lotsman.gsm.segmentation import Encoding
from lotsman.node.clock import now
from lotsman.usecases import Platform
from lotsman.usecases.explain_message import Explanation, Fate, explain_order, explain_stored
from lotsman.usecases.read_routing import read_routing

_SOURCES: Final = {
    "plan": "our table of prefixes",
    "def": "the imported numbering plan",
    "library": "libphonenumber",
    "hlr": "an HLR look-up",
    "receipt": "a receipt",
}


def explain(
    message_id: Annotated[int, typer.Argument(help="A message; without it give --to and --text.")] = 0,
    to: Annotated[str, typer.Option(help="Phone numbers, separated by commas.")] = "",
    text: Annotated[str, typer.Option(help="The text.")] = "",
    who: Annotated[str, typer.Option("--account", help="Who would pay: contract number or login.")] = "demo",
    sender: Annotated[str, typer.Option(help="Sender name; empty: the account's default.")] = "",
) -> None:
    """What becomes of a message, real or not, and why: number, text, rules, routes, links, prices. Sends nothing."""
    if bool(message_id) == bool(to):
        fail("give the id of a message, or --to and --text")

    async def work(platform: Platform) -> list[tuple[Explanation, Fate | None]]:
        await platform.directory.refresh()
        await read_routing(platform)
        if message_id:
            found = await explain_stored(platform, message_id, now())
            if found is None:
                raise LookupError(f"no message {message_id}")
            return [found]
        account = await platform.directory.by_id(await account_of(platform, who))
        if account is None:
            raise LookupError(f"no account {who}")
        order = Order(text, sender, split_list(to))
        return [(each, None) for each in await explain_order(platform, account, order, now())]

    for explanation, fate in with_platform(work):
        for line in told(explanation, fate):
            print(line)
        print()


def told(e: Explanation, fate: Fate | None) -> Iterator[str]:
    yield from _number(e)
    yield from _text(e)
    yield f"sender    {printable(e.sender) or '-'}"
    if e.looped:
        yield "rules     the same text went to this number just now"
    if e.msisdn in e.listed.black:
        yield "rules     the number is on a black list"
    if e.msisdn in e.listed.white:
        yield "rules     the number is on a white list"
    yield from _way(e)
    if e.error is not None:
        yield f"verdict   refused: {e.error.code} {e.error.en}. {e.error.help_en}"
    else:
        yield f"verdict   accepted for {money.text(e.price)}" + (
            "; nothing is charged for a test" if e.test else ""
        )
    if fate is not None:
        link = f" by link {fate.link_id}" if fate.link_id else ""
        yield f"in fact   {fate.state.name}, in lane {fate.lane}{link}, for {money.text(fate.price)}"


def _number(e: Explanation) -> Iterator[str]:
    written = f"{printable(e.written)} -> " if e.written != e.msisdn else ""
    yield f"number    {written}{e.msisdn or 'no number'}"
    if e.place is not None:
        operator = e.place.operator or "operator unknown"
        yield (
            f"network   {e.place.country} {operator} {e.place.mccmnc}".rstrip()
            + f" ({_SOURCES[e.place.source]})"
        )
    elif e.msisdn:
        yield "network   no such number exists"


def _text(e: Explanation) -> Iterator[str]:
    why = f", because of {' '.join(map(repr, e.culprits[:5]))}" if e.culprits else ""
    encoding = "GSM 03.38" if e.encoding is Encoding.GSM7 else "UCS-2"
    yield f"text      {len(e.text)} characters, {encoding}{why}: {e.parts} part{'s' if e.parts != 1 else ''}"
    yield f"kind      {e.service.name}, {e.text_class.name.lower()}"


def _way(e: Explanation) -> Iterator[str]:
    if e.test:
        yield "way       the emulator"
        return
    for asked in e.decision.routes:
        yield f"route     {asked.name:<16} {asked.fault or 'decides'}"
    if not e.decision.route and e.decision.links:
        yield "route     none decides: the links that serve it, by priority"
    for verdict in e.decision.links:
        yield f"link      {verdict.name:<16} {_link(e, verdict)}"
    if e.decision.lane:
        yield f"lane      {e.decision.lane}"
    elif e.decision.routes or e.decision.links:
        yield "lane      none: there is no way for it"


def _link(e: Explanation, verdict: LinkVerdict) -> str:
    status = e.links.get(verdict.link_id)
    live = f"{status.state} {status.detail}".rstrip() if status else "not running"
    cost = "" if verdict.cost is None else f", costs {_roubles(verdict.cost)} a part"
    shown = f", goes out as {verdict.sender}" if verdict.sender and verdict.sender != e.sender else ""
    return verdict.fault or f"{_place(e, verdict.link_id)} ({live}){cost}{shown}"


def _place(e: Explanation, link_id: int) -> str:
    """Which choice it is in the plan."""
    if not e.decision.lane:
        return "would do"
    for number, group in enumerate(plan_of(e.decision.lane).groups, 1):
        for member in group:
            if member.link_id == link_id:
                share = f", weight {member.weight}" if len(group) > 1 else ""
                return f"choice {number}{share}"
    return "may take it"


def _roubles(units: int) -> str:
    return f"{units / COST_UNITS / 100:.4f}".rstrip("0").rstrip(".")
