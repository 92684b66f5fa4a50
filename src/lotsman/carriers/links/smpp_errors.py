"""What a carrier's errors mean to us: command_status of a submit, and the error code of a receipt.

A status has one of four answers, written in a link's settings in these words:
    slow         the carrier asks to slow down: the part waits in this link, which sends less for a while
    retry 30     try again after so many seconds
    next 603     not this carrier: the next one of the route; when there is none, it has failed with this code
    fail 601     failed for good, with this code (docs/errors.md)
Rule 1: whatever stands in no table fails with 603, the code of a refusal by the operator.
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from lotsman.domain.parts import Outcome, PartOutcome
from lotsman.domain.refusals import Refusal
from lotsman.smpp import commands

SLOW: Final = "slow"
OTHERS: Final = "*"  # every status that has no entry of its own
_LONGEST_RETRY: Final = 86_400  # seconds
_ANSWER: Final = re.compile(r"(?:(slow)|(retry)\s+(\d+)|(next|fail)(?:\s+(\d+))?)").fullmatch
_CODES: Final = frozenset(refusal.code for refusal in Refusal)
_NAMED: Final = {name: status for status, name in commands.STATUS_NAMES.items()}

DEFAULTS: Final[Mapping[str, str]] = {
    "ESME_RTHROTTLED": "slow",
    "ESME_RMSGQFUL": "slow",
    "ESME_RSYSERR": "retry 10",
    "ESME_RX_T_APPN": "retry 10",
    "ESME_RINVBNDSTS": "retry 10",
    "ESME_RSUBMITFAIL": "retry 10",
    "ESME_RINVDSTADR": "fail 601",
    "ESME_RINVDSTTON": "fail 601",
    "ESME_RINVDSTNPI": "fail 601",
    OTHERS: "fail 603",
}


class _Answer(NamedTuple):
    outcome: Outcome
    error: int  # a Refusal code
    after: int  # ms until it may be tried again
    slow: bool


class ErrorMap:
    """A link's table over the default one, read once."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        """Raises ValueError for an entry that says nothing."""
        self._by_status: dict[int, _Answer] = {}
        self._others = _answer(DEFAULTS[OTHERS])
        for named, written in {**DEFAULTS, **errors}.items():
            if named == OTHERS:
                self._others = _answer(written)
            else:
                self._by_status[status_of(named)] = _answer(written)

    def slows(self, status: int) -> bool:
        """The carrier asks to slow down: the part surely was not taken."""
        return self._by_status.get(status, self._others).slow

    def outcome(self, part: int, status: int, now: int) -> PartOutcome:
        """What a submit_sm_resp (or generic_nack) that is no success means for its part."""
        answer = self._by_status.get(status, self._others)
        retry_at = now + answer.after if answer.after else 0
        return PartOutcome(part, answer.outcome, "", answer.error, commands.status_name(status), retry_at)


def status_of(named: str) -> int:
    """ESME_RTHROTTLED, 0x58 or 88 -> 0x58."""
    text = named.strip()
    known = _NAMED.get(text.upper())
    try:
        status = int(text, 0) if known is None else known
    except ValueError:
        status = -1
    if not 0 < status <= 0xFFFFFFFF:
        raise ValueError(f"{named!r} is no command_status: ESME_RTHROTTLED, 0x58 and * are some")
    return status


def _answer(written: str) -> _Answer:
    match = _ANSWER(written.strip().lower())
    if match is None:
        raise ValueError(
            f"{written!r}: what an error means is slow, retry SECONDS, next, next CODE or fail CODE"
        )
    slow, retry, seconds, way, code = match.groups()
    if slow:
        return _Answer(Outcome.PUT_BACK, 0, 10_000, slow=True)
    if retry:
        if not 1 <= int(seconds) <= _LONGEST_RETRY:
            raise ValueError(f"{written!r}: 1 to {_LONGEST_RETRY} seconds")
        return _Answer(Outcome.PUT_BACK, 0, int(seconds) * 1000, slow=False)
    error = Refusal.REJECTED.code if code is None else our_code(code)
    return _Answer(Outcome.PASS_ON if way == "next" else Outcome.TURNED_DOWN, error, 0, slow=False)


def our_code(written: str) -> int:
    """An error code of ours; raises ValueError for a number that is none."""
    if not written.isdecimal() or int(written) not in _CODES:
        raise ValueError(f"{written!r} is no error code of ours: 600 to 605 say why a message did not arrive")
    return int(written)


class ReceiptErrors:
    """err: (or stat:) of a receipt that failed -> the code its owner is told."""

    def __init__(self, errors: Mapping[str, int]) -> None:
        for said, code in errors.items():
            if not said.strip():
                raise ValueError("an error of a receipt has a name: 045, 6B or REJECTD")
            our_code(str(code))
        self._by_name = {_plain(said): code for said, code in errors.items()}

    def __bool__(self) -> bool:
        return bool(self._by_name)

    def code(self, err: str, stat: str) -> int | None:
        """None where the table says nothing; an error is more exact than a state."""
        found = self._by_name.get(_plain(err)) if err else None
        return self._by_name.get(_plain(stat)) if found is None else found


def _plain(said: str) -> str:
    """Carriers write 45 and 045, 6b and 6B."""
    return said.strip().upper().lstrip("0") or "0"
