"""What every command needs: settings, a platform for its time, and errors as one clear line."""

import asyncio
import getpass
import os
import sys
from collections.abc import Awaitable, Callable
from itertools import takewhile
from typing import Final, NoReturn, TypeVar

from lotsman.node import wiring
from lotsman.node.clock import now
from lotsman.node.logs import set_up
from lotsman.node.settings import Settings, SettingsError, load
from lotsman.usecases import Platform, Signature, StoreUnavailable

Result = TypeVar("Result")
_LONGEST_AUTHOR: Final = 64
_LONGEST_COMMAND: Final = 200


def fail(text: str) -> NoReturn:
    """One line that says what is wrong and what to do, and exit code 1."""
    print("lotsman:", *text.split(), file=sys.stderr)
    raise SystemExit(1)


def printable(text: str) -> str:
    """What a customer wrote, on one line and without anything that a terminal would obey."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def fail_unanswered(error: StoreUnavailable) -> NoReturn:
    fail(f"the database does not answer: {error}")


def settings() -> Settings:
    try:
        found = load()
    except SettingsError as error:
        fail(str(error))
    set_up(found.log_level, found.log_format)
    return found


def _signature() -> Signature:
    """Who signs for what this command changes: LOTSMAN_AUTHOR, else whoever runs it."""
    words = takewhile(lambda word: not word.startswith("-"), sys.argv[1:])  # options may be secrets
    author = os.environ.get("LOTSMAN_AUTHOR", "").strip() or _user()
    return Signature(
        printable(author)[:_LONGEST_AUTHOR], now(), printable(" ".join(words))[:_LONGEST_COMMAND]
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return f"uid {os.getuid()}"


def with_platform(work: Callable[[Platform], Awaitable[Result]], *, any_schema: bool = False) -> Result:
    """Run `work` against the configured database, beside whatever nodes are running."""

    async def run() -> Result:
        database = wiring.open_database(found)
        try:
            if not any_schema:
                wiring.check_schema(database)
            loop = asyncio.get_running_loop()
            database.start(loop)
            platform = wiring.make_platform(database, found, loop)
            platform.signature = _signature()
            return await work(platform)
        finally:
            database.close()

    found = settings()
    try:
        return asyncio.run(run())
    except SettingsError as error:
        fail(str(error))
    except StoreUnavailable as error:
        fail_unanswered(error)
    except (LookupError, ValueError) as error:
        fail(str(error))
