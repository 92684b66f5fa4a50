"""The control socket of baresip (its module ctrl_tcp): JSON in netstrings; commands are answered in order.

Rule 1: one command at a time. Baresip 1.0 loses what it reads in two pieces, and two that wait together may be.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

Event = Mapping[str, Any]

_LONGEST: Final = 1_000_000  # bytes of what it says at once
_PATIENCE: Final = 5.0  # seconds for an answer
_DIGITS: Final = 8


class ControlLost(Exception):
    """The engine is gone, hangs, or says what nobody understands."""


class BaresipControl:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._turn = asyncio.Lock()
        self._answer: asyncio.Future[str] | None = None

    async def command(self, name: str, parameters: str = "") -> str:
        """What it answers, as text; raises ControlLost."""
        said = json.dumps({"command": name, "params": parameters, "token": name}).encode()
        async with self._turn:
            self._answer = asyncio.get_running_loop().create_future()
            try:
                self._writer.write(b"%d:%s," % (len(said), said))
                async with asyncio.timeout(_PATIENCE):
                    return await self._answer
            except (OSError, TimeoutError) as error:
                raise ControlLost(f"no answer to {name}") from error
            finally:
                self._answer = None

    async def events(self) -> AsyncIterator[Event]:
        """What happens, until the engine is gone: then raises ControlLost. Answers are read on the way."""
        try:
            while True:
                said = json.loads(await self._message())
                if said.get("event"):
                    yield said
                elif said.get("response") and self._answer is not None and not self._answer.done():
                    self._answer.set_result(str(said.get("data", "")))
        except (OSError, ValueError, asyncio.IncompleteReadError, AttributeError) as error:
            raise ControlLost("the engine closed its control connection") from error
        finally:
            if self._answer is not None and not self._answer.done():
                self._answer.set_exception(ControlLost("the engine is gone"))

    async def _message(self) -> bytes:
        size = await self._reader.readuntil(b":")
        if len(size) > _DIGITS or not size[:-1].isdigit() or int(size[:-1]) > _LONGEST:
            raise ValueError("no netstring")
        body = await self._reader.readexactly(int(size[:-1]) + 1)
        return body[:-1]

    def close(self) -> None:
        with contextlib.suppress(OSError, RuntimeError):
            self._writer.close()
