"""lotsman carrier: links to carriers."""

from typing import Annotated, Any, Final

import typer

from lotsman.carriers.described import describe as described
from lotsman.carriers.registry import SMPP_ERRORS, settings_of
from lotsman.cli.link_settings import NOT_SHOWN, pairs, shown, shown_url, typed, untyped, value_of
from lotsman.cli.session import fail, with_platform
from lotsman.cli.upstreams import add_upstream
from lotsman.node.clock import now
from lotsman.usecases import Platform, configure_carrier
from lotsman.usecases.configure_carrier import AlreadyThere, LinkView, find_link, list_links, switch_link

app = typer.Typer(help="Links to carriers.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Your name for the link.")]
Port = Annotated[int | None, typer.Option(help="Port of addresses that name none; 2775.")]
Bind = Annotated[str | None, typer.Option(help="transceiver, separate, transmitter or receiver.")]
Binds = Annotated[int | None, typer.Option(help="Binds to each address, all used at once.")]
SystemId = Annotated[str | None, typer.Option(help="Login given by the carrier.")]
Password = Annotated[
    str | None, typer.Option(help="Password given by the carrier (at most 8 characters in SMPP 3.4).")
]
SystemType = Annotated[str | None, typer.Option(help="Only if the carrier asks for one.")]
Window = Annotated[int | None, typer.Option(help="Submits of a bind that may await a response, 1..1000.")]
Rate = Annotated[float | None, typer.Option(help="Parts a second of the whole link; 0: no limit.")]
SenderRate = Annotated[
    list[str] | None, typer.Option(help="SENDER=PARTS a second; *=… for each other sender.")
]
PrefixRate = Annotated[list[str] | None, typer.Option(help="PREFIX=PARTS a second, of numbers.")]
Tls = Annotated[bool | None, typer.Option(help="Connect over TLS.")]
TlsVerify = Annotated[bool | None, typer.Option(help="Check the carrier's certificate.")]
TlsCa = Annotated[str | None, typer.Option(help="File with the carrier's own CA.")]
SubmitTimeout = Annotated[float | None, typer.Option(help="Seconds a submit may stay unanswered.")]
Serves = Annotated[str | None, typer.Option(help="What it carries, of sms, hlr, hlrvip, ping.")]
Alphabet = Annotated[str | None, typer.Option(help="What data_coding 0 means to it: gsm or latin1; or ucs2.")]
Long = Annotated[str | None, typer.Option(help="Long texts: udh8, udh16, sar or payload.")]
ErrorIs = Annotated[
    list[str] | None,
    typer.Option("--error", help="STATUS=ANSWER: slow, 'retry 30', 'next 603' or 'fail 601'."),
]
ReceiptError = Annotated[list[str] | None, typer.Option(help="ERR=CODE: our code for err: of receipts.")]
LookUp = Annotated[
    list[str] | None, typer.Option(help="NAME=VALUE: how look-ups are asked (docs/lookups.md).")
]
Set = Annotated[
    list[str] | None, typer.Option("--set", help="NAME=VALUE: any setting; `carrier settings` lists them.")
]


@app.command()
def add(
    name: Name,
    host: Annotated[str, typer.Option(help="Address of the SMSC: HOST[:PORT][/BIND], several with commas.")],
    port: Port = None,
    bind: Bind = None,
    binds: Binds = None,
    system_id: SystemId = None,
    password: Password = None,
    system_type: SystemType = None,
    window: Window = None,
    rate: Rate = None,
    sender_rate: SenderRate = None,
    prefix_rate: PrefixRate = None,
    separate: Annotated[bool, typer.Option(help="The same as --bind separate.")] = False,
    tls: Tls = None,
    tls_verify: TlsVerify = None,
    tls_ca: TlsCa = None,
    submit_timeout: SubmitTimeout = None,
    priority: Annotated[int, typer.Option(help="Lower is tried first.")] = 100,
    in_doubt: Annotated[
        str, typer.Option(help="A submit without an answer: hold (wait) or resend.")
    ] = "hold",
    serves: Serves = None,
    alphabet: Alphabet = None,
    long: Long = None,
    error: ErrorIs = None,
    receipt_error: ReceiptError = None,
    lookup: LookUp = None,
    set_: Set = None,
) -> None:
    """Add a link over SMPP; running nodes connect within seconds."""
    given = _given(
        host=host, port=port, bind="separate" if separate else bind, binds=binds, system_id=system_id,
        password=password, system_type=system_type, window=window, rate=rate, tls=tls, tls_verify=tls_verify,
        tls_ca=tls_ca, submit_timeout=submit_timeout, serves=serves, alphabet=alphabet, long=long,
    )  # fmt: skip
    tables = _tables(sender_rate, prefix_rate, error, receipt_error, lookup)
    settings = given | typed(settings_of(name, "smpp"), [*tables, *(set_ or [])], {})
    addresses = ", ".join(_address(each, settings.get("port", 2775)) for each in host.split(","))
    print(f"link {_add(name, 'smpp', priority, in_doubt, settings)} {name}: {addresses}")


@app.command("set")
def set_link(
    name: Name,
    host: Annotated[
        str | None, typer.Option(help="Address of the SMSC: HOST[:PORT][/BIND], several with commas.")
    ] = None,
    port: Port = None,
    bind: Bind = None,
    binds: Binds = None,
    system_id: SystemId = None,
    password: Password = None,
    system_type: SystemType = None,
    window: Window = None,
    rate: Rate = None,
    sender_rate: SenderRate = None,
    prefix_rate: PrefixRate = None,
    tls: Tls = None,
    tls_verify: TlsVerify = None,
    tls_ca: TlsCa = None,
    submit_timeout: SubmitTimeout = None,
    priority: Annotated[int | None, typer.Option(help="Lower is tried first.")] = None,
    in_doubt: Annotated[str | None, typer.Option(help="hold or resend.")] = None,
    serves: Serves = None,
    alphabet: Alphabet = None,
    long: Long = None,
    error: ErrorIs = None,
    receipt_error: ReceiptError = None,
    lookup: LookUp = None,
    set_: Set = None,
    unset: Annotated[
        list[str] | None, typer.Option(help="NAME, or NAME.KEY of a table: back to the default.")
    ] = None,
) -> None:
    """Change a link's settings and leave the others; it connects anew within seconds."""
    given = _given(
        host=host, port=port, bind=bind, binds=binds, system_id=system_id, password=password,
        system_type=system_type, window=window, rate=rate, tls=tls, tls_verify=tls_verify, tls_ca=tls_ca,
        submit_timeout=submit_timeout, serves=serves, alphabet=alphabet, long=long,
    )  # fmt: skip
    tables = _tables(sender_rate, prefix_rate, error, receipt_error, lookup)
    written = [*tables, *(set_ or [])]

    async def work(platform: Platform) -> None:
        view = await find_link(platform, name)
        if view is None:
            fail(_NO_LINK.format(name))
        before = view.link.settings
        kind = settings_of(name, view.link.kind)
        changed = untyped(kind, unset or [], before)
        changed |= given | typed(kind, written, before | changed)
        await configure_carrier.change_link(platform, name, changed, priority=priority, in_doubt=in_doubt)

    with_platform(work)
    print(f"{name} is changed")


@app.command()
def show(name: Name) -> None:
    """A link in full: how it is, what its receipts say of its carrier, and every setting that was made."""
    view = with_platform(lambda platform: find_link(platform, name))
    if view is None:
        fail(_NO_LINK.format(name))
    link = view.link
    print(describe(view))
    within = f", receipts within {link.deaf_after} s" if link.deaf_after else ""
    print(f"kind {link.kind}, priority {link.priority}, in doubt: {link.in_doubt}{within}")
    for setting, value in shown(link.settings, _described(link.kind)).items():
        print(f"  {setting:<20} {value}")


@app.command()
def settings(kind: Annotated[str, typer.Argument(help="smpp, upstream or http.")] = "smpp") -> None:
    """Every setting of a kind of link, for --set; and what command_status means by default."""
    try:
        found = described(settings_of(kind, kind))
    except LookupError as error:
        fail(str(error))
    for setting in found:
        default = value_of(setting.default) or "empty"
        print(f"{setting.name:<20} {setting.kind}; default {default}")
        if setting.meaning:
            print(f"{'':<20} {setting.meaning.replace('`', '')}")
    if kind == "smpp":
        print("\nerrors, unless the link says otherwise:")
        for status, answer in SMPP_ERRORS.items():
            print(f"  {status:<18} {answer}")


def _given(**options: Any) -> dict[str, Any]:
    given = {option: value for option, value in options.items() if value is not None}
    if "serves" in given:
        given["serves"] = _listed(given["serves"])
    return given


def _tables(
    sender_rate: list[str] | None,
    prefix_rate: list[str] | None,
    error: list[str] | None,
    receipt_error: list[str] | None,
    lookup: list[str] | None,
) -> list[str]:
    """The options that are entries of tables, as --set would say them."""
    options = {
        "sender_rates": sender_rate, "prefix_rates": prefix_rate, "errors": error, "receipt_errors": receipt_error,
        "lookup": lookup,
    }  # fmt: skip
    return [f"{setting}.{pair}" for setting, given in options.items() for pair in given or []]


def _address(written: str, port: int) -> str:
    address = written.strip()
    return address if ":" in address or "/" in address else f"{address}:{port}"


def _described(kind: str) -> list[Any]:
    try:
        return described(settings_of("", kind))
    except LookupError:
        return []


_NO_LINK: Final = "no link {}; `lotsman carrier list` shows all"


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
    """Add a provider that looks numbers up over HTTP and answers at once with JSON; messages: add-upstream."""
    settings: dict[str, Any] = {
        "url": url, "method": "POST" if body else "GET", "body": body, "state": state, "fields": pairs(field),
        "headers": pairs(header or []), "serves": _listed(serves), "window": window,
    }  # fmt: skip
    settings |= {word: said for word, said in (("served", served), ("refused", refused)) if said}
    print(f"link {_add(name, 'http', priority, in_doubt, settings)} {name}: {shown_url(url)}")


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


app.command("add-upstream")(add_upstream)


@app.command("list")
def list_() -> None:
    """All links and their settings, without passwords and what may have one in it."""
    for view in with_platform(list_links):
        link = view.link
        told = shown(link.settings, _described(link.kind)).items()
        pairs_ = " ".join(f"{setting}={value}" for setting, value in told if value != NOT_SHOWN)
        print(f"{link.id:>4}  {link.name:<16} {link.kind:<9} {'on ' if link.enabled else 'off'}  {pairs_}")


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


@app.command("expect-receipts")
def expect_receipts(
    name: Name,
    seconds: Annotated[int, typer.Argument(help="Some receipt comes within so many seconds; 0: never mind.")],
) -> None:
    """Say how soon receipts come; while none does, messages take the next way (docs/routing.md)."""

    async def work(platform: Platform) -> bool:
        return await configure_carrier.expect_receipts(platform, name, seconds)

    if not with_platform(work):
        fail(_NO_LINK.format(name))
    print(
        f"{name}: receipts are expected within {seconds} s"
        if seconds
        else f"{name}: no receipts are expected"
    )


def _switch(name: str, *, enabled: bool) -> None:
    async def work(platform: Platform) -> bool:
        return await switch_link(platform, name, enabled=enabled)

    if not with_platform(work):
        fail(_NO_LINK.format(name))
    print(f"{name} is {'on' if enabled else 'off'}")


def describe(view: LinkView) -> str:
    link, status = view.link, view.status
    if not link.enabled:
        return f"{link.name:<16} off"
    if status is None or not view.is_current(now()):
        return f"{link.name:<16} not running on any node"
    load = f"in flight {status.in_flight}/{status.window}"
    return f"{link.name:<16} {status.state:<10} {load:<18} {view.node}  {status.detail}".rstrip()
