"""lotsman carrier: links to carriers."""

from typing import Annotated, Any

import typer

from lotsman.cli.session import fail, with_platform
from lotsman.node.clock import now
from lotsman.usecases import Platform, configure_carrier
from lotsman.usecases.configure_carrier import AlreadyThere, LinkView, list_links, switch_link

app = typer.Typer(help="Links to carriers over SMPP.", no_args_is_help=True)


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Your name for the link.")],
    host: Annotated[str, typer.Option(help="Address of the SMSC.")],
    port: Annotated[int, typer.Option(help="Port of the SMSC.")] = 2775,
    system_id: Annotated[str, typer.Option(help="Login given by the carrier.")] = "",
    password: Annotated[
        str, typer.Option(help="Password given by the carrier (at most 8 characters in SMPP 3.4).")
    ] = "",
    system_type: Annotated[str, typer.Option(help="Only if the carrier asks for one.")] = "",
    window: Annotated[int, typer.Option(help="Submits that may await a response, 1..1000.")] = 10,
    separate: Annotated[
        bool, typer.Option(help="Bind a transmitter and a receiver, not one transceiver.")
    ] = False,
    tls: Annotated[bool, typer.Option(help="Connect over TLS.")] = False,
    tls_verify: Annotated[bool, typer.Option(help="Check the carrier's certificate.")] = True,
    tls_ca: Annotated[str, typer.Option(help="File with the carrier's own CA.")] = "",
    submit_timeout: Annotated[float, typer.Option(help="Seconds a submit may stay unanswered.")] = 60.0,
    priority: Annotated[int, typer.Option(help="Lower is tried first.")] = 100,
    in_doubt: Annotated[
        str, typer.Option(help="A submit without an answer: hold (wait) or resend.")
    ] = "hold",
) -> None:
    """Add a link; running nodes connect within seconds."""
    settings: dict[str, Any] = {
        "host": host, "port": port, "system_id": system_id, "password": password, "system_type": system_type,
        "bind": "separate" if separate else "transceiver", "window": window, "tls": tls, "tls_verify": tls_verify,
        "tls_ca": tls_ca, "submit_timeout": submit_timeout,
    }  # fmt: skip

    async def work(platform: Platform) -> int:
        return await configure_carrier.add_link(
            platform, name=name, priority=priority, in_doubt=in_doubt, settings=settings
        )

    try:
        print(f"link {with_platform(work)} {name}: {host}:{port}")
    except AlreadyThere as error:
        fail(str(error))


@app.command("list")
def list_() -> None:
    """All links and their settings (without passwords)."""
    for view in with_platform(list_links):
        link = view.link
        shown = {k: v for k, v in link.settings.items() if k != "password" and v not in {"", None}}
        settings = " ".join(f"{k}={v}" for k, v in shown.items())
        print(f"{link.id:>4}  {link.name:<16} {link.kind:<9} {'on ' if link.enabled else 'off'}  {settings}")


@app.command()
def status() -> None:
    """What the nodes say of their links; exit code 1 when one that should be up is not."""
    views = with_platform(list_links)
    for view in views:
        print(describe(view))
    if any(view.link.enabled and not view.is_up(now()) for view in views):
        raise SystemExit(1)


@app.command()
def enable(name: str) -> None:
    """Turn a link on."""
    _switch(name, enabled=True)


@app.command()
def disable(name: str) -> None:
    """Turn a link off: it drains, and its waiting messages take another way or wait."""
    _switch(name, enabled=False)


def _switch(name: str, *, enabled: bool) -> None:
    async def work(platform: Platform) -> bool:
        return await switch_link(platform, name, enabled=enabled)

    if not with_platform(work):
        fail(f"no link {name}; `lotsman carrier list` shows all")
    print(f"{name} is {'on' if enabled else 'off'}")


def describe(view: LinkView) -> str:
    link, status = view.link, view.status
    if not link.enabled:
        return f"{link.name:<16} off"
    if status is None or not view.is_current(now()):
        return f"{link.name:<16} not running on any node"
    load = f"in flight {status.in_flight}/{status.window}"
    return f"{link.name:<16} {status.state:<10} {load:<18} {view.node}  {status.detail}".rstrip()
