"""lotsman route: which links carry which messages."""

from collections.abc import Mapping
from typing import Annotated, Final

import typer

from lotsman.cli.accounts import account_of
from lotsman.cli.session import fail, with_platform
from lotsman.domain import money
from lotsman.domain.route import Route, conditions
from lotsman.usecases import Platform
from lotsman.usecases.configure_routes import RouteWish, StepWish, delete_route, list_routes, put_route

app = typer.Typer(help="Routes: which links carry which messages.", no_args_is_help=True)

_CHEAPEST: Final = "cheapest:"
Name = Annotated[str, typer.Argument(help="Your name for the route.")]


@app.command()
def put(
    name: Name,
    via: Annotated[
        list[str] | None,
        typer.Option(
            help="Links with weights, as mts1*70,mts2*30; repeat it for what comes next. cheapest:a,b tries the cheapest first."
        ),
    ] = None,
    refuse: Annotated[bool, typer.Option("--refuse", help="Refuse what matches (error 213).")] = False,
    position: Annotated[int, typer.Option(help="The lowest is asked first.")] = 100,
    service: Annotated[str, typer.Option(help="Only these: sms, hlr, hlrvip, ping, voice, …")] = "",
    country: Annotated[str, typer.Option(help="Only these countries, two letters each.")] = "",
    operator: Annotated[str, typer.Option(help="Only these operators, portability considered.")] = "",
    prefix: Annotated[str, typer.Option(help="Only numbers that begin like this: 7916,7985.")] = "",
    sender: Annotated[str, typer.Option(help="Only these sender names; * and ? stand for anything.")] = "",
    account: Annotated[str, typer.Option(help="Only these customers.")] = "",
    text_class: Annotated[str, typer.Option("--class", help="Only these: code, single, bulk.")] = "",
    hours: Annotated[str, typer.Option(help='Only then: "09:00-21:00 Europe/Moscow".')] = "",
    margin: Annotated[
        str, typer.Option(help="Roubles that a part must earn; links that earn less are left out.")
    ] = "",
    off: Annotated[bool, typer.Option("--off", help="Keep it, but do not ask it.")] = False,
) -> None:
    """Make a route, or replace the one of that name. Counts for the next message; what waits is given its new way."""
    if bool(via) == refuse:
        fail("say either --via with links or --refuse")
    steps = [_step(text) for text in via or []]
    match = {
        "services": service, "countries": country, "operators": operator, "prefixes": prefix, "senders": sender,
        "classes": text_class, "hours": hours,
    }  # fmt: skip

    async def work(platform: Platform) -> bool:
        accounts = [await account_of(platform, who.strip()) for who in account.split(",") if who.strip()]
        floor = money.parse(margin) if margin else None
        wish = RouteWish(name, {**match, "accounts": accounts}, steps, position, floor, not off)
        return await put_route(platform, wish)

    print(f"route {name} {'changed' if with_platform(work) else 'added'}")


@app.command("list")
def list_() -> None:
    """All routes in the order in which they are asked."""
    routes, names = with_platform(list_routes)
    for route in routes:
        print(describe(route, names))
    print(
        "else: the links that serve what is asked, by priority"
        if routes
        else "no routes: every message goes by the links that serve it, by priority"
    )


@app.command()
def remove(name: Name) -> None:
    """Remove a route; what waits is given its new way."""

    async def work(platform: Platform) -> bool:
        return await delete_route(platform, name)

    if not with_platform(work):
        fail(f"no route {name}; `lotsman route list` shows all")
    print(f"route {name} removed")


def describe(route: Route, names: Mapping[int, str]) -> str:
    match = (
        " ".join(f"{key}={_said(value)}" for key, value in conditions(route.match).items()) or "everything"
    )
    ways = " then ".join(
        (_CHEAPEST if step.cheapest else "")
        + ",".join(
            names.get(m.link_id, f"link {m.link_id}") + (f"*{m.weight}" if m.weight > 1 else "")
            for m in step.members
        )
        for step in route.steps
    )
    margin = f"  earns at least {money.text(route.margin)}" if route.margin is not None else ""
    off = "" if route.enabled else "  (off)"
    return f"{route.position:>5}  {route.name:<16} {match}  ->  {ways or 'refused'}{margin}{off}"


def _said(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else f"'{value}'"


def _step(text: str) -> StepWish:
    cheapest = text.startswith(_CHEAPEST)
    links = []
    for word in text.removeprefix(_CHEAPEST).split(","):
        name, star, weight = word.strip().rpartition("*")
        if not star:
            name, weight = word.strip(), "1"
        if not (weight.isascii() and weight.isdigit()):
            fail(f"{word} is no link with its weight, as mts1*70")
        links.append((name, int(weight)))
    return StepWish(links, cheapest)
