"""lotsman numbering: which operator a phone number belongs to."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from lotsman.cli.session import fail, settings, with_platform
from lotsman.domain.columns import local_time
from lotsman.domain.def_plan import BadLine, read
from lotsman.domain.msisdn import Fault, parse
from lotsman.domain.numbering import Numbering, Place
from lotsman.domain.portability import Port, place_in
from lotsman.node import wiring
from lotsman.node.clock import now
from lotsman.usecases.learn_ports import port_of

app = typer.Typer(help="Countries and operators of phone numbers.", no_args_is_help=True)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="DEF-9xx.csv, the official plan of Russian mobile numbers.")],
) -> None:
    """Take the official plan into use: checked, copied into the data directory, read when a node starts."""
    found = settings()
    bad: list[BadLine] = []
    try:
        with file.open(encoding="utf-8-sig", errors="replace") as lines:
            count = sum(1 for _ in read(lines, bad))
    except OSError as error:
        fail(f"cannot read {file}: {error.strerror}")
    for line in bad[:10]:
        print(f"line {line.number}: {line.reason}")
    if not count:
        fail(f"{file} has no range of numbers in it; nothing was changed")
    target = wiring.numbering_plan(found)
    target.parent.mkdir(parents=True, exist_ok=True)
    if file.resolve() != target.resolve():
        shutil.copyfile(file, target)
    print(f"{count} ranges, {len(bad)} lines not understood; restart the nodes to use {target}")


@app.command()
def where(number: Annotated[str, typer.Argument(help="A phone number, as anybody writes it.")]) -> None:
    """Country and operator of a number, and where that is known from: the plan, or what a look-up found."""
    msisdn = parse(number)
    if isinstance(msisdn, Fault):
        fail(f"{number} is no phone number ({msisdn.name.lower()})")
    place = Numbering(wiring.plan_ranges(settings())).place(msisdn)
    if place is None:
        fail(f"{msisdn}: no such number")
    print(_shown(msisdn, place))
    port = _learned(msisdn)
    found = place_in(port.mccmnc, port.source) if port else None
    if port and found:
        print(f"{_shown(msisdn, found)}  on {local_time(port.learned_at, 'UTC')} UTC")


def _shown(msisdn: str, place: Place) -> str:
    return f"{msisdn}  {place.country} {place.operator or '-'}  {place.mccmnc or '-'}  ({place.source})"


def _learned(msisdn: str) -> Port | None:
    """What is believed of it; None also where there is no database yet."""
    found = settings()
    if found.database.startswith("sqlite:///") and not Path(found.database[len("sqlite:///") :]).exists():
        return None
    port = with_platform(lambda platform: port_of(platform, msisdn))
    oldest = now() - found.portability_days * 24 * 60 * 60 * 1000
    return port if port and port.learned_at >= oldest else None
