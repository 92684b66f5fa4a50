"""lotsman list: numbers that get nothing, and numbers that get any text."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lotsman.cli.accounts import account_of
from lotsman.cli.session import fail, with_platform
from lotsman.node.clock import now
from lotsman.usecases import Platform
from lotsman.usecases.edit_phone_list import (
    INSTALLATION,
    ListedPhone,
    ListKind,
    add_to_list,
    remove_from_list,
    show_list,
)

app = typer.Typer(help="Black lists (212) and white lists (spam protection).", no_args_is_help=True)


class Kind(StrEnum):
    BLACK = "black"
    WHITE = "white"


WhichList = Annotated[Kind, typer.Argument(help="black: gets nothing; white: gets any text.")]
Whose = Annotated[
    str, typer.Argument(help="An account as in `lotsman account`, or all: the whole installation.")
]
Numbers = Annotated[list[str] | None, typer.Argument(help="Phone numbers.")]
FromFile = Annotated[Path | None, typer.Option("--file", help="A file with a number on each line.")]


@app.command()
def add(
    kind: WhichList,
    who: Whose,
    numbers: Numbers = None,
    file: FromFile = None,
    note: Annotated[str, typer.Option(help="Why, for whoever asks later.")] = "",
) -> None:
    """Put numbers on a list; it counts from the next message on."""
    found = _numbers(numbers, file)

    async def work(platform: Platform) -> int:
        owner = await owner_of(platform, who)
        return await add_to_list(platform, owner, ListKind[kind.name], found, note, now())

    print(f"{with_platform(work)} added, {len(found)} given")


@app.command()
def remove(kind: WhichList, who: Whose, numbers: Numbers = None, file: FromFile = None) -> None:
    """Take numbers off a list."""
    found = _numbers(numbers, file)

    async def work(platform: Platform) -> int:
        return await remove_from_list(platform, await owner_of(platform, who), ListKind[kind.name], found)

    print(f"{with_platform(work)} removed, {len(found)} given")


@app.command()
def show(
    kind: WhichList, who: Whose, most: Annotated[int, typer.Option(help="How many at most.")] = 1000
) -> None:
    """The numbers on a list."""

    async def work(platform: Platform) -> list[ListedPhone]:
        return await show_list(platform, await owner_of(platform, who), ListKind[kind.name], most)

    for phone in with_platform(work):
        print(f"{phone.msisdn:<15}  {phone.note}".rstrip())


async def owner_of(platform: Platform, who: str) -> int:
    """The account, or the whole installation."""
    return INSTALLATION if who == "all" else await account_of(platform, who)


def _numbers(numbers: list[str] | None, file: Path | None) -> list[str]:
    found = list(numbers or ())
    if file is not None:
        try:
            found += [line.strip() for line in file.read_text().splitlines() if line.strip()]
        except (OSError, UnicodeDecodeError) as error:
            fail(f"cannot read {file}: {error}")
    if not found:
        fail("give numbers, or a file of them")
    return found
