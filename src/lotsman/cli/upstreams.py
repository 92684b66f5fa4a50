"""lotsman carrier add-upstream: carriers and messengers that are reached over HTTP."""

import secrets
from typing import Annotated, Any, Final

import typer

from lotsman.cli.link_settings import pairs, shown_url
from lotsman.cli.session import fail, with_platform
from lotsman.usecases import Platform
from lotsman.usecases.configure_carrier import AlreadyThere, add_link

_RECEIPT: Final = frozenset({"id", "status", "error", "phone", "list"})


_Name = Annotated[str, typer.Argument(help="Your name for the link.")]
_Url = Annotated[str, typer.Option(help="Address of the carrier, of another Lotsman https://host/api.php.")]
_Profile = Annotated[
    str, typer.Option(help="Ready settings: smspilot (another Lotsman, or the original) or json.")
]
_Apikey = Annotated[str, typer.Option(help="Filled in for {apikey}.")]
_Word = Annotated[list[str] | None, typer.Option(help="NAME=VALUE, filled in for {NAME}: other credentials.")]
_Header = Annotated[list[str] | None, typer.Option(help="NAME=VALUE; also with {NAME} in it.")]
_Method = Annotated[str, typer.Option(help="GET, POST or PUT; empty: as the profile says, else POST.")]
_Body = Annotated[str, typer.Option(help="Of a POST: JSON if it begins like JSON, else a form.")]
_Id = Annotated[str, typer.Option("--id", help="Where the answer has its id: data.0.id, or re:PATTERN.")]
_Error = Annotated[str, typer.Option(help="Where the answer has an error or a status.")]
_Answer = Annotated[
    list[str] | None,
    typer.Option(help="WORD=MEANING: taken, refused, next, later:SECONDS, pause:SECONDS or doubt."),
]
_ReceiptsAt = Annotated[
    str, typer.Option(help="Public address of these nodes, for receipts: https://sms.example.com.")
]
_Receipt = Annotated[
    list[str] | None, typer.Option(help="id=, status=, error=, phone=, list=: where a receipt has it.")
]
_End = Annotated[list[str] | None, typer.Option(help="STATUS=END: delivered, failed, failed:CODE or wait.")]
_PollUrl = Annotated[str, typer.Option(help="Asked for receipts; {ids} is filled in.")]
_PollList = Annotated[str, typer.Option(help="Path of the list in its answer.")]
_Poll = Annotated[float, typer.Option(help="Seconds between two rounds of questions.")]
_Serves = Annotated[str, typer.Option(help="What it carries: sms, viber, vibersms.")]
_Sender = Annotated[str, typer.Option(help="Whom a messenger shows; empty: the word VIBER.")]
_Window = Annotated[int, typer.Option(help="Requests at a time, 1..1000.")]
_Timeout = Annotated[float, typer.Option(help="Seconds for an answer.")]
_Priority = Annotated[int, typer.Option(help="Lower is tried first.")]
_InDoubt = Annotated[str, typer.Option(help="A request without an answer: hold or resend.")]


def add_upstream(
    name: _Name,
    url: _Url,
    profile: _Profile = "",
    apikey: _Apikey = "",
    word: _Word = None,
    header: _Header = None,
    method: _Method = "",
    body: _Body = "",
    id_: _Id = "",
    error: _Error = "",
    answer: _Answer = None,
    receipts_at: _ReceiptsAt = "",
    receipt: _Receipt = None,
    end: _End = None,
    poll_url: _PollUrl = "",
    poll_list: _PollList = "",
    poll: _Poll = 15.0,
    serves: _Serves = "sms",
    sender: _Sender = "",
    window: _Window = 10,
    timeout: _Timeout = 30.0,
    priority: _Priority = 100,
    in_doubt: _InDoubt = "hold",
) -> None:
    """Add a carrier or a messenger that takes messages over HTTP; running nodes use it within seconds."""
    words = pairs(word or []) | ({"apikey": apikey} if apikey else {})
    given: dict[str, Any] = {
        "profile": profile, "method": method.upper(), "body": body, "id": id_, "error": error, "headers": pairs(header or []),
        "words": words, "answers": pairs(answer or []), "ends": pairs(end or []), "receipts_at": receipts_at,
        "poll_url": poll_url, "poll_list": poll_list, "sender": sender,
    }  # fmt: skip
    settings = {key: value for key, value in given.items() if value}
    settings |= {"url": url, "window": window, "timeout": timeout, "poll": poll}
    settings["serves"] = [each.strip().lower() for each in serves.split(",") if each.strip()]
    for part, place in pairs(receipt or []).items():
        if part not in _RECEIPT:
            fail(f"--receipt {part}: one of {', '.join(sorted(_RECEIPT))}")
        settings[f"receipt_{part}"] = place
    if receipts_at:
        settings["secret"] = secrets.token_hex(16)

    async def work(platform: Platform) -> int:
        return await add_link(
            platform, name=name, kind="upstream", priority=priority, in_doubt=in_doubt, settings=settings
        )

    try:
        number = with_platform(work)
    except AlreadyThere as error_:
        fail(str(error_))
    print(f"link {number} {name}: {shown_url(url)}")
    if receipts_at:
        print(
            f"receipts: {receipts_at.rstrip('/')}/receipts/{number}/{settings['secret']}  (shown this once)"
        )
