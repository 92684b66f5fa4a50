"""lotsman carrier: links to carriers."""

from typing import Annotated, Any, Final

import typer

from lotsman.cli.session import fail, with_platform
from lotsman.node.clock import now
from lotsman.usecases import Platform, configure_carrier
from lotsman.usecases.configure_carrier import AlreadyThere, LinkView, list_links, switch_link

app = typer.Typer(help="Links to carriers.", no_args_is_help=True)


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
    serves: Annotated[str, typer.Option(help="What it carries, of sms, hlr, hlrvip, ping.")] = "sms",
    alphabet: Annotated[str, typer.Option(help="What data_coding 0 means to it: gsm or latin1.")] = "gsm",
    lookup: Annotated[
        list[str] | None, typer.Option(help="NAME=VALUE: how look-ups are asked (docs/lookups.md).")
    ] = None,
) -> None:
    """Add a link over SMPP; running nodes connect within seconds."""
    settings: dict[str, Any] = {
        "host": host, "port": port, "system_id": system_id, "password": password, "system_type": system_type,
        "bind": "separate" if separate else "transceiver", "window": window, "tls": tls, "tls_verify": tls_verify,
        "tls_ca": tls_ca, "submit_timeout": submit_timeout, "serves": _listed(serves), "alphabet": alphabet,
        "lookup": _lookup(lookup or []),
    }  # fmt: skip
    print(f"link {_add(name, 'smpp', priority, in_doubt, settings)} {name}: {host}:{port}")


@app.command("add-http")
def add_http(
    name: Annotated[str, typer.Argument(help="Your name for the link.")],
    url: Annotated[
        str, typer.Option(help="Asked for each number; {msisdn}, {service} and {id} are filled in.")
    ],
    field: Annotated[
        list[str], typer.Option(help="NAME=PATH: where the answer has it, as imsi=data.0.imsi.")
    ],
    state: Annotated[str, typer.Option(help="Path of the word that says whether the number is served.")] = "",
    served: Annotated[str, typer.Option(help="What that word then is; several with commas.")] = "",
    refused: Annotated[str, typer.Option(help="What it is when nothing was looked up.")] = "",
    body: Annotated[str, typer.Option(help="Sent by POST, filled in like the URL; empty: GET.")] = "",
    header: Annotated[list[str] | None, typer.Option(help="NAME=VALUE, for credentials.")] = None,
    serves: Annotated[str, typer.Option(help="What it carries, of hlr, hlrvip, ping.")] = "hlr,hlrvip",
    window: Annotated[int, typer.Option(help="Requests at a time, 1..1000.")] = 10,
    priority: Annotated[int, typer.Option(help="Lower is tried first.")] = 100,
    in_doubt: Annotated[str, typer.Option(help="A request without an answer: resend or hold.")] = "resend",
) -> None:
    """Add a provider that looks numbers up over HTTP and answers at once with JSON."""
    settings: dict[str, Any] = {
        "url": url, "method": "POST" if body else "GET", "body": body, "state": state, "fields": _pairs(field),
        "headers": _pairs(header or []), "serves": _listed(serves), "window": window,
    }  # fmt: skip
    settings |= {word: said for word, said in (("served", served), ("refused", refused)) if said}
    print(f"link {_add(name, 'http', priority, in_doubt, settings)} {name}: {url}")


def _add(name: str, kind: str, priority: int, in_doubt: str, settings: dict[str, Any]) -> int:
    async def work(platform: Platform) -> int:
        return await configure_carrier.add_link(
            platform, name=name, kind=kind, priority=priority, in_doubt=in_doubt, settings=settings
        )

    try:
        return with_platform(work)
    except AlreadyThere as error:
        fail(str(error))


def _listed(words: str) -> list[str]:
    return [word.strip().lower() for word in words.split(",") if word.strip()]


def _pairs(written: list[str]) -> dict[str, str]:
    pairs = dict(pair.partition("=")[::2] for pair in written)
    if "" in pairs or not all("=" in pair for pair in written):
        fail("expected NAME=VALUE")
    return pairs


def _lookup(written: list[str]) -> dict[str, Any]:
    """Settings of look-ups: numbers may be hexadecimal, a TLV is written tlv.0x1403=mccmnc."""
    found: dict[str, Any] = {}
    for name, value in _pairs(written).items():
        group, _, tag = name.partition(".")
        if group == "tlv" and tag:
            found.setdefault("tlvs", {})[tag] = value
        else:
            found[name] = _number(name, value) if name in _NUMBERS else value
    return found


def _number(name: str, value: str) -> int:
    try:
        return int(value, 0)
    except ValueError:
        fail(f"{name} is a number, not {value}")


_SECRET: Final = frozenset({"password", "headers"})
_NUMBERS: Final = frozenset({"ping_pid", "ping_dcs", "ping_esm_class"})


@app.command("list")
def list_() -> None:
    """All links and their settings (without passwords and headers)."""
    for view in with_platform(list_links):
        link = view.link
        shown = {k: v for k, v in link.settings.items() if k not in _SECRET and v not in ("", None, {})}
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
