"""lotsman mail: what waits to be sent, what was given up, and whether mail works at all."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from lotsman.cli.session import fail, settings, with_platform
from lotsman.domain.outgoing_mail import address
from lotsman.node import wiring
from lotsman.node.clock import now
from lotsman.usecases import Platform
from lotsman.usecases.carry_mails import DueMail
from lotsman.usecases.oversee_mails import MailRow, latest_mails, retry_mails

app = typer.Typer(help="Mail to customers.", no_args_is_help=True)


@app.command("list")
def list_(most: Annotated[int, typer.Option(help="How many, the newest first.")] = 50) -> None:
    """What waits and what was given up, and why; what was sent is not kept."""

    async def work(platform: Platform) -> list[MailRow]:
        return await latest_mails(platform, most)

    for row in with_platform(work):
        state = "given up" if row.due_at is None else f"due {_at(row.due_at)}"
        print(f"{row.id:>6}  {row.recipient:<32} {state:<24} tries {row.tries}  {row.answer}".rstrip())


@app.command()
def retry(
    mail_id: Annotated[int | None, typer.Argument(help="Its number in the list; none: all.")] = None,
) -> None:
    """Try again now what failed, given up or not; a running node sends it."""

    async def work(platform: Platform) -> int:
        return await retry_mails(platform, mail_id, now())

    print(f"{with_platform(work)} to be tried again")


@app.command()
def test(to: Annotated[str, typer.Argument(metavar="ADDRESS", help="Where to.")]) -> None:
    """Send a mail at once, and say what the mail server said."""
    where = address(to)
    if where is None:
        fail(f"{to} is no e-mail address")

    async def work(platform: Platform) -> str:
        postman = wiring.make_postman(platform, settings())
        if postman is None:
            fail("mail is off; set LOTSMAN_SMTP_URL and LOTSMAN_MAIL_FROM")
        at = now()
        return await postman.send(
            DueMail(0, where, "Lotsman: проверка почты", "Почта работает. Mail works.\n", at, 1)
        )

    trouble = with_platform(work)
    if trouble:
        fail(f"not sent: {trouble}")
    print(f"the mail server took it; look into the mailbox of {where}")


def _at(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
