"""lotsman numbering: which operator a phone number belongs to."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from lotsman.cli.session import fail, settings
from lotsman.domain.def_plan import BadLine, read
from lotsman.domain.msisdn import Fault, parse
from lotsman.domain.numbering import Numbering
from lotsman.node import wiring

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
    """Country and operator of a number, and where that is known from."""
    msisdn = parse(number)
    if isinstance(msisdn, Fault):
        fail(f"{number} is no phone number ({msisdn.name.lower()})")
    place = Numbering(wiring.plan_ranges(settings())).place(msisdn)
    if place is None:
        fail(f"{msisdn}: no such number")
    print(f"{msisdn}  {place.country} {place.operator or '-'}  {place.mccmnc or '-'}  ({place.source})")
