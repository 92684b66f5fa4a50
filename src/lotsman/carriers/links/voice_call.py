"""One call from its first ring to its end, and the time that each of its stages may take.

In: what the engine says of it. Out: its end, in which the call has come to what its fields say.
Rule 1: a call always ends: an engine that does not end it when asked has lost it.
"""

import asyncio
import contextlib
from typing import Final

from lotsman.carriers.links.call_engine import CallEngine
from lotsman.carriers.links.voice_settings import VoiceSettings
from lotsman.domain.call import Cause, End
from lotsman.domain.message import Outgoing
from lotsman.domain.service import Service

_HANGS_UP: Final = 8.0  # seconds that the engine has for it
_MOST_KEYS: Final = 100


class Call:
    def __init__(self, message: Outgoing, caller: str) -> None:
        self._loop = asyncio.get_running_loop()
        self.message, self.caller = message, caller
        self.answered_at = 0.0  # the loop's time; 0: never
        self.keys = ""
        self.dialled = False  # or may have been
        self.given_up = False  # by us: nobody answered, or it was enough
        self.stopped = False  # by us, as the node stops
        self._rang_at = 0.0
        self._rang, self._answered = asyncio.Event(), asyncio.Event()  # set as well when it has ended
        self._ended: asyncio.Future[End] = self._loop.create_future()

    @property
    def rang_for(self) -> float:
        """Seconds since it began to ring; 0: it did not."""
        return self._loop.time() - self._rang_at if self._rang_at else 0.0

    @property
    def lasted(self) -> float:
        """Seconds since it was answered."""
        return self._loop.time() - self.answered_at if self.answered_at else 0.0

    async def run(self, engine: CallEngine, s: VoiceSettings) -> End:
        """From the dialling to the end."""
        if not await _within(s.setup_timeout, self._rang):
            await self._hang_up(engine)
            end = await self._ended
            return end if end.cause is Cause.REFUSED else End(Cause.SILENCE, reason="no response")
        flash = self.message.service is Service.FLASHCALL
        answered = await _within(s.flash_ring if flash else s.ring_timeout, self._answered)
        if not answered or (flash and not self._ended.done()):
            await self._hang_up(engine)
        done, _ = await asyncio.wait([self._ended], timeout=s.talk_timeout)
        if not done:
            await self._hang_up(engine)
        return await self._ended

    async def _hang_up(self, engine: CallEngine) -> None:
        self.given_up = True
        await engine.hang_up(self.message.id)
        done, _ = await asyncio.wait([self._ended], timeout=_HANGS_UP)
        if not done:
            self.on_ended(End(Cause.LOST, reason="the engine did not hang up"))

    # What the engine says

    def on_ringing(self) -> None:
        if not self._rang_at:
            self._rang_at = self._loop.time()
            self._rang.set()

    def on_answered(self) -> None:
        self.on_ringing()
        self.answered_at = self._loop.time()
        self._answered.set()

    def on_key(self, digit: str) -> None:
        self.keys = (self.keys + digit)[:_MOST_KEYS]

    def on_ended(self, end: End) -> None:
        if not self._ended.done():
            self._ended.set_result(end)
            self._rang.set()
            self._answered.set()


async def _within(seconds: float, happens: asyncio.Event) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await happens.wait()
    return happens.is_set()
