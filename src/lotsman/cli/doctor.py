"""lotsman doctor: is everything in order? One line for each check; exit code 1 when one fails."""

import asyncio
import os
import socket
import ssl
import sys

from lotsman.cli import demo
from lotsman.cli.carriers import describe
from lotsman.cli.session import settings, with_platform
from lotsman.node import wiring
from lotsman.node.clock import now
from lotsman.node.settings import Settings
from lotsman.usecases import Platform
from lotsman.usecases.configure_carrier import LinkView, examine, list_links
from lotsman.usecases.inspect import Audit, audit
from lotsman.usecases.oversee_mails import mails_left


def doctor() -> None:
    """Check settings, database, ledger, queue and links; say what to do about what is wrong."""
    found = settings()
    good = _say(
        sys.version_info >= (3, 11), f"Python {sys.version.split()[0]}", "Lotsman needs Python 3.11 or newer"
    )
    good &= _say(
        os.access(found.data, os.W_OK),
        f"data in {found.data.resolve()}",
        "the directory must exist and be writable",
    )

    async def work(platform: Platform) -> tuple[Audit, list[LinkView]]:
        return await audit(platform, now()), await list_links(platform)

    books, links = with_platform(work)
    good &= _say(True, "database answers, schema is current", "")
    good &= _say(
        not books.ledger_deviations,
        "ledger: every balance is the sum of its entries",
        f"{books.ledger_deviations} accounts differ",
    )
    good &= _say(
        not books.stuck,
        "queue: nothing past its deadline",
        f"{books.stuck} messages are; is a node with the role upkeep running?",
    )
    waiting = (
        ", ".join(f"{state.name.lower()} {count}" for state, count in books.waiting.items()) or "nothing"
    )
    _say(True, f"waiting: {waiting}", "")
    good &= _say(
        _answers(found),
        f"API answers on {found.host}:{found.port}",
        "no node is running there; `lotsman up` starts one",
    )
    for view in links:
        alarmed = view.status is not None and view.is_current(now()) and "ALERT" in view.status.detail
        right = view.is_up(now()) and not alarmed
        good &= _say(right or not view.link.enabled, f"link {describe(view)}", f"link {describe(view)}")
        if view.link.enabled:
            for right, what in asyncio.run(examine(view.link)):
                good &= _say(right, f"  {view.link.name} {what}", "")
    good &= _mail(found)
    if not good:
        raise SystemExit(1)


def _mail(found: Settings) -> bool:
    async def work(platform: Platform) -> tuple[str, str]:
        waiting, given_up = await mails_left(platform)
        counts = f"{waiting} waiting, {given_up} given up (`lotsman mail list`)"
        postman = wiring.make_postman(platform, found)
        if postman is None:
            return f"mail is off, LOTSMAN_SMTP_URL is empty: {counts}", ""
        return f"mail through {postman.server}: {counts}", await postman.trouble()

    line, trouble = with_platform(work)
    return _say(not trouble, line, f"{line}: {trouble}")


def _say(right: bool, fine: str, wrong: str) -> bool:
    print(f"ok    {fine}" if right else f"FAIL  {wrong or fine}")
    return right


def _answers(found: Settings) -> bool:
    host = "127.0.0.1" if found.host in demo.EVERYWHERE else found.host
    try:
        with socket.create_connection((host, found.port), 2) as plain, _secured(plain, found) as connection:
            connection.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            return b" 200 " in connection.recv(64)
    except OSError:
        return False


def _secured(plain: socket.socket, found: Settings) -> socket.socket:
    if found.tls_cert is None:
        return plain
    context = ssl.create_default_context()
    # It is asked by its address, and whether it is there; whose certificate it shows is another question.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(plain)
