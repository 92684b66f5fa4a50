"""lotsman carrier reconcile: a carrier's list against ours."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from lotsman.cli.session import fail, printable, with_platform
from lotsman.domain import money
from lotsman.domain.reconciliation import BadList, CarrierLine, Verdict, read
from lotsman.usecases import Platform
from lotsman.usecases.reconcile_carrier import Difference, Reconciliation
from lotsman.usecases.reconcile_carrier import reconcile as reconciled

_ENCODINGS: Final = ("utf-8-sig", "cp1251")


def reconcile(
    link: Annotated[str, typer.Argument(help="Name of the link.")],
    file: Annotated[Path, typer.Argument(help="The carrier's list as CSV: one line for each part.")],
    start: Annotated[str, typer.Option("--from", help="Our parts from this day on, as 2026-11-01 (UTC).")],
    end: Annotated[str, typer.Option("--to", help="And until before this day; empty: only that day.")] = "",
    id_: Annotated[str, typer.Option("--id", help="Head of the column of message ids.")] = "",
    phone: Annotated[str, typer.Option(help="Of phones.")] = "",
    status: Annotated[str, typer.Option(help="Of states.")] = "",
    price: Annotated[str, typer.Option(help="Of prices.")] = "",
    show: Annotated[int, typer.Option(help="How many differences to print.")] = 50,
) -> None:
    """Compare a carrier's list with ours: what only one side knows, other states, other prices. Exit code 1 for any."""
    first = _day(start)
    last = _day(end) if end else first + timedelta(days=1)
    columns = {"id": id_, "phone": phone, "status": status, "price": price}

    async def work(platform: Platform) -> Reconciliation:
        lines = _lines(file, columns)
        return await reconciled(platform, link, lines, _ms(first), _ms(last))

    try:
        found = with_platform(work)
    except BadList as error:
        fail(f"{file}: {error}")
    for difference in found.differences[:show]:
        print(_told(difference))
    for verdict in Verdict:
        print(f"{verdict:<16} {found.counts[verdict]:>9}")
    print(f"they ask {money.fine_text(found.their_money)}, we expect {money.fine_text(found.our_money)}")
    if not found.agrees:
        raise SystemExit(1)


def _lines(file: Path, columns: dict[str, str]) -> Iterator[CarrierLine]:
    """Read as it is needed: a list may be long."""
    try:
        with file.open(encoding=_encoding(file), newline="") as text:
            yield from read(text, columns)
    except OSError as error:
        raise BadList(f"cannot be read: {error.strerror}") from None


def _encoding(file: Path) -> str:
    """The first that fits from beginning to end."""
    for encoding in _ENCODINGS:
        try:
            with file.open(encoding=encoding) as text:
                while text.read(1 << 20):
                    pass
        except UnicodeDecodeError:
            continue
        return encoding
    raise BadList("is neither in UTF-8 nor in Windows-1251")


def _told(difference: Difference) -> str:
    theirs, ours = difference.theirs, difference.ours
    said = [f"{difference.verdict:<16}"]
    if theirs is not None:
        cost = "" if theirs.price is None else f" {money.fine_text(theirs.price)}"
        state = {True: " delivered", False: " failed", None: ""}[theirs.delivered]
        said.append(f"line {theirs.number}: {printable(theirs.id)} {theirs.phone}{state}{cost}".rstrip())
    if ours is not None:
        cost = "" if ours.cost is None else f" {money.fine_text(ours.cost)}"
        said.append(
            f"ours: message {ours.message_id} part {ours.part} {ours.smsc_id} {ours.phone} {ours.state.name.lower()}{cost}"
        )
    return "  ".join(said)


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        fail(f"a day is written as 2026-11-01, not {text}")


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
