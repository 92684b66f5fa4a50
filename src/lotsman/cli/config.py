"""lotsman config: the configuration as a file, who changed it, and taking changes back."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from lotsman.cli.session import fail, with_platform
from lotsman.domain.configuration import SECTIONS, Objects, said
from lotsman.node.clock import now
from lotsman.usecases import Platform
from lotsman.usecases.change_configuration import (
    ChangeRow,
    Plan,
    apply_plan,
    change_history,
    export,
    plan,
    undo,
)

app = typer.Typer(
    help="Carriers, routes, prices and texts as a file; who changed them.", no_args_is_help=True
)

File = Annotated[Path, typer.Argument(help="YAML as `export` prints it, or - for standard input.")]


class _Dumper(yaml.SafeDumper):
    """Price lists as blocks of lines."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


@app.command("export")
def export_(
    sections: Annotated[
        list[str] | None, typer.Argument(help=f"Only these of {', '.join(SECTIONS)}.")
    ] = None,
    secrets: Annotated[
        bool,
        typer.Option("--secrets", help="With passwords; else they are left as they are when it is applied."),
    ] = False,
) -> None:
    """Print the configuration as YAML."""
    if unknown := set(sections or ()) - set(SECTIONS):
        fail(f"no section {', '.join(sorted(unknown))}; one of {', '.join(SECTIONS)}")

    async def work(platform: Platform) -> Objects:
        return await export(platform, secrets=secrets)

    found = {name: value for name, value in with_platform(work).items() if not sections or name in sections}
    yaml.dump(found, sys.stdout, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)


@app.command()
def diff(file: File) -> None:
    """Say what a file would change; exit code 1 when it would change anything."""
    document = _read(file)

    async def work(platform: Platform) -> Plan:
        return await plan(platform, document)

    if _print(with_platform(work)):
        raise SystemExit(1)


@app.command()
def apply(file: File) -> None:
    """Make the configuration what a file says, all of it at once or nothing. Nodes follow within a second or two."""
    document = _read(file)

    async def work(platform: Platform) -> Plan:
        found = await plan(platform, document)
        await apply_plan(platform, found, now())
        return found

    count = _print(with_platform(work))
    print(f"{count} changed" if count else "nothing to change")


@app.command()
def history(limit: Annotated[int, typer.Option(help="How many.")] = 20) -> None:
    """The latest changes: when, by whom, what."""

    async def work(platform: Platform) -> list[ChangeRow]:
        return await change_history(platform, limit)

    for change in with_platform(work):
        moment = datetime.fromtimestamp(change.at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        undoes = f" (undoes {change.undoes})" if change.undoes else ""
        print(f"{change.id:>5}  {moment}  {change.author:<16} {change.what}{undoes}")
        for line in _lines(Plan(change.before, change.after)):
            print(f"         {line}")


@app.command("undo")
def undo_(change_id: Annotated[int, typer.Argument(help="Its number in `history`.")]) -> None:
    """Make everything that a change touched what it was before, unless it was changed again since."""

    async def work(platform: Platform) -> ChangeRow:
        return await undo(platform, change_id, now())

    change = with_platform(work)
    print(f"change {change.id} of {change.author} is undone")


def _read(file: Path) -> Any:
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
        return yaml.safe_load(text) or {}
    except OSError as error:
        fail(f"cannot read {file}: {error.strerror}")
    except UnicodeDecodeError:
        fail(f"{file} is not in UTF-8")
    except yaml.YAMLError as error:
        fail(f"{file} is no YAML: {error}")


def _print(found: Plan) -> int:
    lines = _lines(found)
    for line in lines:
        print(line)
    return len(lines)


def _lines(found: Plan) -> list[str]:
    return [said(difference) for difference in found.differences]
