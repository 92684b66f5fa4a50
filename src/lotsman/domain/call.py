"""What became of a telephone call, and what to do about it.

Rule 1: a call that was answered is paid; one that was not is paid back, whatever the reason.
Rule 2: whoever is busy or away is called again, a few times; whoever declines is not.
Rule 3: what says something about the trunk says nothing about the number.
"""

import json
import re
from collections.abc import Iterable
from enum import Enum
from typing import Final, NamedTuple

from lotsman.domain.refusals import Refusal


class Cause(Enum):
    """What ended a call."""

    PLAYED = "the text was read to its end"
    CALLEE = "the callee hung up"
    OURSELVES = "we hung up"
    REFUSED = "the trunk or the phone refused it, with a SIP status"
    SILENCE = "the trunk did not respond"
    LOST = "the engine died"


class End(NamedTuple):
    cause: Cause
    status: int = 0  # SIP, of a call that was refused
    reason: str = ""  # as the trunk wrote it


class Fate(Enum):
    """What a call that was not answered means for its message."""

    AGAIN = "the same number, later"
    OVER = "not delivered, and no use to try again"
    BAD_NUMBER = "there is no such number"
    TRUNK_FAULT = "another trunk may have it"


class Unanswered(NamedTuple):
    fate: Fate
    error: int  # a Refusal code: what its owner reads if nothing comes after it


_NUMBER = re.compile(r"[0-9]{5,}")
_BUSY: Final = Unanswered(Fate.AGAIN, Refusal.BUSY.code)
_AWAY: Final = Unanswered(Fate.AGAIN, Refusal.NO_ANSWER.code)
_DECLINED: Final = Unanswered(Fate.OVER, Refusal.CALL_DECLINED.code)
_NOBODY: Final = Unanswered(Fate.BAD_NUMBER, Refusal.UNDELIVERABLE.code)
_FAULT: Final = Unanswered(Fate.TRUNK_FAULT, Refusal.UNREACHABLE.code)
_BY_STATUS: Final = {  # RFC 3261 §21
    486: _BUSY, 600: _BUSY,
    408: _AWAY, 480: _AWAY, 487: _AWAY,
    603: _DECLINED, 607: _DECLINED, 608: _DECLINED,  # RFC 8197, 8688
    404: _NOBODY, 410: _NOBODY, 484: _NOBODY, 604: _NOBODY,
}  # fmt: skip

UNANSWERED: Final = frozenset({Refusal.BUSY.code, Refusal.NO_ANSWER.code, Refusal.CALL_DECLINED.code})


def unanswered(end: End) -> Unanswered:
    """Of a call that nobody answered; the engine's death is not for here: who knows what it did."""
    if end.cause is Cause.REFUSED:
        return _BY_STATUS.get(end.status, _FAULT)
    if end.cause is Cause.SILENCE:
        return _FAULT
    return _AWAY


def masked(said: str) -> str:
    """What a trunk or an engine said, for a log: without numbers of telephones."""
    return _NUMBER.sub("…", said)


class CallRecord(NamedTuple):
    """What is kept of a call with its message, and told to its owner."""

    duration: int = 0  # seconds from the answer, begun ones count
    keys: str = ""  # that the callee pressed: 0-9 * # A-D


NAMES: Final = CallRecord._fields
KEYS: Final = frozenset("0123456789*#ABCD")


def load(attributes: str) -> CallRecord:
    """What was kept as JSON; of a message that was not called yet, nothing."""
    values = json.loads(attributes) if attributes else {}
    return CallRecord(int(values.get("duration", 0)), str(values.get("keys", "")))


def caller_ending_in(code: str, pool: Iterable[str]) -> str | None:
    """A number of the pool whose last digits are the code; a star in the pool is any digit."""
    for number in pool:
        caller = number[: -len(code)] + code if len(number) > len(code) else ""
        if caller and all(
            digit != "*" and place in {"*", digit} for place, digit in zip(number, caller, strict=True)
        ):
            return caller
    return None
