"""What every command needs: settings, a platform for its time, and errors as one clear line."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import NoReturn, TypeVar

from lotsman.node import wiring
from lotsman.node.logs import set_up
from lotsman.node.settings import Settings, SettingsError, load
from lotsman.usecases import Platform, StoreUnavailable

Result = TypeVar("Result")


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


def with_platform(work: Callable[[Platform], Awaitable[Result]], *, any_schema: bool = False) -> Result:
    """Run `work` against the configured database, beside whatever nodes are running."""

    async def run() -> Result:
        database = wiring.open_database(found)
        try:
            if not any_schema:
                wiring.check_schema(database)
            loop = asyncio.get_running_loop()
            database.start(loop)
            return await work(wiring.make_platform(database, found, loop))
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
