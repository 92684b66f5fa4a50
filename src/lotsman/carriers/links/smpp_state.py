"""What a link says of itself: a word and a sentence, made of its binds and of its rate. For people, and for alarms."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from lotsman.carriers.links.pace import Throttle
from lotsman.carriers.links.smpp_bind import SmppBind

STALLED_AFTER: Final = 5.0  # seconds without any answer to what is on the wire
_LOOK_EVERY: Final = 1.0


def judge(
    binds: Sequence[SmppBind], throttle: Throttle, pause: float, *, stalled: bool = False
) -> tuple[str, str]:
    """(state, detail). Bound: it can send, if it is meant to, and hear receipts, if it is meant to.

    `pause`: seconds for which a link that was throttled sends nothing; 0: it sends.
    """
    missing = [bind for bind in binds if bind.protocol is None]
    why = next((f"{bind.address}: {bind.why}" for bind in missing if bind.why), "")
    if not _works(binds):
        refused = any(bind.refused for bind in missing)
        return "refused" if refused else "connecting", missing[0].why if len(binds) == 1 else why
    said = ["nothing is answered"] if stalled else []
    if throttle.lowered:
        said.append(_slow(throttle, pause))
    if missing:
        said.append(f"{len(binds) - len(missing)} of {len(binds)} binds")
        said += [why] if why else []
    state = "stalled" if stalled else "throttled" if throttle.lowered else "bound"
    return state, "; ".join(said)


class Pulse:
    """Does the carrier still answer? Looks every second; `changed` is called when it stops, or begins again."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self.stalled = False
        self._waiting = False  # something is on the wire
        self._at = 0.0  # when something was last answered, or went out after everything had been
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(_LOOK_EVERY, self.start)
        self._judge()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def beat(self, in_flight: int) -> None:
        """Something was answered, or went out; so many submits are unanswered now."""
        self._at, self._waiting = asyncio.get_running_loop().time(), in_flight > 0
        if self.stalled:
            self._judge()

    def _judge(self) -> None:
        stalled = self._waiting and asyncio.get_running_loop().time() - self._at > STALLED_AFTER
        if stalled != self.stalled:
            self.stalled = stalled
            self._changed()


def _slow(throttle: Throttle, pause: float) -> str:
    full = f" of {throttle.agreed:g}" if throttle.agreed else ""
    rate = f"{throttle.rate:.3g}{full} parts a second"
    return f"pausing {pause:.1f} s, then {rate}" if pause else f"slowed to {rate}"


def _works(binds: Sequence[SmppBind]) -> bool:
    senders = [bind for bind in binds if bind.sends]
    receivers = [bind for bind in binds if bind.receives]
    return all(any(bind.protocol is not None for bind in some) for some in (senders, receivers) if some)
