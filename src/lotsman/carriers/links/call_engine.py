"""What places calls for a voice link. Another SIP engine takes baresip's place by having these members."""

from pathlib import Path
from typing import NamedTuple, Protocol

from lotsman.domain.call import End


class Dial(NamedTuple):
    """A call to be placed."""

    key: int  # of the caller's choice, one for each call
    callee: str  # as the trunk wants it dialled: digits, perhaps a plus before them
    caller: str  # the number that the phone shall show
    audio: Path  # WAV, 8 kHz, 16 bits, one channel: read to whoever answers, then the call ends


class CallEvents(Protocol):
    """What an engine tells; on the event loop. After `ended` of a call nothing more of it."""

    def ringing(self, key: int) -> None:
        """The other side has begun to search or to ring; may come more than once."""

    def answered(self, key: int) -> None: ...

    def pressed(self, key: int, digit: str) -> None: ...

    def ended(self, key: int, end: End) -> None: ...

    def engine_changed(self) -> None:
        """`ready` and `trouble` are new."""


class EngineDown(Exception):
    """The call was not placed: there is no engine to do it."""


class CallEngine(Protocol):
    installed: bool  # as far as is known
    ready: bool  # it can place calls now
    trouble: str  # why it cannot, for people; "" while it can

    def start(self) -> None:
        """Begins to run, and runs again whenever it dies."""

    async def dial(self, call: Dial) -> None:
        """Returns when the call is on its way; raises EngineDown when it surely is not.

        No two calls to one callee are placed at once.
        """

    async def hang_up(self, key: int) -> None:
        """End a call, which is then `ended` by OURSELVES, unless it just ended otherwise."""

    async def stop(self) -> None:
        """Calls that are left are hung up."""
