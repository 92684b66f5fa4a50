"""lotsman carrier add-voice: SIP trunks."""

from typing import Annotated, Any

import typer

from lotsman.carriers.registry import settings_of
from lotsman.cli.link_settings import typed
from lotsman.cli.session import fail, with_platform
from lotsman.usecases import Platform
from lotsman.usecases.configure_carrier import AlreadyThere, add_link


def add_voice(
    name: Annotated[str, typer.Argument(help="Your name for the link.")],
    trunk: Annotated[str, typer.Option(help="sip:host:port, perhaps with ;transport=tcp or tls.")],
    caller: Annotated[str, typer.Option(help="The number that phones show.")],
    user: Annotated[
        str | None, typer.Option(help="Login given by the trunk; none: it knows us by our address.")
    ] = None,
    password: Annotated[str | None, typer.Option(help="Password given by the trunk.")] = None,
    register: Annotated[
        int | None, typer.Option(help="Seconds between registrations, if the trunk wants them.")
    ] = None,
    dial: Annotated[
        str | None, typer.Option(help="How numbers are dialled: {msisdn}, +{msisdn}, 8{national}.")
    ] = None,
    window: Annotated[int | None, typer.Option(help="Calls at a time, 1..100.")] = None,
    tries: Annotated[int | None, typer.Option(help="Calls to who is busy or does not answer.")] = None,
    quiet: Annotated[
        str | None, typer.Option(help="Nobody is called then, except with a code: 22:00-08:00.")
    ] = None,
    flash_numbers: Annotated[
        str | None, typer.Option(help="Callers of FLASHCALL, with commas: 7495123**** or whole numbers.")
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="NAME=VALUE, any other setting (docs/voice.md).")
    ] = None,
    priority: Annotated[int, typer.Option(help="Lower is tried first.")] = 100,
    in_doubt: Annotated[
        str, typer.Option(help="A call whose end nobody saw: hold (wait) or resend (call again).")
    ] = "hold",
) -> None:
    """Add a SIP trunk for GOLOS and FLASHCALL; it needs baresip and a voice on the node (`lotsman doctor`)."""
    given: dict[str, Any] = {
        "trunk": trunk, "caller": caller, "user": user, "password": password, "register": register, "dial": dial,
        "window": window, "tries": tries, "quiet": quiet,
    }  # fmt: skip
    pool = [number.strip() for number in (flash_numbers or "").split(",") if number.strip()]
    if pool:
        given |= {"flash_numbers": pool, "serves": ["voice", "flashcall"]}
    settings = {key: value for key, value in given.items() if value is not None}
    settings |= typed(settings_of(name, "voice"), set_ or [], settings)

    async def work(platform: Platform) -> int:
        return await add_link(
            platform, name=name, kind="voice", priority=priority, in_doubt=in_doubt, settings=settings
        )

    try:
        print(f"link {with_platform(work)} {name}: {trunk}")
    except AlreadyThere as error:
        fail(str(error))
